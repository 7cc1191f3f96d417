//! Manifests that may vouch for others, and which of them were not looked at yet.

use std::collections::HashSet;

use bytes::Bytes;
use entity::{manifest, manifest_link, repository, repository_blob, tag};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::digest;
use crate::db::{DbError, chunks};
use crate::registry::{Inspect, LinkKind};
use crate::types::{Algorithm, Digest, ManifestId, ProjectId, RepoName, RepositoryId, Tag, Timestamp};

/// A manifest that may vouch for another.
#[derive(Debug, Clone)]
pub struct Carrier {
    /// Its row, and the legacy tag through which it speaks.
    pub inspect: Inspect,
    /// In which project.
    pub project: ProjectId,
    /// In which repository.
    pub repository: RepositoryId,
    /// By SHA-256.
    pub sha256: Digest,
    /// Of whom it speaks, as it says itself or by its tag.
    pub subject: Digest,
    /// As pushed.
    pub bytes: Bytes,
    /// When it came, for the first time if it was let go in between: what was signed before a key was lost stays so.
    pub seen_at: Timestamp,
    /// Whether it is what Waybill itself says of its subject.
    pub is_own: bool,
}

/// What a job names, if it still speaks of anybody.
pub async fn find(db: &impl ConnectionTrait, inspect: &Inspect) -> Result<Option<Carrier>, DbError> {
    let row = manifest::Entity::find_by_id(inspect.manifest.uuid())
        .filter(manifest::Column::ValidToUs.is_null())
        .one(db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let subject = match &inspect.tag {
        None => row.subject.as_deref().map(|text| digest(text, "manifest.subject")).transpose()?,
        Some(name) if speaks(db, &row, name).await? => name.legacy_subject(),
        Some(_) => None,
    };
    let Some(subject) = subject else { return Ok(None) };
    let place = repository::Entity::find_by_id(row.repository_id).one(db).await?;
    let place = place.ok_or_else(|| DbError::corrupt("manifest.repository_id", row.repository_id))?;
    let first: Option<i64> = manifest::Entity::find()
        .select_only()
        .column(manifest::Column::ValidFromUs)
        .filter(manifest::Column::RepositoryId.eq(row.repository_id))
        .filter(manifest::Column::Sha256.eq(&row.sha256))
        .order_by_asc(manifest::Column::ValidFromUs)
        .into_tuple()
        .one(db)
        .await?;
    Ok(Some(Carrier {
        inspect: inspect.clone(),
        project: place.project_id.into(),
        repository: place.id.into(),
        sha256: digest(&row.sha256, "manifest.sha256")?,
        subject,
        bytes: row.bytes.into(),
        seen_at: Timestamp::from_micros(first.unwrap_or(row.valid_from_us)),
        is_own: row.pushed_by.is_none() && inspect.tag.is_none(),
    }))
}

/// Which of these manifests Waybill itself made: no account pushed them.
pub async fn own(
    db: &impl ConnectionTrait,
    manifests: &[ManifestId],
) -> Result<HashSet<ManifestId>, DbError> {
    let mut own = HashSet::new();
    for some in chunks(manifests) {
        let ids: Vec<uuid::Uuid> = manifest::Entity::find()
            .select_only()
            .column(manifest::Column::Id)
            .filter(manifest::Column::Id.is_in(some.iter().map(|id| id.uuid())))
            .filter(manifest::Column::PushedBy.is_null())
            .into_tuple()
            .all(db)
            .await?;
        own.extend(ids.into_iter().map(ManifestId::from));
    }
    Ok(own)
}

/// The bytes of a manifest that is held.
pub async fn bytes(db: &impl ConnectionTrait, manifest: ManifestId) -> Result<Option<Bytes>, DbError> {
    let bytes: Option<Vec<u8>> = manifest::Entity::find_by_id(manifest.uuid())
        .select_only()
        .column(manifest::Column::Bytes)
        .filter(manifest::Column::ValidToUs.is_null())
        .into_tuple()
        .one(db)
        .await?;
    Ok(bytes.map(Bytes::from))
}

/// Whether a tag points at a manifest.
async fn speaks(db: &impl ConnectionTrait, row: &manifest::Model, name: &Tag) -> Result<bool, DbError> {
    let found = tag::Entity::find()
        .filter(tag::Column::RepositoryId.eq(row.repository_id))
        .filter(tag::Column::Name.eq(name.as_str()))
        .filter(tag::Column::ManifestId.eq(row.id))
        .filter(tag::Column::ValidToUs.is_null());
    Ok(found.one(db).await?.is_some())
}

/// Manifests with a subject, as their index says it: a parameter would not lead there.
pub(super) fn referrers_not_inspected() -> Select<manifest::Entity> {
    manifest::Entity::find()
        .filter(manifest::Column::Inspected.into_expr().eq(Expr::Constant(false.into())))
        .filter(manifest::Column::Subject.is_not_null())
        .filter(manifest::Column::ValidToUs.is_null())
}

/// Tags, likewise.
pub(super) fn tags_not_inspected() -> Select<tag::Entity> {
    tag::Entity::find()
        .filter(tag::Column::Inspected.into_expr().eq(Expr::Constant(false.into())))
        .filter(Expr::cust("substr(name, 1, 7) = 'sha256-'"))
        .filter(tag::Column::ValidToUs.is_null())
}

async fn inspects(
    db: &impl ConnectionTrait,
    referrers: Select<manifest::Entity>,
    tags: Select<tag::Entity>,
) -> Result<Vec<Inspect>, DbError> {
    let ids: Vec<uuid::Uuid> =
        referrers.select_only().column(manifest::Column::Id).into_tuple().all(db).await?;
    let named: Vec<(uuid::Uuid, String)> =
        tags.select_only().columns([tag::Column::ManifestId, tag::Column::Name]).into_tuple().all(db).await?;
    let mut all: Vec<Inspect> =
        ids.into_iter().map(|id| Inspect { manifest: id.into(), tag: None }).collect();
    for (id, name) in named {
        let tag = name.parse().map_err(|_| DbError::corrupt("tag.name", &name))?;
        all.push(Inspect { manifest: id.into(), tag: Some(tag) });
    }
    Ok(all)
}

/// Some that were not looked at, wherever they are.
pub async fn waiting(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<Inspect>, DbError> {
    inspects(db, referrers_not_inspected().limit(limit), tags_not_inspected().limit(limit)).await
}

/// Those that were not looked at and speak of an artifact, by any of its names.
pub async fn waiting_for(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    names: &[Digest],
) -> Result<Vec<Inspect>, DbError> {
    let subjects = names.iter().map(Digest::as_str);
    let referrers = referrers_not_inspected()
        .filter(manifest::Column::RepositoryId.eq(repository.uuid()))
        .filter(manifest::Column::Subject.is_in(subjects));
    let legacy = names.iter().flat_map(Tag::legacy_of).map(|tag| tag.to_string());
    let tags = tags_not_inspected()
        .filter(tag::Column::RepositoryId.eq(repository.uuid()))
        .filter(tag::Column::Name.is_in(legacy));
    inspects(db, referrers, tags).await
}

/// What came of noting that a manifest was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marked {
    /// It speaks of nobody any more.
    Gone,
    /// It had been looked at before.
    Again,
    /// Now for the first time.
    First,
}

/// Notes that one was looked at. Holds its row until the transaction ends.
pub async fn mark_inspected(db: &impl ConnectionTrait, inspect: &Inspect) -> Result<Marked, DbError> {
    for (is_inspected, marked) in [(false, Marked::First), (true, Marked::Again)] {
        let update = match &inspect.tag {
            None => {
                manifest::Entity::update_many()
                    .col_expr(manifest::Column::Inspected, Expr::value(true))
                    .filter(manifest::Column::Id.eq(inspect.manifest.uuid()))
                    .filter(manifest::Column::Inspected.eq(is_inspected))
                    .filter(manifest::Column::ValidToUs.is_null())
                    .exec(db)
                    .await?
            }
            Some(name) => {
                tag::Entity::update_many()
                    .col_expr(tag::Column::Inspected, Expr::value(true))
                    .filter(tag::Column::ManifestId.eq(inspect.manifest.uuid()))
                    .filter(tag::Column::Name.eq(name.as_str()))
                    .filter(tag::Column::Inspected.eq(is_inspected))
                    .filter(tag::Column::ValidToUs.is_null())
                    .exec(db)
                    .await?
            }
        };
        if update.rows_affected > 0 {
            return Ok(marked);
        }
    }
    Ok(Marked::Gone)
}

/// The tags that point at a manifest.
pub async fn tags_of(db: &impl ConnectionTrait, manifest: ManifestId) -> Result<Vec<Tag>, DbError> {
    let names: Vec<String> = tag::Entity::find()
        .select_only()
        .column(tag::Column::Name)
        .filter(tag::Column::ManifestId.eq(manifest.uuid()))
        .filter(tag::Column::ValidToUs.is_null())
        .into_tuple()
        .all(db)
        .await?;
    names.into_iter().map(|name| name.parse().map_err(|_| DbError::corrupt("tag.name", &name))).collect()
}

/// What an index listed that is gone, and where.
pub async fn listed_by_gone(
    db: &impl ConnectionTrait,
    index: ManifestId,
) -> Result<Vec<(RepositoryId, Digest)>, DbError> {
    let row = manifest::Entity::find_by_id(index.uuid())
        .select_only()
        .column(manifest::Column::RepositoryId)
        .filter(manifest::Column::ValidToUs.is_not_null());
    let repository: Option<uuid::Uuid> = row.into_tuple().one(db).await?;
    let Some(repository) = repository else { return Ok(Vec::new()) };
    let listed: Vec<String> = manifest_link::Entity::find()
        .select_only()
        .column(manifest_link::Column::Digest)
        .filter(manifest_link::Column::ManifestId.eq(index.uuid()))
        .filter(manifest_link::Column::Kind.eq(LinkKind::Child.as_str()))
        .into_tuple()
        .all(db)
        .await?;
    listed.iter().map(|text| Ok((repository.into(), digest(text, "manifest_link.digest")?))).collect()
}

/// Which of these blobs a repository holds.
pub async fn held_blobs(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    blobs: &[Digest],
) -> Result<Vec<Digest>, DbError> {
    let mut held = Vec::new();
    for some in chunks(blobs) {
        let rows: Vec<String> = repository_blob::Entity::find()
            .select_only()
            .column(repository_blob::Column::Digest)
            .filter(repository_blob::Column::RepositoryId.eq(repository.uuid()))
            .filter(repository_blob::Column::Digest.is_in(some.iter().map(Digest::as_str)))
            .into_tuple()
            .all(db)
            .await?;
        for text in rows {
            held.push(digest(&text, "repository_blob.digest")?);
        }
    }
    Ok(held)
}

/// A manifest that a repository holds, by either of its names.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its row.
    pub manifest: ManifestId,
    /// Both names, SHA-256 first.
    pub names: [Digest; 2],
    /// What it is served as.
    pub media_type: String,
    /// As pushed.
    pub bytes: Bytes,
}

/// What a digest names in a repository, if it is held there.
pub async fn subject(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    name: &Digest,
) -> Result<Option<Subject>, DbError> {
    let row = named(repository, name).order_by_asc(manifest::Column::Id).one(db).await?;
    row.map(|row| {
        Ok(Subject {
            manifest: row.id.into(),
            names: [digest(&row.sha256, "manifest.sha256")?, digest(&row.sha512, "manifest.sha512")?],
            media_type: row.media_type,
            bytes: row.bytes.into(),
        })
    })
    .transpose()
}

/// The row of what a digest names, and both names, SHA-256 first; without its bytes, which may be many.
pub async fn names(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    name: &Digest,
) -> Result<Option<(ManifestId, [Digest; 2])>, DbError> {
    use manifest::Column::{Id, Sha256, Sha512};

    let columns = named(repository, name).select_only().columns([Id, Sha256, Sha512]).order_by_asc(Id);
    let row: Option<(uuid::Uuid, String, String)> = columns.into_tuple().one(db).await?;
    row.map(|(id, sha256, sha512)| {
        Ok((id.into(), [digest(&sha256, "manifest.sha256")?, digest(&sha512, "manifest.sha512")?]))
    })
    .transpose()
}

/// What a repository holds by a digest.
fn named(repository: RepositoryId, name: &Digest) -> Select<manifest::Entity> {
    let column = match name.algorithm() {
        Algorithm::Sha256 => manifest::Column::Sha256,
        Algorithm::Sha512 => manifest::Column::Sha512,
    };
    manifest::Entity::find()
        .filter(manifest::Column::RepositoryId.eq(repository.uuid()))
        .filter(column.eq(name.as_str()))
        .filter(manifest::Column::ValidToUs.is_null())
}

/// The repository of a name.
pub async fn repository(
    db: &impl ConnectionTrait,
    name: &RepoName,
) -> Result<Option<(RepositoryId, ProjectId)>, DbError> {
    let row = repository::Entity::find().filter(repository::Column::Name.eq(name.as_str())).one(db).await?;
    Ok(row.map(|row| (row.id.into(), row.project_id.into())))
}

/// What a repository is called.
pub async fn name_of(db: &impl ConnectionTrait, id: RepositoryId) -> Result<Option<RepoName>, DbError> {
    let row = repository::Entity::find_by_id(id.uuid()).one(db).await?;
    row.map(|row| row.name.parse().map_err(|_| DbError::corrupt("repository.name", &row.name))).transpose()
}
