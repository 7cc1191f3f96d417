//! All that is known of an artifact, for gates: at each evaluation, so it takes a handful of questions whatever there is.

use std::collections::HashMap;

use super::Trust;
use crate::db::chunks;
use crate::trust::error::TrustError;
use crate::trust::model::{KnownEvidence, KnownFinding, Said};
use crate::trust::store::{carriers, covered, known, pending, policies};
use crate::types::{Digest, EvidenceId, RepoName};

/// Most pieces of evidence that are told, besides signatures, and most findings.
const MOST: usize = 500;
const MOST_FINDINGS: usize = 20_000;
/// Most rows of findings that one question reads. Each alias is one too, and few findings have more than three.
const ROWS: usize = 4 * MOST_FINDINGS;

impl Trust {
    /// What is known of an artifact, by either of its names, under the trust policy that holds. Of more than may be told, that
    /// comes first which counts, and of it the newest.
    ///
    /// # Errors
    /// `NoSuchArtifact`, `Db`.
    pub async fn known_evidence(
        &self,
        name: &RepoName,
        digest: &Digest,
    ) -> Result<KnownEvidence, TrustError> {
        let db = self.db.read();
        let unknown = || TrustError::NoSuchArtifact(digest.clone());
        let (repository, project) = carriers::repository(db, name).await?.ok_or_else(unknown)?;
        let (manifest, names) = carriers::names(db, repository, digest).await?.ok_or_else(unknown)?;
        let policy = policies::that_holds(db, project).await?.map(|(revision, _)| revision.digest);
        // Before what it is asked of: what is looked at meanwhile is then told twice rather than not at all.
        let is_pending = pending::is_pending(db, repository, manifest, policy.as_ref()).await?;
        let signers = match &policy {
            Some(policy) => covered::signers(db, repository, manifest, policy).await?,
            None => Vec::new(),
        };
        let limit = MOST as u64 + 1;
        let mut said = known::said_of(db, repository, &names, policy.as_ref(), limit).await?;
        let mut is_truncated = said.len() > MOST;
        said.truncate(MOST);
        let mut findings = self.findings_of(&said).await?;
        is_truncated |=
            said.iter().any(|said| said.findings().is_some() && !findings.contains_key(&said.evidence));
        Ok(KnownEvidence {
            is_pending: is_pending || said.iter().any(|said| said.is_pending(policy.is_some())),
            policy,
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
