//! Reading a repository as an environment shows it: what releases that are admitted or drain there consist of, and what
//! speaks of that. All else is refused, whether or not it exists.

use std::collections::HashSet;
use std::sync::Arc;

use super::{BlobRead, FoundManifest, ReferrerPage, ReferrerQuery, Registry};
use crate::access::EnvironmentRepository;
use crate::db::chunks;
use crate::http::{Page, PageRequest};
use crate::registry::error::RegistryError;
use crate::registry::model::{HeldManifest, NotShown, Parts, Resolved, Shown};
use crate::registry::read_gate::Read;
use crate::registry::store;
use crate::types::{Digest, ManifestId, Reference, RepoName, Tag};

/// Manifests that are looked at to find out what one refers to; beyond it, it refers to nothing that is shown.
const MAX_WALK: usize = 64;
/// Manifests that are looked at which name a blob beside the releases.
const MAX_USERS: u64 = 16;

/// How a manifest belongs to what is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Belongs {
    /// It is part of a release.
    Part,
    /// It refers to a part, or is listed by an index that does, in however many steps.
    Beside,
}

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
        let no_part = || {
            let (environment, repository) = (at.environment.clone(), at.repository.clone());
            RegistryError::from(NotShown::NoPart { environment, repository, digest: digest.clone() })
        };
        let blob = match self.find_blob(&at.repository, digest).await {
            Err(RegistryError::UnknownBlob | RegistryError::UnknownRepository(_)) => return Err(no_part()),
            found => found?,
        };
        let parts = self.shown_parts(&view).await?;
        let is_part = parts.iter().any(|parts| parts.has_content(digest, &view.shown.stopped));
        if is_part || self.is_beside(&view, &parts, digest).await? { Ok(blob) } else { Err(no_part()) }
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

    /// What is shown, each with all that is below it.
    async fn shown_parts(&self, view: &View<'_>) -> Result<Vec<Arc<Parts>>, RegistryError> {
        let roots: HashSet<&Digest> = view.shown.live().map(|root| &root.digest).collect();
        let mut all = Vec::with_capacity(roots.len());
        for root in roots {
            all.extend(self.parts(&view.at.repository, root).await?);
        }
        Ok(all)
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

    /// How a manifest belongs to what is shown, if it does. Nothing is reached through what must not be read.
    async fn belongs(
        &self,
        view: &View<'_>,
        manifest: &HeldManifest,
    ) -> Result<Option<Belongs>, RegistryError> {
        if view.shown.stop(&manifest.sha256).is_some() {
            return Ok(None);
        }
        if view.shown.live().any(|root| root.digest == manifest.sha256) {
            return Ok(Some(Belongs::Part));
        }
        let parts = self.shown_parts(view).await?;
        let is_part = |manifest: &HeldManifest| {
            parts.iter().any(|parts| parts.has_manifest(&manifest.sha256, &view.shown.stopped))
        };
        if is_part(manifest) {
            return Ok(Some(Belongs::Part));
        }
        let repository = self.repository(&view.at.repository).await?;
        let mut seen: HashSet<ManifestId> = HashSet::from([manifest.id]);
        let mut waiting = vec![manifest.clone()];
        while let Some(next) = waiting.pop() {
            let mut above = Vec::new();
            if let Some(subject) = &next.subject {
                above.extend(self.held(&view.at.repository, subject).await?);
            }
            // Before any more is asked for: most refer to a part.
            if above.iter().any(is_part) {
                return Ok(Some(Belongs::Beside));
            }
            let parents =
                store::links::parents(self.db.read(), repository.id, &next, MAX_WALK as u64).await?;
            for (_, parent) in parents {
                above.extend(self.held(&view.at.repository, &parent).await?);
            }
            for held in above {
                if view.shown.stop(&held.sha256).is_none() && seen.len() < MAX_WALK && seen.insert(held.id) {
                    waiting.push(held);
                }
            }
        }
        Ok(None)
    }

    /// A manifest of the repository, if it is there.
    async fn held(&self, name: &RepoName, digest: &Digest) -> Result<Option<HeldManifest>, RegistryError> {
        match self.find_manifest(name, &Reference::Digest(digest.clone())).await {
            Ok(found) => Ok(Some(found.manifest)),
            Err(RegistryError::UnknownManifest(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a manifest that refers to what is shown is a mere word about it. Whoever may push could have anything read
    /// otherwise that refers to a release.
    async fn only_speaks(&self, view: &View<'_>, manifest: &HeldManifest) -> Result<bool, RegistryError> {
        let reference = Reference::Digest(manifest.sha256.clone());
        let read = Read { repository: &view.at.repository, reference: &reference, manifest };
        self.asked.gate.speaks_of_others(read).await
    }

    /// Whether a manifest that speaks of what is shown names a blob. What refers to a part is looked for first: all that
    /// speak of something may have a config in common.
    async fn is_beside(
        &self,
        view: &View<'_>,
        parts: &[Arc<Parts>],
        digest: &Digest,
    ) -> Result<bool, RegistryError> {
        let repository = self.repository(&view.at.repository).await?.id;
        let subjects: Vec<&Digest> = parts.iter().flat_map(|parts| parts.manifest_names()).collect();
        let db = self.db.read();
        let mut users = Vec::new();
        for some in chunks(&subjects) {
            users.extend(store::manifests::users(db, repository, digest, Some(some), MAX_USERS).await?);
        }
        users.extend(store::manifests::users(db, repository, digest, None, MAX_USERS).await?);
        let mut seen = HashSet::new();
        users.retain(|user| seen.insert(user.id));
        for user in users {
            if self.belongs(view, &user).await?.is_some() && self.only_speaks(view, &user).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Why something is not shown that no release contains, as far as it can be told: it is stopped, or it ended.
    async fn refusal(
        &self,
        view: &View<'_>,
        reference: &Reference,
        sha256: Option<&Digest>,
    ) -> Result<NotShown, RegistryError> {
        let EnvironmentRepository { environment, repository } = view.at.clone();
        let withheld = |why: &str| NotShown::Withheld {
            environment: environment.clone(),
            what: reference.to_string(),
            why: why.to_owned(),
        };
        if let Some(sha256) = sha256 {
            if let Some(why) = view.shown.stop(sha256) {
                return Ok(withheld(why));
            }
            for root in view.shown.roots.iter().filter(|root| root.withheld.is_some()) {
                let parts = self.parts(&repository, &root.digest).await?;
                if parts.is_some_and(|parts| parts.has_manifest(sha256, &[])) {
                    return Ok(withheld(root.withheld.as_deref().unwrap_or_default()));
                }
            }
        }
        if let Some(ended) = self.ended(view, reference).await? {
            return Ok(ended);
        }
        let digest = match reference {
            Reference::Digest(digest) => digest.clone(),
            Reference::Tag(tag) => {
                return Ok(NotShown::NoVersion { environment, repository, tag: tag.clone() });
            }
        };
        Ok(NotShown::NoPart { environment, repository, digest })
    }

    /// Why something is not shown any more, if it once was.
    async fn ended(&self, view: &View<'_>, reference: &Reference) -> Result<Option<NotShown>, RegistryError> {
        let EnvironmentRepository { environment, repository } = view.at;
        let why = self.asked.view.ended(environment, repository, reference).await?;
        let (environment, what) = (environment.clone(), reference.to_string());
        Ok(why.map(|why| NotShown::Withheld { environment, what, why }))
    }
}
