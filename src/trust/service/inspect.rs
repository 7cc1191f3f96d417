//! Looking at a manifest that may vouch for another: what of it is evidence, and what its attestations say.

use std::collections::HashSet;

use fail::fail_point;

use super::Trust;
use super::record::leave_word;
use crate::db::{DbError, Tx};
use crate::projects::Epoch;
use crate::registry::Inspect;
use crate::trust::error::TrustError;
use crate::trust::formats;
use crate::trust::model::{
    Evidence, EvidenceKind, Format, Layer, MAX_CONTENT, MAX_LAYERS, evidence_id, layers,
};
use crate::trust::store::carriers::{self, Carrier, Marked};
use crate::trust::store::evidence::{self, Piece};
use crate::types::Timestamp;

impl Trust {
    /// Looks at a manifest, unless it is gone, and notes what was found. May be done again.
    ///
    /// # Errors
    /// When database or storage do not answer.
    pub(super) async fn inspect(&self, inspect: &Inspect) -> Result<Vec<Piece>, TrustError> {
        let (mut pieces, mut alters) = (Vec::new(), None);
        if let Some(carrier) = carriers::find(self.db.read(), inspect).await? {
            alters = gates_of(&carrier);
            let subject = carriers::subject(self.db.read(), carrier.repository, &carrier.subject).await?;
            let mut seen = HashSet::new();
            for (position, layer) in (0..).zip(layers(&carrier.bytes).iter().take(MAX_LAYERS)) {
                // Listed twice it says nothing more, and costs as much again.
                if seen.contains(&layer.digest) {
                    continue;
                }
                let Some(found) = self.look_at(&carrier, position, layer).await? else { continue };
                // Of these the annotations say more than the bytes.
                if found.format != Format::SimpleSigning {
                    seen.insert(layer.digest.clone());
                }
                pieces.push(Piece { subject_held: subject.is_some(), ..found });
            }
        }
        let (inspect, found, now) = (inspect.clone(), pieces.clone(), self.clock.now());
        self.db
            .keep_books(async move |tx: &Tx| {
                // Who was let go meanwhile, and perhaps pushed again, must not stand for what is there now.
                let marked = carriers::mark_inspected(&**tx, &inspect).await?;
                if marked == Marked::Gone {
                    return leave_word_of_silence(tx, &inspect, now).await;
                }
                // What holds nothing was waited for too.
                let is_news = marked == Marked::First || !evidence::are_there(&**tx, &found).await?;
                evidence::insert(&**tx, &found).await?;
                if let Some(epoch) = alters.filter(|_| is_news) {
                    epoch.pass(tx).await?;
                }
                Ok(())
            })
            .await?;
        metrics::counter!("waybill_trust_inspected_total").increment(1);
        Ok(pieces)
    }

    /// What a layer is, if it is evidence.
    async fn look_at(
        &self,
        carrier: &Carrier,
        position: u32,
        layer: &Layer,
    ) -> Result<Option<Piece>, TrustError> {
        let unread = || layer.says_so().then(|| piece(carrier, position, layer, None));
        if layer.size > MAX_CONTENT {
            return Ok(unread());
        }
        let Some(info) = self.held_blob(carrier.repository, &layer.digest).await? else {
            return Ok(unread());
        };
        let bytes = self.read_whole(info).await?;
        let described = layer.clone();
        let _slot = self.slots.acquire().await;
        let known = tokio::task::spawn_blocking(move || {
            fail_point!("evidence-read");
            formats::recognise(&described.media_type, &described.annotations, &bytes)
        });
        let known = known.await.map_err(|error| TrustError::Failed(error.to_string()))?;
        let Some(known) = known else { return Ok(unread()) };
        let piece = piece(carrier, position, layer, Some(&known));
        self.keep_facts(&piece, &known, gates_of(carrier)).await?;
        Ok(Some(piece))
    }
}

/// Leaves word for those who relied on what a manifest said that speaks no more, or on its being the index above them.
async fn leave_word_of_silence(tx: &Tx, inspect: &Inspect, now: Timestamp) -> Result<(), DbError> {
    for (repository, subject) in evidence::silenced(&**tx, inspect).await? {
        leave_word(tx, repository, &subject, now).await?;
    }
    if inspect.tag.is_none() {
        for (repository, child) in carriers::listed_by_gone(&**tx, inspect.manifest).await? {
            leave_word(tx, repository, &child, now).await?;
        }
    }
    Ok(())
}

/// Whose gates what it says may alter. Not those that Waybill itself speaks of: it says what came of them.
fn gates_of(carrier: &Carrier) -> Option<Epoch> {
    (!carrier.is_own).then_some(Epoch::Project(carrier.project))
}

/// A piece of evidence. What can't be read is told by its media type.
fn piece(carrier: &Carrier, position: u32, layer: &Layer, known: Option<&Evidence>) -> Piece {
    let tag = carrier.inspect.tag.as_ref();
    let (kind, format) = known.map_or_else(|| by_media_type(layer), |known| (known.kind, known.format));
    Piece {
        id: evidence_id(carrier.repository, &carrier.subject, &carrier.sha256, position, tag),
        project: carrier.project,
        repository: carrier.repository,
        manifest: carrier.inspect.manifest,
        carrier: carrier.sha256.clone(),
        position,
        tag: tag.cloned(),
        subject: carrier.subject.clone(),
        subject_held: false,
        kind,
        format,
        predicate_type: known.and_then(|known| known.predicate_type.clone()),
        content: layer.digest.clone(),
        size: layer.size,
        seen_at: carrier.seen_at,
    }
}

fn by_media_type(layer: &Layer) -> (EvidenceKind, Format) {
    match layer.media_type.as_str() {
        "application/vnd.dev.cosign.simplesigning.v1+json" => {
            (EvidenceKind::Signature, Format::SimpleSigning)
        }
        "application/jose+json" => (EvidenceKind::Signature, Format::NotationJws),
        "application/cose" => (EvidenceKind::Signature, Format::NotationCose),
        "application/vnd.dsse.envelope.v1+json" | "application/vnd.in-toto+json" => {
            (EvidenceKind::Attestation, Format::Dsse)
        }
        _ => (EvidenceKind::Attestation, Format::SigstoreBundle),
    }
}
