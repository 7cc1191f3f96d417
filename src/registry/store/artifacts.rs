//! Rows of manifests as the API lists them: without bytes and annotations, which may be long.

use std::collections::{BTreeMap, HashMap};

use entity::{manifest, tag};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DerivePartialModel, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::digest;
use super::manifests::{held_by, named};
use crate::db::{DbError, chunks};
use crate::registry::model::Artifact;
use crate::types::{Digest, ManifestId, RepositoryId, Tag, Timestamp};

#[derive(Debug, DerivePartialModel)]
#[sea_orm(entity = "manifest::Entity")]
struct Row {
    id: uuid::Uuid,
    sha256: String,
    sha512: String,
    media_type: String,
    artifact_type: Option<String>,
    subject: Option<String>,
    size: i64,
    pushed_by: Option<uuid::Uuid>,
    valid_from_us: i64,
}

/// One artifact, by either of its digests.
pub async fn find(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    digest: &Digest,
) -> Result<Option<Artifact>, DbError> {
    let rows = named(repository, digest).into_partial_model().all(db).await?;
    Ok(with_tags(db, rows).await?.pop())
}

/// Artifacts by SHA-256, behind `after`.
pub async fn list(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<Artifact>, DbError> {
    let mut query = manifest::Entity::find()
        .filter(held_by(repository))
        .order_by_asc(manifest::Column::Sha256)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(manifest::Column::Sha256.gt(after));
    }
    let rows = query.into_partial_model().all(db).await?;
    with_tags(db, rows).await
}

/// An artifact's annotations.
pub async fn annotations(
    db: &impl ConnectionTrait,
    id: ManifestId,
) -> Result<BTreeMap<String, String>, DbError> {
    let json: Option<String> = manifest::Entity::find_by_id(id.uuid())
        .select_only()
        .column(manifest::Column::Annotations)
        .into_tuple()
        .one(db)
        .await?;
    serde_json::from_str(json.as_deref().unwrap_or("{}"))
        .map_err(|error| DbError::corrupt("manifest.annotations", error))
}

async fn with_tags(db: &impl ConnectionTrait, rows: Vec<Row>) -> Result<Vec<Artifact>, DbError> {
    let mut tags: HashMap<uuid::Uuid, Vec<Tag>> = HashMap::new();
    for some in chunks(&rows) {
        let named: Vec<(uuid::Uuid, String)> = tag::Entity::find()
            .select_only()
            .columns([tag::Column::ManifestId, tag::Column::Name])
            .filter(tag::Column::ManifestId.is_in(some.iter().map(|row| row.id)))
            .filter(tag::Column::ValidToUs.is_null())
            .order_by_asc(tag::Column::Name)
            .into_tuple()
            .all(db)
            .await?;
        for (id, name) in named {
            let tag = name.parse().map_err(|_| DbError::corrupt("tag.name", &name))?;
            tags.entry(id).or_default().push(tag);
        }
    }
    rows.into_iter().map(|row| artifact(tags.remove(&row.id).unwrap_or_default(), row)).collect()
}

fn artifact(tags: Vec<Tag>, row: Row) -> Result<Artifact, DbError> {
    Ok(Artifact {
        id: row.id.into(),
        sha256: digest(&row.sha256, "manifest.sha256")?,
        sha512: digest(&row.sha512, "manifest.sha512")?,
        media_type: row.media_type,
        artifact_type: row.artifact_type,
        subject: row.subject.as_deref().map(|text| digest(text, "manifest.subject")).transpose()?,
        size: row.size,
        pushed_by: row.pushed_by.map(Into::into),
        pushed_at: Timestamp::from_micros(row.valid_from_us),
        tags,
    })
}
