//! Writing down what an attestation says. An SBOM may have more rows than one transaction should hold others up for, so they
//! come in pieces, and only the last one makes them count.

use std::sync::Arc;

use entity::{attestation, component, finding, material};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::rows;
use crate::db::{Db, DbError, Tx, chunks};
use crate::projects::Epoch;
use crate::trust::model::Reason;
use crate::trust::predicates::Facts;
use crate::trust::store::verifications::Place;
use crate::types::{EvidenceId, ProjectId};

/// Rows that one transaction adds.
const PIECE: usize = 1024;

/// Writes down what a piece of evidence says. Done twice, or by two at once, it changes nothing; broken off, it is to be done
/// again. `alters` says whose gates that may alter: as soon as it counts.
///
/// # Errors
/// When the database does not take it.
pub async fn insert(
    db: &Db,
    evidence: EvidenceId,
    place: &Place<'_>,
    facts: Facts,
    alters: Option<Epoch>,
) -> Result<(), DbError> {
    let row = rows::attestation(evidence, place, &facts)?;
    let (project, facts) = (place.project, Arc::new(facts));
    let told = Arc::clone(&facts);
    let begun = db
        .keep_books(async move |tx: &Tx| {
            if !begin(&**tx, &row).await? {
                return Ok::<_, DbError>(false);
            }
            single(&**tx, evidence, project, &told).await?;
            Ok(true)
        })
        .await?;
    if !begun {
        return Ok(());
    }
    let longest = rows::longest(&facts);
    for from in (0..longest).step_by(PIECE) {
        let told = Arc::clone(&facts);
        db.keep_books(async move |tx: &Tx| {
            let piece = from..from + PIECE;
            add::<material::Entity, _>(&**tx, rows::materials(evidence, project, &told, piece.clone()))
                .await?;
            add::<component::Entity, _>(&**tx, rows::components(evidence, project, &told, piece.clone()))
                .await?;
            add::<finding::Entity, _>(&**tx, rows::findings(evidence, project, &told, piece)).await.map(drop)
        })
        .await?;
    }
    db.keep_books(async move |tx: &Tx| {
        let is_news = finish(&**tx, evidence).await?;
        pass(tx, alters.filter(|_| is_news)).await
    })
    .await
}

async fn pass(tx: &Tx, epoch: Option<Epoch>) -> Result<(), DbError> {
    match epoch {
        Some(epoch) => epoch.pass(tx).await,
        None => Ok(()),
    }
}

/// Notes that a piece of evidence can't be read, and why, unless it was read before.
///
/// # Errors
/// When the database does not take it.
pub async fn insert_unread(
    db: &Db,
    evidence: EvidenceId,
    place: &Place<'_>,
    reason: &Reason,
    alters: Option<Epoch>,
) -> Result<(), DbError> {
    let row = rows::unread(evidence, place, reason);
    db.keep_books(async move |tx: &Tx| {
        let is_news = add::<attestation::Entity, _>(&**tx, vec![row.clone()]).await? > 0;
        pass(tx, alters.filter(|_| is_news)).await
    })
    .await
}

/// Notes that it is being read; says whether there is anything to do.
async fn begin(db: &impl ConnectionTrait, row: &attestation::ActiveModel) -> Result<bool, DbError> {
    let id = row.evidence_id.clone().take().unwrap_or_default();
    let Some(there) = attestation::Entity::find_by_id(id).one(db).await? else {
        add::<attestation::Entity, _>(db, vec![row.clone()]).await?;
        return Ok(true);
    };
    if there.problem.is_some() {
        // It could not be read then, and can be now.
        row.clone().update(db).await?;
        return Ok(true);
    }
    Ok(!there.whole)
}

/// Writes down what it says once.
async fn single(
    db: &impl ConnectionTrait,
    evidence: EvidenceId,
    project: ProjectId,
    facts: &Facts,
) -> Result<(), DbError> {
    use entity::{provenance, test_result, verification_summary, vulnerability_report};

    let added = match facts {
        Facts::Provenance(told) => {
            add::<provenance::Entity, _>(db, vec![rows::provenance(evidence, project, told)]).await
        }
        Facts::VerificationSummary(told) => {
            let row = rows::verification_summary(evidence, project, told)?;
            add::<verification_summary::Entity, _>(db, vec![row]).await
        }
        Facts::Sbom(_, Some(told)) | Facts::Vulnerabilities(told) => {
            add::<vulnerability_report::Entity, _>(db, vec![rows::report(evidence, project, told)]).await
        }
        Facts::TestResult(told) => {
            add::<test_result::Entity, _>(db, vec![rows::test_result(evidence, project, told)?]).await
        }
        Facts::Sbom(_, None) | Facts::Unknown => Ok(0),
    };
    added.map(drop)
}

/// All of it is there: it counts from now on. Says whether it did not before.
async fn finish(db: &impl ConnectionTrait, evidence: EvidenceId) -> Result<bool, DbError> {
    let outcome = attestation::Entity::update_many()
        .col_expr(attestation::Column::Whole, Expr::value(true))
        .filter(attestation::Column::EvidenceId.eq(evidence.uuid()))
        .filter(attestation::Column::Whole.eq(false))
        .exec(db)
        .await?;
    Ok(outcome.rows_affected > 0)
}

/// Adds rows that are not there yet; says how many.
async fn add<E, A>(db: &impl ConnectionTrait, rows: Vec<A>) -> Result<u64, DbError>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<A>,
    A: ActiveModelTrait<Entity = E> + Clone + Send,
{
    let mut added = 0;
    for some in chunks(&rows) {
        let there = OnConflict::new().do_nothing().to_owned();
        added += E::insert_many(some.to_vec()).on_conflict(there).exec_without_returning(db).await?;
    }
    Ok(added)
}
