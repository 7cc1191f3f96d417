//! Doing again what events of trust policies and verifications tell of, when a database is rebuilt from the storage.
//!
//! What a verification's reasons meant in detail stands in no event, and stays away: their codes come back. What was found
//! in manifests is found again.

use bytes::Bytes;

use crate::db::Tx;
use crate::ledger::{FactVerification, RecordedEvent, ReplayError};
use crate::registry::replay as registry;
use crate::trust::model::PolicyRevision;
use crate::trust::store::policies;
use crate::trust::store::verifications::{self, Place};
use crate::types::{Algorithm, Digest, EvidenceId};

pub use crate::trust::model::policy_object;

/// A trust policy was set. `document` is the object that the storage keeps of it.
///
/// # Errors
/// `Contradiction` when the bytes are others or a later revision was there before, or `Db`.
pub async fn policy_set(
    tx: &Tx,
    past: &RecordedEvent,
    revision: i64,
    digest: &str,
    document: &Bytes,
) -> Result<(), ReplayError> {
    let digest: Digest = past.value("digest", digest)?;
    let intact = Digest::of(Algorithm::Sha256, document) == digest;
    let text = std::str::from_utf8(document).ok().filter(|_| intact);
    let damaged = || past.contradiction("the bytes of the trust policy in the storage are damaged");
    let text = text.ok_or_else(damaged)?;
    let last = policies::last_revision(&**tx, past.project).await?;
    past.demand(last + 1 == revision, "the revision before it is not there")?;
    if let Some(held) = policies::current(&**tx, past.project).await? {
        policies::close(&**tx, past.project, held.revision, past.at, past.id).await?;
    }
    let opened = PolicyRevision { revision, digest, since: past.at, until: None, event: past.id };
    Ok(policies::open(&**tx, past.project, &opened, text).await?)
}

/// A trust policy was removed.
///
/// # Errors
/// `Contradiction` when the revision did not hold, or `Db`.
pub async fn policy_removed(tx: &Tx, past: &RecordedEvent, revision: i64) -> Result<(), ReplayError> {
    let closed = policies::close(&**tx, past.project, revision, past.at, past.id).await?;
    past.demand(closed, "the revision does not hold")
}

/// A signature or attestation was verified, for the first time or with the same result as before.
///
/// # Errors
/// `Contradiction` when its repository is not there or its ids are none, or `Db`.
pub async fn verification_recorded(
    tx: &Tx,
    past: &RecordedEvent,
    told: &FactVerification,
) -> Result<(), ReplayError> {
    let evidence: EvidenceId = past.value("id of evidence", &told.evidence)?;
    verifications::close(&**tx, evidence, past.at, past.id).await?;
    open(tx, past, told).await
}

/// It was verified again, with another result.
///
/// # Errors
/// As [`verification_recorded`]; `Contradiction` also when it was never verified before.
pub async fn verification_changed(
    tx: &Tx,
    past: &RecordedEvent,
    told: &FactVerification,
) -> Result<(), ReplayError> {
    let evidence: EvidenceId = past.value("id of evidence", &told.evidence)?;
    let closed = verifications::close(&**tx, evidence, past.at, past.id).await?;
    past.demand(closed, "it was never verified before")?;
    open(tx, past, told).await
}

async fn open(tx: &Tx, past: &RecordedEvent, told: &FactVerification) -> Result<(), ReplayError> {
    let (repository, subject) = registry::repository_and_digest(tx, past).await?;
    let place = Place { project: past.in_project()?, repository, subject: &subject };
    Ok(verifications::insert(&**tx, &place, told, &[], past.at, past.id).await?)
}
