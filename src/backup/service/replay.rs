//! Doing again what the storage tells beyond the database. Resumable: an event comes back together with what it tells.

use bytes::Bytes;

use super::Restore;
use super::standing::{Sifted, batches, batches_behind, read_batch, read_inventory, sift};
use crate::backup::error::BackupError;
use crate::backup::model::{EventLine, INVENTORY, RestoreReport};
use crate::backup::store::positions;
use crate::blobs::{Blobs, manifest_object};
use crate::db::{DbError, Tx};
use crate::federation::replay as federation;
use crate::identity::replay as identity;
use crate::ledger::{Events, Fact, RecordedEvent, ReleaseFact, ReplayError};
use crate::projects::replay as projects;
use crate::registry::replay as registry;
use crate::releases::replay as releases;
use crate::trust::replay as trust;

/// Most events, and roughly most bytes of what they name, that come back in one transaction.
const CHUNK: usize = 100;
const CHUNK_BYTES: usize = 16 << 20;
/// Lines of the inventory that come back in one transaction.
const LINES: usize = 500;

/// An event with the bytes that it names, where those are too many for an event.
type Past = (RecordedEvent, Option<Bytes>);

impl Restore {
    /// Makes all blobs known again that the inventory names.
    pub(super) async fn replay_inventory(&self, report: &mut RestoreReport) -> Result<(), BackupError> {
        let batches = batches(&self.storage, INVENTORY, "").await?;
        let last = batches.iter().map(|batch| batch.last).max().unwrap_or(0);
        for batch in batches {
            for some in read_inventory(&self.storage, batch).await?.chunks(LINES) {
                let some = some.to_vec();
                report.blobs_added += self
                    .db
                    .write(async move |tx: &Tx| {
                        let mut added = 0;
                        for line in &some {
                            added += u64::from(Blobs::put_back(tx, line).await?);
                        }
                        Ok::<_, DbError>(added)
                    })
                    .await?;
            }
        }
        Ok(self.db.write(async move |tx: &Tx| Blobs::note_inventory(tx, last).await).await?)
    }

    /// Does all events again that the database does not hold.
    pub(super) async fn replay_events(&self, report: &mut RestoreReport) -> Result<(), BackupError> {
        let mut position = positions::exported(self.db.read()).await?;
        for batch in batches_behind(&self.storage, position).await? {
            if batch.first > position + 1 {
                return Err(BackupError::MissingEvents { first: position + 1, last: batch.first - 1 });
            }
            let new = match sift(&self.events, read_batch(&self.storage, batch).await?).await? {
                Sifted::Missing(lines) => lines,
                Sifted::Differs(seq) => return Err(BackupError::Diverged { seq }),
            };
            report.events_replayed += new.len() as u64;
            self.replay_lines(new).await?;
            if batch.last > position {
                let (from, to) = (position, batch.last);
                self.db.write(async move |tx: &Tx| positions::set_exported(&**tx, from, to).await).await?;
                position = to;
            }
        }
        Ok(())
    }

    async fn replay_lines(&self, lines: Vec<EventLine>) -> Result<(), BackupError> {
        let (mut chunk, mut bytes): (Vec<Past>, usize) = (Vec::new(), 0);
        for line in lines {
            let event = RecordedEvent::parse(line.seq(), line.leaf.into_bytes())?;
            if event.id != line.id {
                let why = "its line has another id".to_owned();
                return Err(ReplayError::Unreadable { seq: event.seq, why }.into());
            }
            let named = self.bytes_of(&event).await?;
            bytes += named.as_ref().map_or(0, Bytes::len);
            chunk.push((event, named));
            if chunk.len() >= CHUNK || bytes >= CHUNK_BYTES {
                self.replay_chunk(std::mem::take(&mut chunk)).await?;
                bytes = 0;
            }
        }
        self.replay_chunk(chunk).await
    }

    /// The bytes of the manifest, trust policy or lifecycle that an event tells of, fetched before the transaction that needs them.
    async fn bytes_of(&self, event: &RecordedEvent) -> Result<Option<Bytes>, BackupError> {
        let name = match &event.fact {
            Fact::ManifestPushed { .. } => manifest_object(&event.subject()?.1),
            Fact::TrustPolicySet { digest, .. } => trust::policy_object(&event.value("digest", digest)?),
            Fact::Release(ReleaseFact::LifecycleSet(fact)) => {
                releases::lifecycle_object(&event.value("digest", &fact.digest)?)
            }
            _ => return Ok(None),
        };
        let found = self.storage.get(&name).await?;
        found.ok_or(BackupError::MissingObject { seq: event.seq, name }).map(Some)
    }

    async fn replay_chunk(&self, chunk: Vec<Past>) -> Result<(), BackupError> {
        self.db
            .write(async move |tx: &Tx| {
                for (past, named) in &chunk {
                    apply(tx, past, named.as_ref()).await?;
                    Events::put_back(tx, past).await?;
                }
                Ok(())
            })
            .await
    }
}

/// Does again what an event tells of. Total over the kinds: one that is added has to say here what it means.
async fn apply(tx: &Tx, past: &RecordedEvent, named: Option<&Bytes>) -> Result<(), BackupError> {
    match &past.fact {
        Fact::ProjectCreated { name, settings } => projects::created(tx, past, name, settings).await,
        Fact::ProjectUpdated { settings } => projects::updated(tx, past, settings).await,
        Fact::RepositoryCreated { repository, name } => {
            registry::repository_created(tx, past, repository, name).await
        }
        Fact::BlobPushed { size: _ } | Fact::BlobMounted { size: _, from: _ } => {
            registry::blob_linked(tx, past).await
        }
        Fact::BlobDeleted {} => registry::blob_deleted(tx, past).await,
        Fact::ManifestPushed { media_type, artifact_type: _, subject: _, size: _, sha512: _ } => {
            let bytes = named.ok_or_else(|| past.contradiction("its manifest was not fetched"))?;
            registry::manifest_pushed(tx, past, media_type, bytes).await
        }
        Fact::ManifestDeleted {} => registry::manifest_deleted(tx, past).await,
        Fact::TagCreated { tag } => registry::tag_created(tx, past, tag).await,
        Fact::TagMoved { tag, from: _ } => registry::tag_moved(tx, past, tag).await,
        Fact::TagDeleted { tag, bound } => registry::tag_deleted(tx, past, tag, *bound).await,
        Fact::UserCreated { account } => identity::user_created(tx, past, account).await,
        Fact::UserPasswordChanged { account } => identity::password_changed(tx, past, account).await,
        Fact::UserDisabled { account } => identity::set_disabled(tx, past, account, true).await,
        Fact::UserEnabled { account } => identity::set_disabled(tx, past, account, false).await,
        Fact::RoleGranted { binding, account, role, scope } => {
            identity::role_granted(tx, past, binding, account, role, scope, None).await
        }
        Fact::RoleGrantedUntil { binding, account, role, scope, expires_at_us } => {
            let expires = Some(*expires_at_us);
            identity::role_granted(tx, past, binding, account, role, scope, expires).await
        }
        Fact::RoleRevoked { binding, account: _, role: _, scope: _ }
        | Fact::RoleExpired { binding, account: _, role: _, scope: _, expired_at_us: _ } => {
            identity::role_ended(tx, past, binding).await
        }
        Fact::ServiceAccountCreated { account } => identity::service_account_created(tx, past, account).await,
        Fact::ServiceAccountDisabled { account } => identity::set_disabled(tx, past, account, true).await,
        Fact::ServiceAccountEnabled { account } => identity::set_disabled(tx, past, account, false).await,
        Fact::TokenRotated { token, account: _, successor: _, ends_at_us } => {
            identity::token_rotated(tx, past, token, *ends_at_us).await
        }
        Fact::TokenRevoked { token, account: _ } => identity::token_revoked(tx, past, token).await,
        Fact::KeyRotated { key: _, purpose: _, public_key: _, before } => {
            identity::key_rotated(tx, past, before).await
        }
        Fact::FederationRuleCreated {
            rule,
            account,
            issuer,
            claims,
            prefix,
            actions,
            lifetime_seconds: lifetime,
        } => {
            let lifetime_seconds = *lifetime;
            let told =
                federation::PastRule { rule, account, issuer, claims, prefix, actions, lifetime_seconds };
            federation::rule_created(tx, past, told).await
        }
        Fact::FederationRuleRemoved { rule, account: _ } => federation::rule_removed(tx, past, rule).await,
        // What is needed to make them again is a secret, or tells of a person, and stands in no event: a token must be
        // made anew, the next start makes a key, and who logs in through an issuer gets another account.
        Fact::TokenCreated { .. }
        | Fact::KeyCreated { .. }
        | Fact::FederationExchanged { .. }
        | Fact::AccountLinked { .. } => Ok(()),
        // They changed nothing.
        Fact::LedgerRead { shape: _ } | Fact::LedgerAlarm { why: _, index: _ } => Ok(()),
        Fact::TrustPolicySet { revision, digest, size: _ } => {
            let bytes = named.ok_or_else(|| past.contradiction("its document was not fetched"))?;
            trust::policy_set(tx, past, *revision, digest, bytes).await
        }
        Fact::TrustPolicyRemoved { revision } => trust::policy_removed(tx, past, *revision).await,
        Fact::VerificationRecorded { verification } => {
            trust::verification_recorded(tx, past, verification).await
        }
        Fact::VerificationChanged { verification, before: _ } => {
            trust::verification_changed(tx, past, verification).await
        }
        Fact::Release(fact) => releases::apply(tx, past, fact, named).await,
        // It counts what working rows say, and they are not kept.
        Fact::LoginLimited { account: _, failures: _ } => Ok(()),
    }
    .map_err(BackupError::from)
}
