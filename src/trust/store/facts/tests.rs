use entity::{attestation, component, finding};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
};

use super::attested::{Place as FactPlace, Within, behind, facts_within};
use super::{insert, insert_unread};
use crate::db::Db;
use crate::db::testing::database;
use crate::trust::model::Reason;
use crate::trust::predicates::{Facts, of_document};
use crate::trust::store::verifications::Place;
use crate::types::{Algorithm, Digest, EvidenceId, ProjectId, RepositoryId};

fn subject() -> Digest {
    Digest::of(Algorithm::Sha256, b"a")
}

fn place(subject: &Digest) -> Place<'_> {
    Place { project: ProjectId::new(), repository: RepositoryId::new(), subject }
}

fn sbom(components: usize) -> Facts {
    let components: Vec<_> = (0..components)
        .map(|n| format!(r#"{{"name":"package-{n}","version":"1.{n}","purl":"pkg:npm/package-{n}@1.{n}"}}"#))
        .collect();
    let document = format!(
        r#"{{"bomFormat":"CycloneDX","specVersion":"1.5","components":[{}],"vulnerabilities":[{{"id":"CVE-1-1"}}]}}"#,
        components.join(",")
    );
    of_document("https://cyclonedx.org/bom", document.as_bytes()).unwrap()
}

async fn counts(db: &Db, evidence: EvidenceId) -> (u64, u64) {
    let components = component::Entity::find().filter(component::Column::EvidenceId.eq(evidence.uuid()));
    let findings = finding::Entity::find().filter(finding::Column::EvidenceId.eq(evidence.uuid()));
    (components.count(db.read()).await.unwrap(), findings.count(db.read()).await.unwrap())
}

async fn row(db: &Db, evidence: EvidenceId) -> attestation::Model {
    attestation::Entity::find_by_id(evidence.uuid()).one(db.read()).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_large_sbom_is_written_down_once() {
    let (db, _folder) = database().await;
    let (evidence, subject) = (EvidenceId::new(), subject());
    for _ in 0..2 {
        insert(&db, evidence, &place(&subject), sbom(50_000), None).await.unwrap();
        assert_eq!(counts(&db, evidence).await, (50_000, 1));
        assert!(row(&db, evidence).await.whole);
    }
}

#[tokio::test]
async fn what_was_broken_off_is_finished_and_two_at_once_do_no_harm() {
    let (db, _folder) = database().await;
    let (evidence, subject) = (EvidenceId::new(), subject());
    insert(&db, evidence, &place(&subject), sbom(3000), None).await.unwrap();
    // As a crash after the first piece would have left it.
    db.keep_books(async move |tx: &crate::db::Tx| {
        let behind = component::Entity::delete_many().filter(component::Column::Position.gte(1024));
        behind.exec(&**tx).await?;
        let mut row: attestation::ActiveModel =
            attestation::Entity::find_by_id(evidence.uuid()).one(&**tx).await?.unwrap().into();
        row.whole = sea_orm::ActiveValue::Set(false);
        attestation::Entity::update(row).exec(&**tx).await?;
        Ok::<_, crate::db::DbError>(())
    })
    .await
    .unwrap();
    assert_eq!(counts(&db, evidence).await, (1024, 1));
    let place = place(&subject);
    let both = futures_util::future::join(
        insert(&db, evidence, &place, sbom(3000), None),
        insert(&db, evidence, &place, sbom(3000), None),
    );
    let (one, other) = both.await;
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(counts(&db, evidence).await, (3000, 1));
    assert!(row(&db, evidence).await.whole);
}

#[tokio::test]
async fn what_could_not_be_read_is_read_later_and_not_the_other_way_round() {
    let (db, _folder) = database().await;
    let (evidence, subject) = (EvidenceId::new(), subject());
    let place = place(&subject);
    let reason = Reason::Malformed("it lacks\u{0} a head".to_owned());
    insert_unread(&db, evidence, &place, &reason, None).await.unwrap();
    let unread = row(&db, evidence).await;
    assert!(unread.problem.is_some_and(|problem| problem.ends_with("it lacks a head")));
    insert(&db, evidence, &place, sbom(1), None).await.unwrap();
    insert_unread(&db, evidence, &place, &reason, None).await.unwrap();
    let read = row(&db, evidence).await;
    assert_eq!((read.problem, read.whole, read.family.as_str()), (None, true, "sbom"));
    assert_eq!(counts(&db, evidence).await, (1, 1));
}

/// How SQLite finds what a question asks for.
async fn plan(db: &Db, select: &sea_orm::sea_query::SelectStatement) -> String {
    let text = select.to_string(sea_orm::sea_query::SqliteQueryBuilder);
    let backend = db.read().get_database_backend();
    let explain = sea_orm::Statement::from_string(backend, format!("EXPLAIN QUERY PLAN {text}"));
    let rows = db.read().query_all_raw(explain).await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
    lines.join("\n")
}

#[tokio::test]
async fn packages_vulnerabilities_and_commits_are_found_by_their_indexes() {
    use sea_orm::sea_query::{Expr, ExprTrait as _};

    let folder = tempfile::tempdir().unwrap();
    let url = crate::db::DatabaseUrl::Sqlite(folder.path().join("waybill.db"));
    crate::db::migrate(&url).await.unwrap();
    let db = Db::open(&url).await.unwrap();
    let policy = subject();
    let within = Within::Project(ProjectId::new(), None);
    for (table, column, index) in [
        ("component", "package", "component_package"),
        ("finding", "vulnerability", "finding_vulnerability"),
        ("material", "digest", "material_digest"),
        ("provenance", "source_commit", "provenance_commit"),
        ("provenance", "source", "provenance_source"),
        ("provenance", "builder", "provenance_builder"),
    ] {
        let mut select = facts_within(table, &within, Some(&policy));
        select.and_where(Expr::col((table, column)).eq("x"));
        let plan = plan(&db, &select).await;
        let leads = plan.contains(index) && !plan.contains("SCAN ");
        assert!(leads && !plan.contains("(repository_id=?)"), "{table}.{column}:\n{plan}");
    }
    let within = Within::Artifact(RepositoryId::new(), [subject(), subject()]);
    let mut select = facts_within("component", &within, Some(&policy));
    behind(&mut select, "component", Some(FactPlace { evidence: EvidenceId::new(), position: 1 }));
    let plan = plan(&db, &select).await;
    let leads = plan.contains("evidence_subject") && !plan.contains("SCAN ");
    assert!(leads && !plan.contains("(repository_id=?)"), "{plan}");
}
