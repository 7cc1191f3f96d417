//! Whether a manifest may be read, as the project's trust policy has it.

use std::collections::{HashSet, VecDeque};

use async_trait::async_trait;

use super::{HeldPolicy, Trust};
use crate::db::Topic;
use crate::registry::{Read, ReadGate, Reading, RegistryError};
use crate::trust::error::TrustError;
use crate::trust::model::{PullRule, may_run};
use crate::trust::store::{carriers, outcomes, parents};
use crate::types::{Digest, Reference, RepositoryId, Tag};

/// Most indexes above a manifest that are asked for a signature.
const MAX_ABOVE: usize = 64;

#[async_trait]
impl ReadGate for Trust {
    async fn ask(&self, read: Read<'_>) -> Result<Reading, RegistryError> {
        self.reading(read).await.map_err(|error| match error {
            TrustError::Db(error) => error.into(),
            TrustError::Registry(error) => error,
            TrustError::Storage(error) => error.into(),
            error => RegistryError::Gate(error.to_string()),
        })
    }
}

impl Trust {
    async fn reading(&self, read: Read<'_>) -> Result<Reading, TrustError> {
        let project = read.repository.project();
        let Some(policy) = self.effective_policy(&project).await? else { return Ok(Reading::Open) };
        let said = match policy.document.pull_rule() {
            PullRule::Off => return Ok(Reading::Open),
            PullRule::Warn => Reading::Warned,
            PullRule::Deny => Reading::Denied,
        };
        if self.is_vouched_for(&policy, read).await? || self.speaks_of_others(read).await? {
            return Ok(Reading::Open);
        }
        Ok(said(format!(
            "no signer of the trust policy signed {}: sign it, or ask who may vouch for it in project {project}",
            read.manifest.sha256
        )))
    }

    /// Whether a signer signed it, or an index that lists it. That somebody did is remembered as long as the repository loses
    /// nothing and no verification turns.
    async fn is_vouched_for(&self, policy: &HeldPolicy, read: Read<'_>) -> Result<bool, TrustError> {
        let Read { repository: name, manifest, .. } = read;
        let key = (manifest.id, policy.digest.clone());
        let find = async || {
            let Some((repository, _)) = carriers::repository(self.db.read(), name).await? else {
                return Ok(None);
            };
            let names = vec![manifest.sha256.clone(), manifest.sha512.clone()];
            let signed = self.is_signed(policy, repository, names).await?;
            Ok::<_, TrustError>(signed.then_some(()))
        };
        Ok(self.memory.vouched.find(Topic::Content(name), key, find).await?.is_some())
    }

    /// Looks for a good signature of an artifact or of an index above it, in this repository.
    async fn is_signed(
        &self,
        policy: &HeldPolicy,
        repository: RepositoryId,
        names: Vec<Digest>,
    ) -> Result<bool, TrustError> {
        let mut seen: HashSet<Digest> = names.iter().cloned().collect();
        let mut waiting = VecDeque::from([names]);
        while let Some(names) = waiting.pop_front() {
            if self.has_good_signature(policy, repository, &names).await? {
                return Ok(true);
            }
            for above in parents::indexes_above(self.db.read(), repository, &names, MAX_ABOVE as u64).await? {
                if seen.len() < MAX_ABOVE && seen.insert(above[0].clone()) {
                    waiting.push_back(above.to_vec());
                }
            }
        }
        Ok(false)
    }

    /// Looks at once at what no job looked at yet, and verifies what was verified under another policy: who pulls right after
    /// a push must get the same answer as who pulls later.
    async fn has_good_signature(
        &self,
        policy: &HeldPolicy,
        repository: RepositoryId,
        names: &[Digest],
    ) -> Result<bool, TrustError> {
        if outcomes::is_signed(self.db.read(), repository, names, &policy.digest).await? {
            return Ok(true);
        }
        if !self.bring_up_to_date(repository, names, &policy.digest).await? {
            return Ok(false);
        }
        Ok(outcomes::is_signed(self.db.read(), repository, names, &policy.digest).await?)
    }

    /// Signatures, attestations and what lists them can be read by whoever wants to verify. What could run is none of them.
    async fn speaks_of_others(&self, read: Read<'_>) -> Result<bool, TrustError> {
        let asked_by_tag = matches!(read.reference, Reference::Tag(tag) if tag.is_referrers_tag());
        let by_tag = asked_by_tag || {
            let tags = carriers::tags_of(self.db.read(), read.manifest.id).await?;
            tags.iter().any(Tag::is_referrers_tag)
        };
        if read.manifest.subject.is_none() && !by_tag {
            return Ok(false);
        }
        let Some(bytes) = carriers::bytes(self.db.read(), read.manifest.id).await? else { return Ok(false) };
        Ok(!may_run(&bytes, by_tag))
    }
}
