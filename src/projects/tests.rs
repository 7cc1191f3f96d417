//! The verbs of projects against a real database.

use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::access::{Caller, ReadableProjects};
use crate::db::{Db, DbError, Tx};
use crate::http::PageRequest;
pub(crate) use crate::jobs::tests::{TestClock, database};
use crate::ledger::{EventQuery, Events, Record};
use crate::types::ProjectName;

/// The kinds of all events so far, in their order.
pub(crate) async fn kinds(db: &Db) -> Vec<String> {
    let page = PageRequest { limit: 1000, after: None };
    let events = Events::new(db.clone()).list(EventQuery::default(), &page).await.unwrap();
    let kind = |leaf: &str| {
        let leaf: serde_json::Value = serde_json::from_str(leaf).unwrap();
        leaf["kind"].as_str().unwrap().to_owned()
    };
    events.items.iter().map(|event| kind(event.leaf.get())).collect()
}

pub(crate) fn page(limit: u64, after: Option<&str>) -> PageRequest {
    PageRequest { limit, after: after.map(str::to_owned) }
}

async fn projects() -> (Projects, Db, TempDir) {
    let (db, folder) = database().await;
    (Projects::new(db.clone(), Arc::new(TestClock::new()), Settings::default()), db, folder)
}

fn name(text: &str) -> ProjectName {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_project_is_created_once() {
    let (projects, db, _folder) = projects().await;
    let acme = name("acme");
    let created = projects.create(&Caller::system(), &acme, Settings::default()).await.unwrap();
    assert_eq!(created.revision, 1);
    assert_eq!(projects.find(&acme).await.unwrap(), Some(created.clone()));
    assert_eq!(projects.find_by_id(created.id).await.unwrap(), Some(created));
    let again = projects.create(&Caller::system(), &acme, Settings::default()).await;
    assert!(matches!(again, Err(ProjectError::Exists(_))));
    assert_eq!(kinds(&db).await, ["project.created"]);
}

#[tokio::test]
async fn a_push_creates_it_once_and_tells_so_once() {
    let (projects, db, _folder) = projects().await;
    for expected in [1, 0] {
        let this = projects.clone();
        let told = db
            .write(async move |tx: &Tx| {
                let mut events = Vec::new();
                this.ensure_in(tx, &Caller::system(), &name("acme"), &mut events).await?;
                tx.record(&events).await?;
                Ok::<_, DbError>(events.len())
            })
            .await
            .unwrap();
        assert_eq!(told, expected);
    }
    assert_eq!(kinds(&db).await, ["project.created"]);
}

#[tokio::test]
async fn an_edit_names_the_revision_that_it_edits() {
    let (projects, db, _folder) = projects().await;
    let (caller, acme) = (Caller::system(), name("acme"));
    projects.create(&caller, &acme, Settings::default()).await.unwrap();
    let public = || SettingsChange { visibility: Some(Visibility::Public), ..SettingsChange::default() };
    let updated = projects.update(&caller, &acme, 1, public()).await.unwrap();
    assert_eq!((updated.revision, updated.settings.visibility), (2, Visibility::Public));
    assert_eq!(projects.find(&acme).await.unwrap(), Some(updated));
    let stale = projects.update(&caller, &acme, 1, SettingsChange::default()).await;
    assert!(matches!(stale, Err(ProjectError::Stale { current: 2 })));
    // An edit that changes nothing makes no revision and no event.
    assert_eq!(projects.update(&caller, &acme, 2, public()).await.unwrap().revision, 2);
    assert_eq!(kinds(&db).await, ["project.created", "project.updated"]);
    let missing = projects.update(&caller, &name("other"), 1, public()).await;
    assert!(matches!(missing, Err(ProjectError::NotFound(_))));
}

#[tokio::test]
async fn of_many_edits_at_once_one_wins() {
    let (projects, db, _folder) = projects().await;
    let (caller, acme) = (Caller::system(), name("acme"));
    projects.create(&caller, &acme, Settings::default()).await.unwrap();
    let change = SettingsChange { tags: Some(TagMode::Mutable), ..SettingsChange::default() };
    let edits = (0..8).map(|_| projects.update(&caller, &acme, 1, change.clone()));
    let outcomes = futures_util::future::join_all(edits).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(kinds(&db).await, ["project.created", "project.updated"]);
}

#[tokio::test]
async fn a_list_shows_what_may_be_seen() {
    let (projects, _db, _folder) = projects().await;
    let caller = Caller::system();
    let open = Settings { visibility: Visibility::Public, ..Settings::default() };
    projects.create(&caller, &name("a-open"), open).await.unwrap();
    let mine = projects.create(&caller, &name("b-mine"), Settings::default()).await.unwrap();
    projects.create(&caller, &name("c-other"), Settings::default()).await.unwrap();
    for (readable, expected) in [
        (ReadableProjects::All, vec!["a-open", "b-mine", "c-other"]),
        (ReadableProjects::Only(vec![mine.id]), vec!["a-open", "b-mine"]),
        (ReadableProjects::Only(vec![]), vec!["a-open"]),
    ] {
        let list = projects.list(&readable, &page(100, None)).await.unwrap();
        let names: Vec<_> = list.items.iter().map(|project| project.name.as_str()).collect();
        assert_eq!(names, expected);
    }
    let second = projects.list(&ReadableProjects::All, &page(1, Some("a-open"))).await.unwrap();
    assert_eq!(second.items[0].name, mine.name);
    assert!(second.next.is_some());
}
