//! Small objects by name: batches of events and of the inventory, and manifests. Read when a database is compared with
//! the storage, or rebuilt from it.

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};

use super::Storage;
use crate::blobs::BlobError;

impl Storage {
    /// The names of the objects in a folder that sort behind `after`, in order. `folder` has no slash at its end;
    /// `after` is a name without the folder and need not exist.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn list(&self, folder: &str, after: &str) -> Result<Vec<String>, BlobError> {
        let (prefix, offset) = (Path::from(folder), Path::from(format!("{folder}/{after}")));
        let found = self.objects.list_with_offset(Some(&prefix), &offset);
        let mut names: Vec<String> = found
            .try_filter_map(async |meta| Ok(meta.location.filename().map(str::to_owned)))
            .try_collect()
            .await?;
        names.sort_unstable();
        Ok(names)
    }

    /// An object's bytes, all at once; none when there is no such object.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn get(&self, name: &str) -> Result<Option<Bytes>, BlobError> {
        match self.objects.get(&Path::from(name)).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes a small object; it is whole and durable, or not there.
    ///
    /// # Errors
    /// `StorageFull`, or when the storage fails.
    pub async fn put_small(&self, name: &str, bytes: Bytes) -> Result<(), BlobError> {
        self.put(Path::from(name), bytes).await
    }
}
