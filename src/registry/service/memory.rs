//! What the registry remembers between requests. Bytes that a digest names never change. Whether a repository still holds
//! them, and where an immutable tag points, is remembered only where no other replica can change it: clients, and the
//! conformance suite, delete on one replica and expect the next to know.

use std::sync::Arc;

use bytes::Bytes;
use quick_cache::Weighter;

use crate::blobs::BlobInfo;
use crate::db::{Cache, Db};
use crate::registry::model::{HeldManifest, Parts, Repository};
use crate::types::{Digest, ManifestId, RepoName, Tag};

/// Entries of each kind.
const ENTRIES: usize = 20_000;
/// Bytes of manifests, together, and of the largest that is remembered.
const MANIFEST_BYTES: u64 = 24 << 20;
pub(super) const LARGEST_MANIFEST: usize = 128 << 10;
/// How many of them are expected.
const MANIFESTS: usize = 4096;
/// What the bookkeeping of an entry takes, roughly.
const OVERHEAD: u64 = 200;

/// Bytes count.
#[derive(Clone)]
pub(super) struct ByteWeight;

impl Weighter<ManifestId, Bytes> for ByteWeight {
    fn weight(&self, _: &ManifestId, bytes: &Bytes) -> u64 {
        bytes.len() as u64 + OVERHEAD
    }
}

/// Digests that are remembered of what releases consist of, together.
const PARTS: u64 = 200_000;
/// How many releases that is.
const RELEASES: usize = 1000;

/// Digests count.
#[derive(Clone)]
pub(super) struct PartsWeight;

impl Weighter<(RepoName, Digest), Arc<Parts>> for PartsWeight {
    fn weight(&self, _: &(RepoName, Digest), parts: &Arc<Parts>) -> u64 {
        parts.weight() as u64
    }
}

/// The registry's caches.
pub(super) struct Memory {
    pub repositories: Cache<RepoName, Repository>,
    /// Immutable tags only: a mutable one is asked for every time.
    pub tags: Cache<(RepoName, Tag), Digest>,
    pub manifests: Cache<(RepoName, Digest), HeldManifest>,
    pub blobs: Cache<(RepoName, Digest), BlobInfo>,
    /// Of manifests that were found: these never change, so they are kept for good.
    pub bytes: quick_cache::sync::Cache<ManifestId, Bytes, ByteWeight>,
    /// What manifests consist of of which all was there once: this never changes either, whether or not they are still held.
    pub parts: quick_cache::sync::Cache<(RepoName, Digest), Arc<Parts>, PartsWeight>,
}

impl Memory {
    pub(super) fn new(db: &Db) -> Self {
        Self {
            repositories: Cache::new(db, "repositories", ENTRIES),
            tags: Cache::never_behind(db, "tags", ENTRIES),
            manifests: Cache::never_behind(db, "manifests", ENTRIES),
            blobs: Cache::never_behind(db, "blobs", ENTRIES),
            bytes: quick_cache::sync::Cache::with_weighter(MANIFESTS, MANIFEST_BYTES, ByteWeight),
            parts: quick_cache::sync::Cache::with_weighter(RELEASES, PARTS, PartsWeight),
        }
    }
}
