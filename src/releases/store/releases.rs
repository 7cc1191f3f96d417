//! Rows of releases, of what they consist of, and of the lines that repositories belong to.

use std::collections::HashMap;

use entity::{release, release_artifact, release_line};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{json_of, labels_of, parsed};
use crate::db::{DbError, chunks};
use crate::releases::model::{Release, ReleaseArtifact, ReleaseRef};
use crate::types::{AccountId, Digest, EventId, ProjectId, ReleaseId, ReleaseName, RepositoryId, Timestamp};

/// Which releases to list; every field that is set narrows the list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub name: Option<ReleaseName>,
    pub content: Option<Digest>,
    /// Only those before this one.
    pub before: Option<ReleaseId>,
}

/// A release of a project.
pub async fn find(
    db: &impl ConnectionTrait,
    project: ProjectId,
    release: &ReleaseRef,
) -> Result<Option<Release>, DbError> {
    let of_project = release::Entity::find().filter(release::Column::ProjectId.eq(project.uuid()));
    let query = match release {
        ReleaseRef::Id(id) => of_project.filter(release::Column::Id.eq(id.uuid())),
        ReleaseRef::Version(name, version) => of_project
            .filter(release::Column::Name.eq(name.as_str()))
            .filter(release::Column::Version.eq(version.as_str())),
        ReleaseRef::Content(content) => {
            of_project.filter(release::Column::Content.eq(content.as_str())).order_by_asc(release::Column::Id)
        }
    };
    let rows = query.limit(1).all(db).await?;
    Ok(whole(db, rows).await?.pop())
}

/// Releases by their ids; one that is not there is missing.
pub async fn by_ids(db: &impl ConnectionTrait, ids: &[ReleaseId]) -> Result<Vec<Release>, DbError> {
    let mut rows = Vec::with_capacity(ids.len());
    for some in chunks(ids) {
        let ids = some.iter().map(|id| id.uuid());
        rows.extend(release::Entity::find().filter(release::Column::Id.is_in(ids)).all(db).await?);
    }
    whole(db, rows).await
}

/// Releases of a project, newest first, at most `limit`.
pub async fn list(
    db: &impl ConnectionTrait,
    project: ProjectId,
    filter: &Filter,
    limit: u64,
) -> Result<Vec<Release>, DbError> {
    let mut query = release::Entity::find()
        .filter(release::Column::ProjectId.eq(project.uuid()))
        .order_by_desc(release::Column::Id)
        .limit(limit);
    if let Some(name) = &filter.name {
        query = query.filter(release::Column::Name.eq(name.as_str()));
    }
    if let Some(content) = &filter.content {
        query = query.filter(release::Column::Content.eq(content.as_str()));
    }
    if let Some(before) = filter.before {
        query = query.filter(release::Column::Id.lt(before.uuid()));
    }
    let rows = query.all(db).await?;
    whole(db, rows).await
}

/// The releases of a project that one of these manifests is a member of, oldest first.
pub async fn with_digests(
    db: &impl ConnectionTrait,
    project: ProjectId,
    digests: &[Digest],
) -> Result<Vec<ReleaseId>, DbError> {
    let mut found: Vec<Uuid> = Vec::new();
    for some in chunks(digests) {
        let ids = release_artifact::Entity::find()
            .select_only()
            .column(release_artifact::Column::ReleaseId)
            .filter(release_artifact::Column::ProjectId.eq(project.uuid()))
            .filter(release_artifact::Column::Digest.is_in(some.iter().map(Digest::as_str)));
        found.extend(ids.into_tuple::<Uuid>().all(db).await?);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found.into_iter().map(Into::into).collect())
}

/// Adds a release with its artifacts, unless one has its name and version; says whether it did.
pub async fn insert(db: &impl ConnectionTrait, release: &Release, event: EventId) -> Result<bool, DbError> {
    let row = release::ActiveModel {
        id: Set(release.id.uuid()),
        project_id: Set(release.project.uuid()),
        name: Set(release.name.as_str().to_owned()),
        version: Set(release.version.as_str().to_owned()),
        content: Set(release.content.as_str().to_owned()),
        labels: Set(json_of(&release.labels)?),
        created_by: Set(release.created_by.map(AccountId::uuid)),
        created_at_us: Set(release.created_at.micros()),
        from_event: Set(event.uuid()),
    };
    let conflict =
        OnConflict::columns([release::Column::ProjectId, release::Column::Name, release::Column::Version])
            .do_nothing()
            .to_owned();
    if release::Entity::insert(row).on_conflict(conflict).exec_without_returning(db).await? == 0 {
        return Ok(false);
    }
    let artifact = |(artifact, position): (&ReleaseArtifact, i32)| release_artifact::ActiveModel {
        release_id: Set(release.id.uuid()),
        position: Set(position),
        project_id: Set(release.project.uuid()),
        repository_id: Set(artifact.repository_id.uuid()),
        repository: Set(artifact.repository.to_string()),
        digest: Set(artifact.digest.to_string()),
        role: Set(artifact.role.clone()),
        kind: Set(artifact.kind.as_str().to_owned()),
        pushed_by: Set(artifact.pushed_by.map(AccountId::uuid)),
    };
    let rows: Vec<_> = release.artifacts.iter().zip(0..).map(artifact).collect();
    for some in chunks(&rows) {
        release_artifact::Entity::insert_many(some.to_vec()).exec_without_returning(db).await?;
    }
    Ok(true)
}

/// Puts a repository into a line, unless it is in one; returns the line that it is in.
pub async fn join_line(
    db: &impl ConnectionTrait,
    project: ProjectId,
    repository: RepositoryId,
    line: &ReleaseName,
    event: EventId,
) -> Result<ReleaseName, DbError> {
    let row = release_line::ActiveModel {
        repository_id: Set(repository.uuid()),
        project_id: Set(project.uuid()),
        name: Set(line.as_str().to_owned()),
        from_event: Set(event.uuid()),
    };
    let conflict = OnConflict::column(release_line::Column::RepositoryId).do_nothing().to_owned();
    release_line::Entity::insert(row).on_conflict(conflict).exec_without_returning(db).await?;
    let held = release_line::Entity::find_by_id(repository.uuid()).one(db).await?;
    let held = held.ok_or_else(|| DbError::corrupt("release_line: put, but not there", repository))?;
    parsed(&held.name, "release_line.name")
}

/// Releases with what they consist of, in the order of their rows.
async fn whole(db: &impl ConnectionTrait, rows: Vec<release::Model>) -> Result<Vec<Release>, DbError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut artifacts: HashMap<Uuid, Vec<ReleaseArtifact>> = HashMap::new();
    for some in chunks(&ids) {
        let found = release_artifact::Entity::find()
            .filter(release_artifact::Column::ReleaseId.is_in(some.iter().copied()))
            .order_by_asc(release_artifact::Column::Position)
            .all(db)
            .await?;
        for row in found {
            artifacts.entry(row.release_id).or_default().push(artifact_of(row)?);
        }
    }
    rows.into_iter().map(|row| of_row(artifacts.remove(&row.id).unwrap_or_default(), row)).collect()
}

fn of_row(artifacts: Vec<ReleaseArtifact>, row: release::Model) -> Result<Release, DbError> {
    Ok(Release {
        id: row.id.into(),
        project: row.project_id.into(),
        name: parsed(&row.name, "release.name")?,
        version: parsed(&row.version, "release.version")?,
        content: parsed(&row.content, "release.content")?,
        artifacts,
        labels: labels_of(&row.labels, "release.labels")?,
        created_by: row.created_by.map(Into::into),
        created_at: Timestamp::from_micros(row.created_at_us),
    })
}

fn artifact_of(row: release_artifact::Model) -> Result<ReleaseArtifact, DbError> {
    Ok(ReleaseArtifact {
        repository: parsed(&row.repository, "release_artifact.repository")?,
        repository_id: row.repository_id.into(),
        digest: parsed(&row.digest, "release_artifact.digest")?,
        role: row.role,
        kind: parsed(&row.kind, "release_artifact.kind")?,
        pushed_by: row.pushed_by.map(Into::into),
    })
}
