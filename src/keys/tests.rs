//! Keys against a real database.

use std::time::Duration;

use super::*;
use crate::db::{Db, Tx};
use crate::jobs::tests::database;
use crate::types::{EventId, KeyId, Timestamp};

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

async fn keep(db: &Db, key: NewKey, before: Option<KeyId>, now: Timestamp) -> bool {
    let kept = db.write(async move |tx: &Tx| Keys::keep_in(tx, &key, before, now, EventId::new()).await);
    kept.await.unwrap()
}

#[tokio::test]
async fn one_key_signs_and_its_predecessor_is_known_for_a_while() {
    let (db, _folder) = database().await;
    let keys = Keys::new(db.clone(), MasterKey::generate());
    assert!(matches!(keys.signing(Purpose::Token).await, Err(KeyError::Missing)));
    let (first, rival) = (keys.generate(Purpose::Token).unwrap(), keys.generate(Purpose::Token).unwrap());
    let first_id = first.id;
    assert!(keep(&db, first, None, NOW).await);
    assert!(!keep(&db, rival.clone(), None, NOW).await, "there is one already");
    let signing = keys.signing(Purpose::Token).await.unwrap();
    assert_eq!(signing.id, first_id);
    let later = NOW.after(Duration::from_secs(10));
    assert!(keep(&db, rival.clone(), Some(first_id), later).await);
    assert!(!keep(&db, keys.generate(Purpose::Token).unwrap(), Some(first_id), later).await, "too late");
    assert_eq!(keys.signing(Purpose::Token).await.unwrap().id, rival.id);
    let overlap = Duration::from_secs(60);
    let known = async |seconds| {
        let now = later.after(Duration::from_secs(seconds));
        keys.public(Purpose::Token, first_id, now, overlap).await.unwrap()
    };
    assert_eq!(known(59).await.unwrap().bytes, signing.public());
    assert_eq!(known(60).await, None);
    assert_eq!(keys.public(Purpose::Token, KeyId::new(), later, overlap).await.unwrap(), None);
}

#[tokio::test]
async fn another_master_key_opens_nothing() {
    let (db, _folder) = database().await;
    let keys = Keys::new(db.clone(), MasterKey::generate());
    assert!(keep(&db, keys.generate(Purpose::Token).unwrap(), None, NOW).await);
    let stranger = Keys::new(db, MasterKey::generate());
    assert!(matches!(stranger.signing(Purpose::Token).await, Err(KeyError::WrongMasterKey)));
}
