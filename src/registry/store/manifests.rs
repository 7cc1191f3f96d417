//! Rows of manifests.

use bytes::Bytes;
use entity::{manifest, manifest_link, repository};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DerivePartialModel, EntityTrait, JoinType, QueryFilter,
    QueryOrder, QuerySelect, Select,
};

use super::links::naming;
use super::{digest, media_type, size};
use crate::db::{DbError, chunks};
use crate::registry::model::{HeldManifest, LinkKind, ManifestNames, ParsedManifest};
use crate::types::{AccountId, Algorithm, Digest, EventId, ManifestId, ProjectId, RepositoryId, Timestamp};

/// The columns of a [`HeldManifest`].
#[derive(Debug, DerivePartialModel)]
#[sea_orm(entity = "manifest::Entity")]
struct Row {
    id: uuid::Uuid,
    sha256: String,
    sha512: String,
    media_type: String,
    subject: Option<String>,
    size: i64,
}

/// The column that holds a digest of this algorithm.
pub(super) const fn column(algorithm: Algorithm) -> manifest::Column {
    match algorithm {
        Algorithm::Sha256 => manifest::Column::Sha256,
        Algorithm::Sha512 => manifest::Column::Sha512,
    }
}

/// Manifests that the repository holds.
pub(super) fn held_by(repository: RepositoryId) -> Condition {
    Condition::all()
        .add(manifest::Column::RepositoryId.eq(repository.uuid()))
        .add(manifest::Column::ValidToUs.is_null())
}

/// The accounts that pushed any of these manifests of the repository.
pub async fn pushers(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    names: &[Digest],
) -> Result<Vec<AccountId>, DbError> {
    let mut found: Vec<AccountId> = Vec::new();
    for some in chunks(names) {
        let rows: Vec<uuid::Uuid> = manifest::Entity::find()
            .select_only()
            .column(manifest::Column::PushedBy)
            .distinct()
            .filter(held_by(repository))
            .filter(manifest::Column::Sha256.is_in(some.iter().map(Digest::as_str)))
            .filter(manifest::Column::PushedBy.is_not_null())
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(AccountId::from));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The manifest that the repository holds by this digest.
pub(super) fn named(repository: RepositoryId, digest: &Digest) -> Select<manifest::Entity> {
    manifest::Entity::find()
        .filter(held_by(repository))
        .filter(column(digest.algorithm()).eq(digest.as_str()))
}

/// A manifest that the repository holds, by either of its digests.
pub async fn find(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    digest: &Digest,
) -> Result<Option<HeldManifest>, DbError> {
    named(repository, digest).into_partial_model::<Row>().one(db).await?.map(held).transpose()
}

/// The manifests of a digest that repositories of a project hold, each with its repository.
pub async fn in_project(
    db: &impl ConnectionTrait,
    project: ProjectId,
    digest: &Digest,
) -> Result<Vec<(RepositoryId, HeldManifest)>, DbError> {
    let repositories: Vec<uuid::Uuid> = manifest::Entity::find()
        .select_only()
        .column(manifest::Column::RepositoryId)
        .join(
            JoinType::InnerJoin,
            manifest::Entity::belongs_to(repository::Entity)
                .from(manifest::Column::RepositoryId)
                .to(repository::Column::Id)
                .into(),
        )
        .filter(column(digest.algorithm()).eq(digest.as_str()))
        .filter(manifest::Column::ValidToUs.is_null())
        .filter(repository::Column::ProjectId.eq(project.uuid()))
        .into_tuple()
        .all(db)
        .await?;
    let mut found = Vec::with_capacity(repositories.len());
    for id in repositories {
        let held = find(db, id.into(), digest).await?;
        found.extend(held.map(|held| (id.into(), held)));
    }
    Ok(found)
}

/// A manifest that is held, by its id.
pub async fn get(db: &impl ConnectionTrait, id: ManifestId) -> Result<Option<HeldManifest>, DbError> {
    let query = manifest::Entity::find_by_id(id.uuid()).filter(manifest::Column::ValidToUs.is_null());
    query.into_partial_model::<Row>().one(db).await?.map(held).transpose()
}

/// Some manifests of the repository that name a content other than as their subject: those that refer to one of `subjects`,
/// or any.
pub async fn users(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    content: &Digest,
    subjects: Option<&[&Digest]>,
    limit: u64,
) -> Result<Vec<HeldManifest>, DbError> {
    let naming = naming(&[content.as_str()])
        .and_where(manifest_link::Column::Kind.ne(LinkKind::Subject.as_str()))
        .to_owned();
    let mut query = manifest::Entity::find()
        .filter(held_by(repository))
        .filter(manifest::Column::Id.in_subquery(naming))
        .limit(limit);
    if let Some(subjects) = subjects {
        query =
            query.filter(manifest::Column::Subject.is_in(subjects.iter().map(|subject| subject.as_str())));
    }
    query.into_partial_model::<Row>().all(db).await?.into_iter().map(held).collect()
}

/// A manifest's bytes.
pub async fn bytes(db: &impl ConnectionTrait, id: ManifestId) -> Result<Option<Bytes>, DbError> {
    let bytes: Option<Vec<u8>> = manifest::Entity::find_by_id(id.uuid())
        .select_only()
        .column(manifest::Column::Bytes)
        .into_tuple()
        .one(db)
        .await?;
    Ok(bytes.map(Bytes::from))
}

/// A manifest to be held.
pub struct NewManifest<'a> {
    /// Opaque id.
    pub id: ManifestId,
    /// Where.
    pub repository: RepositoryId,
    /// What it is called.
    pub names: &'a ManifestNames,
    /// What is in it.
    pub parsed: &'a ParsedManifest,
    /// Levels of indexes below it.
    pub depth: i32,
    /// As pushed.
    pub bytes: &'a [u8],
    /// By whom.
    pub pushed_by: Option<AccountId>,
}

/// Holds a manifest from now on.
pub async fn insert(
    db: &impl ConnectionTrait,
    new: NewManifest<'_>,
    now: Timestamp,
    event: EventId,
) -> Result<(), DbError> {
    let NewManifest { id, repository, names, parsed, depth, bytes, pushed_by } = new;
    let annotations = serde_json::to_string(&parsed.annotations);
    let row = manifest::ActiveModel {
        id: Set(id.uuid()),
        repository_id: Set(repository.uuid()),
        sha256: Set(names.sha256.to_string()),
        sha512: Set(names.sha512.to_string()),
        media_type: Set(parsed.media_type.to_string()),
        artifact_type: Set(parsed.artifact_type.as_ref().map(ToString::to_string)),
        subject: Set(parsed.subject.as_ref().map(Digest::to_string)),
        annotations: Set(annotations.map_err(|error| DbError::corrupt("manifest.annotations", error))?),
        size: Set(i64::try_from(bytes.len()).unwrap_or(i64::MAX)),
        depth: Set(depth),
        stored: Set(false),
        inspected: Set(false),
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
    for some in chunks(&links) {
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
        .filter(manifest::Column::ValidToUs.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Manifests whose bytes are not in the storage yet, oldest first, with their length.
pub async fn not_stored(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<(ManifestId, u64)>, DbError> {
    let rows: Vec<(uuid::Uuid, i64)> = manifest::Entity::find()
        .select_only()
        .columns([manifest::Column::Id, manifest::Column::Size])
        // As the index says it: a parameter would not lead there.
        .filter(manifest::Column::Stored.into_expr().eq(Expr::Constant(false.into())))
        .order_by_asc(manifest::Column::ValidFromUs)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter().map(|(id, bytes)| Ok((id.into(), size(bytes, "manifest.size")?))).collect()
}

/// The bytes of manifests, with their digests.
pub async fn contents(
    db: &impl ConnectionTrait,
    ids: &[ManifestId],
) -> Result<Vec<(Digest, Bytes)>, DbError> {
    let mut rows: Vec<(String, Vec<u8>)> = Vec::with_capacity(ids.len());
    for some in chunks(ids) {
        let found = manifest::Entity::find()
            .select_only()
            .columns([manifest::Column::Sha256, manifest::Column::Bytes])
            .filter(manifest::Column::Id.is_in(some.iter().map(|id| id.uuid())));
        rows.extend(found.into_tuple::<(String, Vec<u8>)>().all(db).await?);
    }
    rows.into_iter().map(|(sha256, bytes)| Ok((digest(&sha256, "manifest.sha256")?, bytes.into()))).collect()
}

/// Notes that the storage has these manifests' bytes.
pub async fn mark_stored(db: &impl ConnectionTrait, ids: &[ManifestId]) -> Result<(), DbError> {
    for some in chunks(ids) {
        manifest::Entity::update_many()
            .col_expr(manifest::Column::Stored, Expr::value(true))
            .filter(manifest::Column::Id.is_in(some.iter().map(|id| id.uuid())))
            .exec(db)
            .await?;
    }
    Ok(())
}

fn held(row: Row) -> Result<HeldManifest, DbError> {
    Ok(HeldManifest {
        id: row.id.into(),
        sha256: digest(&row.sha256, "manifest.sha256")?,
        sha512: digest(&row.sha512, "manifest.sha512")?,
        media_type: media_type(&row.media_type, "manifest.media_type")?,
        subject: row.subject.as_deref().map(|text| digest(text, "manifest.subject")).transpose()?,
        size: size(row.size, "manifest.size")?,
    })
}
