//! Bytes in a bucket of S3, Azure or GCS, through object_store. Nothing is ever copied or renamed there, and no PUT is
//! conditional: some stores take no notice of the condition (design, rules 2 and 7).

mod connect;
mod failure;
#[cfg(test)]
mod tests;

pub(in crate::blobs) use failure::classify;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::empty;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::signer::Signer;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt as _, PutPayload};
use reqwest::Method;
use tokio::runtime::Handle;

use super::listing::{self, ObjectPage};
use super::{BucketUrl, ByteStream, PROBE, object_path};
use crate::blobs::BlobError;
use crate::blobs::model::Part;
use crate::types::{ObjectKey, ResolvedRange};

/// How long a presigned address holds (design, "Transactions and speed").
const SIGNED_FOR: Duration = Duration::from_secs(60);

/// What a client of any provider can do.
trait Client: ObjectStore + MultipartStore + Signer {}

impl<T: ObjectStore + MultipartStore + Signer> Client for T {}

/// A bucket, or what is below a prefix in it. Cheap to clone.
#[derive(Clone)]
pub struct Bucket {
    client: Arc<dyn Client>,
    /// As the settings name it.
    url: Arc<BucketUrl>,
    /// Requests run here, whichever worker asks: a connection lives as long as the runtime that made it. (Not by the
    /// connector that object_store has for that: it takes in whole bodies, however slow their reader is.)
    runtime: Handle,
}

impl Bucket {
    /// Connects to a bucket and asks it for an answer. Must be called on the runtime that lasts.
    ///
    /// # Errors
    /// When it does not exist, can't be reached or refuses us.
    pub async fn open(url: &BucketUrl) -> Result<Self, BlobError> {
        let runtime = Handle::current();
        let client = connect::connect(url)?;
        let bucket = Self { client, url: Arc::new(url.clone()), runtime };
        bucket.ask().await.map_err(|error| failure::at_start(&error, url))?;
        Ok(bucket)
    }

    /// Where tasks run that must end whether or not the request that began them does.
    pub const fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Runs a request to its end, whether or not somebody waits for it.
    async fn run<T, F>(&self, request: impl FnOnce(Arc<dyn Client>) -> F) -> Result<T, BlobError>
    where
        T: Send + 'static,
        F: Future<Output = object_store::Result<T>> + Send + 'static,
    {
        Ok(self.runtime.spawn(request(Arc::clone(&self.client))).await??)
    }

    fn path(&self, key: &str) -> Path {
        match &self.url.prefix {
            Some(prefix) => Path::from(format!("{prefix}/{key}")),
            None => Path::from(key),
        }
    }

    fn object(&self, key: ObjectKey) -> Path {
        self.path(&object_path(key))
    }

    /// Opens a range of an object.
    ///
    /// # Errors
    /// When there is no such object, or the bucket fails.
    pub async fn read(&self, key: ObjectKey, range: ResolvedRange) -> Result<ByteStream, BlobError> {
        let path = self.object(key);
        if range.is_empty() {
            // There is no range without a byte.
            self.run(|client| async move { client.head(&path).await }).await?;
            return Ok(empty().boxed());
        }
        let wanted =
            GetOptions { range: Some(GetRange::Bounded(range.start..range.end)), ..Default::default() };
        let place = path.clone();
        let found = self.run(|client| async move { client.get_opts(&path, wanted).await }).await?;
        if found.range != (range.start..range.end) {
            return Err(BlobError::Storage(format!("{place} has no bytes {}..{}", range.start, range.end)));
        }
        Ok(found.into_stream().map(|piece| piece.map_err(Into::into)).boxed())
    }

    /// An address under which anybody can read an object for a minute.
    ///
    /// # Errors
    /// When there are no credentials to sign with.
    pub async fn presign(&self, key: ObjectKey) -> Result<String, BlobError> {
        let path = self.object(key);
        let signed =
            |client: Arc<dyn Client>| async move { client.signed_url(Method::GET, &path, SIGNED_FOR).await };
        Ok(self.run(signed).await?.into())
    }

    /// Writes an object whole.
    ///
    /// # Errors
    /// When the bucket fails; it may have been written all the same, then or later.
    pub async fn put(&self, key: &str, bytes: PutPayload) -> Result<(), BlobError> {
        let path = self.path(key);
        self.run(|client| async move { client.put(&path, bytes).await.map(drop) }).await
    }

    /// Writes the bytes of a blob at once; as [`Bucket::put`].
    ///
    /// # Errors
    /// As [`Bucket::put`].
    pub async fn put_object(&self, key: ObjectKey, bytes: Vec<Bytes>) -> Result<(), BlobError> {
        self.put(&object_path(key), bytes.into_iter().collect()).await
    }

    /// A small object whole, if it is there.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, BlobError> {
        let path = self.path(key);
        let whole = |client: Arc<dyn Client>| async move {
            match client.get(&path).await {
                Ok(found) => found.bytes().await.map(Some),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.run(whole).await
    }

    /// How long an object is, if it is there.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn size(&self, key: &str) -> Result<Option<u64>, BlobError> {
        let path = self.path(key);
        self.run(|client| async move { listing::size(client.head(&path).await) }).await
    }

    /// How long the bytes of a blob are, if they are there.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn object_size(&self, key: ObjectKey) -> Result<Option<u64>, BlobError> {
        self.size(&object_path(key)).await
    }

    /// A page of the objects below a prefix.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn list(&self, prefix: &str, after: Option<&str>) -> Result<ObjectPage, BlobError> {
        let (prefix, after) = (self.path(prefix), after.map(|after| self.path(after)));
        let root = self.url.prefix.as_ref().map(|prefix| format!("{prefix}/")).unwrap_or_default();
        let page = |client: Arc<dyn Client>| async move {
            let found = match &after {
                Some(after) => client.list_with_offset(Some(&prefix), after),
                None => client.list(Some(&prefix)),
            };
            let key = |path: &Path| path.as_ref().strip_prefix(&root).unwrap_or_default().to_owned();
            listing::page_in_order(found, key).await
        };
        self.run(page).await
    }

    /// Begins a multipart upload.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn begin(&self, key: ObjectKey) -> Result<String, BlobError> {
        let path = self.object(key);
        self.run(|client| async move { client.create_multipart(&path).await }).await
    }

    /// Sends a part, which replaces one of the same number.
    ///
    /// # Errors
    /// When the bucket fails; it may have been written all the same, then or later.
    pub async fn put_part(
        &self,
        key: ObjectKey,
        multipart: &str,
        number: i32,
        bytes: Vec<Bytes>,
    ) -> Result<Part, BlobError> {
        let size = bytes.iter().map(|piece| piece.len() as u64).sum();
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        let payload: PutPayload = bytes.into_iter().collect();
        let (path, id) = (self.object(key), multipart.to_owned());
        let part =
            self.run(|client| async move { client.put_part(&path, &id, index, payload).await }).await?;
        Ok(Part { number, tag: part.content_id, size })
    }

    /// Makes an object of parts, which must be all of 0..n, in order.
    ///
    /// # Errors
    /// When a part is not there as it is described, or the bucket fails; it may have been made all the same.
    pub async fn complete(&self, key: ObjectKey, multipart: &str, parts: Vec<Part>) -> Result<(), BlobError> {
        let parts = parts.into_iter().map(|part| PartId { content_id: part.tag }).collect();
        let (path, id) = (self.object(key), multipart.to_owned());
        self.run(|client| async move { client.complete_multipart(&path, &id, parts).await.map(drop) }).await
    }

    /// Gives a multipart upload up. Whatever is at the object's key stays.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn abort(&self, key: ObjectKey, multipart: &str) -> Result<(), BlobError> {
        let (path, id) = (self.object(key), multipart.to_owned());
        self.run(|client| async move { gone(client.abort_multipart(&path, &id).await) }).await
    }

    /// Removes an object, and the multipart upload that would make it.
    ///
    /// # Errors
    /// When the bucket fails.
    pub async fn remove(&self, key: ObjectKey, multipart: Option<&str>) -> Result<(), BlobError> {
        let (path, multipart) = (self.object(key), multipart.map(str::to_owned));
        let removed = |client: Arc<dyn Client>| async move {
            let aborted = match &multipart {
                Some(multipart) => gone(client.abort_multipart(&path, multipart).await),
                None => Ok(()),
            };
            gone(client.delete(&path).await)?;
            aborted
        };
        self.run(removed).await
    }

    /// Asks the bucket for an answer. A listing tells a bucket that is missing from an object that is.
    ///
    /// # Errors
    /// When it gives none.
    pub async fn ping(&self) -> Result<(), BlobError> {
        let bucket = self.clone();
        self.run(|_| async move { bucket.ask().await }).await
    }

    async fn ask(&self) -> object_store::Result<()> {
        self.client.list(Some(&self.path(PROBE))).next().await.transpose().map(drop)
    }
}

/// What is gone already needs no removing.
fn gone(outcome: object_store::Result<()>) -> object_store::Result<()> {
    match outcome {
        Err(object_store::Error::NotFound { .. }) => Ok(()),
        outcome => outcome,
    }
}
