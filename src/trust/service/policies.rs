//! Setting, removing and showing trust policies, and revoking their signers.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::Trust;
use super::effective::Ready;
use crate::access::{Caller, Permission, Scope};
use crate::db::{DbError, Topic, Tx};
use crate::http::{BodyError, Page, PageRequest};
use crate::jobs::enqueue;
use crate::ledger::{Event, Fact, Record};
use crate::projects::Epoch;
use crate::trust::error::TrustError;
use crate::trust::model::{
    POLICY_LIMIT, PolicyOwner, PolicyRevision, Revocation, RevokeError, policy_object, revoke,
};
use crate::trust::store::policies;
use crate::types::{Algorithm, Digest, ProjectId};

/// The kind of the job that follows each change of a policy: what was verified under another is verified again.
pub const POLICY_CHANGED: &str = "trust.policy_changed";

/// How often a revocation is begun anew when somebody else edits the policy meanwhile.
const TRIES: usize = 5;

/// The payload of a [`POLICY_CHANGED`] job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyChanged {
    /// Whose policy changed: that of a project, or the organisation's.
    pub project: Option<ProjectId>,
}

/// A policy as it is shown.
#[derive(Debug, Clone)]
pub struct ShownPolicy {
    /// Whose it is.
    pub owner: PolicyOwner,
    /// Which revision.
    pub revision: PolicyRevision,
    /// The document, as it was set.
    pub document: String,
}

/// What came of setting a policy.
#[derive(Debug, Clone)]
pub struct SetPolicy {
    /// The policy that holds.
    pub policy: ShownPolicy,
    /// Whether the owner had none before.
    pub is_first: bool,
}

/// Whose policy is changed, by whom.
#[derive(Clone)]
struct Edit {
    caller: Caller,
    owner: PolicyOwner,
    project: Option<ProjectId>,
}

impl Trust {
    /// The policy that holds for an owner: a project without its own has the organisation's.
    ///
    /// # Errors
    /// `NoSuchProject`, `NoPolicy`, or `Db`.
    pub async fn policy(&self, owner: &PolicyOwner) -> Result<ShownPolicy, TrustError> {
        let project = self.id_of(owner).await?;
        for (owner, project) in [(owner, project), (&PolicyOwner::Organisation, None)] {
            if let Some((revision, document)) =
                policies::current_with_document(self.db.read(), project).await?
            {
                return Ok(ShownPolicy { owner: owner.clone(), revision, document });
            }
        }
        Err(TrustError::NoPolicy(owner.clone()))
    }

    /// A page of the revisions of an owner's own policy, newest first.
    ///
    /// # Errors
    /// `NoSuchProject`, or `Db`.
    pub async fn policy_revisions(
        &self,
        owner: &PolicyOwner,
        page: &PageRequest,
    ) -> Result<Page<PolicyRevision>, TrustError> {
        let project = self.id_of(owner).await?;
        let before = page.after.as_deref().and_then(|before| before.parse().ok());
        let rows = policies::list(self.db.read(), project, before, page.limit + 1).await?;
        Ok(Page::of_rows(rows, page, |row| row.revision.to_string()))
    }

    /// A revision of an owner's own policy.
    ///
    /// # Errors
    /// `NoSuchProject`, `NoSuchRevision`, or `Db`.
    pub async fn policy_revision(
        &self,
        owner: &PolicyOwner,
        revision: i64,
    ) -> Result<ShownPolicy, TrustError> {
        let project = self.id_of(owner).await?;
        let found = policies::revision(self.db.read(), project, revision).await?;
        let (revision, document) = found.ok_or(TrustError::NoSuchRevision(revision))?;
        Ok(ShownPolicy { owner: owner.clone(), revision, document })
    }

    /// Sets an owner's policy: the first, or the successor of the `expected` revision. The same bytes again make no
    /// revision.
    ///
    /// # Errors
    /// `Access`, `NoSuchProject`, `RevisionUnsaid`, `Stale`, `BadPolicy`, `Body` for what is too long, `Storage`, or `Db`.
    pub async fn set_policy(
        &self,
        caller: &Caller,
        owner: &PolicyOwner,
        expected: Option<i64>,
        document: Bytes,
    ) -> Result<SetPolicy, TrustError> {
        if document.len() > POLICY_LIMIT {
            return Err(BodyError::TooLarge { limit: POLICY_LIMIT }.into());
        }
        let edit = self.edit(caller, owner).await?;
        self.succeed(edit, expected, document).await
    }

    /// Revokes a signer of an owner's own policy: a new revision that says since when. It may be longer than one that is
    /// set may be: a revocation is never refused for that.
    ///
    /// # Errors
    /// `Access`, `NoSuchProject`, `NoPolicy`, `NoSuchSigner`, `RevokedEarlier`, `Contended`, `Storage`, or `Db`.
    pub async fn revoke_signer(
        &self,
        caller: &Caller,
        owner: &PolicyOwner,
        signer: &str,
        revocation: &Revocation,
    ) -> Result<ShownPolicy, TrustError> {
        let edit = self.edit(caller, owner).await?;
        for _ in 0..TRIES {
            let found = policies::current_with_document(self.db.read(), edit.project).await?;
            let (revision, document) = found.ok_or_else(|| TrustError::NoPolicy(owner.clone()))?;
            let revoked = revoke(document.as_bytes(), signer, revocation).map_err(|error| match error {
                RevokeError::NoSuchSigner => TrustError::NoSuchSigner(signer.chars().take(64).collect()),
                RevokeError::Earlier(since) => TrustError::RevokedEarlier { since },
                RevokeError::Unreadable(why) => {
                    TrustError::Unusable { digest: revision.digest.to_string(), why: why.to_string() }
                }
            })?;
            let Some(revoked) = revoked else {
                return Ok(ShownPolicy { owner: owner.clone(), revision, document });
            };
            match self.succeed(edit.clone(), Some(revision.revision), revoked.into()).await {
                Err(TrustError::Stale { .. }) => {}
                outcome => return outcome.map(|set| set.policy),
            }
        }
        Err(TrustError::Contended)
    }

    /// Removes an owner's policy: in a project the organisation's holds then.
    ///
    /// # Errors
    /// `Access`, `NoSuchProject`, `NoPolicy`, `Stale` when another revision holds, or `Db`.
    pub async fn remove_policy(
        &self,
        caller: &Caller,
        owner: &PolicyOwner,
        expected: i64,
    ) -> Result<(), TrustError> {
        let (this, edit, now) = (self.clone(), self.edit(caller, owner).await?, self.clock.now());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &edit).await?;
                let held = policies::current(&**tx, edit.project).await?;
                let held = held.ok_or_else(|| TrustError::NoPolicy(edit.owner.clone()))?;
                let stale = TrustError::Stale { current: Some(held.revision) };
                if held.revision != expected {
                    return Err(stale);
                }
                let fact = Fact::TrustPolicyRemoved { revision: expected };
                let event = Event::new(&edit.caller, now, edit.project, fact);
                if !policies::close(&**tx, edit.project, expected, now, event.id()).await? {
                    return Err(stale);
                }
                this.tell(tx, &edit, event).await
            })
            .await
    }

    /// Keeps the successor of the `expected` revision, if that holds.
    async fn succeed(
        &self,
        edit: Edit,
        expected: Option<i64>,
        document: Bytes,
    ) -> Result<SetPolicy, TrustError> {
        // What is known to be refused leaves nothing in the storage.
        demand(expected, policies::current(self.db.read(), edit.project).await?.as_ref())?;
        let made = tokio::task::spawn_blocking(move || {
            let digest = Digest::of(Algorithm::Sha256, &document);
            Ready::make(document).map(|ready| (ready, digest))
        });
        let made = made.await.map_err(|error| TrustError::BadPolicy(error.to_string()))?;
        let (ready, digest) = made.map_err(TrustError::BadPolicy)?;
        let text = String::from_utf8(ready.bytes.to_vec());
        let text = text.map_err(|error| TrustError::BadPolicy(error.to_string()))?;
        // Bytes first, row second: a restore finds them by the digest in the event.
        self.storage.put(&policy_object(&digest), ready.bytes).await?;
        let (this, now) = (self.clone(), self.clock.now());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &edit).await?;
                let held = policies::current(&**tx, edit.project).await?;
                demand(expected, held.as_ref())?;
                let is_first = held.is_none();
                let shown =
                    |revision| ShownPolicy { owner: edit.owner.clone(), revision, document: text.clone() };
                if let Some(held) = &held
                    && held.digest == digest
                {
                    return Ok(SetPolicy { policy: shown(held.clone()), is_first });
                }
                let revision = policies::last_revision(&**tx, edit.project).await? + 1;
                let (digest, size) = (digest.clone(), text.len().to_string());
                let fact = Fact::TrustPolicySet { revision, digest: digest.to_string(), size };
                let event = Event::new(&edit.caller, now, edit.project, fact);
                if let Some(held) = held {
                    policies::close(&**tx, edit.project, held.revision, now, event.id()).await?;
                }
                let opened = PolicyRevision { revision, digest, since: now, until: None, event: event.id() };
                policies::open(&**tx, edit.project, &opened, &text).await?;
                this.tell(tx, &edit, event).await?;
                Ok(SetPolicy { policy: shown(opened), is_first })
            })
            .await
    }

    async fn edit(&self, caller: &Caller, owner: &PolicyOwner) -> Result<Edit, TrustError> {
        Ok(Edit { caller: caller.clone(), owner: owner.clone(), project: self.id_of(owner).await? })
    }

    async fn id_of(&self, owner: &PolicyOwner) -> Result<Option<ProjectId>, TrustError> {
        match owner {
            PolicyOwner::Organisation => Ok(None),
            PolicyOwner::Project(name) => Ok(Some(self.project(name).await?.id)),
        }
    }

    /// Asks for the right once more: a body may have taken long, and a policy stays.
    async fn check_in(&self, tx: &Tx, edit: &Edit) -> Result<(), TrustError> {
        let (permission, scope) = match &edit.owner {
            PolicyOwner::Organisation => (Permission::OrganisationAdminister, Scope::Organisation),
            PolicyOwner::Project(name) => (Permission::ProjectAdminister, Scope::Project(name.clone())),
        };
        self.identity.check_in(tx, &edit.caller, permission, &scope).await??;
        Ok(())
    }

    /// The end of a change: what was remembered is untrue, what was verified is verified again, and the event.
    async fn tell(&self, tx: &Tx, edit: &Edit, event: Event) -> Result<(), TrustError> {
        let topic = edit.owner.project().map_or(Topic::OrganisationTrust, Topic::Trust);
        tx.changes(topic).await?;
        edit.project.map_or(Epoch::Organisation, Epoch::Project).pass(tx).await?;
        let job = serde_json::to_string(&PolicyChanged { project: edit.project });
        let job = job.map_err(|error| DbError::corrupt("job.payload", error))?;
        // Without a key: one that waits may be begun before this change is there to be seen.
        enqueue(tx, POLICY_CHANGED, None, &job, self.clock.now()).await?;
        Ok(tx.record(&[event]).await?)
    }
}

/// Refuses an edit of another revision than the one that holds; the first edits none.
fn demand(expected: Option<i64>, held: Option<&PolicyRevision>) -> Result<(), TrustError> {
    match (expected, held.map(|held| held.revision)) {
        (expected, held) if expected == held => Ok(()),
        (None, Some(current)) => Err(TrustError::RevisionUnsaid { current }),
        (Some(_), current) => Err(TrustError::Stale { current }),
        (None, None) => Ok(()),
    }
}
