//! Sessions, the inventory and the sweep over a real database and a real folder, with requests that go away and a
//! writer that is held up.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use entity::{blob, object};
use futures_util::stream::{self, StreamExt as _};
use futures_util::{Stream, poll};
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait as _, DbBackend, EntityTrait as _, PaginatorTrait as _};
use tempfile::TempDir;
use tokio::sync::watch;

use super::*;
use crate::db::{Db, DbError, Tx};
use crate::http::BodyError;
use crate::jobs::tests::database;
use crate::jobs::{Handler as _, Job};
use crate::types::{
    AccountId, Algorithm, Clock, Digest, JobId, ObjectKey, RepositoryId, ResolvedRange, Timestamp,
};

/// A clock that stands still and tells how often it was asked.
struct AskedClock(watch::Sender<u32>);

impl Clock for AskedClock {
    fn now(&self) -> Timestamp {
        self.0.send_modify(|asked| *asked += 1);
        Timestamp::from_micros(1_700_000_000_000_000)
    }
}

struct World {
    db: Db,
    blobs: Blobs,
    asked: watch::Receiver<u32>,
    storage: TempDir,
    _folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let (db, folder) = database().await;
        let root = tempfile::tempdir().unwrap();
        let storage = Storage::open(&StorageUrl::Disk(root.path().to_owned()), 0).await.unwrap();
        let (sender, asked) = watch::channel(0);
        let clock = Arc::new(AskedClock(sender));
        let blobs = Blobs::new(db.clone(), clock, storage, Duration::from_secs(3600));
        Self { db, blobs, asked, storage: root, _folder: folder }
    }

    async fn open_session(&self) -> Session {
        let session = Session::new(RepositoryId::new(), AccountId::new(), Algorithm::Sha256);
        let (blobs, opened) = (self.blobs.clone(), session.clone());
        self.db.write(async move |tx: &Tx| blobs.start_in(tx, &opened).await).await.unwrap();
        session
    }

    /// Makes a finished content a blob, without waiting for it.
    fn commit(
        &self,
        finished: Finished,
    ) -> impl Future<Output = Result<Option<ObjectKey>, BlobError>> + use<'_> {
        let now = Timestamp::from_micros(1);
        self.db.write(async move |tx: &Tx| Blobs::finish_in(tx, &finished, now).await)
    }

    async fn push(&self, content: &'static [u8]) {
        let session = self.open_session().await;
        let digest = Digest::of(Algorithm::Sha256, content);
        let finished = self.blobs.complete(&session, None, body(content), digest).await.unwrap();
        self.commit(finished).await.unwrap();
    }

    /// Holds up the writer until what it returns is dropped; on PostgreSQL, which has many, all that change uploads.
    async fn occupy_writer(&self) -> watch::Sender<()> {
        let (release, released) = watch::channel(());
        let (begun, mut has_begun) = watch::channel(false);
        let db = self.db.clone();
        tokio::spawn(async move {
            db.write(async move |tx: &Tx| {
                if tx.get_database_backend() == DbBackend::Postgres {
                    tx.execute_unprepared("LOCK TABLE upload, object, blob IN EXCLUSIVE MODE").await?;
                }
                begun.send_replace(true);
                while released.clone().changed().await.is_ok() {}
                Ok::<_, DbError>(())
            })
            .await
        });
        has_begun.wait_for(|begun| *begun).await.unwrap();
        release
    }

    /// Drives an append until its progress is in the queue of a writer that is held up, or it has ended. It asks for
    /// the time twice: as it looks its session up, and as it queues its progress.
    async fn until_queued<T>(&self, mut append: Pin<&mut impl Future<Output = T>>) -> Option<T> {
        let mut asked = self.asked.clone();
        let queued = *asked.borrow() + 2;
        tokio::select! {
            biased;
            ended = append.as_mut() => Some(ended),
            _ = asked.wait_for(|asked| *asked >= queued) => None,
        }
    }

    /// What the file of a digest holds, and what is served of it.
    async fn served(&self, digest: &Digest) -> (Vec<u8>, Vec<u8>) {
        let info = self.blobs.find(digest).await.unwrap().unwrap();
        let range = ResolvedRange { start: 0, end: info.size };
        let pieces: Vec<_> = self.blobs.read(info, range).await.unwrap().collect().await;
        let served = pieces.into_iter().flat_map(|piece| piece.unwrap().to_vec()).collect();
        (std::fs::read(self.path(info.object)).unwrap(), served)
    }

    fn path(&self, object: ObjectKey) -> PathBuf {
        let key = object.uuid().simple().to_string();
        self.storage.path().join("blobs").join(&key[30..]).join(key)
    }

    fn files(&self) -> usize {
        let folders = std::fs::read_dir(self.storage.path().join("blobs")).unwrap();
        folders.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
    }
}

fn body(bytes: &'static [u8]) -> impl Stream<Item = Result<Bytes, BodyError>> + Unpin {
    stream::iter([Ok(Bytes::from_static(bytes))])
}

fn no_body() -> impl Stream<Item = Result<Bytes, BodyError>> + Unpin {
    stream::empty()
}

fn job() -> Job {
    Job { id: JobId::new(), kind: String::new(), payload: "{}".to_owned(), attempts: 1 }
}

#[tokio::test]
async fn a_file_stays_as_a_request_that_went_away_left_it_until_its_progress_is_recorded() {
    let world = World::new().await;
    let session = world.open_session().await;
    let release = world.occupy_writer().await;
    let mut first = Box::pin(world.blobs.append(&session, None, body(b"GOOD")));
    assert!(world.until_queued(first.as_mut()).await.is_none());
    // The client resets the connection: the handler is dropped, its change is not.
    drop(first);
    let mut second = Box::pin(world.blobs.append(&session, None, body(b"EVIL")));
    let ended = world.until_queued(second.as_mut()).await;
    drop(release);
    let second = match ended {
        Some(ended) => ended,
        None => second.await,
    };
    assert!(matches!(second, Err(BlobError::Busy)), "{second:?}");
    // Free as soon as the progress of the first is recorded.
    let good = Digest::of(Algorithm::Sha256, b"GOOD");
    let finished = loop {
        match world.blobs.complete(&session, None, no_body(), good.clone()).await {
            Err(BlobError::Busy) => tokio::task::yield_now().await,
            finished => break finished.unwrap(),
        }
    };
    world.commit(finished).await.unwrap();
    assert_eq!(world.served(&good).await, (b"GOOD".to_vec(), b"GOOD".to_vec()));
}

#[tokio::test]
async fn nothing_is_appended_between_the_check_of_a_digest_and_its_commit() {
    let world = World::new().await;
    let session = world.open_session().await;
    let good = Digest::of(Algorithm::Sha256, b"GOOD");
    let finished = world.blobs.complete(&session, None, body(b"GOOD"), good.clone()).await.unwrap();
    let release = world.occupy_writer().await;
    let mut commit = Box::pin(world.commit(finished));
    assert!(poll!(commit.as_mut()).is_pending());
    let mut late = Box::pin(world.blobs.append(&session, None, body(b"TAIL OF EVIL")));
    let ended = world.until_queued(late.as_mut()).await;
    drop(release);
    commit.await.unwrap();
    let late = match ended {
        Some(ended) => ended,
        None => late.await,
    };
    assert!(matches!(late, Err(BlobError::Busy)), "{late:?}");
    assert_eq!(world.served(&good).await, (b"GOOD".to_vec(), b"GOOD".to_vec()));
}

#[tokio::test]
async fn the_file_of_a_cancelled_session_does_not_come_back() {
    let world = World::new().await;
    let session = world.open_session().await;
    world.blobs.append(&session, None, body(b"GOOD")).await.unwrap();
    let seen = world.blobs.session(session.id, session.repository, session.account).await.unwrap();
    world.blobs.cancel(&seen).await.unwrap();
    // A request that had looked the session up before it was cancelled.
    let late = world.blobs.append(&seen, None, body(b"x")).await;
    assert!(matches!(late, Err(BlobError::UnknownUpload)), "{late:?}");
    assert_eq!(world.files(), 0, "a file that no row leads to");
}

#[tokio::test]
async fn an_inventory_of_a_restored_database_replaces_none() {
    let world = World::new().await;
    world.push(b"listed").await;
    for _ in 0..2 {
        world.blobs.write_inventory().await.unwrap();
        // The backup is older than the inventory: it will name another blob by the same number.
        let rewind = blob::Entity::update_many().col_expr(blob::Column::Inventoried, Expr::value(false));
        world
            .db
            .write(async move |tx: &Tx| rewind.clone().exec(&**tx).await.map_err(DbError::from))
            .await
            .unwrap();
    }
    let files = std::fs::read_dir(world.storage.path().join("inventory")).unwrap();
    let files: Vec<_> = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    assert_eq!(files.len(), 2);
    for file in files {
        let line: serde_json::Value = serde_json::from_str(&file).unwrap();
        assert_eq!((line["seq"].as_str(), line["size"].as_str()), (Some("1"), Some("6")));
    }
}

#[tokio::test]
async fn bytes_that_cannot_be_removed_do_not_keep_the_others() {
    let world = World::new().await;
    // More than one batch; a folder in the place of its file makes an object stay.
    let objects: Vec<ObjectKey> = (0..250).map(|_| ObjectKey::new()).collect();
    let (stuck, free) = objects.split_at(245);
    for key in stuck {
        std::fs::create_dir(world.path(*key)).unwrap();
    }
    for key in free {
        std::fs::write(world.path(*key), b"doomed").unwrap();
    }
    let rows = (0..).zip(&objects).map(|(at, key)| object::Model {
        id: key.uuid(),
        state: "doomed".to_owned(),
        created_at_us: at / 100,
        multipart: None,
        keep_until_us: None,
    });
    let rows: Vec<object::ActiveModel> = rows.map(Into::into).collect();
    world
        .db
        .write(async move |tx: &Tx| {
            object::Entity::insert_many(rows.clone()).exec_without_returning(&**tx).await?;
            Ok::<_, DbError>(())
        })
        .await
        .unwrap();
    let doubtful = SweepUploads::new(world.blobs.clone(), Arc::new(Verdict(false)));
    doubtful.run(&job()).await.unwrap();
    assert_eq!(world.files(), objects.len(), "nothing goes while the storage is ahead of the database");
    SweepUploads::new(world.blobs.clone(), Arc::new(Verdict(true))).run(&job()).await.unwrap();
    assert_eq!(world.files(), stuck.len());
    assert_eq!(object::Entity::find().count(world.db.read()).await.unwrap(), 245);
}

struct Verdict(bool);

#[async_trait::async_trait]
impl SweepGuard for Verdict {
    async fn may_remove(&self) -> Result<bool, String> {
        Ok(self.0)
    }
}
