//! Reading an object, or a range of it, in pieces of 1 MiB: object_store's own local stream reads 8 KiB a hop.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

use bytes::Bytes;
use futures_util::stream::{StreamExt as _, try_unfold};
use tokio::task::spawn_blocking;

use super::Disk;
use crate::blobs::BlobError;
use crate::blobs::storage::{ByteStream, object_path};
use crate::types::{ObjectKey, ResolvedRange};

/// Bytes in a piece.
const PIECE: u64 = 1 << 20;

impl Disk {
    /// Opens a range of an object. The file is opened before this returns, so that a missing object is an error
    /// and not a broken answer.
    ///
    /// # Errors
    /// When the object can't be opened.
    pub async fn read(&self, key: ObjectKey, range: ResolvedRange) -> Result<ByteStream, BlobError> {
        let path = self.root.join(object_path(key));
        let file = spawn_blocking(move || {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(range.start))?;
            Ok::<_, BlobError>(file)
        })
        .await??;
        let pieces = try_unfold((file, range.len()), |(mut file, left)| async move {
            if left == 0 {
                return Ok(None);
            }
            spawn_blocking(move || {
                let wanted = usize::try_from(left.min(PIECE)).unwrap_or(usize::MAX);
                let mut piece = vec![0; wanted];
                file.read_exact(&mut piece)?;
                Ok(Some((Bytes::from(piece), (file, left - wanted as u64))))
            })
            .await?
        });
        Ok(pieces.boxed())
    }
}
