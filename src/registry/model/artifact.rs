//! An artifact as API clients see it.

use crate::types::{AccountId, Digest, ManifestId, Tag, Timestamp};

/// A manifest in a repository, with its tags.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// Opaque id.
    pub id: ManifestId,
    /// By SHA-256.
    pub sha256: Digest,
    /// By SHA-512.
    pub sha512: Digest,
    /// What it is served as.
    pub media_type: String,
    /// What kind of artifact it is.
    pub artifact_type: Option<String>,
    /// What it refers to.
    pub subject: Option<Digest>,
    /// Bytes of the manifest.
    pub size: i64,
    /// Who pushed it.
    pub pushed_by: Option<AccountId>,
    /// When.
    pub pushed_at: Timestamp,
    /// The tags that point at it.
    pub tags: Vec<Tag>,
}
