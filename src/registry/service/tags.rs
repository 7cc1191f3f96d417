//! Tags of a repository, listed. They are set by pushing a manifest.

use super::Registry;
use crate::http::{Page, PageRequest};
use crate::registry::error::RegistryError;
use crate::registry::model::{CurrentTag, NamePage};
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
}
