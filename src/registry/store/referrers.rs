//! Rows of manifests that refer to another.

use std::collections::BTreeMap;

use entity::manifest;
use sea_orm::sea_query::{Expr, ExprTrait as _, Func};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DerivePartialModel, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::manifests::held_by;
use super::{digest, media_type, size};
use crate::db::{DbError, chunks};
use crate::registry::model::Referrer;
use crate::types::{Digest, ManifestId, RepositoryId};

#[derive(Debug, DerivePartialModel)]
#[sea_orm(entity = "manifest::Entity")]
struct Row {
    sha256: String,
    media_type: String,
    artifact_type: Option<String>,
    annotations: String,
    size: i64,
}

/// A referrer, before its annotations are read: they may be long, and a page of them must not be read whole only to be
/// cut.
#[derive(Debug, Clone)]
pub struct Found {
    /// Opaque id.
    pub id: ManifestId,
    /// By SHA-256.
    pub digest: Digest,
    /// Bytes of its annotations.
    pub annotations: u64,
}

/// What refers to any of these digests, by SHA-256, behind `after`.
pub async fn find(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    subjects: &[Digest],
    artifact_type: Option<&str>,
    after: Option<&Digest>,
    limit: u64,
) -> Result<Vec<Found>, DbError> {
    let length = Func::char_length(Expr::col(manifest::Column::Annotations));
    let mut query = manifest::Entity::find()
        .select_only()
        .columns([manifest::Column::Id, manifest::Column::Sha256])
        .expr_as(Expr::expr(length).cast_as("bigint"), "length")
        .filter(held_by(repository))
        .filter(manifest::Column::Subject.is_in(subjects.iter().map(Digest::as_str)))
        .order_by_asc(manifest::Column::Sha256)
        .limit(limit);
    if let Some(artifact_type) = artifact_type {
        query = query.filter(manifest::Column::ArtifactType.eq(artifact_type));
    }
    if let Some(after) = after {
        query = query.filter(manifest::Column::Sha256.gt(after.as_str()));
    }
    let rows: Vec<(uuid::Uuid, String, i64)> = query.into_tuple().all(db).await?;
    rows.into_iter()
        .map(|(id, sha256, length)| {
            Ok(Found {
                id: id.into(),
                digest: digest(&sha256, "manifest.sha256")?,
                annotations: size(length, "manifest.annotations")?,
            })
        })
        .collect()
}

/// Reads found referrers whole, by SHA-256.
pub async fn load(db: &impl ConnectionTrait, found: &[Found]) -> Result<BTreeMap<Digest, Referrer>, DbError> {
    let mut loaded = BTreeMap::new();
    for some in chunks(found) {
        let rows: Vec<Row> = manifest::Entity::find()
            .filter(manifest::Column::Id.is_in(some.iter().map(|found| found.id.uuid())))
            .into_partial_model()
            .all(db)
            .await?;
        for row in rows {
            let referrer = referrer(row)?;
            loaded.insert(referrer.digest.clone(), referrer);
        }
    }
    Ok(loaded)
}

fn referrer(row: Row) -> Result<Referrer, DbError> {
    Ok(Referrer {
        media_type: media_type(&row.media_type, "manifest.media_type")?,
        digest: digest(&row.sha256, "manifest.sha256")?,
        size: size(row.size, "manifest.size")?,
        artifact_type: row.artifact_type,
        annotations: serde_json::from_str(&row.annotations)
            .map_err(|error| DbError::corrupt("manifest.annotations", error))?,
    })
}
