//! What speaks of an artifact, and what it is worth.

use std::sync::Arc;

use super::{HeldPolicy, Lane, Trust};
use crate::http::{Page, PageRequest};
use crate::trust::error::TrustError;
use crate::trust::model::Verdict;
use crate::trust::store::carriers::{self, Subject};
use crate::trust::store::evidence::{self, Piece};
use crate::trust::store::outcomes::{self, Filter, Kept};
use crate::types::{Digest, EvidenceId, ProjectName, RepoName, RepositoryId, VerificationId};

/// Most pieces of evidence of one artifact that are verified at once.
const MOST: u64 = 1000;

/// A piece of evidence with what is told of it.
#[derive(Debug, Clone)]
pub struct Told {
    /// What was found.
    pub piece: Piece,
    /// What holds of it under the policy that holds; none while it was not verified under that.
    pub verification: Option<Kept>,
    /// The ledger's entry of the verification; none while it is not published.
    pub ledger_index: Option<i64>,
}

/// A piece of evidence that has to be verified, and in which line it waits.
pub(super) struct Stale {
    pub(super) piece: Piece,
    pub(super) lane: Lane,
}

/// What speaks of an artifact.
#[derive(Clone)]
pub struct Report {
    /// Both names of the artifact, SHA-256 first.
    pub names: [Digest; 2],
    /// The policy that holds; none when nobody set one.
    pub policy: Option<Arc<HeldPolicy>>,
    /// Whether a signer of it signed the artifact itself.
    pub is_signed: bool,
    /// A page of what speaks of it.
    pub page: Page<Told>,
}

impl Trust {
    /// What speaks of an artifact, by either of its names, and what it is worth now.
    ///
    /// # Errors
    /// `NoSuchArtifact`, `Db`.
    pub async fn report(
        &self,
        name: &RepoName,
        digest: &Digest,
        page: &PageRequest,
    ) -> Result<Report, TrustError> {
        let (repository, subject) = self.artifact(name, digest).await?;
        let policy = self.effective_policy(&name.project()).await?;
        let after = page.after.as_deref().map(str::parse::<EvidenceId>).transpose();
        let after = after.map_err(|_| TrustError::BadCursor)?;
        let db = self.db.read();
        let pieces = evidence::of_subject(db, repository, &subject.names, after, page.limit + 1).await?;
        let page = Page::of_rows(pieces, page, |piece| piece.id.to_string());
        let ids: Vec<EvidenceId> = page.items.iter().map(|piece| piece.id).collect();
        let holds = policy.as_ref().map(|policy| policy.digest.to_string());
        let mut held = outcomes::current(db, &ids).await?;
        held.retain(|_, kept| Some(&kept.policy) == holds.as_ref());
        let events: Vec<_> = held.values().map(|kept| kept.event).collect();
        let indexes = outcomes::ledger_indexes(db, &events).await?;
        let is_signed = match &policy {
            Some(policy) => outcomes::is_signed(db, repository, &subject.names, &policy.digest).await?,
            None => false,
        };
        let page = page.map(|piece| {
            let verification = held.remove(&piece.id);
            let ledger_index = verification.as_ref().and_then(|kept| indexes.get(&kept.event).copied());
            Told { piece, verification, ledger_index }
        });
        Ok(Report { names: subject.names, policy, is_signed, page })
    }

    /// Looks again at all that speaks of an artifact, and verifies it again under the policy that holds.
    ///
    /// # Errors
    /// `NoSuchArtifact`, or when database or storage do not answer.
    pub async fn verify(&self, name: &RepoName, digest: &Digest) -> Result<(), TrustError> {
        let (repository, subject) = self.artifact(name, digest).await?;
        self.inspect_waiting(repository, &subject.names).await?;
        let pieces = evidence::of_subject(self.db.read(), repository, &subject.names, None, MOST).await?;
        self.verify_if_wanted(&pieces, Lane::Common).await
    }

    /// What speaks of an artifact and was not verified under this policy.
    pub(super) async fn stale(
        &self,
        repository: RepositoryId,
        names: &[Digest],
        policy: &Digest,
    ) -> Result<Vec<Stale>, TrustError> {
        let pieces = evidence::of_subject(self.db.read(), repository, names, None, MOST).await?;
        self.stale_of(pieces, Some(policy)).await
    }

    /// Which of these were not verified under the policy that holds, or were verified although none does.
    pub(super) async fn stale_of(
        &self,
        pieces: Vec<Piece>,
        policy: Option<&Digest>,
    ) -> Result<Vec<Stale>, TrustError> {
        let ids: Vec<EvidenceId> = pieces.iter().map(|piece| piece.id).collect();
        let held = outcomes::current(self.db.read(), &ids).await?;
        let stale = |piece: Piece| {
            let kept = held.get(&piece.id);
            let is_stale = match (kept, policy) {
                (Some(kept), Some(policy)) => kept.policy != policy.as_str(),
                (None, policy) => policy.is_some(),
                (Some(_), None) => true,
            };
            let proven = kept.is_some_and(|kept| kept.verdict == Verdict::Verified);
            is_stale.then_some(Stale { piece, lane: if proven { Lane::Proven } else { Lane::Common } })
        };
        Ok(pieces.into_iter().filter_map(stale).collect())
    }

    /// Looks at once at what no job looked at yet.
    pub(super) async fn inspect_waiting(
        &self,
        repository: RepositoryId,
        names: &[Digest],
    ) -> Result<(), TrustError> {
        for inspect in carriers::waiting_for(self.db.read(), repository, names).await? {
            self.inspect(&inspect).await?;
        }
        Ok(())
    }

    /// An artifact that the repository holds.
    pub(super) async fn artifact(
        &self,
        name: &RepoName,
        digest: &Digest,
    ) -> Result<(RepositoryId, Subject), TrustError> {
        let unknown = || TrustError::NoSuchArtifact(digest.clone());
        let (repository, _) = carriers::repository(self.db.read(), name).await?.ok_or_else(unknown)?;
        let subject = carriers::subject(self.db.read(), repository, digest).await?;
        Ok((repository, subject.ok_or_else(unknown)?))
    }

    /// What holds in a project, of one signer or result.
    ///
    /// # Errors
    /// `NoSuchProject`, `Db`.
    pub async fn list_verifications(
        &self,
        project: &ProjectName,
        filter: &Filter,
        page: &PageRequest,
    ) -> Result<Page<(Kept, RepoName, Digest)>, TrustError> {
        let id = self.project(project).await?.id;
        let after = page.after.as_deref().map(str::parse::<VerificationId>).transpose();
        let after = after.map_err(|_| TrustError::BadCursor)?;
        let rows = outcomes::list(self.db.read(), id, filter, after, page.limit + 1).await?;
        Ok(Page::of_rows(rows, page, |(kept, _, _)| kept.id.to_string()))
    }

    /// The artifacts of a project that a signer ever vouched for, each with whether somebody vouches for it now.
    ///
    /// # Errors
    /// `NoSuchProject`, `Db`.
    pub async fn reliant_on(
        &self,
        project: &ProjectName,
        signer: &str,
        page: &PageRequest,
    ) -> Result<Page<(RepoName, Digest, Verdict)>, TrustError> {
        let id = self.project(project).await?.id;
        let policy = self.effective_policy(project).await?;
        let after =
            page.after.as_deref().map(|key| key.split_once('@').ok_or(TrustError::BadCursor)).transpose()?;
        let db = self.db.read();
        let rows = outcomes::reliant_on(db, id, signer, after, page.limit + 1).await?;
        let page = Page::of_rows(rows, page, |row| format!("{}@{}", row.name, row.subject));
        let mut told = Vec::with_capacity(page.items.len());
        for row in page.items {
            let holds = match &policy {
                Some(policy) => {
                    outcomes::is_vouched_for(db, row.repository, &row.subject, &policy.digest).await?
                }
                None => false,
            };
            told.push((row.name, row.subject, if holds { Verdict::Verified } else { Verdict::Refused }));
        }
        Ok(Page { items: told, next: page.next })
    }
}
