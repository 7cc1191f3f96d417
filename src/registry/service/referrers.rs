//! What refers to a manifest (distribution spec, "Listing Referrers").

use super::Registry;
use crate::registry::error::RegistryError;
use crate::registry::model::{Referrer, fold_tag_schema};
use crate::registry::store;
use crate::types::{Digest, RepoName, RepositoryId, Tag};

/// Most bytes of referrers on a page: clients take no more than 4 MiB.
const MAX_BYTES: usize = 3 << 20;

/// Which referrers to list.
#[derive(Debug, Clone)]
pub struct ReferrerQuery {
    /// Of what.
    pub subject: Digest,
    /// Of one kind only.
    pub artifact_type: Option<String>,
    /// Only those behind this digest.
    pub last: Option<Digest>,
    /// At most so many.
    pub limit: u64,
}

/// A page of referrers.
#[derive(Debug, Clone, Default)]
pub struct ReferrerPage {
    /// The referrers.
    pub referrers: Vec<Referrer>,
    /// Where the next page goes on; none on the last.
    pub next: Option<Digest>,
}

impl Registry {
    /// Manifests that refer to a digest, whether or not that is there, with those of the tag schema behind them.
    ///
    /// # Errors
    /// When the database does not answer. An unknown repository has no referrers.
    pub async fn referrers(
        &self,
        name: &RepoName,
        query: &ReferrerQuery,
    ) -> Result<ReferrerPage, RegistryError> {
        let Some(repository) = store::repositories::find(self.db.read(), name).await? else {
            return Ok(ReferrerPage::default());
        };
        let names = self.names_of(repository.id, &query.subject).await?;
        let (kind, last) = (query.artifact_type.as_deref(), query.last.as_ref().map(Digest::as_str));
        let rows =
            store::manifests::referrers(self.db.read(), repository.id, &names, kind, last, query.limit + 1)
                .await?;
        let mut page = fit(rows, query.limit);
        if page.next.is_none() {
            let folded = self.tag_schema(repository.id, &query.subject).await?;
            let fits = |referrer: &Referrer| kind.is_none() || referrer.artifact_type.as_deref() == kind;
            for referrer in folded.into_iter().filter(fits) {
                if !self.is_listed(repository.id, &names, &referrer.digest).await? {
                    page.referrers.push(referrer);
                }
            }
        }
        Ok(page)
    }

    /// A subject may be referred to by either of its digests.
    async fn names_of(
        &self,
        repository: RepositoryId,
        subject: &Digest,
    ) -> Result<Vec<String>, RegistryError> {
        let held = store::manifests::find(self.db.read(), repository, subject).await?;
        Ok(held.map_or_else(|| vec![subject.to_string()], |held| vec![held.sha256, held.sha512]))
    }

    /// Whether a digest of the tag schema is a referrer in its own right too.
    async fn is_listed(
        &self,
        repository: RepositoryId,
        names: &[String],
        digest: &Digest,
    ) -> Result<bool, RegistryError> {
        let held = store::manifests::find(self.db.read(), repository, digest).await?;
        Ok(held.and_then(|held| held.subject).is_some_and(|subject| names.contains(&subject)))
    }

    /// The referrers that older clients list in an index under the tag `<algorithm>-<hex>`.
    async fn tag_schema(
        &self,
        repository: RepositoryId,
        subject: &Digest,
    ) -> Result<Vec<Referrer>, RegistryError> {
        let text = format!("{}-{}", subject.algorithm().as_str(), subject.hex());
        let Ok(tag) = text.chars().take(128).collect::<String>().parse::<Tag>() else {
            return Ok(Vec::new());
        };
        let Some(tag) = store::tags::find(self.db.read(), repository, &tag).await? else {
            return Ok(Vec::new());
        };
        let index = store::manifests::load(self.db.read(), tag.manifest).await?;
        Ok(index.map(|index| fold_tag_schema(&index.bytes)).unwrap_or_default())
    }
}

/// Cuts a list where a page must end; always keeps one, so that paging goes on.
fn fit(rows: Vec<Referrer>, limit: u64) -> ReferrerPage {
    let mut page = ReferrerPage::default();
    let mut bytes = 0;
    for row in rows {
        bytes += serde_json::to_vec(&row).map_or(0, |json| json.len());
        let full = page.referrers.len() as u64 == limit || bytes > MAX_BYTES;
        if full && let Some(last) = page.referrers.last() {
            page.next = Some(last.digest.clone());
            return page;
        }
        page.referrers.push(row);
    }
    page
}
