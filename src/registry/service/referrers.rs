//! What refers to a manifest (distribution spec, "Listing Referrers").

use std::collections::BTreeMap;

use super::Registry;
use crate::registry::error::RegistryError;
use crate::registry::model::{Referrer, fold_tag_schema};
use crate::registry::store::{self, referrers::Found};
use crate::types::{Digest, MediaType, RepoName, RepositoryId, Tag};

/// Most bytes of referrers on a page: clients take no more than 4 MiB.
const MAX_BYTES: u64 = 3 << 20;
/// What a referrer takes on a page beside its annotations, at most.
const DESCRIPTOR: u64 = 1024;

/// Which referrers to list.
#[derive(Debug, Clone)]
pub struct ReferrerQuery {
    /// Of what.
    pub subject: Digest,
    /// Of one kind only.
    pub artifact_type: Option<MediaType>,
    /// Only those behind this digest.
    pub last: Option<Digest>,
    /// At most so many.
    pub limit: u64,
}

/// A page of referrers.
#[derive(Debug, Clone, Default)]
pub struct ReferrerPage {
    /// The referrers, by digest.
    pub referrers: Vec<Referrer>,
    /// Where the next page goes on; none on the last.
    pub next: Option<Digest>,
}

/// A referrer that may get onto a page.
enum Candidate {
    Held(Found),
    Folded(Referrer),
}

impl Candidate {
    fn bytes(&self) -> u64 {
        let annotations = match self {
            Self::Held(found) => found.annotations,
            Self::Folded(referrer) => {
                referrer.annotations.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum()
            }
        };
        annotations + DESCRIPTOR
    }
}

impl Registry {
    /// Manifests that refer to a digest, whether or not that is there, and those of the tag schema among them.
    ///
    /// # Errors
    /// When the database does not answer. An unknown repository has no referrers.
    pub async fn referrers(
        &self,
        name: &RepoName,
        query: &ReferrerQuery,
    ) -> Result<ReferrerPage, RegistryError> {
        let db = self.db.read();
        let Some(repository) = store::repositories::find(db, name).await? else {
            return Ok(ReferrerPage::default());
        };
        let subjects = self.names_of(repository.id, &query.subject).await?;
        let (kind, last) = (query.artifact_type.as_ref().map(MediaType::as_str), query.last.as_ref());
        let rows = store::referrers::find(db, repository.id, &subjects, kind, last, query.limit + 1).await?;
        let mut candidates: BTreeMap<Digest, Candidate> = self
            .tag_schema(repository.id, &subjects)
            .await?
            .into_iter()
            .filter(|referrer| last.is_none_or(|last| referrer.digest > *last))
            .filter(|referrer| kind.is_none() || referrer.artifact_type.as_deref() == kind)
            .map(|referrer| (referrer.digest.clone(), Candidate::Folded(referrer)))
            .collect();
        // What is a referrer in its own right is told by its row.
        candidates.extend(rows.into_iter().map(|found| (found.digest.clone(), Candidate::Held(found))));
        let (chosen, next) = fit(candidates, query.limit);
        let held: Vec<Found> = chosen
            .iter()
            .filter_map(|candidate| match candidate {
                Candidate::Held(found) => Some(found.clone()),
                Candidate::Folded(_) => None,
            })
            .collect();
        let mut page = store::referrers::load(db, &held).await?;
        page.extend(chosen.into_iter().filter_map(|candidate| match candidate {
            Candidate::Held(_) => None,
            Candidate::Folded(referrer) => Some((referrer.digest.clone(), referrer)),
        }));
        Ok(ReferrerPage { referrers: page.into_values().collect(), next })
    }

    /// A subject may be referred to by either of its digests.
    async fn names_of(
        &self,
        repository: RepositoryId,
        subject: &Digest,
    ) -> Result<Vec<Digest>, RegistryError> {
        let held = store::manifests::find(self.db.read(), repository, subject).await?;
        Ok(held.map_or_else(|| vec![subject.clone()], |held| vec![held.sha256, held.sha512]))
    }

    /// The referrers that older clients list in an index under a tag, which either name of the subject gives.
    async fn tag_schema(
        &self,
        repository: RepositoryId,
        subjects: &[Digest],
    ) -> Result<Vec<Referrer>, RegistryError> {
        let mut folded = Vec::new();
        for subject in subjects {
            let tag = store::tags::find(self.db.read(), repository, &Tag::of_referrers(subject)).await?;
            let Some(tag) = tag else { continue };
            let index = store::manifests::bytes(self.db.read(), tag.manifest).await?;
            folded.extend(index.map(|index| fold_tag_schema(&index)).unwrap_or_default());
        }
        Ok(folded)
    }
}

/// Cuts a list where a page must end; always keeps one, so that paging goes on.
fn fit(candidates: BTreeMap<Digest, Candidate>, limit: u64) -> (Vec<Candidate>, Option<Digest>) {
    let (mut chosen, mut last, mut bytes) = (Vec::new(), None, 0);
    for (digest, candidate) in candidates {
        bytes += candidate.bytes();
        let full = chosen.len() as u64 == limit || bytes > MAX_BYTES;
        if full && last.is_some() {
            return (chosen, last);
        }
        chosen.push(candidate);
        last = Some(digest);
    }
    (chosen, None)
}
