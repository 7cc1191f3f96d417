//! Tags of a repository: listed and let go. They are set by pushing a manifest.

use super::{CurrentTag, Registry};
use crate::access::{Caller, Permission};
use crate::db::{DbError, Tx};
use crate::http::{Page, PageRequest};
use crate::ledger::{Event, Fact, Record as _, Subject};
use crate::projects::{Projects, Settings};
use crate::registry::error::RegistryError;
use crate::registry::model::{NamePage, is_immutable};
use crate::registry::store;
use crate::types::{RepoName, Tag};

impl Registry {
    /// Tags by name. Says too whether there are more.
    ///
    /// # Errors
    /// `UnknownRepository`.
    pub async fn tag_names(
        &self,
        name: &RepoName,
        page: &NamePage,
    ) -> Result<(Vec<Tag>, bool), RegistryError> {
        let repository = self.repository(name).await?;
        if page.limit == 0 {
            return Ok((Vec::new(), false));
        }
        let last = page.last.as_deref();
        let mut tags = store::tags::list(self.db.read(), repository.id, last, page.limit + 1).await?;
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = tags.len() > limit;
        tags.truncate(limit);
        Ok((tags.into_iter().map(|tag| tag.name).collect(), more))
    }

    /// Tags with what they point at, by name.
    ///
    /// # Errors
    /// `UnknownRepository`.
    pub async fn list_tags(
        &self,
        name: &RepoName,
        page: &PageRequest,
    ) -> Result<Page<CurrentTag>, RegistryError> {
        let repository = self.repository(name).await?;
        let rows =
            store::tags::list(self.db.read(), repository.id, page.after.as_deref(), page.limit + 1).await?;
        Ok(Page::of_rows(rows, page, |tag| tag.name.to_string()))
    }

    /// Deletes a tag; the manifest stays. An immutable tag needs a project owner, and its name stays bound.
    ///
    /// # Errors
    /// `UnknownManifest`, `Protected`.
    pub async fn delete_tag(&self, caller: &Caller, name: &RepoName, tag: &Tag) -> Result<(), RegistryError> {
        let repository = self.repository(name).await?;
        let may_delete_protected = self.may(caller, Permission::RepositoryDeleteProtected, name).await;
        let (registry, caller, tag) = (self.clone(), caller.clone(), tag.clone());
        self.db
            .write(async move |tx: &Tx| {
                let current = store::tags::find(&**tx, repository.id, &tag).await?;
                let current = current.ok_or_else(|| RegistryError::UnknownManifest(tag.to_string()))?;
                let bound = is_immutable(&registry.settings_in(tx, &repository.name).await?, &tag);
                if bound && !may_delete_protected {
                    return Err(RegistryError::Protected(tag.to_string()));
                }
                let now = registry.clock.now();
                let fact = Fact::TagDeleted { tag: tag.to_string(), bound };
                let event = Event::new(&caller, now, Some(repository.project), fact)
                    .about(Subject::new(&repository.name, &current.digest));
                store::tags::close(&**tx, current.id, bound, now, event.id()).await?;
                Ok(tx.record(&[event]).await?)
            })
            .await
    }

    /// The settings of a repository's project, which exists because the repository does.
    pub(super) async fn settings_in(&self, tx: &Tx, name: &RepoName) -> Result<Settings, DbError> {
        let project = name.project();
        let found = Projects::find_in(tx, &project).await?;
        found
            .map(|project| project.settings)
            .ok_or_else(|| DbError::corrupt("repository.project_id", project))
    }
}
