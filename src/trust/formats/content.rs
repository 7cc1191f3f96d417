//! What is verified: an artifact, by its names and, where a format signs bytes, by its content.

use std::io::{self, Read};

use crate::types::{Digest, RepoName, Timestamp};

/// An artifact whose evidence is verified, and where.
pub struct About<'a> {
    /// The repository that holds it.
    pub repository: &'a RepoName,
    /// All known names of the artifact (sha256 and sha512 if held, else the claimed one).
    pub names: &'a [&'a Digest],
    /// When Waybill first saw the evidence: counts for key spans and revocation unless an authenticated timestamp says another.
    pub seen_at: Timestamp,
    /// The artifact's manifest and single file, for formats that sign bytes; none when not held.
    pub content: Option<&'a dyn SignedContent>,
}

/// The bytes of an artifact.
pub trait SignedContent: Send + Sync {
    /// Its manifest.
    fn manifest(&self) -> &[u8];

    /// The artifact's one layer; none when it has several or none.
    fn file(&self) -> Option<io::Result<Box<dyn Read + '_>>>;
}

/// What a signature was made of.
pub(super) enum Message<'a> {
    /// Something that has this digest; its bytes are not at hand.
    Digest(&'a Digest),
    /// These bytes.
    Bytes(&'a [u8]),
    /// What this reads.
    Reader(Box<dyn Read + 'a>),
}
