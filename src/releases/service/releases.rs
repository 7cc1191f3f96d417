//! Making and finding releases.

use super::Releases;
use crate::access::{Caller, Permission, Scope};
use crate::db::Tx;
use crate::http::{Page, PageRequest};
use crate::ledger::{Event, Record as _, ReleaseFact};
use crate::registry::Registry;
use crate::releases::error::ReleaseError;
use crate::releases::model::{ArtifactKind, Labels, Release, ReleaseArtifact, ReleaseRef, content_of};
use crate::releases::store;
use crate::types::{Digest, ProjectName, Reference, ReleaseId, ReleaseName, RepoName, Tag};

/// The media type of a Helm chart's config, and those of an image's.
/// An artifact that a release is to consist of.
#[derive(Debug, Clone)]
pub struct NewArtifact {
    /// In which repository of the project.
    pub repository: RepoName,
    /// A tag or digest; a tag stands for what it points at now.
    pub reference: Reference,
    /// What it is to the release.
    pub role: String,
}

/// A release to make.
#[derive(Debug, Clone)]
pub struct NewRelease {
    /// Its line.
    pub name: ReleaseName,
    /// Its version within the line.
    pub version: Tag,
    /// What it consists of.
    pub artifacts: Vec<NewArtifact>,
    /// Labels.
    pub labels: Labels,
}

impl Releases {
    /// Makes a release of what a project holds; says whether it is new. The same again is the same release.
    ///
    /// # Errors
    /// `Access`, `NoSuchProject`, `Registry` for what is not there, `ForeignRepository`, `Shape`, `VersionExists` for another
    /// release of the same version, `OtherLine`, or `Db`.
    pub async fn create_release(
        &self,
        caller: &Caller,
        project: &ProjectName,
        new: NewRelease,
    ) -> Result<(Release, bool), ReleaseError> {
        let scope = Scope::Project(project.clone());
        self.check(caller, Permission::ReleaseCreate, &scope).await?;
        let found = self.project(project).await?;
        let mut artifacts = Vec::with_capacity(new.artifacts.len());
        for artifact in new.artifacts {
            artifacts.push(self.resolve(caller, project, artifact).await?);
        }
        Release::check(&new.version, &artifacts, &new.labels)?;
        let release = Release {
            id: ReleaseId::new(),
            project: found.id,
            name: new.name,
            version: new.version,
            content: content_of(&artifacts),
            artifacts,
            labels: new.labels,
            created_by: caller.account,
            created_at: self.clock.now(),
        };
        let (this, caller) = (self.clone(), caller.clone());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, Permission::ReleaseCreate, &scope).await?;
                let named = ReleaseRef::Version(release.name.clone(), release.version.clone());
                if let Some(held) = store::releases::find(&**tx, release.project, &named).await? {
                    let same = held.content == release.content && held.labels == release.labels;
                    return if same { Ok((held, false)) } else { Err(ReleaseError::VersionExists(named)) };
                }
                for artifact in &release.artifacts {
                    // It may have been deleted since it was looked up.
                    Registry::demand_in(tx, artifact.repository_id, &artifact.digest).await?;
                }
                let fact = ReleaseFact::ReleaseCreated(release.fact());
                let event = Event::new(&caller, release.created_at, Some(release.project), fact);
                let event = release.subjects().fold(event, Event::about);
                if !store::releases::insert(&**tx, &release, event.id()).await? {
                    return Err(ReleaseError::VersionExists(named));
                }
                for artifact in &release.artifacts {
                    let (id, line) = (artifact.repository_id, &release.name);
                    let held =
                        store::releases::join_line(&**tx, release.project, id, line, event.id()).await?;
                    if held != release.name {
                        let repository = artifact.repository.clone();
                        return Err(ReleaseError::OtherLine { repository, line: held });
                    }
                }
                super::upkeep::leave_auto_promotion(tx, release.project, release.id, release.created_at)
                    .await?;
                tx.record(&[event]).await?;
                Ok((release.clone(), true))
            })
            .await
    }

    /// A release of a project.
    ///
    /// # Errors
    /// `NoSuchProject`, `NoSuchRelease`, or `Db`.
    pub async fn release(&self, project: &ProjectName, named: &ReleaseRef) -> Result<Release, ReleaseError> {
        let id = self.project(project).await?.id;
        let found = store::releases::find(self.db.read(), id, named).await?;
        found.ok_or_else(|| ReleaseError::NoSuchRelease(named.clone()))
    }

    /// A page of a project's releases, newest first: of one line or content, or all.
    ///
    /// # Errors
    /// `NoSuchProject`, `BadCursor`, or `Db`.
    pub async fn list_releases(
        &self,
        project: &ProjectName,
        name: Option<ReleaseName>,
        content: Option<Digest>,
        page: &PageRequest,
    ) -> Result<Page<Release>, ReleaseError> {
        let id = self.project(project).await?.id;
        let before = super::cursor(page)?;
        let filter = store::releases::Filter { name, content, before };
        let rows = store::releases::list(self.db.read(), id, &filter, page.limit + 1).await?;
        Ok(Page::of_rows(rows, page, |release| release.id.to_string()))
    }

    /// What an artifact is now, if the caller may read it.
    async fn resolve(
        &self,
        caller: &Caller,
        project: &ProjectName,
        new: NewArtifact,
    ) -> Result<ReleaseArtifact, ReleaseError> {
        let NewArtifact { repository, reference, role } = new;
        if repository.project() != *project {
            return Err(ReleaseError::ForeignRepository(repository));
        }
        let scope = Scope::Repository(repository.clone());
        self.check(caller, Permission::RepositoryRead, &scope).await?;
        let found = self.registry.find_manifest(&repository, &reference).await?;
        let kind = ArtifactKind::of(&self.registry.manifest_bytes(&found).await?);
        let digest = found.manifest.sha256;
        let (artifact, _) = self.registry.artifact(&repository, &digest).await?;
        let repository_id = self.registry.repository_id(&repository).await?;
        Ok(ReleaseArtifact { repository, repository_id, digest, role, kind, pushed_by: artifact.pushed_by })
    }
}
