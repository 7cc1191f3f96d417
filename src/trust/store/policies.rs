//! Rows of the revisions of trust policies. Revisions of an owner are counted on when the policy was removed in between.

use entity::trust_policy::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DerivePartialModel, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};
use uuid::Uuid;

use crate::db::DbError;
use crate::trust::model::PolicyRevision;
use crate::types::{Digest, EventId, ProjectId, Timestamp};

/// All of a row but its document, which may be long.
#[derive(DerivePartialModel)]
#[sea_orm(entity = "Entity")]
struct Head {
    revision: i64,
    digest: String,
    valid_from_us: i64,
    valid_to_us: Option<i64>,
    from_event: Uuid,
}

/// Revisions of a project's policy, or of the organisation's.
fn of_owner(project: Option<ProjectId>) -> Select<Entity> {
    Entity::find().filter(Column::ScopeKey.eq(scope_key(project)))
}

/// The revision that holds.
pub async fn current(
    db: &impl ConnectionTrait,
    project: Option<ProjectId>,
) -> Result<Option<PolicyRevision>, DbError> {
    let query = of_owner(project).filter(Column::ValidToUs.is_null());
    query.into_partial_model::<Head>().one(db).await?.map(of_head).transpose()
}

/// The revision that holds in a project, and whether it is the project's own: if there is none, the organisation's.
pub async fn that_holds(
    db: &impl ConnectionTrait,
    project: ProjectId,
) -> Result<Option<(PolicyRevision, bool)>, DbError> {
    if let Some(own) = current(db, Some(project)).await? {
        return Ok(Some((own, true)));
    }
    Ok(current(db, None).await?.map(|revision| (revision, false)))
}

/// The revision that holds, with its document.
pub async fn current_with_document(
    db: &impl ConnectionTrait,
    project: Option<ProjectId>,
) -> Result<Option<(PolicyRevision, String)>, DbError> {
    of_owner(project).filter(Column::ValidToUs.is_null()).one(db).await?.map(of_row).transpose()
}

/// The highest revision that there ever was; 0 when there was none.
pub async fn last_revision(db: &impl ConnectionTrait, project: Option<ProjectId>) -> Result<i64, DbError> {
    let newest =
        of_owner(project).order_by_desc(Column::Revision).into_partial_model::<Head>().one(db).await?;
    Ok(newest.map_or(0, |head| head.revision))
}

/// A revision with its document.
pub async fn revision(
    db: &impl ConnectionTrait,
    project: Option<ProjectId>,
    revision: i64,
) -> Result<Option<(PolicyRevision, String)>, DbError> {
    let row = of_owner(project).filter(Column::Revision.eq(revision)).one(db).await?;
    row.map(of_row).transpose()
}

/// Revisions, newest first, before `before`, at most `limit`.
pub async fn list(
    db: &impl ConnectionTrait,
    project: Option<ProjectId>,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<PolicyRevision>, DbError> {
    let mut query = of_owner(project).order_by_desc(Column::Revision).limit(limit);
    if let Some(before) = before {
        query = query.filter(Column::Revision.lt(before));
    }
    query.into_partial_model::<Head>().all(db).await?.into_iter().map(of_head).collect()
}

/// Opens a revision.
pub async fn open(
    db: &impl ConnectionTrait,
    project: Option<ProjectId>,
    opened: &PolicyRevision,
    document: &str,
) -> Result<(), DbError> {
    let row = ActiveModel {
        id: Set(Uuid::now_v7()),
        project_id: Set(project.map(ProjectId::uuid)),
        scope_key: Set(scope_key(project)),
        revision: Set(opened.revision),
        digest: Set(opened.digest.to_string()),
        document: Set(document.to_owned()),
        valid_from_us: Set(opened.since.micros()),
        valid_to_us: Set(None),
        from_event: Set(opened.event.uuid()),
        to_event: Set(None),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Closes a revision that still holds; says whether it did.
pub async fn close(
    db: &impl ConnectionTrait,
    project: Option<ProjectId>,
    revision: i64,
    at: Timestamp,
    event: EventId,
) -> Result<bool, DbError> {
    let outcome = Entity::update_many()
        .col_expr(Column::ValidToUs, Expr::value(at.micros()))
        .col_expr(Column::ToEvent, Expr::value(event.uuid()))
        .filter(Column::ScopeKey.eq(scope_key(project)))
        .filter(Column::Revision.eq(revision))
        .filter(Column::ValidToUs.is_null())
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// By what the rows of an owner are unique.
fn scope_key(project: Option<ProjectId>) -> String {
    project.map_or_else(|| "organisation".to_owned(), |project| project.to_string())
}

fn of_row(row: Model) -> Result<(PolicyRevision, String), DbError> {
    let Model { revision, digest, document, valid_from_us, valid_to_us, from_event, .. } = row;
    Ok((of_head(Head { revision, digest, valid_from_us, valid_to_us, from_event })?, document))
}

fn of_head(head: Head) -> Result<PolicyRevision, DbError> {
    let digest: Result<Digest, _> = head.digest.parse();
    Ok(PolicyRevision {
        revision: head.revision,
        digest: digest.map_err(|_| DbError::corrupt("trust_policy.digest", &head.digest))?,
        since: Timestamp::from_micros(head.valid_from_us),
        until: head.valid_to_us.map(Timestamp::from_micros),
        event: head.from_event.into(),
    })
}
