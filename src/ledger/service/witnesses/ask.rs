//! One question to a witness: over TLS, without redirects, within a time and a size.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use thiserror::Error;

use crate::http::{AnswerError, read_answer};
use crate::ledger::error::LedgerError;
use crate::ledger::model::{NoteSignature, Proof, SignedNote, WitnessSettings, submission, witnessed_size};
use crate::ledger::service::log::Ledger;

/// How long a request may take, and how long a connection until it stands.
const WHOLE: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_secs(2);
/// Largest answer in bytes: a few lines.
const MAX_ANSWER: usize = 16 * 1024;
/// How much of an answer the log shows, in characters.
const SHOWN: usize = 200;
/// The type of an answer that says which size the witness has.
const SIZE_TYPE: &str = "text/x.tlog.size";

/// Why a witness did not cosign. For the log.
#[derive(Debug, Error)]
pub enum Refusal {
    /// No answer.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// None in time.
    #[error("no answer within {WHOLE:?}")]
    Slow,
    /// More than is read.
    #[error("it answered with more than {MAX_ANSWER} bytes")]
    TooLarge,
    /// Another status than the protocol has for this.
    #[error("it answered {status}: {says}")]
    Status {
        /// Which.
        status: StatusCode,
        /// What that means, or the beginning of the answer.
        says: String,
    },
    /// It says that it has cosigned, and shows nothing that verifies.
    #[error("its answer holds no cosignature by the key of the settings that verifies")]
    Unsigned,
    /// Another replica was faster.
    #[error("another replica has submitted a larger checkpoint")]
    Overtaken,
    /// It has seen more than there is.
    #[error(
        "it has cosigned {witnessed} entries of this log, of which only {published} are published here: database and \
         storage were put back to an earlier moment, or somebody else signs with this log's key"
    )]
    Ahead {
        /// Entries by the witness.
        witnessed: u64,
        /// Entries by the published checkpoint.
        published: u64,
    },
    /// It has seen another tree.
    #[error(
        "the tree of {old} entries that it has cosigned is not the beginning of the published one: database and storage \
         were put back to an earlier moment, or somebody else signs with this log's key"
    )]
    Forked {
        /// Entries by the witness.
        old: u64,
    },
    /// There is nothing to ask with.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Refusal {
    /// For the metric.
    pub const fn result(&self) -> &'static str {
        match self {
            Self::Unreachable(_) | Self::Slow => "unreachable",
            Self::Status { .. } => "refused",
            Self::TooLarge | Self::Unsigned => "invalid",
            Self::Overtaken => "overtaken",
            Self::Ahead { .. } => "ahead",
            Self::Forked { .. } => "forked",
            Self::Ledger(_) => "failed",
        }
    }

    /// Whether it tells of two histories.
    pub const fn is_alarm(&self) -> bool {
        matches!(self, Self::Ahead { .. } | Self::Forked { .. })
    }
}

/// An answer, whole.
struct Answer {
    status: StatusCode,
    tells_size: bool,
    body: String,
}

/// The client for all witnesses.
pub fn client() -> reqwest::Result<Client> {
    let client = Client::builder().redirect(Policy::none()).connect_timeout(CONNECT).timeout(WHOLE);
    client.user_agent(concat!("waybill/", env!("CARGO_PKG_VERSION"))).build()
}

/// What is asked: that a witness cosigns the published note of this size.
pub struct Question<'a> {
    pub ledger: &'a Ledger,
    pub client: &'a Client,
    pub size: u64,
    pub note: &'a SignedNote,
}

impl Question<'_> {
    /// Asks. `witnessed` is the size that the witness is believed to have; it is corrected by its answer, and asked again
    /// then, once.
    pub async fn ask(
        &self,
        witness: &WitnessSettings,
        witnessed: &mut u64,
    ) -> Result<NoteSignature, Refusal> {
        let mut corrected = false;
        loop {
            let old = self.size.min(*witnessed);
            let answer = self.post(witness, old).await?;
            match answer.status {
                StatusCode::OK => {
                    let found = witness.answered(&answer.body, self.note.text());
                    *witnessed = self.size;
                    return found.ok_or(Refusal::Unsigned);
                }
                StatusCode::CONFLICT => {
                    let told = witnessed_size(&answer.body).filter(|_| answer.tells_size);
                    match told {
                        Some(size) if size > self.size => {
                            *witnessed = size;
                            return Err(self.ahead(size).await);
                        }
                        _ if old == self.size && told.is_none_or(|size| size == old) => {
                            return Err(Refusal::Forked { old });
                        }
                        Some(size) if size != old && !corrected => {
                            *witnessed = size;
                            corrected = true;
                        }
                        _ => return Err(answer.refusal()),
                    }
                }
                StatusCode::UNPROCESSABLE_ENTITY if old > 0 => return Err(Refusal::Forked { old }),
                _ => return Err(answer.refusal()),
            }
        }
    }

    /// What it means that a witness has seen more than is asked for: it may be published meanwhile.
    async fn ahead(&self, witnessed: u64) -> Refusal {
        match self.ledger.published().await {
            Ok(published) if witnessed <= published.size => Refusal::Overtaken,
            Ok(published) => Refusal::Ahead { witnessed, published: published.size },
            Err(error) => error.into(),
        }
    }

    async fn post(&self, witness: &WitnessSettings, old: u64) -> Result<Answer, Refusal> {
        let proof = match old {
            0 => Vec::new(),
            old if old == self.size => Vec::new(),
            from => self.ledger.prove(Proof::Consistency { from, to: self.size }).await?,
        };
        let body = submission(old, &proof, self.note);
        let body = body.ok_or_else(|| Refusal::Unreachable("the proof is too long to be sent".to_owned()))?;
        let request = self.client.post(witness.url.add_checkpoint()).header(CONTENT_TYPE, "text/plain");
        let answer = request.body(body).send().await.map_err(unreachable)?;
        let status = answer.status();
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let tells_size = kind.split(';').next().is_some_and(|kind| kind.trim() == SIZE_TYPE);
        let body = read_answer(answer, MAX_ANSWER).await.map_err(|error| match error {
            AnswerError::TooLarge => Refusal::TooLarge,
            AnswerError::Broken(error) => unreachable(error),
        })?;
        Ok(Answer { status, tells_size, body: String::from_utf8_lossy(&body).into_owned() })
    }
}

impl Answer {
    fn refusal(self) -> Refusal {
        let says = match self.status {
            StatusCode::NOT_FOUND => {
                "it does not know this log, or its url in `ledger.witnesses` is wrong: its operator must add the log's \
                 origin and /ledger/key"
                    .to_owned()
            }
            StatusCode::FORBIDDEN => {
                "it trusts none of the log's keys: its operator must add those of /ledger/key".to_owned()
            }
            _ => self.body.chars().take(SHOWN).collect(),
        };
        Refusal::Status { status: self.status, says }
    }
}

fn unreachable(error: reqwest::Error) -> Refusal {
    match error.is_timeout() {
        true => Refusal::Slow,
        false => Refusal::Unreachable(causes(&error.without_url())),
    }
}

/// What lies behind an error, for reqwest's own text says only at which step it failed.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
