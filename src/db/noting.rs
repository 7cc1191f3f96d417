//! Which events came of what a task does, for who tells its client.

use std::cell::RefCell;

use crate::types::EventId;

tokio::task_local! {
    static NOTED: RefCell<Vec<EventId>>;
}

/// Runs a future and adds the ids of all events that its changes recorded, in their order. Only changes that are kept
/// count, and only those that the future itself makes: what it spawns is not seen.
pub async fn noting<F: Future>(future: F) -> (F::Output, Vec<EventId>) {
    let run = async {
        let output = future.await;
        (output, NOTED.with(RefCell::take))
    };
    NOTED.scope(RefCell::default(), run).await
}

/// Notes the events of a change, if somebody wants to know.
pub(super) fn collect(events: Vec<EventId>) {
    if !events.is_empty() {
        // Nobody asks on behalf of background work.
        let _ = NOTED.try_with(|noted| noted.borrow_mut().extend(events));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::testing::database;
    use crate::db::{Db, DbError, Tx};

    /// Makes a change that notes an event and then succeeds or fails.
    async fn change(db: &Db, event: EventId, end: fn() -> Result<(), DbError>) -> Vec<EventId> {
        let write = db.write(async move |tx: &Tx| {
            tx.note(event);
            end()
        });
        noting(write).await.1
    }

    #[tokio::test]
    async fn each_caller_learns_the_events_of_their_own_changes() {
        let (db, _folder) = database().await;
        let [a, b, failed, gone] = std::array::from_fn(|_| EventId::new());
        // On SQLite they share a transaction; for the one that fails all are run again.
        let told = futures_util::join!(
            change(&db, a, || Ok(())),
            change(&db, failed, || Err(DbError::WriterStopped)),
            change(&db, gone, || panic!("on purpose")),
            change(&db, b, || Ok(())),
        );
        assert_eq!(told, (vec![a], vec![], vec![], vec![b]));
    }

    #[tokio::test]
    async fn changes_that_share_a_transaction_do_not_mix() {
        let (db, _folder) = database().await;
        let ids: [EventId; 30] = std::array::from_fn(|_| EventId::new());
        let told = futures_util::future::join_all(ids.map(|id| change(&db, id, || Ok(())))).await;
        assert_eq!(told, ids.map(|id| vec![id]));
    }

    #[tokio::test]
    async fn events_of_several_changes_are_told_in_their_order() {
        let (db, _folder) = database().await;
        let ids: [EventId; 3] = std::array::from_fn(|_| EventId::new());
        let change = async |some: Vec<EventId>| {
            let write = async move |tx: &Tx| {
                some.iter().for_each(|id| tx.note(*id));
                Ok::<_, DbError>(())
            };
            db.write(write).await.unwrap();
        };
        change(vec![EventId::new()]).await;
        let both = async {
            change(vec![ids[0], ids[1]]).await;
            change(vec![ids[2]]).await;
        };
        assert_eq!(noting(both).await.1, ids);
    }
}
