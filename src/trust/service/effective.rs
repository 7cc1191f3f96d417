//! The trust policy that holds in a project, ready for use.

use std::sync::Arc;

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache as Made;

use super::Trust;
use crate::db::{Cache, Db, DbError, Topic, Tx};
use crate::projects::Project;
use crate::trust::error::TrustError;
use crate::trust::formats::Verifier;
use crate::trust::model::{PolicyDocument, PolicyOwner, PolicyRevision, read_policy};
use crate::trust::store::policies;
use crate::types::{Algorithm, Digest, ManifestId, ProjectId, ProjectName};

/// Projects of which it is remembered which revision holds.
const REMEMBERED: usize = 10_000;
/// Manifests of which it is remembered that somebody vouches for them.
const VOUCHED: usize = 50_000;
/// Policies that are kept ready: as many as one may expect, and as many bytes of documents as there may be.
const READY: usize = 100;
const READY_BYTES: u64 = 32 << 20;

/// A trust policy that holds, ready for use.
#[derive(Clone)]
pub struct HeldPolicy {
    /// Whose it is.
    pub owner: PolicyOwner,
    /// Which of the owner's revisions.
    pub revision: i64,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// What it says.
    pub document: Arc<PolicyDocument>,
    /// Its bytes, as they were set.
    pub bytes: Bytes,
    /// It, made ready to verify by.
    pub verifier: Arc<Verifier>,
}

/// What is made of a policy's bytes, whoever set them.
#[derive(Clone)]
pub(super) struct Ready {
    pub(super) document: Arc<PolicyDocument>,
    pub(super) bytes: Bytes,
    pub(super) verifier: Arc<Verifier>,
}

impl Ready {
    /// Reads and checks a policy. Takes a while: for a thread that may block.
    ///
    /// # Errors
    /// Says what is wrong with it, and what to do.
    pub(super) fn make(bytes: Bytes) -> Result<Self, String> {
        let document = read_policy(&bytes).map_err(|error| error.to_string())?;
        let verifier = Verifier::new(&document).map_err(|error| error.to_string())?;
        Ok(Self { document: Arc::new(document), bytes, verifier: Arc::new(verifier) })
    }
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Digest, Ready> for ByBytes {
    fn weight(&self, _: &Digest, ready: &Ready) -> u64 {
        ready.bytes.len() as u64 + 1
    }
}

/// What is remembered. That an owner has no policy is remembered too: it is asked for at every read.
pub(super) struct Memory {
    own: Cache<ProjectName, Option<PolicyRevision>>,
    organisation: Cache<(), Option<PolicyRevision>>,
    ready: Made<Digest, Ready, ByBytes>,
    /// Manifests that somebody vouches for under a policy. That nobody does is asked every time.
    pub(super) vouched: Cache<(ManifestId, Digest), ()>,
    /// Manifests of which it is known whether they speak of others and can't run.
    pub(super) beside: Made<ManifestId, bool>,
}

impl Memory {
    pub(super) fn new(db: &Db) -> Self {
        Self {
            own: Cache::new(db, "trust_policies", REMEMBERED),
            organisation: Cache::new(db, "organisation_trust_policy", 1),
            vouched: Cache::new(db, "vouched_for", VOUCHED),
            beside: Made::new(VOUCHED),
            ready: Made::with_weighter(READY, READY_BYTES, ByBytes),
        }
    }
}

impl Trust {
    /// The trust policy that holds in a project: its own, else the organisation's; none when there is neither. By the
    /// 2-second rule: for questions that every request asks.
    ///
    /// # Errors
    /// `NoSuchProject`; `Unusable` when the policy does not read any more; `Db`. Never a policy that does not hold.
    pub async fn effective_policy(
        &self,
        project: &ProjectName,
    ) -> Result<Option<Arc<HeldPolicy>>, TrustError> {
        let read = async || {
            let Some(known) = self.projects.recall(project).await? else { return Ok::<_, DbError>(None) };
            Ok(Some(policies::current(self.db.read(), Some(known.id)).await?))
        };
        let own = self.memory.own.find(Topic::Trust(project), project.clone(), read).await?;
        let own = own.ok_or_else(|| TrustError::NoSuchProject(project.clone()))?;
        if let Some(revision) = own {
            return self.ready(PolicyOwner::Project(project.clone()), revision).await.map(Some);
        }
        self.organisation_policy().await
    }

    /// As [`Trust::effective_policy`], asked of the database: for work that is not done again when the policy turns out to be
    /// another.
    ///
    /// # Errors
    /// `Unusable`, `Db`.
    pub(super) async fn policy_that_holds(
        &self,
        project: &Project,
    ) -> Result<Option<Arc<HeldPolicy>>, TrustError> {
        let Some((revision, own)) = policies::that_holds(self.db.read(), project.id).await? else {
            return Ok(None);
        };
        let owner = if own { PolicyOwner::Project(project.name.clone()) } else { PolicyOwner::Organisation };
        self.ready(owner, revision).await.map(Some)
    }

    /// The organisation's trust policy, likewise.
    ///
    /// # Errors
    /// `Unusable`, `Db`.
    pub async fn organisation_policy(&self) -> Result<Option<Arc<HeldPolicy>>, TrustError> {
        let read = async || Ok::<_, DbError>(Some(policies::current(self.db.read(), None).await?));
        match self.memory.organisation.find(Topic::OrganisationTrust, (), read).await?.flatten() {
            Some(revision) => self.ready(PolicyOwner::Organisation, revision).await.map(Some),
            None => Ok(None),
        }
    }

    /// The digest of the policy that holds in a project, as a change sees it: for who keeps outcomes, which must not be
    /// those of a policy that was succeeded while they were made.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn policy_digest_in(tx: &Tx, project: ProjectId) -> Result<Option<Digest>, DbError> {
        Ok(policies::that_holds(&**tx, project).await?.map(|(revision, _)| revision.digest))
    }

    async fn ready(&self, owner: PolicyOwner, held: PolicyRevision) -> Result<Arc<HeldPolicy>, TrustError> {
        let PolicyRevision { revision, digest, .. } = held;
        let make = self.make(&owner, revision, &digest);
        let Ready { document, bytes, verifier } =
            self.memory.ready.get_or_insert_async(&digest, make).await?;
        Ok(Arc::new(HeldPolicy { owner, revision, digest, document, bytes, verifier }))
    }

    async fn make(&self, owner: &PolicyOwner, revision: i64, digest: &Digest) -> Result<Ready, TrustError> {
        let project = match owner.project() {
            Some(name) => Some(self.project(name).await?.id),
            None => None,
        };
        let unusable = |why: String| TrustError::Unusable { digest: digest.to_string(), why };
        let found = policies::revision(self.db.read(), project, revision).await?;
        let (_, document) = found.ok_or_else(|| unusable("its row is gone".to_owned()))?;
        let bytes = Bytes::from(document);
        let wanted = digest.clone();
        let made = tokio::task::spawn_blocking(move || {
            if Digest::of(Algorithm::Sha256, &bytes) != wanted {
                return Err("its row holds other bytes".to_owned());
            }
            Ready::make(bytes)
        });
        made.await.map_err(|error| unusable(error.to_string()))?.map_err(unusable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::model::POLICY_LIMIT;

    #[test]
    fn the_longest_policies_stay_ready() {
        let ready = Made::with_weighter(READY, READY_BYTES, ByBytes);
        let longest = |n: u8| Bytes::from(format!("{{{}}}", " ".repeat(POLICY_LIMIT - 2 - usize::from(n))));
        let policies = [0, 1, 2, 3].map(|n| Ready::make(longest(n)).unwrap());
        for policy in &policies {
            ready.insert(Digest::of(Algorithm::Sha256, &policy.bytes), policy.clone());
        }
        for policy in &policies {
            assert!(ready.get(&Digest::of(Algorithm::Sha256, &policy.bytes)).is_some());
        }
    }
}
