//! Blobs of a repository: found, read, mounted, let go.

use super::Registry;
use crate::access::{Caller, Permission};
use crate::blobs::{BlobInfo, Blobs, ByteStream};
use crate::db::{DbError, Topic, Tx};
use crate::ledger::{Event, Fact, Record as _, Subject};
use crate::registry::error::RegistryError;
use crate::registry::model::Repository;
use crate::registry::store;
use crate::types::{Digest, RepoName, ResolvedRange};

/// Repositories that an automatic mount looks at for one that the caller may read.
const MOUNT_CANDIDATES: u64 = 20;

/// A blob to be read.
#[derive(Debug, Clone, Copy)]
pub struct BlobRead {
    info: BlobInfo,
}

impl BlobRead {
    /// Bytes.
    pub const fn size(self) -> u64 {
        self.info.size
    }
}

/// What came of the wish to mount a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mount {
    /// The repository holds it now.
    Mounted,
    /// It can't be mounted: the client must push it.
    NotMounted,
}

impl Registry {
    /// A blob that the repository holds.
    ///
    /// # Errors
    /// `UnknownRepository`, `UnknownBlob`: also of blobs that only other repositories hold.
    pub async fn find_blob(&self, name: &RepoName, digest: &Digest) -> Result<BlobRead, RegistryError> {
        let repository = self.repository(name).await?;
        let read = async || {
            if store::blobs::is_linked(self.db.read(), repository.id, digest).await? {
                self.blobs.find(digest).await
            } else {
                Ok(None)
            }
        };
        let key = (name.clone(), digest.clone());
        let info = self.memory.blobs.find(Topic::Content(name), key, read).await?;
        Ok(BlobRead { info: info.ok_or(RegistryError::UnknownBlob)? })
    }

    /// Bytes of a blob that was found.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn read_blob(&self, blob: BlobRead, range: ResolvedRange) -> Result<ByteStream, RegistryError> {
        Ok(self.blobs.read(blob.info, range).await?)
    }

    /// Where in the bucket a blob that was found can be read for a minute, if pulls are redirected.
    ///
    /// # Errors
    /// When the storage can't sign the address.
    pub async fn blob_address(&self, blob: BlobRead) -> Result<Option<String>, RegistryError> {
        Ok(self.blobs.address(blob.info).await?)
    }

    /// Lets the repository hold a blob that a repository which the caller may read holds: the one named by `from`, or
    /// any (distribution spec, "Mounting a blob from another repository").
    ///
    /// # Errors
    /// When the database does not answer; what can't be mounted is no error.
    pub async fn mount_blob(
        &self,
        caller: &Caller,
        name: &RepoName,
        digest: &Digest,
        from: Option<&RepoName>,
    ) -> Result<Mount, RegistryError> {
        let reach = Caller { ceiling: caller.ceiling.for_mounts_into(name), ..caller.clone() };
        let Some(source) = self.mount_source([caller, &reach], digest, from).await? else {
            return Ok(Mount::NotMounted);
        };
        let (registry, caller, name, digest) = (self.clone(), caller.clone(), name.clone(), digest.clone());
        self.db
            .write(async move |tx: &Tx| {
                // Both may have gone since they were looked at.
                let still = store::blobs::is_linked(&**tx, source.id, &digest).await?;
                let info = Blobs::find_in(tx, &digest).await?;
                let (true, Some(info)) = (still, info) else { return Ok::<_, DbError>(Mount::NotMounted) };
                let mut events = Vec::new();
                let repository = registry.ensure_repository(tx, &caller, &name, &mut events).await?;
                let now = registry.clock.now();
                // Whoever sees this project's entries need not see that one's names.
                let from = if source.project == repository.project {
                    source.name.to_string()
                } else {
                    source.id.to_string()
                };
                let fact = Fact::BlobMounted { size: info.size.to_string(), from };
                let event = Event::new(&caller, now, Some(repository.project), fact)
                    .about(Subject::new(&name, &digest));
                if store::blobs::link(&**tx, repository.id, &digest, now, event.id()).await? {
                    events.push(event);
                }
                tx.record(&events).await?;
                Ok(Mount::Mounted)
            })
            .await
            .map_err(Into::into)
    }

    /// A repository that holds the blob and that the caller may read, in one reach of theirs or the other.
    async fn mount_source(
        &self,
        callers: [&Caller; 2],
        digest: &Digest,
        from: Option<&RepoName>,
    ) -> Result<Option<Repository>, RegistryError> {
        let candidates = match from {
            Some(from) => vec![from.clone()],
            None => store::blobs::holders(self.db.read(), digest, MOUNT_CANDIDATES).await?,
        };
        for candidate in candidates {
            let [asked, wider] = callers;
            if !self.may(asked, Permission::RepositoryRead, &candidate).await?
                && !self.may(wider, Permission::RepositoryRead, &candidate).await?
            {
                continue;
            }
            let Some(source) = store::repositories::find(self.db.read(), &candidate).await? else { continue };
            if store::blobs::is_linked(self.db.read(), source.id, digest).await? {
                return Ok(Some(source));
            }
        }
        Ok(None)
    }
}
