//! Rows of manifests, and of what they name.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{manifest, manifest_link};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DerivePartialModel, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::IN_LIST;
use crate::db::DbError;
use crate::registry::model::{ParsedManifest, Referrer};
use crate::registry::service::{ManifestNames, StoredManifest};
use crate::types::{AccountId, Algorithm, Digest, EventId, ManifestId, RepositoryId, Timestamp};

/// A manifest without its bytes.
#[derive(Debug, Clone, DerivePartialModel)]
#[sea_orm(entity = "manifest::Entity")]
pub struct Summary {
    pub id: uuid::Uuid,
    pub sha256: String,
    pub sha512: String,
    pub media_type: String,
    pub artifact_type: Option<String>,
    pub subject: Option<String>,
    pub annotations: String,
    pub size: i64,
    pub pushed_by: Option<uuid::Uuid>,
    pub valid_from_us: i64,
}

/// The column that holds a digest of this algorithm.
const fn column(algorithm: Algorithm) -> manifest::Column {
    match algorithm {
        Algorithm::Sha256 => manifest::Column::Sha256,
        Algorithm::Sha512 => manifest::Column::Sha512,
    }
}

fn held_by(repository: RepositoryId) -> Condition {
    Condition::all()
        .add(manifest::Column::RepositoryId.eq(repository.uuid()))
        .add(manifest::Column::ValidToUs.is_null())
}

/// A manifest that the repository holds, without its bytes.
pub async fn find(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    digest: &Digest,
) -> Result<Option<Summary>, DbError> {
    Ok(manifest::Entity::find()
        .filter(held_by(repository))
        .filter(column(digest.algorithm()).eq(digest.as_str()))
        .into_partial_model()
        .one(db)
        .await?)
}

/// A manifest with its bytes, by its id.
pub async fn load(db: &impl ConnectionTrait, id: ManifestId) -> Result<Option<StoredManifest>, DbError> {
    let row =
        manifest::Entity::find_by_id(id.uuid()).filter(manifest::Column::ValidToUs.is_null()).one(db).await?;
    row.map(|row| {
        Ok(StoredManifest {
            media_type: row
                .media_type
                .parse()
                .map_err(|_| DbError::corrupt("manifest.media_type", &row.media_type))?,
            subject: row.subject.as_deref().map(|text| digest(text, "manifest.subject")).transpose()?,
            bytes: row.bytes.into(),
        })
    })
    .transpose()
}

/// Holds a manifest from now on.
#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
pub async fn insert(
    db: &impl ConnectionTrait,
    id: ManifestId,
    repository: RepositoryId,
    names: &ManifestNames,
    parsed: &ParsedManifest,
    depth: i32,
    bytes: &[u8],
    pushed_by: Option<AccountId>,
    now: Timestamp,
    event: EventId,
) -> Result<(), DbError> {
    let annotations = serde_json::to_string(&parsed.annotations);
    let row = manifest::ActiveModel {
        id: Set(id.uuid()),
        repository_id: Set(repository.uuid()),
        sha256: Set(names.sha256.to_string()),
        sha512: Set(names.sha512.to_string()),
        media_type: Set(parsed.media_type.to_string()),
        artifact_type: Set(parsed.artifact_type.clone()),
        subject: Set(parsed.subject.as_ref().map(Digest::to_string)),
        annotations: Set(annotations.map_err(|error| DbError::corrupt("manifest.annotations", error))?),
        size: Set(i64::try_from(bytes.len()).unwrap_or(i64::MAX)),
        depth: Set(depth),
        pushed_by: Set(pushed_by.map(AccountId::uuid)),
        bytes: Set(bytes.to_vec()),
        valid_from_us: Set(now.micros()),
        valid_to_us: Set(None),
        from_event: Set(event.uuid()),
        to_event: Set(None),
    };
    manifest::Entity::insert(row).exec_without_returning(db).await?;
    let links: Vec<_> = parsed
        .links
        .iter()
        .zip(0..)
        .map(|(link, position)| manifest_link::ActiveModel {
            manifest_id: Set(id.uuid()),
            position: Set(position),
            kind: Set(link.kind.as_str().to_owned()),
            digest: Set(link.digest.to_string()),
        })
        .collect();
    for some in links.chunks(IN_LIST) {
        manifest_link::Entity::insert_many(some.to_vec()).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Holds a manifest no more.
pub async fn close(
    db: &impl ConnectionTrait,
    id: ManifestId,
    now: Timestamp,
    event: EventId,
) -> Result<(), DbError> {
    manifest::Entity::update_many()
        .col_expr(manifest::Column::ValidToUs, Expr::value(now.micros()))
        .col_expr(manifest::Column::ToEvent, Expr::value(event.uuid()))
        .filter(manifest::Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Which of the digests the repository holds as manifests, with how deep each is.
pub async fn held_depths(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    digests: &HashSet<&Digest>,
) -> Result<HashMap<String, i32>, DbError> {
    let mut depths = HashMap::new();
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let named: Vec<&str> =
            digests.iter().filter(|d| d.algorithm() == algorithm).map(|digest| digest.as_str()).collect();
        for some in named.chunks(IN_LIST) {
            let rows: Vec<(String, i32)> = manifest::Entity::find()
                .select_only()
                .columns([column(algorithm), manifest::Column::Depth])
                .filter(held_by(repository))
                .filter(column(algorithm).is_in(some.iter().copied()))
                .into_tuple()
                .all(db)
                .await?;
            depths.extend(rows);
        }
    }
    Ok(depths)
}

/// A manifest that the repository holds and that names the blob, if there is one.
pub async fn user_of_blob(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    blob: &Digest,
) -> Result<Option<Digest>, DbError> {
    let naming = Query::select()
        .column(manifest_link::Column::ManifestId)
        .from(manifest_link::Entity)
        .and_where(manifest_link::Column::Digest.eq(blob.as_str()))
        .and_where(manifest_link::Column::Kind.ne("subject"))
        .to_owned();
    let found: Option<Summary> = manifest::Entity::find()
        .filter(held_by(repository))
        .filter(manifest::Column::Id.in_subquery(naming))
        .into_partial_model()
        .one(db)
        .await?;
    found.map(|row| digest(&row.sha256, "manifest.sha256")).transpose()
}

/// What refers to any of these digests, by SHA-256, behind `after`.
pub async fn referrers(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    subjects: &[String],
    artifact_type: Option<&str>,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<Referrer>, DbError> {
    let mut query = manifest::Entity::find()
        .filter(held_by(repository))
        .filter(manifest::Column::Subject.is_in(subjects.iter().map(String::as_str)))
        .order_by_asc(manifest::Column::Sha256)
        .limit(limit);
    if let Some(artifact_type) = artifact_type {
        query = query.filter(manifest::Column::ArtifactType.eq(artifact_type));
    }
    if let Some(after) = after {
        query = query.filter(manifest::Column::Sha256.gt(after));
    }
    let rows: Vec<Summary> = query.into_partial_model().all(db).await?;
    rows.into_iter().map(referrer).collect()
}

/// Manifests that the repository holds, by SHA-256, behind `after`.
pub async fn list(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<Summary>, DbError> {
    let mut query = manifest::Entity::find()
        .filter(held_by(repository))
        .order_by_asc(manifest::Column::Sha256)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(manifest::Column::Sha256.gt(after));
    }
    Ok(query.into_partial_model().all(db).await?)
}

fn referrer(row: Summary) -> Result<Referrer, DbError> {
    Ok(Referrer {
        media_type: row
            .media_type
            .parse()
            .map_err(|_| DbError::corrupt("manifest.media_type", &row.media_type))?,
        digest: digest(&row.sha256, "manifest.sha256")?,
        size: u64::try_from(row.size).map_err(|_| DbError::corrupt("manifest.size", row.size))?,
        artifact_type: row.artifact_type,
        annotations: annotations(&row.annotations)?,
    })
}

/// Reads stored annotations.
pub fn annotations(json: &str) -> Result<BTreeMap<String, String>, DbError> {
    serde_json::from_str(json).map_err(|error| DbError::corrupt("manifest.annotations", error))
}

/// Reads a stored digest.
pub fn digest(text: &str, what: &'static str) -> Result<Digest, DbError> {
    text.parse().map_err(|_| DbError::corrupt(what, text))
}
