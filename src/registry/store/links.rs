//! What manifests name, and who names what.

use std::collections::{HashMap, HashSet};

use entity::{manifest, manifest_link, tag};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
};

use super::digest;
use super::manifests::{column, held_by};
use crate::db::{DbError, chunks, unindexed};
use crate::registry::model::{HeldManifest, LinkKind, ManifestNames};
use crate::types::{Algorithm, Digest, ManifestId, RepositoryId, Tag};

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
        for some in chunks(&named) {
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

/// Which of the digests the repository holds as manifests, each with its SHA-256 and SHA-512.
pub async fn held_names(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    digests: &[Digest],
) -> Result<Vec<(ManifestId, [Digest; 2])>, DbError> {
    let mut held = Vec::new();
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let named: Vec<&str> =
            digests.iter().filter(|d| d.algorithm() == algorithm).map(Digest::as_str).collect();
        for some in chunks(&named) {
            let rows: Vec<(uuid::Uuid, String, String)> = manifest::Entity::find()
                .select_only()
                .columns([manifest::Column::Id, manifest::Column::Sha256, manifest::Column::Sha512])
                .filter(held_by(repository))
                .filter(column(algorithm).is_in(some.iter().copied()))
                .into_tuple()
                .all(db)
                .await?;
            for (id, sha256, sha512) in rows {
                let names = [digest(&sha256, "manifest.sha256")?, digest(&sha512, "manifest.sha512")?];
                held.push((id.into(), names));
            }
        }
    }
    Ok(held)
}

/// What manifests name besides their subjects, and whether as manifests of an index; at most `limit`.
pub async fn named_by(
    db: &impl ConnectionTrait,
    manifests: &[ManifestId],
    limit: u64,
) -> Result<Vec<(ManifestId, Digest, bool)>, DbError> {
    let mut links = Vec::new();
    for some in chunks(manifests) {
        let rows: Vec<(uuid::Uuid, String, String)> = manifest_link::Entity::find()
            .select_only()
            .columns([
                manifest_link::Column::ManifestId,
                manifest_link::Column::Digest,
                manifest_link::Column::Kind,
            ])
            .filter(manifest_link::Column::ManifestId.is_in(some.iter().map(|id| id.uuid())))
            .filter(manifest_link::Column::Kind.ne(LinkKind::Subject.as_str()))
            .limit(limit.saturating_sub(links.len() as u64))
            .into_tuple()
            .all(db)
            .await?;
        for (id, named, kind) in rows {
            let is_child = kind == LinkKind::Child.as_str();
            links.push((id.into(), digest(&named, "manifest_link.digest")?, is_child));
        }
    }
    Ok(links)
}

/// A manifest of the repository that needs the blob, if there is one.
pub async fn user_of_blob(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    blob: &Digest,
) -> Result<Option<Digest>, DbError> {
    let naming = naming(&[blob.as_str()])
        .and_where(manifest_link::Column::Kind.ne(LinkKind::Subject.as_str()))
        .to_owned();
    let found: Option<String> = manifest::Entity::find()
        .select_only()
        .column(manifest::Column::Sha256)
        .filter(held_by(repository))
        .filter(manifest::Column::Id.in_subquery(naming))
        .into_tuple()
        .one(db)
        .await?;
    found.map(|sha256| digest(&sha256, "manifest.sha256")).transpose()
}

/// The indexes of the repository that list a manifest, by either of its names.
pub async fn parents(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    child: &HeldManifest,
    limit: u64,
) -> Result<Vec<(ManifestId, Digest)>, DbError> {
    let rows: Vec<(uuid::Uuid, String)> = listing(repository, &child.sha256, &child.sha512)
        .columns([manifest::Column::Id, manifest::Column::Sha256])
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter().map(|(id, sha256)| Ok((id.into(), digest(&sha256, "manifest.sha256")?))).collect()
}

/// Whether the repository holds something that refers to a manifest, lists it, or speaks of it by a legacy tag.
pub async fn is_spoken_of(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    names: &ManifestNames,
) -> Result<bool, DbError> {
    let ManifestNames { sha256, sha512, .. } = names;
    let referring = manifest::Entity::find()
        .select_only()
        .column(manifest::Column::Id)
        .filter(held_by(repository))
        .filter(manifest::Column::Subject.is_in([sha256.as_str(), sha512.as_str()]));
    let legacy = tag::Entity::find()
        .select_only()
        .column(tag::Column::Id)
        .filter(tag::Column::RepositoryId.eq(repository.uuid()))
        .filter(tag::Column::Name.is_in(Tag::legacy_of(sha256).map(|tag| tag.to_string())))
        .filter(tag::Column::ValidToUs.is_null());
    let listing = listing(repository, sha256, sha512).column(manifest::Column::Id);
    let any = Condition::any()
        .add(Expr::exists(referring.into_query()))
        .add(Expr::exists(legacy.into_query()))
        .add(Expr::exists(listing.into_query()));
    let question = Query::select().expr(Expr::val(1)).cond_where(any).to_owned();
    Ok(db.query_one(&question).await?.is_some())
}

/// The manifests of a repository that list one by either of its names, of which whoever asks takes columns.
fn listing(repository: RepositoryId, sha256: &Digest, sha512: &Digest) -> Select<manifest::Entity> {
    let naming = naming(&[sha256.as_str(), sha512.as_str()])
        .and_where(manifest_link::Column::Kind.eq(LinkKind::Child.as_str()))
        .to_owned();
    manifest::Entity::find()
        .select_only()
        .filter(unindexed((manifest::Entity, manifest::Column::RepositoryId)).eq(repository.uuid()))
        .filter(manifest::Column::ValidToUs.is_null())
        .filter(manifest::Column::Id.in_subquery(naming))
}

/// The ids of manifests that name one of the digests.
pub(super) fn naming(digests: &[&str]) -> SelectStatement {
    Query::select()
        .column(manifest_link::Column::ManifestId)
        .from(manifest_link::Entity)
        .and_where(manifest_link::Column::Digest.is_in(digests.iter().copied()))
        .to_owned()
}
