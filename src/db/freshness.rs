//! What a replica may still believe of what it read before (design, Transactions and speed: the 2-second rule).
//!
//! Everything that is remembered belongs to a [`Topic`]; topics fall into shards, each with a counter. A change of a topic
//! counts its shard up in the same transaction. Here that is known at the commit, before the change is acknowledged;
//! other replicas read the counters twice a second, and believe nothing that they remember while they could not read
//! them within 2 s. On SQLite there are no others, and nothing needs to be read.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use sea_orm::{DatabaseConnection, EntityTrait};
use tokio::time::{sleep, timeout};

use super::DbError;
use crate::types::{AccountId, ProjectId, ProjectName, RepoName};

/// How long what is remembered holds without having been confirmed.
const BELIEF: Duration = Duration::from_secs(2);
/// How often the counters are read.
const INTERVAL: Duration = Duration::from_millis(500);
/// Shards; the migration made as many rows.
const SHARDS: usize = 256;

/// What something that is remembered is about.
#[derive(Debug, Clone, Copy)]
pub enum Topic<'a> {
    /// An account and its rights.
    Account(AccountId),
    /// Which tokens are good.
    Tokens,
    /// A project and its settings.
    Project(&'a ProjectName),
    /// Which blobs and manifests a repository holds.
    Content(&'a RepoName),
    /// Where a repository's tags point.
    Tags(&'a RepoName),
    /// A project's trust policy.
    Trust(&'a ProjectName),
    /// The organisation's trust policy.
    OrganisationTrust,
    /// What decides over a project's promotions, and what its environments hold.
    Gates(ProjectId),
    /// What decides over everybody's promotions.
    OrganisationGates,
}

impl Topic<'_> {
    /// The same on every replica and in every version: FNV-1a, folded to a byte.
    pub(super) fn shard(self) -> u8 {
        let hash = |kind: u8, text: &[u8]| {
            let step = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
            let [a, b, c, d] = text.iter().fold(step(0x811c_9dc5, &kind), step).to_le_bytes();
            a ^ b ^ c ^ d
        };
        match self {
            Self::Account(id) => hash(0, id.uuid().as_bytes()),
            Self::Tokens => hash(4, b""),
            Self::Project(name) => hash(1, name.as_str().as_bytes()),
            Self::Content(name) => hash(2, name.as_str().as_bytes()),
            Self::Tags(name) => hash(3, name.as_str().as_bytes()),
            Self::Trust(name) => hash(5, name.as_str().as_bytes()),
            Self::OrganisationTrust => hash(6, b""),
            Self::Gates(id) => hash(7, id.uuid().as_bytes()),
            Self::OrganisationGates => hash(8, b""),
        }
    }
}

/// The counters as this replica knows them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Freshness {
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    /// Counted up by changes made here and by those that were read of.
    generations: [AtomicU64; SHARDS],
    /// As last read.
    versions: [AtomicI64; SHARDS],
    /// When that was asked for, in milliseconds after `born`; none where nobody else changes anything.
    confirmed: Option<AtomicU64>,
    born: Instant,
}

impl State {
    fn new(confirmed: Option<AtomicU64>) -> Self {
        Self {
            generations: std::array::from_fn(|_| AtomicU64::new(0)),
            versions: std::array::from_fn(|_| AtomicI64::new(0)),
            confirmed,
            born: Instant::now(),
        }
    }

    fn age_ms(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Reads the counters once.
    async fn confirm(&self, reader: &DatabaseConnection) -> Result<(), DbError> {
        // What is committed after this moment may be missing in the answer.
        let asked = self.age_ms();
        for row in entity::freshness::Entity::find().all(reader).await? {
            let Ok(shard) = usize::try_from(row.shard) else { continue };
            let Some(version) = self.versions.get(shard) else { continue };
            if version.swap(row.version, Ordering::AcqRel) != row.version {
                self.generations[shard].fetch_add(1, Ordering::AcqRel);
            }
        }
        if let Some(confirmed) = &self.confirmed {
            confirmed.store(asked, Ordering::Release);
        }
        Ok(())
    }
}

impl Freshness {
    /// For a database that only this process changes.
    pub(super) fn alone() -> Self {
        Self { state: Arc::new(State::new(None)) }
    }

    /// For a database that others change too. Goes on reading until the last clone is dropped.
    pub(super) async fn among_others(reader: DatabaseConnection) -> Result<Self, DbError> {
        let state = Arc::new(State::new(Some(AtomicU64::new(0))));
        state.confirm(&reader).await?;
        tokio::spawn(keep_up(Arc::downgrade(&state), reader));
        Ok(Self { state })
    }

    /// Whether what is remembered may be believed now.
    pub fn is_confirmed(&self) -> bool {
        self.state.confirmed.as_ref().is_none_or(|confirmed| {
            let age = self.state.age_ms().saturating_sub(confirmed.load(Ordering::Acquire));
            u128::from(age) < BELIEF.as_millis()
        })
    }

    /// Whether nobody else changes the database, so that what is remembered is never behind.
    pub fn is_alone(&self) -> bool {
        self.state.confirmed.is_none()
    }

    /// What was read of a topic holds as long as this stays the same. To be asked before reading.
    pub fn generation(&self, topic: Topic<'_>) -> u64 {
        self.state.generations[usize::from(topic.shard())].load(Ordering::Acquire)
    }

    /// As [`Freshness::generation`], but never behind what others changed: where there are any, the counter itself, as it is
    /// in the database now.
    pub(super) async fn ask(&self, reader: &DatabaseConnection, topic: Topic<'_>) -> Result<u64, DbError> {
        if self.is_alone() {
            return Ok(self.generation(topic));
        }
        let shard = topic.shard();
        let row = entity::freshness::Entity::find_by_id(i16::from(shard)).one(reader).await?;
        let row = row.ok_or_else(|| DbError::corrupt("freshness: no row for a shard", shard))?;
        Ok(row.version.cast_unsigned())
    }

    /// Says that a change was committed here, or may have been.
    pub(super) fn changed(&self, shards: &[u8]) {
        for shard in shards {
            self.state.generations[usize::from(*shard)].fetch_add(1, Ordering::AcqRel);
        }
    }
}

async fn keep_up(state: Weak<State>, reader: DatabaseConnection) {
    loop {
        sleep(INTERVAL).await;
        let Some(state) = state.upgrade() else { return };
        match timeout(BELIEF, state.confirm(&reader)).await {
            Ok(Ok(())) => metrics::counter!("waybill_freshness_checks_total", "outcome" => "ok").increment(1),
            Ok(Err(error)) => {
                metrics::counter!("waybill_freshness_checks_total", "outcome" => "failed").increment(1);
                tracing::warn!(%error, "nothing that is remembered is believed: the database does not confirm it");
            }
            Err(_) => {
                metrics::counter!("waybill_freshness_checks_total", "outcome" => "late").increment(1);
                tracing::warn!(
                    "nothing that is remembered is believed: the database is too slow to confirm it"
                );
            }
        }
    }
}
