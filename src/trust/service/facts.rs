//! Asking what attestations say: of one artifact, or in a project.
//!
//! Only evidence that is there now counts, of artifacts that are there now; and each answer tells whether a signer of the
//! policy that holds vouches for it.

use super::Trust;
use crate::access::{Authority as _, Caller, Permission, Scope};
use crate::http::{Page, PageRequest};
use crate::registry::Registry;
use crate::trust::error::TrustError;
use crate::trust::predicates::Purl;
use crate::trust::store::facts::{
    self, Attested, ComponentFact, ComponentQuery, FactPlace, FindingFact, FindingQuery, MaterialFact,
    Overview, ProvenanceFact, ProvenanceQuery, Within,
};
use crate::types::{Digest, EvidenceId, ProjectName, RepoName, RepositoryId};

/// Repositories that are looked up in one go, and most that a question to the database names.
const SOME: u64 = 1000;
const MOST: usize = 10_000;

/// Where somebody asks for facts.
pub enum Asked<'a> {
    /// Of an artifact, by either of its names, in a repository that the caller may read.
    Artifact(&'a RepoName, &'a Digest),
    /// In a project that the caller may see, of what in it they may read.
    Project(&'a Caller, &'a ProjectName),
}

/// A page of facts, each with who says it.
pub type FactPage<T> = Page<(Attested, T)>;

/// How artifacts must have been built.
#[derive(Debug, Clone, Default)]
pub struct Built {
    /// Of one commit.
    pub commit: Option<String>,
    /// Of one source repository.
    pub source: Option<String>,
    /// By one builder.
    pub builder: Option<String>,
}

impl Trust {
    /// The attestations and documents of an artifact, of one predicate type or all.
    ///
    /// # Errors
    /// `NoSuchArtifact`, `BadCursor`, `Db`.
    pub async fn attestations(
        &self,
        name: &RepoName,
        digest: &Digest,
        predicate_type: Option<&str>,
        page: &PageRequest,
    ) -> Result<FactPage<Overview>, TrustError> {
        let (repository, subject) = self.artifact(name, digest).await?;
        let policy = self.policy_digest(&name.project()).await?;
        let (after, limit) = (evidence_of(page)?, page.limit + 1);
        let (db, names) = (self.db.read(), &subject.names);
        let rows =
            facts::overview(db, policy.as_ref(), repository, names, predicate_type, after, limit).await?;
        Ok(Page::of_rows(rows, page, |(attested, _)| attested.evidence.to_string()))
    }

    /// What artifacts contain: of one package, or all.
    ///
    /// # Errors
    /// `NoSuchArtifact`, `NoSuchProject`, `BadCursor`, `Db`.
    pub async fn components(
        &self,
        registry: &Registry,
        asked: &Asked<'_>,
        purl: Option<Purl>,
        page: &PageRequest,
    ) -> Result<FactPage<ComponentFact>, TrustError> {
        let (within, policy) = self.within(registry, asked).await?;
        let after = match page.after.as_deref() {
            None => None,
            Some(key) => {
                let (place, version) = key.split_once('/').ok_or(TrustError::BadCursor)?;
                Some((version.to_owned(), place_of(place)?))
            }
        };
        let query = ComponentQuery { within, purl, after, limit: page.limit + 1 };
        let rows = facts::components(self.db.read(), policy.as_ref(), &query).await?;
        Ok(Page::of_rows(rows, page, |(attested, fact)| {
            format!("{}/{}", key(attested, fact.position), fact.version)
        }))
    }

    /// The vulnerabilities of artifacts: by one id, or all.
    ///
    /// # Errors
    /// As [`Trust::components`].
    pub async fn vulnerabilities(
        &self,
        registry: &Registry,
        asked: &Asked<'_>,
        id: Option<String>,
        page: &PageRequest,
    ) -> Result<FactPage<FindingFact>, TrustError> {
        let (within, policy) = self.within(registry, asked).await?;
        let after = page.after.as_deref().map(place_of).transpose()?;
        let query = FindingQuery { within, vulnerability: id, after, limit: page.limit + 1 };
        let rows = facts::findings(self.db.read(), policy.as_ref(), &query).await?;
        Ok(Page::of_rows(rows, page, |(attested, fact)| key(attested, fact.position)))
    }

    /// What went into the builds of artifacts: one content, or all.
    ///
    /// # Errors
    /// As [`Trust::components`].
    pub async fn materials(
        &self,
        registry: &Registry,
        asked: &Asked<'_>,
        digest: Option<&str>,
        page: &PageRequest,
    ) -> Result<FactPage<MaterialFact>, TrustError> {
        let (within, policy) = self.within(registry, asked).await?;
        let (after, limit) = (page.after.as_deref().map(place_of).transpose()?, page.limit + 1);
        let db = self.db.read();
        let rows = facts::materials(db, policy.as_ref(), &within, digest, after, limit).await?;
        Ok(Page::of_rows(rows, page, |(attested, fact)| key(attested, fact.position)))
    }

    /// How artifacts were built.
    ///
    /// # Errors
    /// As [`Trust::components`].
    pub async fn provenance(
        &self,
        registry: &Registry,
        asked: &Asked<'_>,
        built: Built,
        page: &PageRequest,
    ) -> Result<FactPage<ProvenanceFact>, TrustError> {
        let (within, policy) = self.within(registry, asked).await?;
        let Built { commit, source, builder } = built;
        let after = evidence_of(page)?;
        let query = ProvenanceQuery { within, commit, source, builder, after, limit: page.limit + 1 };
        let rows = facts::provenance(self.db.read(), policy.as_ref(), &query).await?;
        Ok(Page::of_rows(rows, page, |(attested, _)| attested.evidence.to_string()))
    }

    /// Where to look, and under which policy.
    async fn within(
        &self,
        registry: &Registry,
        asked: &Asked<'_>,
    ) -> Result<(Within, Option<Digest>), TrustError> {
        match asked {
            Asked::Artifact(name, digest) => {
                let (repository, subject) = self.artifact(name, digest).await?;
                let policy = self.policy_digest(&name.project()).await?;
                Ok((Within::Artifact(repository, subject.names), policy))
            }
            Asked::Project(caller, name) => {
                let project = self.project(name).await?.id;
                let repositories = self.readable(registry, caller, name).await?;
                Ok((Within::Project(project, repositories), self.policy_digest(name).await?))
            }
        }
    }

    async fn policy_digest(&self, project: &ProjectName) -> Result<Option<Digest>, TrustError> {
        Ok(self.effective_policy(project).await?.map(|policy| policy.digest.clone()))
    }

    /// The repositories of a project that the caller may read; none for all of them.
    async fn readable(
        &self,
        registry: &Registry,
        caller: &Caller,
        project: &ProjectName,
    ) -> Result<Option<Vec<RepositoryId>>, TrustError> {
        let whole = Scope::Project(project.clone());
        if self.identity.may(caller, Permission::RepositoryRead, &whole).await? {
            return Ok(None);
        }
        let (mut readable, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { limit: SOME, after };
            let rows = registry.list_repositories(caller, project, &page).await?;
            after = rows.items.last().map(|repository| repository.name.to_string());
            readable.extend(rows.items.into_iter().map(|repository| repository.id));
            if readable.len() > MOST {
                return Err(TrustError::TooManyRepositories);
            }
            if rows.next.is_none() {
                return Ok(Some(readable));
            }
        }
    }
}

/// A fact's place as cursors have it.
fn key(attested: &Attested, position: i32) -> String {
    format!("{}:{position}", attested.evidence)
}

fn place_of(key: &str) -> Result<FactPlace, TrustError> {
    let (evidence, position) = key.split_once(':').ok_or(TrustError::BadCursor)?;
    let evidence = evidence.parse().map_err(|_| TrustError::BadCursor)?;
    Ok(FactPlace { evidence, position: position.parse().map_err(|_| TrustError::BadCursor)? })
}

fn evidence_of(page: &PageRequest) -> Result<Option<EvidenceId>, TrustError> {
    page.after.as_deref().map(str::parse).transpose().map_err(|_| TrustError::BadCursor)
}
