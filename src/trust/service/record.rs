//! Keeping what came of verifications.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{HeldPolicy, Trust};
use crate::access::Caller;
use crate::db::{DbError, Topic, Tx};
use crate::jobs;
use crate::ledger::{Event, Fact, FactVerification, Record as _, Subject};
use crate::projects::Epoch;
use crate::trust::error::TrustError;
use crate::trust::formats::VERIFIER;
use crate::trust::model::{Outcome, Reason, Verdict};
use crate::trust::signing::VERIFICATION_SUMMARY;
use crate::trust::store::carriers;
use crate::trust::store::evidence::{self, Piece};
use crate::trust::store::outcomes::{self, Kept};
use crate::trust::store::verifications::{self, Place};
use crate::types::{Digest, EvidenceId, ManifestId, RepositoryId, Timestamp, VerificationId};

/// The kind of the job that is left for who relied on what changed: one for each artifact.
pub const VERIFICATION_CHANGED: &str = "verification.changed";

/// The payload of a [`VERIFICATION_CHANGED`] job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationChanged {
    /// Where the artifact is.
    pub repository: RepositoryId,
    /// The artifact, by the name that the evidence says; it need not be held any more.
    pub subject: Digest,
}

/// What stands for the digest of a policy where none holds.
const NO_POLICY: &str = "none";
/// Most characters of a detail that are kept.
const MAX_DETAIL: usize = 500;

impl Trust {
    /// Keeps outcomes, each with its event, unless another policy holds by now: then they will be made again. What came out
    /// as before under the same policy changes nothing.
    pub(super) async fn record(
        &self,
        policy: Option<&HeldPolicy>,
        outcomes: Vec<(Piece, Outcome)>,
    ) -> Result<(), TrustError> {
        let digest = policy.map(|policy| policy.digest.clone());
        let clock = self.clock.clone();
        let changed = self
            .db
            .write(async move |tx: &Tx| {
                let Some((first, _)) = outcomes.first() else { return Ok(0) };
                if Self::policy_digest_in(tx, first.project).await? != digest {
                    return Ok(0);
                }
                let ids: Vec<EvidenceId> = outcomes.iter().map(|(piece, _)| piece.id).collect();
                let held = outcomes::current(&**tx, &ids).await?;
                // What was let go meanwhile, and perhaps pushed again, is judged by itself.
                let standing = evidence::by_ids(&**tx, &ids).await?;
                let standing: HashMap<_, _> =
                    standing.iter().map(|piece| (piece.id, piece.manifest)).collect();
                let stands = |piece: &Piece| standing.get(&piece.id) == Some(&piece.manifest);
                let own = own(tx, &outcomes).await?;
                let (mut events, mut changed, mut concerns_gates) = (Vec::new(), 0, false);
                for (piece, outcome) in outcomes.iter().filter(|(piece, _)| stands(piece)) {
                    let before = held.get(&piece.id);
                    // Where no policy holds, only what counted under an earlier one is worth a word.
                    let is_news = digest.is_some() || before.is_some();
                    let told = told(piece, outcome, digest.as_ref());
                    if !is_news || before.is_some_and(|before| is_same(before, &told)) {
                        continue;
                    }
                    changed += u64::from(before.is_some_and(|before| before.verdict != outcome.verdict));
                    let is_own = piece.tag.is_none() && own.contains(&piece.manifest);
                    concerns_gates |= !is_own;
                    events.push(keep(tx, clock.now(), piece, outcome, told, before).await?);
                    if !is_own && before.is_some_and(|before| before.verdict != outcome.verdict) {
                        leave_word(tx, piece.repository, &piece.subject, clock.now()).await?;
                    }
                }
                let present: Vec<EvidenceId> = outcomes
                    .iter()
                    .filter(|(piece, _)| piece.subject_held && stands(piece))
                    .map(|(piece, _)| piece.id)
                    .collect();
                evidence::mark_held(&**tx, &present).await?;
                if concerns_gates {
                    Epoch::Project(first.project).pass(tx).await?;
                }
                tx.record(&events).await?;
                Ok::<_, DbError>(changed)
            })
            .await?;
        metrics::counter!("waybill_trust_verifications_changed_total").increment(changed);
        Ok(())
    }
}

/// What of this Waybill itself says: it says so because of what gates said, so it must not have them asked again. What others
/// say in summaries of theirs, a gate may ask for.
async fn own(tx: &Tx, outcomes: &[(Piece, Outcome)]) -> Result<HashSet<ManifestId>, DbError> {
    let summaries =
        outcomes.iter().filter(|(piece, _)| piece.predicate_type.as_deref() == Some(VERIFICATION_SUMMARY));
    let manifests: Vec<ManifestId> = summaries.map(|(piece, _)| piece.manifest).collect();
    carriers::own(&**tx, &manifests).await
}

/// Leaves word that what is known of an artifact turned.
pub(super) async fn leave_word(
    tx: &Tx,
    repository: RepositoryId,
    subject: &Digest,
    now: Timestamp,
) -> Result<(), DbError> {
    let key = format!("{VERIFICATION_CHANGED}:{repository}:{subject}");
    let payload = serde_json::to_string(&VerificationChanged { repository, subject: subject.clone() });
    let payload = payload.map_err(|error| DbError::corrupt("job.payload", error))?;
    jobs::enqueue(tx, VERIFICATION_CHANGED, Some(&key), &payload, now).await
}

/// Closes what held, and opens what holds.
async fn keep(
    tx: &Tx,
    now: Timestamp,
    piece: &Piece,
    outcome: &Outcome,
    told: FactVerification,
    before: Option<&Kept>,
) -> Result<Event, DbError> {
    let turned = before.filter(|before| before.verdict != outcome.verdict);
    let name = carriers::name_of(&**tx, piece.repository).await?;
    let name = name.ok_or_else(|| DbError::corrupt("evidence.repository_id", piece.repository))?;
    let fact = match turned {
        Some(before) => Fact::VerificationChanged {
            verification: told.clone(),
            before: before.verdict.as_str().to_owned(),
        },
        None => Fact::VerificationRecorded { verification: told.clone() },
    };
    let event = Event::new(&Caller::system(), now, Some(piece.project), fact)
        .about(Subject::new(&name, &piece.subject));
    if before.is_some() {
        verifications::close(&**tx, piece.id, now, event.id()).await?;
    }
    let place = Place { project: piece.project, repository: piece.repository, subject: &piece.subject };
    verifications::insert(&**tx, &place, &told, &details(outcome), now, event.id()).await?;
    if turned.is_some() {
        tx.changes(Topic::Content(&name)).await?;
    }
    Ok(event)
}

fn told(piece: &Piece, outcome: &Outcome, policy: Option<&Digest>) -> FactVerification {
    FactVerification {
        verification: VerificationId::new().to_string(),
        evidence: piece.id.to_string(),
        carrier: piece.carrier.to_string(),
        position: piece.position,
        tag: piece.tag.as_ref().map(ToString::to_string),
        evidence_kind: piece.kind.as_str().to_owned(),
        predicate_type: piece.predicate_type.clone(),
        result: outcome.verdict.as_str().to_owned(),
        signer: outcome.signer.clone(),
        reasons: outcome.reasons.iter().map(|reason| reason.code().to_owned()).collect(),
        policy: policy.map_or_else(|| NO_POLICY.to_owned(), ToString::to_string),
        trusted_root: outcome.trusted_root.as_ref().map(ToString::to_string),
        slsa_level: outcome.slsa_level,
        signed_at_us: outcome.signed_at.map(Timestamp::micros),
        verifier: VERIFIER.to_owned(),
    }
}

/// Whether what holds says the same.
fn is_same(before: &Kept, told: &FactVerification) -> bool {
    before.verdict.as_str() == told.result
        && before.policy == told.policy
        && before.signer == told.signer
        && before.reasons == told.reasons
        && before.trusted_root == told.trusted_root
        && before.slsa_level == told.slsa_level.map(i32::from)
        && before.verifier == told.verifier
}

fn details(outcome: &Outcome) -> Vec<String> {
    let detail = |reason: &Reason| reason.to_string().chars().take(MAX_DETAIL).collect();
    match outcome.verdict {
        Verdict::Verified => Vec::new(),
        Verdict::Refused => outcome.reasons.iter().map(detail).collect(),
    }
}
