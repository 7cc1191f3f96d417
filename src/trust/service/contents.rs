//! Bytes of layers: evidence whole, files of artifacts as they are needed.

use std::io::{self, Read};

use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::TryStreamExt as _;
use tokio::runtime::Handle;

use super::Trust;
use crate::blobs::{BlobInfo, Blobs, ByteStream};
use crate::trust::error::TrustError;
use crate::trust::formats::SignedContent;
use crate::trust::model::{Layer, single_file};
use crate::trust::store::carriers::{self, Subject};
use crate::types::{Digest, RepositoryId, ResolvedRange};

/// All of a blob.
const fn whole(info: BlobInfo) -> ResolvedRange {
    ResolvedRange { start: 0, end: info.size }
}

impl Trust {
    /// A blob that a repository holds; none when it does not.
    pub(super) async fn held_blob(
        &self,
        repository: RepositoryId,
        digest: &Digest,
    ) -> Result<Option<BlobInfo>, TrustError> {
        let held = carriers::held_blobs(self.db.read(), repository, std::slice::from_ref(digest)).await?;
        if held.is_empty() { Ok(None) } else { Ok(self.blobs.find(digest).await?) }
    }

    /// The bytes of a blob, which the caller knows to be few.
    pub(super) async fn read_whole(&self, info: BlobInfo) -> Result<Bytes, TrustError> {
        let mut stream = self.blobs.read(info, whole(info)).await?;
        let mut bytes = BytesMut::with_capacity(usize::try_from(info.size).unwrap_or_default());
        while let Some(some) = stream.try_next().await? {
            bytes.extend_from_slice(&some);
        }
        Ok(bytes.freeze())
    }

    /// What some formats sign: an artifact's manifest, or its one file.
    pub(super) async fn signed_content(
        &self,
        repository: RepositoryId,
        subject: &Subject,
    ) -> Result<Content, TrustError> {
        let file = match single_file(&subject.bytes) {
            Some(Layer { digest, .. }) => self.held_blob(repository, &digest).await?,
            None => None,
        };
        Ok(Content {
            manifest: subject.bytes.clone(),
            file,
            blobs: self.blobs.clone(),
            runtime: Handle::current(),
        })
    }
}

/// An artifact's bytes, for a thread that may block.
pub(super) struct Content {
    manifest: Bytes,
    file: Option<BlobInfo>,
    blobs: Blobs,
    runtime: Handle,
}

impl SignedContent for Content {
    fn manifest(&self) -> &[u8] {
        &self.manifest
    }

    fn file(&self) -> Option<io::Result<Box<dyn Read + '_>>> {
        let info = self.file?;
        let opened = self.runtime.block_on(self.blobs.read(info, whole(info)));
        let reader = |stream| -> Box<dyn Read> {
            Box::new(Reader { stream, rest: Bytes::new(), runtime: self.runtime.clone() })
        };
        Some(opened.map(reader).map_err(io::Error::other))
    }
}

/// A stream, read by a thread that may block.
struct Reader {
    stream: ByteStream,
    rest: Bytes,
    runtime: Handle,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.runtime.block_on(self.stream.try_next()).map_err(io::Error::other)? {
                Some(some) => self.rest = some,
                None => return Ok(0),
            }
        }
        let length = self.rest.len().min(buffer.len());
        self.rest.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}
