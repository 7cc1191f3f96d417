//! Manifests of a repository: found and let go.

use super::{Registry, StoredManifest};
use crate::access::{Caller, Permission};
use crate::db::Tx;
use crate::ledger::{Event, Fact, Record as _, Subject};
use crate::registry::error::RegistryError;
use crate::registry::model::is_immutable;
use crate::registry::store;
use crate::types::{Digest, ManifestId, Reference, RepoName};

/// A manifest that was found by a tag or a digest.
#[derive(Debug, Clone)]
pub struct FoundManifest {
    /// The digest to name it by: as it was asked for, or as the tag was pushed.
    pub digest: Digest,
    /// The manifest.
    pub manifest: StoredManifest,
}

impl Registry {
    /// A manifest that the repository holds.
    ///
    /// # Errors
    /// `UnknownRepository`, `UnknownManifest`.
    pub async fn find_manifest(
        &self,
        name: &RepoName,
        reference: &Reference,
    ) -> Result<FoundManifest, RegistryError> {
        let repository = self.repository(name).await?;
        let unknown = || RegistryError::UnknownManifest(reference.to_string());
        let (id, digest) = match reference {
            Reference::Tag(tag) => {
                let tag = store::tags::find(self.db.read(), repository.id, tag).await?.ok_or_else(unknown)?;
                (tag.manifest, tag.digest)
            }
            Reference::Digest(digest) => {
                let row = store::manifests::find(self.db.read(), repository.id, digest).await?;
                (ManifestId::from(row.ok_or_else(unknown)?.id), digest.clone())
            }
        };
        let manifest = store::manifests::load(self.db.read(), id).await?.ok_or_else(unknown)?;
        Ok(FoundManifest { digest, manifest })
    }

    /// Lets the repository hold a manifest no more, nor the tags that point at it. A tag that is immutable protects its
    /// manifest from all but project owners, and its name stays bound to its digest.
    ///
    /// # Errors
    /// `UnknownManifest`, `Protected`.
    pub async fn delete_manifest(
        &self,
        caller: &Caller,
        name: &RepoName,
        digest: &Digest,
    ) -> Result<(), RegistryError> {
        let repository = self.repository(name).await?;
        let may_delete_protected = self.may(caller, Permission::RepositoryDeleteProtected, name).await;
        let (registry, caller, digest) = (self.clone(), caller.clone(), digest.clone());
        self.db
            .write(async move |tx: &Tx| {
                let held = store::manifests::find(&**tx, repository.id, &digest).await?;
                let held = held.ok_or_else(|| RegistryError::UnknownManifest(digest.to_string()))?;
                let id = ManifestId::from(held.id);
                let settings = registry.settings_in(tx, &repository.name).await?;
                let now = registry.clock.now();
                let mut events = Vec::new();
                for tag in store::tags::of_manifest(&**tx, id).await? {
                    let bound = is_immutable(&settings, &tag.name);
                    if bound && !may_delete_protected {
                        return Err(RegistryError::Protected(digest.to_string()));
                    }
                    let fact = Fact::TagDeleted { tag: tag.name.to_string(), bound };
                    let event = Event::new(&caller, now, Some(repository.project), fact)
                        .about(Subject::new(&repository.name, &tag.digest));
                    store::tags::close(&**tx, tag.id, bound, now, event.id()).await?;
                    events.push(event);
                }
                let event = Event::new(&caller, now, Some(repository.project), Fact::ManifestDeleted {})
                    .about(Subject::new(&repository.name, &digest));
                store::manifests::close(&**tx, id, now, event.id()).await?;
                events.push(event);
                Ok(tx.record(&events).await?)
            })
            .await
    }
}
