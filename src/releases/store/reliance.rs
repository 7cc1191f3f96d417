//! Which releases consist of a manifest, and which an environment once held.

use std::collections::HashMap;

use entity::{admission, environment, promotion, promotion_state, release, release_artifact};
use sea_orm::sea_query::ExprTrait as _;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use super::promotions::is_pending;
use super::standing::{names, not_over};
use crate::db::{DbError, chunks};
use crate::releases::model::Reliance;
use crate::types::{Digest, EnvironmentId, ProjectId, ReleaseId, RepoName, RepositoryId, Tag, Timestamp};

/// What a release is looked for by that was in an environment.
#[derive(Debug, Clone, Copy)]
pub enum Named<'a> {
    /// One of its artifacts, by SHA-256.
    Digest(&'a Digest),
    /// Its version.
    Version(&'a Tag),
}

/// The line and the version of the release that an environment held last among those of a name with an artifact in a
/// repository, and when that was over.
pub async fn last_ended(
    db: &impl ConnectionTrait,
    project: ProjectId,
    environment: EnvironmentId,
    repository: &RepoName,
    named: Named<'_>,
) -> Result<Option<(String, String, Timestamp)>, DbError> {
    let mut members = release_artifact::Entity::find()
        .select_only()
        .column(release_artifact::Column::ReleaseId)
        .filter(release_artifact::Column::ProjectId.eq(project.uuid()))
        .filter(release_artifact::Column::Repository.eq(repository.as_str()));
    let mut releases = release::Entity::find()
        .select_only()
        .column(release::Column::Id)
        .filter(release::Column::ProjectId.eq(project.uuid()));
    match named {
        Named::Digest(digest) => {
            members = members.filter(release_artifact::Column::Digest.eq(digest.as_str()))
        }
        Named::Version(tag) => releases = releases.filter(release::Column::Version.eq(tag.as_str())),
    }
    let row = admission::Entity::find()
        .filter(admission::Column::ProjectId.eq(project.uuid()))
        .filter(admission::Column::EnvironmentId.eq(environment.uuid()))
        .filter(admission::Column::ValidToUs.is_not_null())
        .filter(admission::Column::ReleaseId.in_subquery(members.into_query()))
        .filter(admission::Column::ReleaseId.in_subquery(releases.into_query()))
        .order_by_desc(admission::Column::ValidToUs)
        .limit(1)
        .one(db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let names = names(db, &[row.release_id]).await?;
    let over = row.drains_until_us.or(row.valid_to_us).map(Timestamp::from_micros);
    Ok(names.into_values().next().zip(over).map(|((line, version), over)| (line, version, over)))
}

/// Where it is asked what relies on a manifest, and when.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub project: ProjectId,
    pub repository: RepositoryId,
    pub now: Timestamp,
}

/// The releases that consist of a manifest, by its SHA-256, newest first.
pub async fn consisting_of(
    db: &impl ConnectionTrait,
    place: Place,
    sha256: &Digest,
) -> Result<Vec<ReleaseId>, DbError> {
    let ids: Vec<Uuid> = with_any(place, std::slice::from_ref(sha256)).into_tuple().all(db).await?;
    Ok(ids.into_iter().map(ReleaseId::from).collect())
}

/// The releases with any of some manifests that are admitted, drain or are on their way, newest first.
pub async fn held_with(
    db: &impl ConnectionTrait,
    place: Place,
    sha256: &[Digest],
) -> Result<Vec<ReleaseId>, DbError> {
    use release_artifact::Column::ReleaseId as Of;

    let held = not_over(place.now)
        .filter(admission::Column::ProjectId.eq(place.project.uuid()))
        .select_only()
        .column(admission::Column::ReleaseId);
    let asked = promotion::Entity::find()
        .select_only()
        .column(promotion::Column::ReleaseId)
        .filter(promotion::Column::Id.in_subquery(pending(place.project).into_query()));
    let is_held = Of.in_subquery(held.into_query()).or(Of.in_subquery(asked.into_query()));
    let mut found: Vec<Uuid> = Vec::new();
    for some in chunks(sha256) {
        found.extend(with_any(place, some).filter(is_held.clone()).into_tuple::<Uuid>().all(db).await?);
    }
    found.sort_unstable_by(|one, other| other.cmp(one));
    found.dedup();
    Ok(found.into_iter().map(ReleaseId::from).collect())
}

/// The ids of releases with any of some manifests, newest first.
fn with_any(place: Place, sha256: &[Digest]) -> Select<release_artifact::Entity> {
    release_artifact::Entity::find()
        .select_only()
        .column(release_artifact::Column::ReleaseId)
        .distinct()
        .filter(release_artifact::Column::ProjectId.eq(place.project.uuid()))
        .filter(release_artifact::Column::Digest.is_in(sha256.iter().map(Digest::as_str)))
        .filter(release_artifact::Column::RepositoryId.eq(place.repository.uuid()))
        .order_by_desc(release_artifact::Column::ReleaseId)
}

/// Where releases are, in their order.
pub async fn places(
    db: &impl ConnectionTrait,
    place: Place,
    releases: &[ReleaseId],
) -> Result<Vec<Reliance>, DbError> {
    let ids: Vec<Uuid> = releases.iter().map(|release| release.uuid()).collect();
    let names = names(db, &ids).await?;
    let held =
        not_over(place.now).filter(admission::Column::ReleaseId.is_in(ids.iter().copied())).all(db).await?;
    let asked = promotion::Entity::find()
        .filter(promotion::Column::ReleaseId.is_in(ids.iter().copied()))
        .filter(promotion::Column::Id.in_subquery(pending(place.project).into_query()))
        .all(db)
        .await?;
    let environments =
        held.iter().map(|row| row.environment_id).chain(asked.iter().map(|row| row.environment_id));
    let environments = environment_names(db, &environments.collect::<Vec<_>>()).await?;
    let of = |ids: Vec<Uuid>| {
        let mut names: Vec<String> = ids.iter().filter_map(|id| environments.get(id).cloned()).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let reliance = |id: &Uuid| {
        let (line, version) = names.get(id)?.clone();
        let of_release = |is_current: bool| {
            let rows =
                held.iter().filter(|row| row.release_id == *id && row.valid_to_us.is_none() == is_current);
            of(rows.map(|row| row.environment_id).collect())
        };
        let pending = asked.iter().filter(|row| row.release_id == *id).map(|row| row.environment_id);
        let (admitted, draining) = (of_release(true), of_release(false));
        Some(Reliance { line, version, admitted, draining, pending: of(pending.collect()) })
    };
    Ok(ids.iter().filter_map(reliance).collect())
}

/// The ids of promotions that may still admit.
fn pending(project: ProjectId) -> Select<promotion_state::Entity> {
    promotion_state::Entity::find()
        .select_only()
        .column(promotion_state::Column::PromotionId)
        .filter(promotion_state::Column::ProjectId.eq(project.uuid()))
        .filter(is_pending())
        .filter(promotion_state::Column::ValidToUs.is_null())
}

/// The names of environments.
async fn environment_names(
    db: &impl ConnectionTrait,
    environments: &[Uuid],
) -> Result<HashMap<Uuid, String>, DbError> {
    let mut names = HashMap::new();
    for some in chunks(environments) {
        let rows: Vec<(Uuid, String)> = environment::Entity::find()
            .select_only()
            .columns([environment::Column::EnvironmentId, environment::Column::Name])
            .filter(environment::Column::EnvironmentId.is_in(some.iter().copied()))
            .filter(environment::Column::ValidToUs.is_null())
            .into_tuple()
            .all(db)
            .await?;
        names.extend(rows);
    }
    Ok(names)
}
