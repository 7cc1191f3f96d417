//! Rows that tell how things stand in an environment.

use std::collections::HashMap;

use entity::{admission, environment, promotion, promotion_state, quarantine, release, release_artifact};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::parsed;
use crate::db::{DbError, chunks};
use crate::releases::model::{Held, HeldArtifact, PromotionKind, StandingEnvironment};
use crate::types::{Digest, EnvironmentId, EnvironmentName, ProjectId, Timestamp};

/// The environment of a name.
pub async fn environment(
    db: &impl ConnectionTrait,
    name: &EnvironmentName,
) -> Result<Option<StandingEnvironment>, DbError> {
    let row = environment::Entity::find()
        .filter(environment::Column::Name.eq(name.as_str()))
        .filter(environment::Column::ValidToUs.is_null())
        .one(db)
        .await?;
    Ok(row.map(|row| StandingEnvironment {
        id: row.environment_id.into(),
        name: name.clone(),
        tier: row.tier,
        drain_seconds: row.drain_seconds,
    }))
}

/// The releases of a project that an environment points at or that drain there, oldest first.
pub async fn held(
    db: &impl ConnectionTrait,
    project: ProjectId,
    environment: EnvironmentId,
    now: Timestamp,
) -> Result<Vec<Held>, DbError> {
    let rows = not_over(now)
        .filter(admission::Column::ProjectId.eq(project.uuid()))
        .filter(admission::Column::EnvironmentId.eq(environment.uuid()))
        .order_by_asc(admission::Column::ValidFromUs)
        .order_by_asc(admission::Column::Id)
        .all(db)
        .await?;
    let releases: Vec<Uuid> = rows.iter().map(|row| row.release_id).collect();
    let promotions: Vec<Uuid> = rows.iter().map(|row| row.promotion_id).collect();
    let versions = names(db, &releases).await?;
    let artifacts = artifacts(db, &releases).await?;
    let promoted_as = promoted_as(db, &promotions).await?;
    let states = states(db, &promotions).await?;
    let missing = |what, id: Uuid| move || DbError::corrupt(what, id);
    rows.into_iter()
        .map(|row| {
            let (_, version) =
                versions.get(&row.release_id).ok_or_else(missing("admission.release_id", row.id))?;
            let promoted = missing("admission.promotion_id", row.id);
            let (state, why) = states.get(&row.promotion_id).cloned().ok_or_else(promoted)?;
            let (kind, glass_until) = promoted_as.get(&row.promotion_id).copied().ok_or_else(promoted)?;
            Ok(Held {
                admission: row.id.into(),
                line: row.line,
                release: row.release_id.into(),
                version: version.clone(),
                promotion: row.promotion_id.into(),
                kind,
                state,
                why,
                is_current: row.valid_to_us.is_none(),
                since: Timestamp::from_micros(row.valid_from_us),
                drains_until: row.drains_until_us.map(Timestamp::from_micros),
                glass_until,
                artifacts: artifacts.get(&row.release_id).cloned().unwrap_or_default(),
            })
        })
        .collect()
}

/// What is quarantined in a project, with the reasons.
pub async fn quarantined(
    db: &impl ConnectionTrait,
    project: ProjectId,
) -> Result<Vec<(Digest, String)>, DbError> {
    let rows = quarantine::Entity::find()
        .filter(quarantine::Column::ProjectId.eq(project.uuid()))
        .filter(quarantine::Column::ValidToUs.is_null())
        .order_by_asc(quarantine::Column::Digest)
        .all(db)
        .await?;
    rows.into_iter().map(|row| Ok((parsed(&row.digest, "quarantine.digest")?, row.reason))).collect()
}

/// Admissions that hold, or whose release may still drain.
pub(super) fn not_over(now: Timestamp) -> Select<admission::Entity> {
    admission::Entity::find().filter(
        Condition::any()
            .add(admission::Column::ValidToUs.is_null())
            .add(admission::Column::DrainsUntilUs.is_null())
            .add(admission::Column::DrainsUntilUs.gt(now.micros())),
    )
}

/// Line and version of releases.
pub(super) async fn names(
    db: &impl ConnectionTrait,
    releases: &[Uuid],
) -> Result<HashMap<Uuid, (String, String)>, DbError> {
    let mut names = HashMap::new();
    for some in chunks(releases) {
        let rows =
            release::Entity::find().filter(release::Column::Id.is_in(some.iter().copied())).all(db).await?;
        names.extend(rows.into_iter().map(|row| (row.id, (row.name, row.version))));
    }
    Ok(names)
}

async fn artifacts(
    db: &impl ConnectionTrait,
    releases: &[Uuid],
) -> Result<HashMap<Uuid, Vec<HeldArtifact>>, DbError> {
    let mut artifacts: HashMap<Uuid, Vec<HeldArtifact>> = HashMap::new();
    for some in chunks(releases) {
        let rows = release_artifact::Entity::find()
            .filter(release_artifact::Column::ReleaseId.is_in(some.iter().copied()))
            .order_by_asc(release_artifact::Column::Position)
            .all(db)
            .await?;
        for row in rows {
            let bad = |_| DbError::corrupt("release_artifact.repository", &row.repository);
            let artifact = HeldArtifact {
                repository: row.repository.parse().map_err(bad)?,
                repository_id: row.repository_id.into(),
                digest: parsed(&row.digest, "release_artifact.digest")?,
                role: row.role,
            };
            artifacts.entry(row.release_id).or_default().push(artifact);
        }
    }
    Ok(artifacts)
}

/// The kinds of promotions, and when their admissions end that were made in an emergency.
async fn promoted_as(
    db: &impl ConnectionTrait,
    promotions: &[Uuid],
) -> Result<HashMap<Uuid, (PromotionKind, Option<Timestamp>)>, DbError> {
    let mut found = HashMap::new();
    for some in chunks(promotions) {
        let rows: Vec<(Uuid, String, Option<i64>)> = promotion::Entity::find()
            .select_only()
            .columns([promotion::Column::Id, promotion::Column::Kind, promotion::Column::GlassUntilUs])
            .filter(promotion::Column::Id.is_in(some.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        for (id, kind, until) in rows {
            found.insert(id, (parsed(&kind, "promotion.kind")?, until.map(Timestamp::from_micros)));
        }
    }
    Ok(found)
}

/// The states of promotions that hold.
async fn states(
    db: &impl ConnectionTrait,
    promotions: &[Uuid],
) -> Result<HashMap<Uuid, (String, String)>, DbError> {
    let mut states = HashMap::new();
    for some in chunks(promotions) {
        let rows: Vec<(Uuid, String, String)> = promotion_state::Entity::find()
            .select_only()
            .columns([
                promotion_state::Column::PromotionId,
                promotion_state::Column::State,
                promotion_state::Column::Why,
            ])
            .filter(promotion_state::Column::PromotionId.is_in(some.iter().copied()))
            .filter(promotion_state::Column::ValidToUs.is_null())
            .into_tuple()
            .all(db)
            .await?;
        states.extend(rows.into_iter().map(|(id, state, why)| (id, (state, why))));
    }
    Ok(states)
}
