//! All that is known of an artifact, for gates: at each evaluation, so it takes a handful of questions whatever there is.

use std::collections::HashMap;

use futures_util::FutureExt as _;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::Trust;
use crate::db::chunks;
use crate::trust::error::TrustError;
use crate::trust::model::{KnownEvidence, KnownFinding, Said};
use crate::trust::store::{carriers, covered, known, pending, policies};
use crate::types::{Digest, EvidenceId, ProjectId, RepoName, RepositoryId};

/// Most pieces of evidence that are told, besides signatures, and most findings.
const MOST: usize = 500;
const MOST_FINDINGS: usize = 20_000;
/// Artifacts that are asked about at once.
const AT_ONCE: usize = 4;
/// Most rows of findings that one question reads. Each alias is one too, and few findings have more than three.
const ROWS: usize = 4 * MOST_FINDINGS;

impl Trust {
    /// What is known of an artifact, by either of its names, under the trust policy that holds.
    ///
    /// # Errors
    /// `NoSuchArtifact`, `Db`.
    pub async fn known_evidence(
        &self,
        name: &RepoName,
        digest: &Digest,
    ) -> Result<KnownEvidence, TrustError> {
        let found = carriers::repository(self.db.read(), name).await?;
        let (repository, project) = found.ok_or_else(|| TrustError::NoSuchArtifact(digest.clone()))?;
        let policy = self.fresh_policy_digest(project).await?;
        self.known_under(policy.as_ref(), repository, digest).await
    }

    /// The same of several artifacts, under a policy.
    ///
    /// # Errors
    /// `NoSuchArtifact`, `Db`.
    pub async fn known_evidence_of(
        &self,
        policy: Option<&Digest>,
        artifacts: &[(RepositoryId, Digest)],
    ) -> Result<Vec<KnownEvidence>, TrustError> {
        // Boxed, for the compiler can't tell that what borrows from a list may be sent elsewhere.
        let each: Vec<_> = artifacts
            .iter()
            .map(|(repository, digest)| self.known_under(policy, *repository, digest).boxed())
            .collect();
        stream::iter(each).buffered(AT_ONCE).try_collect().await
    }

    /// The digest of the trust policy that holds in a project, not as it is remembered.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn fresh_policy_digest(&self, project: ProjectId) -> Result<Option<Digest>, TrustError> {
        let holds = policies::that_holds(self.db.read(), project).await?;
        Ok(holds.map(|(revision, _)| revision.digest))
    }

    /// Of more than may be told, that comes first which counts, and of it the newest.
    async fn known_under(
        &self,
        policy: Option<&Digest>,
        repository: RepositoryId,
        digest: &Digest,
    ) -> Result<KnownEvidence, TrustError> {
        let db = self.db.read();
        let unknown = || TrustError::NoSuchArtifact(digest.clone());
        let (manifest, names) = carriers::names(db, repository, digest).await?.ok_or_else(unknown)?;
        // Before what it is asked of: what is looked at meanwhile is then told twice rather than not at all.
        let is_pending = pending::is_pending(db, repository, manifest, policy).await?;
        let signers = match policy {
            Some(policy) => covered::signers(db, repository, manifest, policy).await?,
            None => Vec::new(),
        };
        let limit = MOST as u64 + 1;
        let mut said = known::said_of(db, repository, &names, policy, limit).await?;
        let mut is_truncated = said.len() > MOST;
        said.truncate(MOST);
        let mut findings = self.findings_of(&said).await?;
        is_truncated |=
            said.iter().any(|said| said.findings().is_some() && !findings.contains_key(&said.evidence));
        Ok(KnownEvidence {
            is_pending: is_pending || said.iter().any(|said| said.is_pending(policy.is_some())),
            policy: policy.cloned(),
            signers,
            attestations: said
                .into_iter()
                .flat_map(|said| {
                    let findings = findings.remove(&said.evidence);
                    said.known(findings)
                })
                .collect(),
            is_truncated,
        })
    }

    /// The findings of each piece that has any to tell; not of those that come when all that may be told is told.
    async fn findings_of(&self, said: &[Said]) -> Result<HashMap<EvidenceId, Vec<KnownFinding>>, TrustError> {
        let wanted = fitting(said);
        let mut all: HashMap<_, _> = wanted.iter().map(|id| (*id, Vec::new())).collect();
        for some in chunks(&wanted) {
            let rows = known::findings_of(self.db.read(), some, ROWS as u64).await?;
            if rows.len() == ROWS {
                some.iter().for_each(|id| drop(all.remove(id)));
                continue;
            }
            for (evidence, finding) in rows {
                finding.fold_into(all.entry(evidence).or_default());
            }
        }
        Ok(all)
    }
}

/// Those of which all findings may be told.
fn fitting(said: &[Said]) -> Vec<EvidenceId> {
    let mut left = MOST_FINDINGS;
    let fits = |said: &Said| {
        left = left.checked_sub(said.findings()?)?;
        Some(said.evidence)
    };
    said.iter().filter_map(fits).collect()
}
