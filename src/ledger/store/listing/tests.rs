//! No list reads more than it shows, however large the log is: by the plans that SQLite makes.

use sea_orm::{DbBackend, Statement};

use super::*;
use crate::db::Db;
use crate::db::testing::database;

/// What is done, step by step.
async fn plan(db: &Db, strands: &[Strand], query: &EntryQuery) -> Vec<String> {
    let statement = united(strands, query, Span { first: 1, last: 1_000_000 }, 101);
    let explain = format!("EXPLAIN QUERY PLAN {}", DbBackend::Sqlite.build(&statement));
    let rows = db.read().query_all_raw(Statement::from_string(DbBackend::Sqlite, explain)).await.unwrap();
    rows.iter().map(|row| row.try_get_by_index(3).unwrap()).collect()
}

#[tokio::test]
async fn every_list_is_led_by_an_index() {
    let (db, _folder) = database().await;
    if db.read().get_database_backend() != DbBackend::Sqlite {
        return;
    }
    let about = [About::Anything, About::Projects, About::Project(ProjectId::new())];
    let actors = [None, Some(AccountId::new())];
    let kinds = [None, Some("tag.moved".to_owned())];
    let instants = [None, Some(Timestamp::from_micros(5))];
    for about in about {
        for (actor, kind) in
            actors.iter().flat_map(|actor| kinds.iter().map(move |kind| (*actor, kind.clone())))
        {
            for from in instants {
                let query = EntryQuery { kind: kind.clone(), from, to: from, ..EntryQuery::default() };
                let (strand, others) =
                    (Strand { about, actor }, Strand { about, actor: Some(AccountId::new()) });
                let alone = plan(&db, &[strand], &query).await;
                let searched = alone.iter().any(|step| step.starts_with("SEARCH event USING"));
                let sorted = alone.iter().any(|step| step.contains("TEMP B-TREE"));
                assert!(searched && !sorted, "{strand:?} {query:?}: {alone:?}");
                // Several are merged; each is led by its own index all the same.
                let united = plan(&db, &[strand, others, strand], &query).await;
                let searches = united.iter().filter(|step| step.starts_with("SEARCH event USING")).count();
                let scans = united.iter().any(|step| step.starts_with("SCAN event"));
                assert!(searches == 3 && !scans, "{strand:?} {query:?}: {united:?}");
            }
        }
    }
}
