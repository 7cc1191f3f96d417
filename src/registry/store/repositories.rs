//! Rows of repositories.

use entity::repository::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::db::DbError;
use crate::registry::model::Repository;
use crate::types::{EventId, ProjectId, RepoName, RepositoryId, Timestamp};

/// A repository by its name.
pub async fn find(db: &impl ConnectionTrait, name: &RepoName) -> Result<Option<Repository>, DbError> {
    Entity::find().filter(Column::Name.eq(name.as_str())).one(db).await?.map(repository).transpose()
}

/// A repository by its id.
pub async fn get(db: &impl ConnectionTrait, id: RepositoryId) -> Result<Option<Repository>, DbError> {
    Entity::find_by_id(id.uuid()).one(db).await?.map(repository).transpose()
}

/// Makes a repository.
pub async fn insert(
    db: &impl ConnectionTrait,
    repository: &Repository,
    now: Timestamp,
    event: EventId,
) -> Result<(), DbError> {
    let row = ActiveModel {
        id: Set(repository.id.uuid()),
        project_id: Set(repository.project.uuid()),
        name: Set(repository.name.to_string()),
        created_at_us: Set(now.micros()),
        from_event: Set(event.uuid()),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Repositories by name, behind `after`, of these projects or of all.
pub async fn list(
    db: &impl ConnectionTrait,
    projects: Option<&[ProjectId]>,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<Repository>, DbError> {
    let mut query = Entity::find().order_by_asc(Column::Name).limit(limit);
    if let Some(projects) = projects {
        query = query.filter(Column::ProjectId.is_in(projects.iter().map(|project| project.uuid())));
    }
    if let Some(after) = after {
        query = query.filter(Column::Name.gt(after));
    }
    query.all(db).await?.into_iter().map(repository).collect()
}

fn repository(row: Model) -> Result<Repository, DbError> {
    Ok(Repository {
        id: RepositoryId::from(row.id),
        project: ProjectId::from(row.project_id),
        name: row.name.parse().map_err(|_| DbError::corrupt("repository.name", &row.name))?,
        created_at: Timestamp::from_micros(row.created_at_us),
    })
}
