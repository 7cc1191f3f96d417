//! The bytes of an artifact in a registry, for signatures of files: read when they are needed, and never kept.

use std::io::{self, Read};
use std::sync::Arc;

use bytes::Bytes;
use reqwest::Response;
use sha2::{Digest as _, Sha256, Sha512};
use tokio::runtime::Handle;

use crate::cli::registry::Registry;
use crate::trust::{SignedContent, single_file};
use crate::types::{Algorithm, Digest};

/// An artifact. Its manifest is here already, held against its digest.
pub struct RemoteContent {
    runtime: Handle,
    registry: Arc<Registry>,
    manifest: Bytes,
    file: Option<Digest>,
}

impl RemoteContent {
    /// Whose file, if it is one, is in `registry`.
    pub fn new(runtime: Handle, registry: Arc<Registry>, manifest: Bytes) -> Self {
        let file = single_file(&manifest).map(|layer| layer.digest);
        Self { runtime, registry, manifest, file }
    }
}

impl SignedContent for RemoteContent {
    fn manifest(&self) -> &[u8] {
        &self.manifest
    }

    fn file(&self) -> Option<io::Result<Box<dyn Read + '_>>> {
        let digest = self.file.as_ref()?;
        let opened = self.runtime.block_on(self.registry.open_blob(digest)).map_err(io::Error::other);
        Some(opened.map(|answer| Box::new(RemoteFile::new(&self.runtime, answer, digest)) as Box<dyn Read>))
    }
}

/// A blob that is read to its end, where it must have been the one that was asked for.
struct RemoteFile<'a> {
    runtime: &'a Handle,
    answer: Response,
    piece: Bytes,
    digest: &'a Digest,
    hasher: Hasher,
}

/// By the digest's own algorithm.
enum Hasher {
    Sha256(Sha256),
    Sha512(Sha512),
}

impl Hasher {
    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    fn digest(&self) -> Digest {
        match self {
            Self::Sha256(hasher) => Digest::from_sha256(&hasher.clone().finalize().into()),
            Self::Sha512(hasher) => Digest::from_sha512(&hasher.clone().finalize().into()),
        }
    }
}

impl<'a> RemoteFile<'a> {
    fn new(runtime: &'a Handle, answer: Response, digest: &'a Digest) -> Self {
        let hasher = match digest.algorithm() {
            Algorithm::Sha256 => Hasher::Sha256(Sha256::new()),
            Algorithm::Sha512 => Hasher::Sha512(Sha512::new()),
        };
        Self { runtime, answer, piece: Bytes::new(), digest, hasher }
    }

    fn check(&self) -> io::Result<()> {
        let found = self.hasher.digest();
        if found == *self.digest {
            return Ok(());
        }
        Err(io::Error::other(format!(
            "the registry answered with bytes whose digest is {found}, not {}",
            self.digest
        )))
    }
}

impl Read for RemoteFile<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            let next = self.runtime.block_on(self.answer.chunk()).map_err(io::Error::other)?;
            let Some(piece) = next else {
                self.check()?;
                return Ok(0);
            };
            self.hasher.update(&piece);
            self.piece = piece;
        }
        let taken = self.piece.split_to(buffer.len().min(self.piece.len()));
        buffer[..taken.len()].copy_from_slice(&taken);
        Ok(taken.len())
    }
}
