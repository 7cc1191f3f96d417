//! One event per account, shape, project and hour.

use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::future::join_all;

use super::*;
use crate::db::testing::database;
use crate::http::{Origin, PageQuery};
use crate::ledger::{EventQuery, Events};
use crate::types::{AccountId, Timestamp};

/// A clock that stands until it is moved.
struct Standing(AtomicI64);

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

async fn told(db: &Db) -> Vec<String> {
    let page = PageQuery::default().parse().unwrap();
    let events = Events::new(db.clone()).list(EventQuery::default(), &page).await.unwrap();
    events.items.into_iter().map(|event| event.leaf.get().to_owned()).collect()
}

#[tokio::test]
async fn once_per_account_shape_project_and_hour() {
    let (db, _folder) = database().await;
    let clock = Arc::new(Standing(AtomicI64::new(400 * HOUR_US - 1)));
    let reads = AuditReads::new(db.clone(), clock.clone());
    let reader = || Caller::of(AccountId::new(), Origin::default());
    let (ann, bob, project) = (reader(), reader(), Some(ProjectId::new()));
    let record = async |caller: &Caller, filter, project| {
        let shape = ReadShape::of("ledger/entries").filter("kind", filter);
        reads.record(caller, shape, project).await.unwrap();
    };
    for _ in 0..2 {
        record(&ann, false, None).await;
        record(&ann, true, None).await;
        record(&ann, true, project).await;
        record(&bob, false, None).await;
    }
    let events = told(&db).await;
    assert_eq!(events.len(), 4, "{events:?}");
    assert!(events[0].contains(r#""kind":"ledger.read""#) && events[0].contains(r#""project":null"#));
    assert!(events[1].contains(r#""data":{"shape":"ledger/entries?kind"}"#));
    assert!(events[2].contains(&project.unwrap().to_string()));
    clock.0.fetch_add(1, Ordering::SeqCst);
    record(&ann, false, None).await;
    record(&ann, false, None).await;
    assert_eq!(told(&db).await.len(), 5, "the next hour has begun");
    // A replica whose clock is a bit behind does not tell it again.
    clock.0.fetch_sub(1, Ordering::SeqCst);
    record(&ann, false, None).await;
    assert_eq!(told(&db).await.len(), 5);
}

#[tokio::test]
async fn reads_at_the_same_time_are_told_once() {
    let (db, _folder) = database().await;
    let reads = AuditReads::new(db.clone(), Arc::new(Standing(AtomicI64::new(0))));
    let ann = Caller::of(AccountId::new(), Origin::default());
    let all = join_all((0..20).map(|_| reads.record(&ann, ReadShape::of("events"), None))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(told(&db).await.len(), 1);
}

#[tokio::test]
async fn a_read_that_can_not_be_recorded_is_refused() {
    let (db, _folder) = database().await;
    let reads = AuditReads::new(db.clone(), Arc::new(Standing(AtomicI64::new(0))));
    let ann = Caller::of(AccountId::new(), Origin::default());
    // No event holds as much.
    let shape = ReadShape::of("x".repeat(40_000).leak());
    for _ in 0..2 {
        assert!(reads.record(&ann, shape.clone(), None).await.is_err());
    }
    assert_eq!(told(&db).await.len(), 0);
}

#[tokio::test]
async fn a_frozen_database_is_read_all_the_same() {
    let (db, _folder) = database().await;
    let reads = AuditReads::new(db.clone(), Arc::new(Standing(AtomicI64::new(0))));
    let ann = Caller::of(AccountId::new(), Origin::default());
    db.freeze();
    assert!(reads.record(&ann, ReadShape::of("events"), None).await.is_ok(), "the log tells of it");
    assert_eq!(told(&db).await.len(), 0);
}

#[tokio::test]
async fn rows_of_days_ago_are_forgotten() {
    let (db, _folder) = database().await;
    let clock = Arc::new(Standing(AtomicI64::new(0)));
    let reads = AuditReads::new(db.clone(), clock.clone());
    let old = Caller::of(AccountId::new(), Origin::default());
    let read = AuditRead { account: old.account, shape: ReadShape::of("events"), project: None };
    reads.record(&old, read.shape.clone(), None).await.unwrap();
    clock.0.store(25 * HOUR_US, Ordering::SeqCst);
    let new = Caller::of(AccountId::new(), Origin::default());
    reads.record(&new, read.shape.clone(), None).await.unwrap();
    assert!(!store::audit_reads::is_told(db.read(), &read, 0).await.unwrap());
    let kept = AuditRead { account: new.account, ..read };
    assert!(store::audit_reads::is_told(db.read(), &kept, 25).await.unwrap());
}
