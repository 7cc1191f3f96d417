//! Reading a repository as an environment shows it: what releases that are admitted or drain there consist of, and what
//! speaks of that. All else is refused, whether or not it exists.

mod belongs;
mod refusal;

use belongs::Belongs;

use super::{BlobRead, FoundManifest, ReferrerPage, ReferrerQuery, Registry};
use crate::access::EnvironmentRepository;
use crate::http::{Page, PageRequest};
use crate::registry::error::RegistryError;
use crate::registry::model::{HeldManifest, NotShown, Resolved, Shown};
use crate::types::{Digest, Reference, Tag};

/// What an environment shows of a repository.
struct View<'a> {
    at: &'a EnvironmentRepository,
    shown: Shown,
}

impl Registry {
    /// A manifest that an environment shows: by a digest, by the version of a release, or by `current`.
    ///
    /// # Errors
    /// `NotShown` with the reason.
    pub async fn find_shown_manifest(
        &self,
        at: &EnvironmentRepository,
        reference: &Reference,
    ) -> Result<FoundManifest, RegistryError> {
        let view = self.view(at, Some(reference)).await?;
        let digest = match reference {
            Reference::Digest(digest) => digest.clone(),
            Reference::Tag(tag) => self.resolve_shown(&view, tag).await?.clone(),
        };
        let found = self.find_manifest(&at.repository, &Reference::Digest(digest)).await;
        let found = match found {
            Err(RegistryError::UnknownManifest(_) | RegistryError::UnknownRepository(_)) => {
                return Err(self.refusal(&view, reference, None).await?.into());
            }
            found => found?,
        };
        self.check_shown(&view, reference, &found.manifest).await?;
        Ok(found)
    }

    /// A blob that an environment shows: one that is named by a manifest which it shows.
    ///
    /// # Errors
    /// `NotShown` with the reason.
    pub async fn find_shown_blob(
        &self,
        at: &EnvironmentRepository,
        digest: &Digest,
    ) -> Result<BlobRead, RegistryError> {
        let view = self.view(at, None).await?;
        let blob = match self.find_blob(&at.repository, digest).await {
            Err(RegistryError::UnknownBlob | RegistryError::UnknownRepository(_)) => None,
            found => Some(found?),
        };
        if let Some(blob) = blob {
            let parts = self.shown_parts(&view).await?;
            let is_part = parts.iter().any(|parts| parts.has_content(digest, &view.shown.stopped));
            if is_part || self.is_beside(&view, &parts, digest).await? {
                return Ok(blob);
            }
        }
        Err(self.blob_refusal(&view, digest).await?.into())
    }

    /// What refers to a manifest that an environment shows.
    ///
    /// # Errors
    /// `NotShown` with the reason.
    pub async fn shown_referrers(
        &self,
        at: &EnvironmentRepository,
        query: &ReferrerQuery,
    ) -> Result<ReferrerPage, RegistryError> {
        self.find_shown_manifest(at, &Reference::Digest(query.subject.clone())).await?;
        self.referrers(&at.repository, query).await
    }

    /// The tags that an environment shows, by name.
    ///
    /// # Errors
    /// `NotShown` with the reason.
    pub async fn shown_tags(
        &self,
        at: &EnvironmentRepository,
        page: &PageRequest,
    ) -> Result<Page<String>, RegistryError> {
        let view = self.view(at, None).await?;
        let is_behind = |tag: &&str| page.after.as_deref().is_none_or(|after| *tag > after);
        let tags: Vec<String> = view.shown.tags().into_iter().filter(is_behind).map(str::to_owned).collect();
        Ok(Page::of_rows(tags, page, Clone::clone))
    }

    /// What an environment shows of a repository; for who asks for `reference` there.
    async fn view<'a>(
        &self,
        at: &'a EnvironmentRepository,
        reference: Option<&Reference>,
    ) -> Result<View<'a>, RegistryError> {
        let EnvironmentRepository { environment, repository } = at;
        let shown = self.asked.view.shown(environment, repository).await?;
        if !shown.is_known {
            return Err(NotShown::UnknownEnvironment(environment.clone()).into());
        }
        let view = View { at, shown };
        if view.shown.roots.is_empty() {
            let nothing = || NotShown::NothingAdmitted {
                environment: environment.clone(),
                repository: repository.clone(),
            };
            let ended = match reference {
                Some(reference) => self.ended(&view, reference).await?,
                None => None,
            };
            return Err(ended.unwrap_or_else(nothing).into());
        }
        Ok(view)
    }

    /// What a tag stands for.
    async fn resolve_shown<'a>(&self, view: &'a View<'_>, tag: &Tag) -> Result<&'a Digest, RegistryError> {
        let EnvironmentRepository { environment, repository } = view.at.clone();
        let refusal = match view.shown.resolve(tag.as_str()) {
            Resolved::One(digest) => return Ok(digest),
            Resolved::Withheld(why) => {
                NotShown::Withheld { environment, what: tag.to_string(), why: why.to_owned() }
            }
            Resolved::Several(digests) => {
                NotShown::Ambiguous { environment, repository, tag: tag.clone(), digests }
            }
            Resolved::Nothing => {
                let ended = self.ended(view, &Reference::Tag(tag.clone())).await?;
                ended.unwrap_or_else(|| NotShown::NoVersion { environment, repository, tag: tag.clone() })
            }
        };
        Err(refusal.into())
    }

    /// Whether a manifest of the repository is shown.
    async fn check_shown(
        &self,
        view: &View<'_>,
        reference: &Reference,
        manifest: &HeldManifest,
    ) -> Result<(), RegistryError> {
        match self.belongs(view, manifest).await? {
            Some(Belongs::Part) => Ok(()),
            Some(Belongs::Beside) if self.only_speaks(view, manifest).await? => Ok(()),
            Some(Belongs::Beside) => Err(NotShown::MayRun(manifest.sha256.clone()).into()),
            None => Err(self.refusal(view, reference, Some(&manifest.sha256)).await?.into()),
        }
    }
}
