//! What can go wrong in this room.

use thiserror::Error;

use super::model::{PolicyOwner, Reason, SignerName};
use crate::access::AccessError;
use crate::blobs::BlobError;
use crate::db::DbError;
use crate::http::BodyError;
use crate::keys::KeyError;
use crate::registry::RegistryError;
use crate::types::{Digest, ProjectName, Timestamp};

/// Why nothing was set, removed or found. The messages go to clients, but for those that are for the log.
#[derive(Debug, Error)]
pub enum TrustError {
    /// The caller may not do it.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// There is no project of this name.
    #[error("there is no project '{0}'")]
    NoSuchProject(ProjectName),
    /// The owner has no trust policy of its own.
    #[error("{}", no_policy(.0))]
    NoPolicy(PolicyOwner),
    /// There was never such a revision.
    #[error("the trust policy never had the revision {0}: list its revisions")]
    NoSuchRevision(i64),
    /// The policy that holds names no such signer.
    #[error("the trust policy names no signer '{0}': read it, its signers stand in it by their names")]
    NoSuchSigner(SignerName),
    /// An edit that does not say what it edits.
    #[error("there is a trust policy, its revision is {current}: read it, and send its ETag as If-Match")]
    RevisionUnsaid {
        /// The revision that holds.
        current: i64,
    },
    /// The edit was made on a revision that does not hold.
    #[error("{}", stale(*current))]
    Stale {
        /// The revision that holds, if one does.
        current: Option<i64>,
    },
    /// A revocation that would trust the signer for longer than before.
    #[error("the signer is revoked since {since} already: to trust it for longer, edit the trust policy")]
    RevokedEarlier {
        /// Since when.
        since: Timestamp,
    },
    /// Somebody else kept changing the policy.
    #[error("the trust policy is being changed by others: try again")]
    Contended,
    /// The document can't be a trust policy. Says what to do.
    #[error("the trust policy can't be used: {0}")]
    BadPolicy(String),
    /// A trust policy that holds can't be used any more, so nothing can be verified. For the log only.
    #[error("the trust policy with the digest {digest} can't be used: {why}")]
    Unusable {
        /// Its digest.
        digest: String,
        /// Why.
        why: String,
    },
    /// The body could not be read.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The storage did not take it.
    #[error(transparent)]
    Storage(#[from] BlobError),
    /// The repository holds no such artifact.
    #[error("the repository holds no artifact by the name {0}: push it first")]
    NoSuchArtifact(Digest),
    /// An attestation that was sent can't be one of this artifact.
    #[error("{reason}: {}", .reason.remediation())]
    Refused {
        /// Why.
        reason: Reason,
    },
    /// A cursor of another list.
    #[error("cursor must be the 'next' of an earlier page of the same list, unchanged")]
    BadCursor,
    /// A question about more repositories than one may name, each of which the caller may read by a role of its own.
    #[error(
        "there are too many repositories that a role for a part of the project covers: ask artifact by artifact"
    )]
    TooManyRepositories,
    /// The registry did not take it.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Nothing that Waybill itself would say of an artifact. For the log only.
    #[error("a verification summary can't be written: {0}")]
    BadSummary(String),
    /// There is no key to sign with. For the log only.
    #[error("a verification summary can't be signed: {0}")]
    Keys(#[from] KeyError),
    /// A verification broke off. For the log only.
    #[error("a verification broke off: {0}")]
    Failed(String),
    /// The database did not do as it was told.
    #[error(transparent)]
    Db(#[from] DbError),
}

fn no_policy(owner: &PolicyOwner) -> String {
    match owner {
        PolicyOwner::Organisation => "the organisation has no trust policy: set one".to_owned(),
        PolicyOwner::Project(name) => {
            format!("the project '{name}' has no trust policy of its own: set one, or see the organisation's")
        }
    }
}

fn stale(current: Option<i64>) -> String {
    match current {
        Some(current) => {
            format!(
                "the trust policy was changed meanwhile, its revision is {current}: read it and edit again"
            )
        }
        None => "there is no trust policy to edit: leave If-Match out to set the first".to_owned(),
    }
}
