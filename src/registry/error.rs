//! What can go wrong in this room.

use thiserror::Error;

use super::model::{ManifestError, NotShown};
use crate::access::AccessError;
use crate::blobs::BlobError;
use crate::db::DbError;
use crate::http::BodyError;
use crate::types::{Digest, ProjectName, RepoName, Tag};

/// Why a request to the registry could not be fulfilled. The texts go to clients.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// No such project.
    #[error("the project {0} does not exist")]
    UnknownProject(ProjectName),
    /// No such repository.
    #[error("the repository {0} does not exist: push something to it first")]
    UnknownRepository(RepoName),
    /// The repository does not hold the blob.
    #[error("the repository does not hold this blob")]
    UnknownBlob,
    /// The repository does not hold the manifest or tag.
    #[error("the repository holds no manifest by the name {0}")]
    UnknownManifest(String),
    /// The manifest can't be accepted.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The manifest names blobs or manifests that are not there.
    #[error(
        "the manifest names {}, which the repository does not hold: push that first",
        list(.0)
    )]
    MissingContent(Vec<Digest>),
    /// The manifest's bytes have another digest.
    #[error("the manifest's digest is {actual}, not {expected}")]
    ManifestDigest {
        /// As the client named it.
        expected: Digest,
        /// As it is.
        actual: Digest,
    },
    /// The tag is immutable and holds something else.
    #[error("the tag {tag} is immutable and holds {holds}: push under another tag")]
    ImmutableTag {
        /// The tag.
        tag: Tag,
        /// What it holds, or held when it was deleted.
        holds: Digest,
    },
    /// The tag does not have a shape that the project wants.
    #[error("the project only takes tags of the form {}: '{tag}' is not one", patterns.join(" or "))]
    TagShape {
        /// The tag.
        tag: Tag,
        /// What it should look like.
        patterns: Vec<String>,
    },
    /// Only a project owner may delete that.
    #[error("{0} is protected by an immutable tag: only a project-owner may delete it")]
    Protected(String),
    /// What stands under the tag vouches for what an immutable tag stands for.
    #[error(
        "what {0} holds vouches for what an immutable tag stands for: keep all of its layers when you add others, or ask \
         a project-owner"
    )]
    DropsEvidence(Tag),
    /// The project serves only what is vouched for.
    #[error("{0}")]
    ReadDenied(String),
    /// The project serves only what is vouched for, and it can't be told yet whether this is.
    #[error("{0}")]
    ReadUnknown(String),
    /// An environment does not show it.
    #[error(transparent)]
    NotShown(#[from] NotShown),
    /// Whether a manifest may be read can't be told. For the log only.
    #[error("whether a manifest may be read can't be told: {0}")]
    Gate(String),
    /// A manifest still needs the blob.
    #[error("the manifest {0} in this repository needs the blob: delete that first")]
    BlobInUse(Digest),
    /// An index still lists the manifest.
    #[error("the index {0} in this repository lists the manifest: delete that first")]
    ManifestInUse(Digest),
    /// Something must be able to rely on the manifest.
    #[error("{digest} can't be deleted: {why}")]
    Relied {
        /// The manifest.
        digest: Digest,
        /// On what account: a sentence.
        why: String,
    },
    /// Bytes could not be taken or given.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A body could not be read.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// A right could not be checked.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The database failed. For the log only.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The first few of a list, and how many more there are.
fn list(digests: &[Digest]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<&str> = digests.iter().take(SHOWN).map(Digest::as_str).collect();
    match digests.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
