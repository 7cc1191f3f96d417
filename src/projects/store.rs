//! Rows of projects and of the revisions of their settings.

use entity::{gate_epoch, project, project_settings};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationDef, SelectTwo,
};
use uuid::Uuid;

use super::model::{Project, Settings, Visibility};
use crate::access::ReadableProjects;
use crate::db::DbError;
use crate::types::{EventId, ProjectId, ProjectName, TagPattern, Timestamp};

/// Projects, each with the revision that holds.
fn current() -> SelectTwo<project::Entity, project_settings::Entity> {
    let settings: RelationDef = project::Entity::belongs_to(project_settings::Entity)
        .from(project::Column::Id)
        .to(project_settings::Column::ProjectId)
        .into();
    project::Entity::find()
        .join(JoinType::InnerJoin, settings)
        .filter(project_settings::Column::ValidToUs.is_null())
        .select_also(project_settings::Entity)
}

/// The project of a name.
pub async fn find(db: &impl ConnectionTrait, name: &ProjectName) -> Result<Option<Project>, DbError> {
    let row = current().filter(project::Column::Name.eq(name.as_str())).one(db).await?;
    row.map(of_row).transpose()
}

/// The project of an id.
pub async fn find_by_id(db: &impl ConnectionTrait, id: ProjectId) -> Result<Option<Project>, DbError> {
    current().filter(project::Column::Id.eq(id.uuid())).one(db).await?.map(of_row).transpose()
}

/// Projects that somebody may see, by name behind `after`, at most `limit`.
pub async fn list(
    db: &impl ConnectionTrait,
    readable: &ReadableProjects,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<Project>, DbError> {
    let mut query = current().order_by_asc(project::Column::Name).limit(limit);
    if let ReadableProjects::Only(ids) = readable {
        query = query.filter(
            Condition::any()
                .add(project_settings::Column::Visibility.eq(Visibility::Public.as_str()))
                .add(project::Column::Id.is_in(ids.iter().map(|id| id.uuid()))),
        );
    }
    if let Some(after) = after {
        query = query.filter(project::Column::Name.gt(after));
    }
    query.all(db).await?.into_iter().map(of_row).collect()
}

/// Names of projects, by id.
pub async fn names(
    db: &impl ConnectionTrait,
    ids: &[ProjectId],
) -> Result<Vec<(ProjectId, ProjectName)>, DbError> {
    let rows = project::Entity::find()
        .filter(project::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(db)
        .await?;
    rows.into_iter().map(|row| Ok((row.id.into(), name_of(&row.name)?))).collect()
}

/// Adds a project, unless one has its name; says whether it did.
pub async fn insert(
    db: &impl ConnectionTrait,
    id: ProjectId,
    name: &ProjectName,
    at: Timestamp,
    event: EventId,
) -> Result<bool, DbError> {
    let row = project::ActiveModel {
        id: Set(id.uuid()),
        name: Set(name.as_str().to_owned()),
        created_at_us: Set(at.micros()),
        from_event: Set(event.uuid()),
    };
    let inserted = project::Entity::insert(row)
        .on_conflict(OnConflict::column(project::Column::Name).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(inserted == 1)
}

/// Opens a revision of a project's settings.
pub async fn open_revision(
    db: &impl ConnectionTrait,
    project: ProjectId,
    revision: i64,
    settings: &Settings,
    at: Timestamp,
    event: EventId,
) -> Result<(), DbError> {
    let row = project_settings::ActiveModel {
        id: Set(Uuid::now_v7()),
        project_id: Set(project.uuid()),
        revision: Set(revision),
        visibility: Set(settings.visibility.as_str().to_owned()),
        tags: Set(settings.tags.as_str().to_owned()),
        sparse: Set(settings.sparse.as_str().to_owned()),
        mutable_patterns: Set(json_of(&settings.mutable_patterns)?),
        required_patterns: Set(json_of(&settings.required_patterns)?),
        valid_from_us: Set(at.micros()),
        valid_to_us: Set(None),
        from_event: Set(event.uuid()),
        to_event: Set(None),
    };
    project_settings::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Closes a revision that still holds; says whether it did.
pub async fn close_revision(
    db: &impl ConnectionTrait,
    project: ProjectId,
    revision: i64,
    at: Timestamp,
    event: EventId,
) -> Result<bool, DbError> {
    let outcome = project_settings::Entity::update_many()
        .col_expr(project_settings::Column::ValidToUs, Expr::value(at.micros()))
        .col_expr(project_settings::Column::ToEvent, Expr::value(event.uuid()))
        .filter(project_settings::Column::ProjectId.eq(project.uuid()))
        .filter(project_settings::Column::Revision.eq(revision))
        .filter(project_settings::Column::ValidToUs.is_null())
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// Counts a counter up; one that is not there counts as 0.
pub async fn count_up(db: &impl ConnectionTrait, key: &str) -> Result<(), DbError> {
    let row = gate_epoch::ActiveModel { key: Set(key.to_owned()), value: Set(1) };
    let next = Expr::col((gate_epoch::Entity, gate_epoch::Column::Value)).add(1);
    let conflict =
        OnConflict::column(gate_epoch::Column::Key).value(gate_epoch::Column::Value, next).to_owned();
    gate_epoch::Entity::insert(row).on_conflict(conflict).exec_without_returning(db).await?;
    Ok(())
}

/// The counters of these keys; one that is not there is missing.
pub async fn counters(db: &impl ConnectionTrait, keys: &[String]) -> Result<Vec<(String, i64)>, DbError> {
    let rows = gate_epoch::Entity::find().filter(gate_epoch::Column::Key.is_in(keys)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.key, row.value)).collect())
}

fn of_row(row: (project::Model, Option<project_settings::Model>)) -> Result<Project, DbError> {
    let (project, settings) = row;
    let settings = settings.ok_or_else(|| DbError::corrupt("project: no settings hold", project.id))?;
    let bad = |what, value: &str| DbError::corrupt(what, value);
    Ok(Project {
        id: project.id.into(),
        name: name_of(&project.name)?,
        revision: settings.revision,
        created_at: Timestamp::from_micros(project.created_at_us),
        settings: Settings {
            visibility: (settings.visibility.parse())
                .map_err(|_| bad("project_settings.visibility", &settings.visibility))?,
            tags: settings.tags.parse().map_err(|_| bad("project_settings.tags", &settings.tags))?,
            sparse: settings.sparse.parse().map_err(|_| bad("project_settings.sparse", &settings.sparse))?,
            mutable_patterns: patterns_of(&settings.mutable_patterns)?,
            required_patterns: patterns_of(&settings.required_patterns)?,
        },
    })
}

fn name_of(text: &str) -> Result<ProjectName, DbError> {
    text.parse().map_err(|_| DbError::corrupt("project.name", text))
}

fn patterns_of(json: &str) -> Result<Vec<TagPattern>, DbError> {
    let texts: Vec<String> =
        serde_json::from_str(json).map_err(|_| DbError::corrupt("project_settings: patterns", json))?;
    Ok(texts.into_iter().map(TagPattern::stored).collect())
}

fn json_of(patterns: &[TagPattern]) -> Result<String, DbError> {
    serde_json::to_string(patterns).map_err(|error| DbError::corrupt("project_settings: patterns", error))
}
