//! Rows of evidence. They are derived from manifests, so they bear being made again.

use entity::{evidence, manifest, tag};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{digest, tag as stored_tag};
use crate::db::{DbError, chunks};
use crate::registry::Inspect;
use crate::trust::model::{EvidenceKind, Format};
use crate::types::{Digest, EvidenceId, ManifestId, ProjectId, RepositoryId, Tag, Timestamp};

/// A piece of evidence, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Made of where it stands and whom it speaks of.
    pub id: EvidenceId,
    /// In which project.
    pub project: ProjectId,
    /// In which repository.
    pub repository: RepositoryId,
    /// The row of the manifest that carries it.
    pub manifest: ManifestId,
    /// That manifest's digest.
    pub carrier: Digest,
    /// Which of its layers.
    pub position: u32,
    /// The legacy tag through which it speaks.
    pub tag: Option<Tag>,
    /// Of whom it speaks.
    pub subject: Digest,
    /// Whether all that it needs was there when it was last looked at.
    pub subject_held: bool,
    /// What it is.
    pub kind: EvidenceKind,
    /// How it is written down.
    pub format: Format,
    /// What an attestation says.
    pub predicate_type: Option<String>,
    /// The layer's digest.
    pub content: Digest,
    /// The layer's bytes.
    pub size: u64,
    /// When the manifest that carries it came.
    pub seen_at: Timestamp,
}

/// Adds what is not there yet, and brings the rest up to date: a manifest that was let go and pushed again is another row,
/// and what could not be read may be readable by now.
pub async fn insert(db: &impl ConnectionTrait, pieces: &[Piece]) -> Result<(), DbError> {
    let rows: Vec<_> = pieces.iter().map(row).collect();
    for some in chunks(&rows) {
        let there = OnConflict::column(evidence::Column::Id)
            .update_columns([
                evidence::Column::ManifestId,
                evidence::Column::SubjectHeld,
                evidence::Column::Kind,
                evidence::Column::Format,
                evidence::Column::PredicateType,
            ])
            .to_owned();
        evidence::Entity::insert_many(some.to_vec()).on_conflict(there).exec_without_returning(db).await?;
    }
    Ok(())
}

fn row(piece: &Piece) -> evidence::ActiveModel {
    evidence::ActiveModel {
        id: Set(piece.id.uuid()),
        project_id: Set(piece.project.uuid()),
        repository_id: Set(piece.repository.uuid()),
        manifest_id: Set(piece.manifest.uuid()),
        carrier: Set(piece.carrier.to_string()),
        position: Set(i32::try_from(piece.position).unwrap_or(i32::MAX)),
        tag: Set(piece.tag.as_ref().map(ToString::to_string).unwrap_or_default()),
        subject: Set(piece.subject.to_string()),
        subject_held: Set(piece.subject_held),
        kind: Set(piece.kind.as_str().to_owned()),
        format: Set(piece.format.as_str().to_owned()),
        predicate_type: Set(piece.predicate_type.clone()),
        content: Set(piece.content.to_string()),
        size: Set(i64::try_from(piece.size).unwrap_or(i64::MAX)),
        seen_at_us: Set(piece.seen_at.micros()),
    }
}

/// Evidence that the repository still holds, and that its tag still leads to.
pub fn present() -> Condition {
    let of = |column| (evidence::Entity, column);
    let held = Query::select()
        .expr(Expr::val(1))
        .from(manifest::Entity)
        .and_where(
            Expr::col((manifest::Entity, manifest::Column::Id)).equals(of(evidence::Column::ManifestId)),
        )
        .and_where(Expr::col((manifest::Entity, manifest::Column::ValidToUs)).is_null())
        .to_owned();
    let tagged = Query::select()
        .expr(Expr::val(1))
        .from(tag::Entity)
        .and_where(
            Expr::col((tag::Entity, tag::Column::RepositoryId)).equals(of(evidence::Column::RepositoryId)),
        )
        .and_where(Expr::col((tag::Entity, tag::Column::Name)).equals(of(evidence::Column::Tag)))
        .and_where(Expr::col((tag::Entity, tag::Column::ManifestId)).equals(of(evidence::Column::ManifestId)))
        .and_where(Expr::col((tag::Entity, tag::Column::ValidToUs)).is_null())
        .to_owned();
    let speaks = Condition::any().add(evidence::Column::Tag.eq("")).add(Expr::exists(tagged));
    Condition::all().add(Expr::exists(held)).add(speaks)
}

/// What speaks of an artifact, by any of its names, behind `after`.
pub async fn of_subject(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    names: &[Digest],
    after: Option<EvidenceId>,
    limit: u64,
) -> Result<Vec<Piece>, DbError> {
    let mut query = evidence::Entity::find()
        .filter(evidence::Column::RepositoryId.eq(repository.uuid()))
        .filter(evidence::Column::Subject.is_in(names.iter().map(Digest::as_str)))
        .filter(present())
        .order_by_asc(evidence::Column::Id)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(evidence::Column::Id.gt(after.uuid()));
    }
    query.all(db).await?.into_iter().map(of_row).collect()
}

/// Pieces by their ids, of those that are still there.
pub async fn by_ids(db: &impl ConnectionTrait, ids: &[EvidenceId]) -> Result<Vec<Piece>, DbError> {
    let mut pieces = Vec::new();
    for some in chunks(ids) {
        let query = evidence::Entity::find()
            .filter(evidence::Column::Id.is_in(some.iter().map(|id| id.uuid())))
            .filter(present());
        for row in query.all(db).await? {
            pieces.push(of_row(row)?);
        }
    }
    Ok(pieces)
}

/// Whether all of these pieces are there already, as they are.
pub async fn are_there(db: &impl ConnectionTrait, pieces: &[Piece]) -> Result<bool, DbError> {
    let ids: Vec<EvidenceId> = pieces.iter().map(|piece| piece.id).collect();
    let there = by_ids(db, &ids).await?;
    Ok(pieces.iter().all(|piece| there.contains(piece)))
}

/// What was found in one manifest.
pub async fn of_manifest(db: &impl ConnectionTrait, manifest: ManifestId) -> Result<Vec<Piece>, DbError> {
    let query = evidence::Entity::find()
        .filter(evidence::Column::ManifestId.eq(manifest.uuid()))
        .filter(present())
        .order_by_asc(evidence::Column::Position);
    query.all(db).await?.into_iter().map(of_row).collect()
}

/// Of whom a manifest spoke that is gone, or by a tag that points elsewhere now, and where.
pub async fn silenced(
    db: &impl ConnectionTrait,
    inspect: &Inspect,
) -> Result<Vec<(RepositoryId, Digest)>, DbError> {
    let rows: Vec<(uuid::Uuid, String)> = evidence::Entity::find()
        .select_only()
        .columns([evidence::Column::RepositoryId, evidence::Column::Subject])
        .distinct()
        .filter(evidence::Column::ManifestId.eq(inspect.manifest.uuid()))
        .filter(evidence::Column::Tag.eq(inspect.tag.as_ref().map_or("", Tag::as_str)))
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter().map(|(id, subject)| Ok((id.into(), digest(&subject, "evidence.subject")?))).collect()
}

/// The evidence in a project, behind `after`.
pub async fn of_project(
    db: &impl ConnectionTrait,
    project: ProjectId,
    after: Option<EvidenceId>,
    limit: u64,
) -> Result<Vec<Piece>, DbError> {
    let mut query = evidence::Entity::find()
        .filter(evidence::Column::ProjectId.eq(project.uuid()))
        .order_by_asc(evidence::Column::Id)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(evidence::Column::Id.gt(after.uuid()));
    }
    query.all(db).await?.into_iter().map(of_row).collect()
}

/// The next project behind `after` that has evidence.
pub async fn next_project(
    db: &impl ConnectionTrait,
    after: Option<ProjectId>,
) -> Result<Option<ProjectId>, DbError> {
    let mut query = evidence::Entity::find()
        .select_only()
        .column(evidence::Column::ProjectId)
        .order_by_asc(evidence::Column::ProjectId)
        .limit(1);
    if let Some(after) = after {
        query = query.filter(evidence::Column::ProjectId.gt(after.uuid()));
    }
    let found: Option<uuid::Uuid> = query.into_tuple().one(db).await?;
    Ok(found.map(ProjectId::from))
}

/// Evidence that lacked its subject when it was last looked at and whose subject is there now.
pub async fn with_new_subject(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<Piece>, DbError> {
    let of = |column| (evidence::Entity, column);
    let held = |column| {
        Query::select()
            .expr(Expr::val(1))
            .from(manifest::Entity)
            .and_where(
                Expr::col((manifest::Entity, manifest::Column::RepositoryId))
                    .equals(of(evidence::Column::RepositoryId)),
            )
            .and_where(Expr::col((manifest::Entity, column)).equals(of(evidence::Column::Subject)))
            .and_where(Expr::col((manifest::Entity, manifest::Column::ValidToUs)).is_null())
            .to_owned()
    };
    let there = Condition::any()
        .add(Expr::exists(held(manifest::Column::Sha256)))
        .add(Expr::exists(held(manifest::Column::Sha512)));
    let query = evidence::Entity::find()
        .filter(evidence::Column::SubjectHeld.into_expr().eq(Expr::Constant(false.into())))
        .filter(there)
        .limit(limit);
    query.all(db).await?.into_iter().map(of_row).collect()
}

/// Notes that all that evidence needs is there.
pub async fn mark_held(db: &impl ConnectionTrait, ids: &[EvidenceId]) -> Result<(), DbError> {
    for some in chunks(ids) {
        evidence::Entity::update_many()
            .col_expr(evidence::Column::SubjectHeld, Expr::value(true))
            .filter(evidence::Column::Id.is_in(some.iter().map(|id| id.uuid())))
            .exec(db)
            .await?;
    }
    Ok(())
}

fn of_row(row: evidence::Model) -> Result<Piece, DbError> {
    let kind = EvidenceKind::ALL.into_iter().find(|kind| kind.as_str() == row.kind);
    let format = Format::ALL.into_iter().find(|format| format.as_str() == row.format);
    let bad = |what, value: i64| DbError::corrupt(what, value);
    Ok(Piece {
        id: row.id.into(),
        project: row.project_id.into(),
        repository: row.repository_id.into(),
        manifest: row.manifest_id.into(),
        carrier: digest(&row.carrier, "evidence.carrier")?,
        position: u32::try_from(row.position).map_err(|_| bad("evidence.position", row.position.into()))?,
        tag: stored_tag(&row.tag, "evidence.tag")?,
        subject: digest(&row.subject, "evidence.subject")?,
        subject_held: row.subject_held,
        kind: kind.ok_or_else(|| DbError::corrupt("evidence.kind", &row.kind))?,
        format: format.ok_or_else(|| DbError::corrupt("evidence.format", &row.format))?,
        predicate_type: row.predicate_type,
        content: digest(&row.content, "evidence.content")?,
        size: u64::try_from(row.size).map_err(|_| bad("evidence.size", row.size))?,
        seen_at: Timestamp::from_micros(row.seen_at_us),
    })
}
