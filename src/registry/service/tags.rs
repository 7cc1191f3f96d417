//! Tags of a repository, listed. They are set by pushing a manifest.

use super::Registry;
use crate::http::{Page, PageRequest};
use crate::registry::error::RegistryError;
use crate::registry::model::CurrentTag;
use crate::registry::store;
use crate::types::RepoName;

impl Registry {
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

    /// Tags by name, without what they point at.
    ///
    /// # Errors
    /// `UnknownRepository`.
    pub async fn list_tag_names(
        &self,
        name: &RepoName,
        page: &PageRequest,
    ) -> Result<Page<String>, RegistryError> {
        let repository = self.repository(name).await?;
        let (after, limit) = (page.after.as_deref(), page.limit + 1);
        let names = store::tags::names(self.db.read(), repository.id, after, limit).await?;
        Ok(Page::of_rows(names, page, Clone::clone))
    }
}
