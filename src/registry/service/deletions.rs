//! Letting go of blobs, manifests and tags. What goes is the repository's hold on them; bytes stay until nothing needs
//! them. What something else in the repository needs stays, and what an immutable tag stands for is only let go by a
//! project owner.

use super::Registry;
use super::protection::Above;
use crate::access::{Caller, Permission};
use crate::db::{DbError, Topic, Tx};
use crate::ledger::{Event, Fact, Record as _, Subject};
use crate::projects::{Epoch, Projects, Settings};
use crate::registry::error::RegistryError;
use crate::registry::model::{CurrentTag, Inspect, Repository, is_immutable};
use crate::registry::store;
use crate::types::{Digest, RepoName, Tag};

impl Registry {
    /// Lets the repository hold a blob no more.
    ///
    /// # Errors
    /// `UnknownBlob`, and `BlobInUse` while a manifest of the repository needs it.
    pub async fn delete_blob(
        &self,
        caller: &Caller,
        name: &RepoName,
        digest: &Digest,
    ) -> Result<(), RegistryError> {
        let repository = self.repository(name).await?;
        let (clock, caller, digest) = (self.clock.clone(), caller.clone(), digest.clone());
        self.db
            .write(async move |tx: &Tx| {
                if let Some(manifest) = store::links::user_of_blob(&**tx, repository.id, &digest).await? {
                    return Err(RegistryError::BlobInUse(manifest));
                }
                if !store::blobs::unlink(&**tx, repository.id, &digest).await? {
                    return Err(RegistryError::UnknownBlob);
                }
                tx.changes(Topic::Content(&repository.name)).await?;
                let event = Event::new(&caller, clock.now(), Some(repository.project), Fact::BlobDeleted {})
                    .about(Subject::new(&repository.name, &digest));
                Ok(tx.record(&[event]).await?)
            })
            .await
    }

    /// Lets the repository hold a manifest no more, nor the tags that point at it. The names of its immutable tags stay
    /// bound to its digest.
    ///
    /// # Errors
    /// `UnknownManifest`; `ManifestInUse` while an index lists it; `Relied` while a release consists of it, or it vouches for
    /// one that an environment holds; `Protected` when an immutable tag stands for it and the caller is no project owner.
    pub async fn delete_manifest(
        &self,
        caller: &Caller,
        name: &RepoName,
        digest: &Digest,
    ) -> Result<(), RegistryError> {
        let repository = self.repository(name).await?;
        let owner = self.may(caller, Permission::RepositoryDeleteProtected, name).await?;
        let (registry, caller, digest) = (self.clone(), caller.clone(), digest.clone());
        self.db
            .write(async move |tx: &Tx| {
                let held = store::manifests::find(&**tx, repository.id, &digest).await?;
                let held = held.ok_or_else(|| RegistryError::UnknownManifest(digest.to_string()))?;
                let settings = settings_of(tx, &repository).await?;
                if let Some((_, index)) = store::links::parents(&**tx, repository.id, &held, 1).await?.pop() {
                    return Err(RegistryError::ManifestInUse(index));
                }
                let above = Above::of(tx, repository.id, &held).await?;
                registry.demand_unrelied(tx, &repository, &held.sha256, &above).await?;
                if !owner && above.is_immutable(&settings) {
                    return Err(RegistryError::Protected(digest.to_string()));
                }
                let mut events = Vec::new();
                // What it vouched for, or covered as an index, has to do without it.
                registry.leave_to_inspect(tx, Inspect { manifest: held.id, tag: None }).await?;
                for tag in store::tags::of_manifest(&**tx, held.id).await? {
                    events.push(registry.close_tag(tx, &caller, &repository, &settings, &tag).await?);
                }
                let now = registry.clock.now();
                let event = Event::new(&caller, now, Some(repository.project), Fact::ManifestDeleted {})
                    .about(Subject::new(&repository.name, &held.sha256));
                store::manifests::close(&**tx, held.id, now, event.id()).await?;
                events.push(event);
                tx.changes(Topic::Content(&repository.name)).await?;
                // It may be in a release, vouch for what is, or be the index by whose signature that counts.
                Epoch::Project(repository.project).pass(tx).await?;
                Ok(tx.record(&events).await?)
            })
            .await
    }

    /// Deletes a tag; the manifest stays.
    ///
    /// # Errors
    /// `UnknownManifest`; `Relied` when what it points at vouches through it for a release that an environment holds;
    /// `Protected` when the tag is immutable and the caller is no project owner.
    pub async fn delete_tag(&self, caller: &Caller, name: &RepoName, tag: &Tag) -> Result<(), RegistryError> {
        let repository = self.repository(name).await?;
        let owner = self.may(caller, Permission::RepositoryDeleteProtected, name).await?;
        let (registry, caller, tag) = (self.clone(), caller.clone(), tag.clone());
        self.db
            .write(async move |tx: &Tx| {
                let current = store::tags::find(&**tx, repository.id, &tag).await?;
                let current = current.ok_or_else(|| RegistryError::UnknownManifest(tag.to_string()))?;
                let settings = settings_of(tx, &repository).await?;
                // Under a legacy tag stands what vouches for another: it goes with the same right.
                let pointed_at = store::manifests::get(&**tx, current.manifest).await?;
                let protects = match pointed_at.filter(|_| tag.legacy_subject().is_some()) {
                    Some(held) => {
                        let above = Above::of(tx, repository.id, &held).await?;
                        registry.demand_unrelied(tx, &repository, &held.sha256, &above).await?;
                        above.is_immutable(&settings)
                    }
                    None => false,
                };
                if !owner && (protects || is_immutable(&settings, &tag)) {
                    return Err(RegistryError::Protected(tag.to_string()));
                }
                let event = registry.close_tag(tx, &caller, &repository, &settings, &current).await?;
                if tag.legacy_subject().is_some() {
                    Epoch::Project(repository.project).pass(tx).await?;
                }
                Ok(tx.record(&[event]).await?)
            })
            .await
    }

    /// Ends a tag; the name of an immutable one stays bound to its digest.
    async fn close_tag(
        &self,
        tx: &Tx,
        caller: &Caller,
        repository: &Repository,
        settings: &Settings,
        tag: &CurrentTag,
    ) -> Result<Event, DbError> {
        let (now, bound) = (self.clock.now(), is_immutable(settings, &tag.name));
        let fact = Fact::TagDeleted { tag: tag.name.to_string(), bound };
        let pointed_at = store::tags::holder(&**tx, tag).await?.sha256;
        let event = Event::new(caller, now, Some(repository.project), fact)
            .about(Subject::new(&repository.name, &pointed_at));
        store::tags::close(&**tx, tag.id, bound, now, event.id()).await?;
        tx.changes(Topic::Tags(&repository.name)).await?;
        if tag.name.legacy_subject().is_some() {
            tx.changes(Topic::Content(&repository.name)).await?;
            let inspect = Inspect { manifest: tag.manifest, tag: Some(tag.name.clone()) };
            self.leave_to_inspect(tx, inspect).await?;
        }
        Ok(event)
    }

    /// Refuses to let go of what a release consists of, or of what vouches for one.
    async fn demand_unrelied(
        &self,
        tx: &Tx,
        repository: &Repository,
        digest: &Digest,
        above: &Above,
    ) -> Result<(), RegistryError> {
        let (project, place) = (repository.project, repository.id);
        let protector = &self.asked.protector;
        match protector.protector(tx, project, place, digest, above.speaks_of()).await? {
            Some(why) => Err(RegistryError::Relied { digest: digest.clone(), why }),
            None => Ok(()),
        }
    }
}

/// The settings of a repository's project, which exists because the repository does.
async fn settings_of(tx: &Tx, repository: &Repository) -> Result<Settings, DbError> {
    let project = repository.name.project();
    let found = Projects::find_in(tx, &project).await?;
    found.map(|project| project.settings).ok_or_else(|| DbError::corrupt("repository.project_id", project))
}
