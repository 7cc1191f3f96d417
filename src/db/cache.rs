//! A memory of what was read, for as long as [`Freshness`] lets it be believed.

use std::hash::Hash;

use metrics::Counter;
use quick_cache::sync::Cache as Entries;
use sea_orm::DatabaseConnection;

use super::{Db, DbError, Freshness, Topic};

/// What was read, and what its topic's generation was before.
#[derive(Debug, Clone)]
struct Known<V> {
    value: V,
    generation: u64,
}

/// How far what is remembered may be behind what other replicas did.
enum Lag {
    /// By 2 s.
    Little,
    /// Not at all, so where there are other replicas nothing is remembered.
    None,
    /// Not at all: where there are others, the topic's counter is asked of the database each time.
    Asked(DatabaseConnection),
}

/// Values by key, bounded in number. What does not exist is not remembered.
pub struct Cache<K, V> {
    entries: Entries<K, Known<V>>,
    freshness: Freshness,
    lag: Lag,
    hits: Counter,
    misses: Counter,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    /// A cache of at most `capacity` values. `name` is what `/metrics` calls it.
    pub fn new(db: &Db, name: &'static str, capacity: usize) -> Self {
        Self::with(db, name, capacity, Lag::Little)
    }

    /// The same for what must never be behind: where there are other replicas, it remembers nothing.
    pub fn never_behind(db: &Db, name: &'static str, capacity: usize) -> Self {
        Self::with(db, name, capacity, Lag::None)
    }

    /// As [`Cache::never_behind`], for what takes several queries to read: where there are other replicas, one short query
    /// tells whether what is remembered still holds.
    pub fn asking(db: &Db, name: &'static str, capacity: usize) -> Self {
        Self::with(db, name, capacity, Lag::Asked(db.read().clone()))
    }

    fn with(db: &Db, name: &'static str, capacity: usize, lag: Lag) -> Self {
        let counter = |outcome: &'static str| metrics::counter!("waybill_cache_total", "cache" => name, "outcome" => outcome);
        Self {
            entries: Entries::new(capacity),
            freshness: db.freshness().clone(),
            lag,
            hits: counter("hit"),
            misses: counter("miss"),
        }
    }

    /// What was once read of a key: for what, once it is there, never changes.
    pub fn peek(&self, key: &K) -> Option<V> {
        self.entries.get(key).map(|known| known.value)
    }

    /// What is remembered of a key, else what `read` finds, which is remembered then.
    ///
    /// # Errors
    /// What `read` returns; of a cache that asks, also when the database does not answer.
    pub async fn find<E: From<DbError>>(
        &self,
        topic: Topic<'_>,
        key: K,
        read: impl AsyncFnOnce() -> Result<Option<V>, E>,
    ) -> Result<Option<V>, E> {
        // Before anything is read: a change that comes in between makes what was read count for nothing.
        let (generation, is_believed) = match &self.lag {
            Lag::None if !self.freshness.is_alone() => return read().await,
            Lag::Asked(reader) => (self.freshness.ask(reader, topic).await?, true),
            Lag::None | Lag::Little => (self.freshness.generation(topic), self.freshness.is_confirmed()),
        };
        if is_believed
            && let Some(known) = self.entries.get(&key)
            && known.generation == generation
        {
            self.hits.increment(1);
            return Ok(Some(known.value));
        }
        self.misses.increment(1);
        let value = read().await?;
        if let Some(value) = &value {
            self.entries.insert(key, Known { value: value.clone(), generation });
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::{database, url};
    use crate::db::{Tx, migrate};
    use crate::types::AccountId;

    #[tokio::test]
    async fn what_another_replica_changes_is_known_at_once_to_a_cache_that_asks() {
        let folder = tempfile::tempdir().unwrap();
        let url = url(&folder).await;
        migrate(&url).await.unwrap();
        let db = Db::open(&url).await.unwrap();
        // Nobody else may open a SQLite file; there the change is made here.
        let other = if db.freshness().is_alone() { db.clone() } else { Db::open(&url).await.unwrap() };
        let cache = Cache::asking(&db, "test", 10);
        let account = AccountId::new();
        let read = async |value| {
            let read = async || Ok::<_, DbError>(Some(value));
            cache.find(Topic::Account(account), "key", read).await.unwrap()
        };
        assert_eq!(read(1).await, Some(1));
        assert_eq!(read(2).await, Some(1));
        change(&other, account).await;
        assert_eq!(read(2).await, Some(2));
        assert_eq!(read(3).await, Some(2));
    }

    async fn change(db: &Db, account: AccountId) {
        let change = async move |tx: &Tx| tx.changes(Topic::Account(account)).await;
        db.write(change).await.unwrap();
    }

    #[tokio::test]
    async fn what_was_read_holds_until_it_changes() {
        let (db, _folder) = database().await;
        let cache = Cache::new(&db, "test", 10);
        let account = AccountId::new();
        let read = async |value| {
            let read = async || Ok::<_, DbError>(value);
            cache.find(Topic::Account(account), "key", read).await.unwrap()
        };
        assert_eq!(read(None).await, None);
        assert_eq!(read(Some(1)).await, Some(1));
        assert_eq!(read(Some(2)).await, Some(1));
        change(&db, account).await;
        assert_eq!(read(Some(2)).await, Some(2));
        let failed = db
            .write(async move |tx: &Tx| {
                tx.changes(Topic::Account(account)).await?;
                Err::<(), _>(DbError::WriterStopped)
            })
            .await;
        assert!(failed.is_err());
        assert_eq!(read(Some(3)).await, Some(2));
    }

    #[tokio::test]
    async fn what_changed_while_it_was_read_is_not_remembered() {
        let (db, _folder) = database().await;
        let cache = Cache::new(&db, "test", 10);
        let account = AccountId::new();
        let topic = Topic::Account(account);
        let old = async || {
            change(&db, account).await;
            Ok::<_, DbError>(Some("old"))
        };
        assert_eq!(cache.find(topic, 1, old).await.unwrap(), Some("old"));
        assert_eq!(cache.find(topic, 1, async || Ok::<_, DbError>(Some("new"))).await.unwrap(), Some("new"));
    }
}
