//! Rows of lifecycles and templates: their revisions, and which of them holds.

use entity::{active_lifecycle, lifecycle};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use super::parsed;
use crate::db::DbError;
use crate::releases::model::{LifecycleOwner, LifecycleRevision};
use crate::types::{EventId, ProjectId, Timestamp};

/// Which revision holds.
pub async fn active_revision(
    db: &impl ConnectionTrait,
    owner: &LifecycleOwner,
) -> Result<Option<i64>, DbError> {
    let row = active_lifecycle::Entity::find()
        .filter(active_lifecycle::Column::ScopeKey.eq(owner.to_string()))
        .filter(active_lifecycle::Column::ValidToUs.is_null())
        .one(db)
        .await?;
    Ok(row.map(|row| row.revision))
}

/// Whether a revision holds or ever did.
pub async fn was_active(
    db: &impl ConnectionTrait,
    owner: &LifecycleOwner,
    revision: i64,
) -> Result<bool, DbError> {
    let query = active_lifecycle::Entity::find()
        .filter(active_lifecycle::Column::ScopeKey.eq(owner.to_string()))
        .filter(active_lifecycle::Column::Revision.eq(revision));
    Ok(query.one(db).await?.is_some())
}

/// The revision that holds.
pub async fn active(
    db: &impl ConnectionTrait,
    owner: &LifecycleOwner,
) -> Result<Option<LifecycleRevision>, DbError> {
    let Some(revision) = active_revision(db, owner).await? else { return Ok(None) };
    let row = of_revision(owner, revision).one(db).await?;
    row.map(|row| of_row(row, Some(revision))).transpose()
}

fn of_revision(owner: &LifecycleOwner, revision: i64) -> Select<lifecycle::Entity> {
    lifecycle::Entity::find()
        .filter(lifecycle::Column::ScopeKey.eq(owner.to_string()))
        .filter(lifecycle::Column::Revision.eq(revision))
}

/// A revision.
pub async fn find(
    db: &impl ConnectionTrait,
    owner: &LifecycleOwner,
    revision: i64,
) -> Result<Option<LifecycleRevision>, DbError> {
    let row = of_revision(owner, revision).one(db).await?;
    let active = active_revision(db, owner).await?;
    row.map(|row| of_row(row, active)).transpose()
}

/// The number of the last revision; 0 when there is none.
pub async fn last_revision(db: &impl ConnectionTrait, owner: &LifecycleOwner) -> Result<i64, DbError> {
    let last: Option<i64> = lifecycle::Entity::find()
        .select_only()
        .column(lifecycle::Column::Revision)
        .filter(lifecycle::Column::ScopeKey.eq(owner.to_string()))
        .order_by_desc(lifecycle::Column::Revision)
        .into_tuple()
        .one(db)
        .await?;
    Ok(last.unwrap_or(0))
}

/// Revisions, newest first, before `before`, at most `limit`.
pub async fn list(
    db: &impl ConnectionTrait,
    owner: &LifecycleOwner,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<LifecycleRevision>, DbError> {
    let mut query = lifecycle::Entity::find()
        .filter(lifecycle::Column::ScopeKey.eq(owner.to_string()))
        .order_by_desc(lifecycle::Column::Revision)
        .limit(limit);
    if let Some(before) = before {
        query = query.filter(lifecycle::Column::Revision.lt(before));
    }
    let active = active_revision(db, owner).await?;
    query.all(db).await?.into_iter().map(|row| of_row(row, active)).collect()
}

/// All lifecycles of projects that hold, of which a template may be a part.
pub async fn all_of_projects(db: &impl ConnectionTrait) -> Result<Vec<LifecycleRevision>, DbError> {
    let active = active_lifecycle::Entity::find()
        .filter(active_lifecycle::Column::ProjectId.is_not_null())
        .filter(active_lifecycle::Column::ValidToUs.is_null())
        .order_by_asc(active_lifecycle::Column::ScopeKey)
        .all(db)
        .await?;
    let mut found = Vec::with_capacity(active.len());
    for row in active {
        found.extend(find(db, &parsed(&row.scope_key, "active_lifecycle.scope_key")?, row.revision).await?);
    }
    Ok(found)
}

/// The names of templates that hold, behind `after`.
pub async fn templates(
    db: &impl ConnectionTrait,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<LifecycleOwner>, DbError> {
    let mut query = active_lifecycle::Entity::find()
        .filter(active_lifecycle::Column::ProjectId.is_null())
        .filter(active_lifecycle::Column::ValidToUs.is_null())
        .order_by_asc(active_lifecycle::Column::ScopeKey)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(active_lifecycle::Column::ScopeKey.gt(after));
    }
    let rows = query.all(db).await?;
    rows.iter().map(|row| parsed(&row.scope_key, "active_lifecycle.scope_key")).collect()
}

/// Keeps a revision, which does not hold yet.
pub async fn insert(
    db: &impl ConnectionTrait,
    revision: &LifecycleRevision,
    event: EventId,
) -> Result<(), DbError> {
    let LifecycleRevision { owner, document, effective, .. } = revision;
    let digest = LifecycleRevision::digest(document, effective);
    let digest = digest.map_err(|error| DbError::corrupt("lifecycle.document", error))?;
    let row = lifecycle::ActiveModel {
        id: Set(Uuid::now_v7()),
        project_id: Set(owner.project().map(ProjectId::uuid)),
        scope_key: Set(owner.to_string()),
        revision: Set(revision.revision),
        digest: Set(digest.to_string()),
        document: Set(document.clone()),
        effective: Set(effective.clone()),
        set_at_us: Set(revision.set_at.micros()),
        from_event: Set(event.uuid()),
    };
    lifecycle::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Lets a revision hold in the place of the one that does.
pub async fn activate(
    db: &impl ConnectionTrait,
    owner: &LifecycleOwner,
    revision: i64,
    at: Timestamp,
    event: EventId,
) -> Result<(), DbError> {
    use active_lifecycle::Column;

    active_lifecycle::Entity::update_many()
        .col_expr(Column::ValidToUs, Expr::value(at.micros()))
        .col_expr(Column::ToEvent, Expr::value(event.uuid()))
        .filter(Column::ScopeKey.eq(owner.to_string()))
        .filter(Column::ValidToUs.is_null())
        .exec(db)
        .await?;
    let row = active_lifecycle::ActiveModel {
        id: Set(Uuid::now_v7()),
        project_id: Set(owner.project().map(ProjectId::uuid)),
        scope_key: Set(owner.to_string()),
        revision: Set(revision),
        valid_from_us: Set(at.micros()),
        valid_to_us: Set(None),
        from_event: Set(event.uuid()),
        to_event: Set(None),
    };
    active_lifecycle::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

fn of_row(row: lifecycle::Model, active: Option<i64>) -> Result<LifecycleRevision, DbError> {
    Ok(LifecycleRevision {
        owner: parsed(&row.scope_key, "lifecycle.scope_key")?,
        revision: row.revision,
        is_active: active == Some(row.revision),
        document: row.document,
        effective: row.effective,
        set_at: Timestamp::from_micros(row.set_at_us),
    })
}
