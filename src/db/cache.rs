//! A memory of what was read, for as long as [`Freshness`] lets it be believed.

use std::hash::Hash;

use metrics::Counter;
use quick_cache::sync::Cache as Entries;

use super::{Db, Freshness, Topic};

/// What was read, and what its topic's generation was before.
#[derive(Debug, Clone)]
struct Known<V> {
    value: V,
    generation: u64,
}

/// Values by key, bounded in number. What does not exist is not remembered.
pub struct Cache<K, V> {
    entries: Entries<K, Known<V>>,
    freshness: Freshness,
    /// Whether 2 s behind others is good enough.
    may_lag: bool,
    hits: Counter,
    misses: Counter,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    /// A cache of at most `capacity` values. `name` is what `/metrics` calls it.
    pub fn new(db: &Db, name: &'static str, capacity: usize) -> Self {
        Self::with(db, name, capacity, true)
    }

    /// The same for what must never be behind: where there are other replicas, it remembers nothing.
    pub fn never_behind(db: &Db, name: &'static str, capacity: usize) -> Self {
        Self::with(db, name, capacity, false)
    }

    fn with(db: &Db, name: &'static str, capacity: usize, may_lag: bool) -> Self {
        let counter = |outcome: &'static str| metrics::counter!("waybill_cache_total", "cache" => name, "outcome" => outcome);
        Self {
            entries: Entries::new(capacity),
            freshness: db.freshness().clone(),
            may_lag,
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
    /// What `read` returns.
    pub async fn find<E>(
        &self,
        topic: Topic<'_>,
        key: K,
        read: impl AsyncFnOnce() -> Result<Option<V>, E>,
    ) -> Result<Option<V>, E> {
        if !self.may_lag && !self.freshness.is_alone() {
            return read().await;
        }
        // Before anything is read: a change that comes in between makes what was read count for nothing.
        let generation = self.freshness.generation(topic);
        if self.freshness.is_confirmed()
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
    use crate::db::testing::database;
    use crate::db::{DbError, Tx};
    use crate::types::AccountId;

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
