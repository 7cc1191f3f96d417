//! Whether a manifest may be read, as the project's trust policy has it.

use std::collections::HashSet;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::timeout;

use super::{HeldPolicy, Lane, Trust};
use crate::db::Topic;
use crate::registry::{HeldManifest, Read, ReadGate, Reading, RegistryError};
use crate::trust::error::TrustError;
use crate::trust::formats::is_binary_signature;
use crate::trust::model::{
    Beside, Content, EvidenceKind, MAX_CONTENT, PullRule, beside, is_archive, is_text,
};
use crate::trust::store::evidence::{self, Piece};
use crate::trust::store::{carriers, covered, parents};
use crate::types::{Digest, Reference, RepoName, RepositoryId, Tag};

/// How long a reader waits for what was not verified yet.
const PATIENCE: Duration = Duration::from_secs(5);
/// Signatures that are verified before it is asked whether one of them counts, and that are looked at first because they did.
const FEW: usize = 4;
/// Most indexes above a manifest that are asked for a signature.
const MAX_ABOVE: usize = 64;

#[async_trait]
impl ReadGate for Trust {
    async fn ask(&self, read: Read<'_>) -> Result<Reading, RegistryError> {
        self.reading(read).await.map_err(for_registry)
    }

    async fn speaks_of_others(&self, read: Read<'_>) -> Result<bool, RegistryError> {
        self.only_speaks(read).await.map_err(for_registry)
    }
}

fn for_registry(error: TrustError) -> RegistryError {
    match error {
        TrustError::Db(error) => error.into(),
        TrustError::Registry(error) => error,
        TrustError::Storage(error) => error.into(),
        error => RegistryError::Gate(error.to_string()),
    }
}

/// What is asked of a manifest.
struct Question<'a> {
    policy: &'a HeldPolicy,
    repository: RepositoryId,
    manifest: &'a HeldManifest,
}

impl Trust {
    async fn reading(&self, read: Read<'_>) -> Result<Reading, TrustError> {
        let project = read.repository.project();
        let Some(policy) = self.effective_policy(&project).await? else { return Ok(Reading::Open) };
        let is_denied = match policy.document.pull_rule() {
            PullRule::Off => return Ok(Reading::Open),
            PullRule::Warn => false,
            PullRule::Deny => true,
        };
        let vouched_for = self.is_vouched_for(&policy, read).await?;
        if vouched_for == Some(true) || self.only_speaks(read).await? {
            return Ok(Reading::Open);
        }
        let digest = &read.manifest.sha256;
        let why = match vouched_for {
            None => format!("what speaks of {digest} is still being verified: try again in a few seconds"),
            _ => format!(
                "no signer of the trust policy signed {digest}: sign it, or ask who may vouch for it in project {project}"
            ),
        };
        Ok(match (is_denied, vouched_for) {
            (false, _) => Reading::Warned(why),
            (true, None) => Reading::Unknown(why),
            (true, Some(_)) => Reading::Denied(why),
        })
    }

    /// Whether a signer signed it, or an index that lists it; none when that can't be told yet. That somebody did is
    /// remembered as long as the repository loses nothing and no verification turns.
    async fn is_vouched_for(&self, policy: &HeldPolicy, read: Read<'_>) -> Result<Option<bool>, TrustError> {
        let Read { repository: name, manifest, .. } = read;
        let (key, mut unknown) = ((manifest.id, policy.digest.clone()), false);
        let find = async || {
            let Some((repository, _)) = carriers::repository(self.db.read(), name).await? else {
                return Ok(None);
            };
            let question = Question { policy, repository, manifest };
            let signed = self.is_signed(&question).await?;
            unknown = signed.is_none();
            Ok::<_, TrustError>((signed == Some(true)).then_some(()))
        };
        let found = self.memory.vouched.find(Topic::Content(name), key, find).await?;
        Ok(if unknown { None } else { Some(found.is_some()) })
    }

    /// Looks for a good signature of a manifest or of an index above it, in this repository. Who pulls right after a push must
    /// get the same answer as who pulls later, so what no job has come to yet is looked at now; but not for long, and not for
    /// many at once: whoever may push could keep the server busy by what is dear to verify.
    async fn is_signed(&self, question: &Question<'_>) -> Result<Option<bool>, TrustError> {
        if self.is_covered(question).await? {
            return Ok(Some(true));
        }
        let looked_for = async {
            // What counted before the policy was edited needs no turn: it is not many's to make.
            if self.look_at_proven(question).await? {
                return Ok(true);
            }
            let _turn = self.lookouts.acquire().await;
            self.look_for_signature(question).await
        };
        // A job finds what is not found in time.
        timeout(PATIENCE, looked_for).await.ok().transpose()
    }

    async fn is_covered(&self, question: &Question<'_>) -> Result<bool, TrustError> {
        let Question { policy, repository, manifest } = question;
        Ok(covered::is_covered(self.db.read(), *repository, manifest.id, &policy.digest).await?)
    }

    /// The names of the manifest and of some indexes above it.
    async fn above(&self, question: &Question<'_>) -> Result<Vec<Vec<Digest>>, TrustError> {
        let Question { repository, manifest, .. } = question;
        let names = vec![manifest.sha256.clone(), manifest.sha512.clone()];
        let mut seen: HashSet<Digest> = names.iter().cloned().collect();
        let (mut all, mut at) = (vec![names], 0);
        while let Some(names) = all.get(at) {
            for above in parents::indexes_above(self.db.read(), *repository, names, MAX_ABOVE as u64).await? {
                if all.len() < MAX_ABOVE && seen.insert(above[0].clone()) {
                    all.push(above.to_vec());
                }
            }
            at += 1;
        }
        Ok(all)
    }

    async fn look_at_proven(&self, question: &Question<'_>) -> Result<bool, TrustError> {
        let Question { policy, repository, manifest } = question;
        let db = self.db.read();
        let proven =
            covered::covered_before(db, *repository, manifest.id, &policy.digest, FEW as u64).await?;
        for piece in evidence::by_ids(db, &proven).await? {
            self.verify_if_wanted(&[piece], Lane::Proven).await?;
            if self.is_covered(question).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn look_for_signature(&self, question: &Question<'_>) -> Result<bool, TrustError> {
        for names in self.above(question).await? {
            self.inspect_waiting(question.repository, &names).await?;
            let stale = self.stale(question.repository, &names, &question.policy.digest).await?;
            let mut pieces: Vec<Piece> = stale.into_iter().map(|stale| stale.piece).collect();
            pieces.retain(|piece| piece.kind == EvidenceKind::Signature);
            // A signature is short.
            pieces.sort_by_key(|piece| piece.size);
            for some in pieces.chunks(FEW) {
                if self.is_covered(question).await? {
                    return Ok(true);
                }
                self.verify_if_wanted(some, Lane::Common).await?;
            }
        }
        self.is_covered(question).await
    }

    /// Signatures, attestations and what lists them can be read by whoever wants to verify: by their digest, or under the tags
    /// that cosign looks for. Under any other tag nobody looks for them, and nothing that could run is one of them.
    async fn only_speaks(&self, read: Read<'_>) -> Result<bool, TrustError> {
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
        // What a manifest and its contents are never changes.
        if let Some(known) = self.memory.beside.get(&read.manifest.id) {
            return Ok(known);
        }
        let Some(bytes) = carriers::bytes(self.db.read(), read.manifest.id).await? else { return Ok(false) };
        let speaks = match beside(&bytes) {
            Beside::Lists => true,
            Beside::MayRun => false,
            Beside::Unless(contents) => match self.are_harmless(read.repository, &contents).await? {
                Some(harmless) => harmless,
                None => return Ok(false),
            },
        };
        self.memory.beside.insert(read.manifest.id, speaks);
        Ok(speaks)
    }

    /// Whether none of these contents could run; none while one of them is not here.
    async fn are_harmless(&self, name: &RepoName, contents: &[Content]) -> Result<Option<bool>, TrustError> {
        let Some((repository, _)) = carriers::repository(self.db.read(), name).await? else {
            return Ok(None);
        };
        for content in contents {
            let Some(info) = self.held_blob(repository, &content.digest).await? else { return Ok(None) };
            if info.size > MAX_CONTENT {
                return Ok(Some(false));
            }
            let (bytes, may_be_signature) = (self.read_whole(info).await?, content.may_be_signature);
            // Not in line behind what is dear to verify: this takes a moment, and once for each manifest.
            let harmless = tokio::task::spawn_blocking(move || {
                is_text(&bytes) || (may_be_signature && is_binary_signature(&bytes) && !is_archive(&bytes))
            });
            if !harmless.await.map_err(|error| TrustError::Failed(error.to_string()))? {
                return Ok(Some(false));
            }
        }
        Ok(Some(true))
    }
}
