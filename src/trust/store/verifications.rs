//! Rows of what came of verifying.

use entity::verification::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::db::DbError;
use crate::ledger::FactVerification;
use crate::types::{Digest, EventId, EvidenceId, ProjectId, RepositoryId, Timestamp};

/// Of what in which repository the evidence speaks.
pub struct Place<'a> {
    /// In which project.
    pub project: ProjectId,
    /// In which repository.
    pub repository: RepositoryId,
    /// The digest of whom it speaks.
    pub subject: &'a Digest,
}

/// Adds what came of a verification, as its event tells it. `details` say what each of its reasons means here; that
/// stands in no event.
///
/// # Errors
/// `Corrupt` when the ids that it tells are none, or the database's own. A verification of the same evidence that holds
/// must be closed first.
pub async fn insert(
    db: &impl ConnectionTrait,
    place: &Place<'_>,
    told: &FactVerification,
    details: &[String],
    at: Timestamp,
    event: EventId,
) -> Result<(), DbError> {
    let position =
        i32::try_from(told.position).map_err(|_| DbError::corrupt("verification.position", told.position))?;
    let row = ActiveModel {
        id: Set(id("verification.id", &told.verification)?),
        evidence_id: Set(id("verification.evidence_id", &told.evidence)?),
        project_id: Set(place.project.uuid()),
        repository_id: Set(place.repository.uuid()),
        carrier: Set(told.carrier.clone()),
        position: Set(position),
        tag: Set(told.tag.clone().unwrap_or_default()),
        subject: Set(place.subject.to_string()),
        kind: Set(told.evidence_kind.clone()),
        predicate_type: Set(told.predicate_type.clone()),
        result: Set(told.result.clone()),
        signer: Set(told.signer.clone()),
        reasons: Set(json_of(&told.reasons)?),
        details: Set(json_of(details)?),
        policy: Set(told.policy.clone()),
        trusted_root: Set(told.trusted_root.clone()),
        slsa_level: Set(told.slsa_level.map(i32::from)),
        signed_at_us: Set(told.signed_at_us),
        verifier: Set(told.verifier.clone()),
        valid_from_us: Set(at.micros()),
        valid_to_us: Set(None),
        from_event: Set(event.uuid()),
        to_event: Set(None),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Closes what holds of a piece of evidence; says whether there was any.
pub async fn close(
    db: &impl ConnectionTrait,
    evidence: EvidenceId,
    at: Timestamp,
    event: EventId,
) -> Result<bool, DbError> {
    let outcome = Entity::update_many()
        .col_expr(Column::ValidToUs, Expr::value(at.micros()))
        .col_expr(Column::ToEvent, Expr::value(event.uuid()))
        .filter(Column::EvidenceId.eq(evidence.uuid()))
        .filter(Column::ValidToUs.is_null())
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

fn id(what: &'static str, text: &str) -> Result<Uuid, DbError> {
    text.parse().map_err(|_| DbError::corrupt(what, text))
}

fn json_of(texts: &[String]) -> Result<String, DbError> {
    serde_json::to_string(texts).map_err(|error| DbError::corrupt("verification: texts", error))
}
