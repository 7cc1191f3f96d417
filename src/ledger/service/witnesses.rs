//! Witnesses: each published checkpoint is shown to those of the settings, who cosign that they saw this log and no other
//! (c2sp.org/tlog-witness). Nothing waits for them: a checkpoint is published first.
//!
//! All are asked about the same checkpoint, so that one note holds the cosignatures of all; who does not answer is left
//! alone for a while. Under a steady load the newest checkpoint has none yet, so the newest with some is kept beside it.

mod ask;

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use reqwest::Client;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::backoff::Backoff;
use super::log::Ledger;
use crate::db::Tx;
use crate::ledger::error::LedgerError;
use crate::ledger::model::{NoteSignature, SignedNote, WitnessSettings};
use crate::ledger::store::cosigned::{self, Cosigned};
use crate::ledger::store::head::{self, Published};
use crate::types::Timestamp;
use ask::{Question, Refusal};

/// How often witnesses are asked at most: they serve many logs.
const PAUSE: Duration = Duration::from_secs(1);

/// A witness that has cosigned a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigner {
    /// What it is called.
    pub name: String,
    /// When it says that it did.
    pub at: Option<Timestamp>,
}

impl Ledger {
    /// Which witnesses of the settings have cosigned a note, by signatures that verify.
    pub fn cosigners(&self, note: &SignedNote) -> Vec<Cosigner> {
        let cosigner = |witness: &WitnessSettings| {
            let at = witness.cosignature(note)?.witnessed_at();
            Some(Cosigner { name: witness.name().to_owned(), at })
        };
        self.settings.witnesses.iter().filter_map(cosigner).collect()
    }

    /// The newest checkpoint that has cosignatures, a signed note; none while there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn cosigned(&self) -> Result<Option<String>, LedgerError> {
        Ok(cosigned::find(self.db.read()).await?.map(|cosigned| cosigned.checkpoint))
    }
}

/// A witness, and how it goes with it.
struct Witness {
    settings: WitnessSettings,
    /// The size that it is believed to have. The first answer corrects it.
    witnessed: u64,
    /// The size that it has cosigned here.
    cosigned: u64,
    backoff: Backoff,
    rests_until: Instant,
}

/// All witnesses, as their leader sees them.
pub(super) struct Witnesses {
    ledger: Ledger,
    client: Client,
    all: Vec<Witness>,
}

impl Witnesses {
    /// Asks those of the settings about each newer checkpoint, or the newest of some, for as long as it is polled.
    pub async fn follow(ledger: Ledger) -> Infallible {
        if ledger.settings.witnesses.is_empty() {
            return pending().await;
        }
        match ask::client() {
            Ok(client) => Self::new(ledger, client).run().await,
            Err(error) => {
                tracing::error!(%error, "no client can be set up to ask witnesses with");
                pending().await
            }
        }
    }

    fn new(ledger: Ledger, client: Client) -> Self {
        let witness = |settings: &WitnessSettings| Witness {
            settings: settings.clone(),
            witnessed: 0,
            cosigned: 0,
            backoff: Backoff::default(),
            rests_until: Instant::now(),
        };
        let all = ledger.settings.witnesses.iter().map(witness).collect();
        Self { ledger, client, all }
    }

    async fn run(mut self) -> Infallible {
        let mut known = self.ledger.known.subscribe();
        loop {
            let rested = Instant::now() + PAUSE;
            known.borrow_and_update();
            let next = self.turn().await.unwrap_or_else(|error| {
                tracing::warn!(%error, "the checkpoint was not shown to the witnesses");
                // What they answered may not be kept: they are asked again.
                self.all.iter_mut().for_each(|witness| witness.cosigned = 0);
                Some(rested)
            });
            sleep_until(rested).await;
            match next {
                // Whether it was time or something new makes no difference.
                Some(next) => drop(timeout_at(next, known.changed()).await),
                None => drop(known.changed().await),
            }
        }
    }

    /// Asks those who lack the published checkpoint; returns when one of them may be asked again.
    async fn turn(&mut self) -> Result<Option<Instant>, LedgerError> {
        let published = self.ledger.published().await?;
        if published.checkpoint.is_empty() {
            return Ok(None);
        }
        let note: SignedNote = published.checkpoint.parse()?;
        for witness in &mut self.all {
            if witness.settings.cosignature(&note).is_some() {
                witness.has_cosigned(published.size);
            }
        }
        self.round(published.clone(), note).await?;
        let lacking = self.all.iter().filter(|witness| witness.cosigned < published.size);
        Ok(lacking.map(|witness| witness.rests_until).min())
    }

    /// Asks all who are due at once. Each cosignature is shown as soon as it is there; the whole is kept when all have
    /// answered.
    async fn round(&mut self, published: Published, mut note: SignedNote) -> Result<(), LedgerError> {
        let Self { ledger, client, all } = self;
        let (size, asked, now) = (published.size, note.clone(), Instant::now());
        let question = Question { ledger, client, size, note: &asked };
        let due = all.iter_mut().filter(|witness| witness.cosigned < size && witness.rests_until <= now);
        let mut answers: FuturesUnordered<_> = due.map(|witness| witness.cosign(&question)).collect();
        let mut some = false;
        while let Some(answer) = answers.next().await {
            if let Some(signature) = answer {
                note.add(signature);
                some = true;
                show(ledger, Published { checkpoint: note.to_string(), ..published.clone() }).await?;
            }
        }
        if some {
            let cosigned = Cosigned { size, checkpoint: note.to_string() };
            ledger.db.keep_books(async move |tx: &Tx| cosigned::keep(&**tx, &cosigned).await).await?;
        }
        Ok(())
    }
}

/// Shows a note with more cosignatures, if its checkpoint still is the published one.
async fn show(ledger: &Ledger, note: Published) -> Result<(), LedgerError> {
    ledger.db.keep_books(async move |tx: &Tx| head::publish(&**tx, &note, false).await).await?;
    Ok(())
}

impl Witness {
    /// Asks it; none when it did not cosign, which is in the log then.
    async fn cosign(&mut self, question: &Question<'_>) -> Option<NoteSignature> {
        let outcome = question.ask(&self.settings, &mut self.witnessed).await;
        let (name, result) =
            (self.settings.name().to_owned(), outcome.as_ref().map_or_else(Refusal::result, |_| "cosigned"));
        metrics::counter!("waybill_ledger_cosignatures_total", "witness" => name.clone(), "result" => result)
            .increment(1);
        match outcome {
            Ok(signature) => {
                if self.backoff.succeeded() {
                    tracing::info!(witness = name, "the witness cosigns again");
                }
                self.has_cosigned(question.size);
                Some(signature)
            }
            Err(refusal) => {
                let (wait, is_first) = self.backoff.failed();
                self.rests_until = Instant::now() + wait;
                let url = &self.settings.url;
                if refusal.is_alarm() {
                    tracing::warn!(witness = name, %url, "alarm: two histories of the ledger: {refusal}");
                } else if is_first {
                    tracing::warn!(witness = name, %url, "the witness does not cosign: {refusal}");
                } else {
                    tracing::debug!(witness = name, %url, "the witness still does not cosign: {refusal}");
                }
                None
            }
        }
    }

    fn has_cosigned(&mut self, size: u64) {
        self.cosigned = size;
        self.witnessed = self.witnessed.max(size);
        let name = self.settings.name().to_owned();
        metrics::gauge!("waybill_ledger_cosigned_size", "witness" => name).set(size as f64);
    }
}
