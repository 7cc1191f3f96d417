//! What a repository holds, as its rows tell it.

use crate::types::{Digest, ManifestId, MediaType, Tag, TagId, Timestamp};

/// A manifest that a repository holds, without its bytes.
#[derive(Debug, Clone)]
pub struct HeldManifest {
    /// Opaque id.
    pub id: ManifestId,
    /// By SHA-256.
    pub sha256: Digest,
    /// By SHA-512.
    pub sha512: Digest,
    /// What it is served as.
    pub media_type: MediaType,
    /// What it refers to.
    pub subject: Option<Digest>,
    /// Bytes.
    pub size: u64,
}

/// What a tag points at.
#[derive(Debug, Clone)]
pub struct CurrentTag {
    /// The span's id.
    pub id: TagId,
    /// The tag.
    pub name: Tag,
    /// The manifest.
    pub manifest: ManifestId,
    /// As it was pushed.
    pub digest: Digest,
    /// Since when.
    pub since: Timestamp,
}
