//! Rows of manifests, blobs of repositories, and tags.

use std::collections::HashMap;

use entity::{blob, manifest, manifest_link, repository_blob, tag};
use futures_util::TryStreamExt as _;
use sea_orm::{EntityTrait, FromQueryResult, JoinType, QueryOrder, QuerySelect, RelationDef};
use uuid::Uuid;

use super::{Sink, Span};
use crate::audit::model::{Described, FactKey, Links, Manifest, Row, Value};
use crate::db::{DbError, Snapshot};
use crate::types::Sha256Hex;

/// What the manifests of all repositories name, summed up by their ids.
pub async fn links(snapshot: &Snapshot) -> Result<HashMap<Uuid, Sha256Hex>, DbError> {
    let mut rows = manifest_link::Entity::find()
        .order_by_asc(manifest_link::Column::ManifestId)
        .order_by_asc(manifest_link::Column::Position)
        .stream(&**snapshot)
        .await?;
    let mut sums = HashMap::new();
    let mut of_one: Option<(Uuid, Links)> = None;
    while let Some(row) = rows.try_next().await? {
        if let Some((id, links)) = of_one.take_if(|(id, _)| *id != row.manifest_id) {
            sums.insert(id, links.sum());
        }
        let (_, links) = of_one.get_or_insert_with(|| (row.manifest_id, Links::default()));
        links.add(row.position, &row.kind, &row.digest);
    }
    sums.extend(of_one.map(|(id, links)| (id, links.sum())));
    Ok(sums)
}

/// A manifest; `links` are those of all.
pub fn manifest(row: manifest::Model, links: &HashMap<Uuid, Sha256Hex>) -> Row {
    let nothing = Links::default().sum();
    let described = Described {
        sha256: &row.sha256,
        sha512: &row.sha512,
        size: row.size,
        media_type: &row.media_type,
        annotations: &row.annotations,
        links: links.get(&row.id).unwrap_or(&nothing),
    };
    let damage = described.damage(&row.bytes);
    let manifest = Manifest {
        media_type: row.media_type,
        artifact_type: row.artifact_type,
        subject: row.subject,
        size: row.size,
        sha512: row.sha512,
        pushed_by: row.pushed_by.map(Into::into),
        damage,
    };
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    let key = FactKey::Manifest(row.repository_id.into(), row.sha256.into());
    span.of(key, Value::Manifest(Box::new(manifest)))
}

/// A blob of a repository, and what there is of it.
#[derive(FromQueryResult)]
struct Link {
    repository_id: Uuid,
    digest: String,
    linked_at_us: i64,
    from_event: Uuid,
    size: Option<i64>,
}

/// The blobs of all repositories.
pub async fn blobs(snapshot: &Snapshot, sink: Sink<'_>) -> Result<(), DbError> {
    let of_blob: RelationDef = repository_blob::Entity::belongs_to(blob::Entity)
        .from(repository_blob::Column::Digest)
        .to(blob::Column::Digest)
        .into();
    let mut rows = repository_blob::Entity::find()
        .join(JoinType::LeftJoin, of_blob)
        .column(blob::Column::Size)
        .order_by_asc(repository_blob::Column::RepositoryId)
        .order_by_asc(repository_blob::Column::Digest)
        .into_model::<Link>()
        .stream(&**snapshot)
        .await?;
    while let Some(Link { repository_id, digest, linked_at_us, from_event, size }) = rows.try_next().await? {
        let span = Span { from: (linked_at_us, from_event), to: (None, None) };
        sink(span.of(FactKey::Blob(repository_id.into(), digest.into()), Value::Blob(size)));
    }
    Ok(())
}

/// A tag, and the manifest that it points at.
#[derive(FromQueryResult)]
struct Tag {
    repository_id: Uuid,
    name: String,
    digest: String,
    bound: bool,
    valid_from_us: i64,
    valid_to_us: Option<i64>,
    from_event: Uuid,
    to_event: Option<Uuid>,
    held_in: Option<Uuid>,
    held_to: Option<i64>,
    sha256: Option<String>,
    sha512: Option<String>,
}

/// The tags of all repositories, with their history.
pub async fn tags(snapshot: &Snapshot, sink: Sink<'_>) -> Result<(), DbError> {
    let of_manifest: RelationDef = tag::Entity::belongs_to(manifest::Entity)
        .from(tag::Column::ManifestId)
        .to(manifest::Column::Id)
        .into();
    let mut rows = tag::Entity::find()
        .join(JoinType::LeftJoin, of_manifest)
        .column_as(manifest::Column::RepositoryId, "held_in")
        .column_as(manifest::Column::ValidToUs, "held_to")
        .columns([manifest::Column::Sha256, manifest::Column::Sha512])
        .order_by_asc(tag::Column::Id)
        .into_model::<Tag>()
        .stream(&**snapshot)
        .await?;
    while let Some(tag) = rows.try_next().await? {
        sink(of_tag(tag));
    }
    Ok(())
}

fn of_tag(row: Tag) -> Row {
    let named = Some(&row.digest);
    let digest = match &row.sha256 {
        None => "a manifest that is not there".to_owned(),
        Some(sha256) if row.held_in != Some(row.repository_id) => format!("{sha256} of another repository"),
        // A client may have pushed it by the other digest.
        Some(sha256) if named != row.sha256.as_ref() && named != row.sha512.as_ref() => {
            format!("{sha256} by the name {}", row.digest)
        }
        Some(sha256) if row.valid_to_us.is_none() && row.held_to.is_some() => {
            format!("{sha256}, which is not held")
        }
        Some(sha256) => sha256.clone(),
    };
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    let key = FactKey::Tag(row.repository_id.into(), row.name.into());
    span.of(key, Value::Tag { digest, bound: row.bound })
}
