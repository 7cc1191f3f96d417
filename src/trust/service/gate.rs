//! Whether a manifest may be read, as the project's trust policy has it.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::timeout;

use super::{HeldPolicy, Trust};
use crate::db::Topic;
use crate::registry::{Read, ReadGate, Reading, RegistryError};
use crate::trust::error::TrustError;
use crate::trust::model::{Beside, EvidenceKind, Layer, MAX_CONTENT, PullRule, beside, is_text};
use crate::trust::store::{carriers, outcomes, parents};
use crate::types::{Digest, Reference, RepoName, RepositoryId, Tag};

/// How long a reader waits for what was not verified yet.
const PATIENCE: Duration = Duration::from_secs(5);
/// Signatures that are verified before it is asked whether one of them counts.
const FEW: usize = 4;
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

    /// Who pulls right after a push must get the same answer as who pulls later, so what no job has come to yet is looked at
    /// now; but not for long, and not for many at once: whoever may push could keep the server busy by what is dear to verify.
    async fn has_good_signature(
        &self,
        policy: &HeldPolicy,
        repository: RepositoryId,
        names: &[Digest],
    ) -> Result<bool, TrustError> {
        if outcomes::is_signed(self.db.read(), repository, names, &policy.digest).await? {
            return Ok(true);
        }
        // Not in time is not signed; a job finds it.
        timeout(PATIENCE, self.look_for_signature(policy, repository, names)).await.unwrap_or(Ok(false))
    }

    async fn look_for_signature(
        &self,
        policy: &HeldPolicy,
        repository: RepositoryId,
        names: &[Digest],
    ) -> Result<bool, TrustError> {
        let is_signed = async || outcomes::is_signed(self.db.read(), repository, names, &policy.digest).await;
        let _turn = self.lookouts.acquire().await;
        self.inspect_waiting(repository, names).await?;
        let mut stale = self.stale(repository, names, &policy.digest).await?;
        stale.retain(|piece| piece.kind == EvidenceKind::Signature);
        // A signature is short.
        stale.sort_by_key(|piece| piece.size);
        for some in stale.chunks(FEW) {
            if is_signed().await? {
                return Ok(true);
            }
            self.verify_if_wanted(some).await?;
        }
        Ok(is_signed().await?)
    }

    /// Signatures, attestations and what lists them can be read by whoever wants to verify: by their digest, or under the tags
    /// that cosign looks for. Under any other tag nobody looks for them, and nothing that could run is one of them.
    async fn speaks_of_others(&self, read: Read<'_>) -> Result<bool, TrustError> {
        let by_tag = match read.reference {
            Reference::Tag(tag) if !tag.is_referrers_tag() => return Ok(false),
            Reference::Tag(_) => true,
            Reference::Digest(_) => {
                let tags = carriers::tags_of(self.db.read(), read.manifest.id).await?;
                tags.iter().any(Tag::is_referrers_tag)
            }
        };
        if read.manifest.subject.is_none() && !by_tag {
            return Ok(false);
        }
        let Some(bytes) = carriers::bytes(self.db.read(), read.manifest.id).await? else { return Ok(false) };
        match beside(&bytes) {
            Beside::Speaks => Ok(true),
            Beside::MayRun => Ok(false),
            Beside::Unless(layers) => self.are_text(read.repository, &layers).await,
        }
    }

    async fn are_text(&self, name: &RepoName, layers: &[Layer]) -> Result<bool, TrustError> {
        let Some((repository, _)) = carriers::repository(self.db.read(), name).await? else {
            return Ok(false);
        };
        for layer in layers {
            let Some(info) = self.held_blob(repository, &layer.digest).await? else { return Ok(false) };
            if info.size > MAX_CONTENT || !is_text(&self.read_whole(info).await?) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
