//! Doing again what events of repositories, blobs, manifests and tags tell of, when a database is rebuilt from the
//! storage. What was allowed then is not asked again; what can't have happened is refused.
//!
//! A tag comes back under the SHA-256 of its manifest: by which digest it was pushed stands in no event.

use std::collections::HashSet;

use bytes::Bytes;

use crate::blobs::Blobs;
use crate::db::Tx;
use crate::ledger::{RecordedEvent, ReplayError};
use crate::registry::model::{
    HeldManifest, LinkKind, ManifestKind, ManifestNames, ParsedManifest, Repository,
};
use crate::registry::store::{self, manifests::NewManifest};
use crate::types::{Algorithm, Digest, ManifestId, MediaType, RepoName, RepositoryId, Tag};

/// A repository came to be.
///
/// # Errors
/// `Contradiction` when its name is taken, or `Db`.
pub async fn repository_created(
    tx: &Tx,
    past: &RecordedEvent,
    repository: &str,
    name: &str,
) -> Result<(), ReplayError> {
    let name: RepoName = past.value("repository", name)?;
    past.demand(
        store::repositories::find(&**tx, &name).await?.is_none(),
        "there is a repository of this name already",
    )?;
    let (id, project) = (past.value("id of a repository", repository)?, past.in_project()?);
    let repository = Repository { id, project, name, created_at: past.at };
    Ok(store::repositories::insert(&**tx, &repository, past.at, past.id).await?)
}

/// A repository holds a blob, by a push or a mount. Where its bytes are stands in the inventory.
///
/// # Errors
/// `Contradiction` when it holds it already or no inventory names the blob, or `Db`.
pub async fn blob_linked(tx: &Tx, past: &RecordedEvent) -> Result<(), ReplayError> {
    let (repository, digest) = subject(tx, past).await?;
    let known = Blobs::find_in(tx, &digest).await?.is_some();
    past.demand(known, &format!("no inventory in the storage names the blob {digest}"))?;
    let linked = store::blobs::link(&**tx, repository.id, &digest, past.at, past.id).await?;
    past.demand(linked, "the repository holds the blob already")
}

/// A repository holds a blob no more.
///
/// # Errors
/// `Contradiction` when it did not hold it, or `Db`.
pub async fn blob_deleted(tx: &Tx, past: &RecordedEvent) -> Result<(), ReplayError> {
    let (repository, digest) = subject(tx, past).await?;
    let unlinked = store::blobs::unlink(&**tx, repository.id, &digest).await?;
    past.demand(unlinked, "the repository does not hold the blob")
}

/// A repository holds a manifest. `bytes` is the object that the storage keeps of it.
///
/// # Errors
/// `Contradiction` when it holds it already or the bytes are others, or `Db`.
pub async fn manifest_pushed(
    tx: &Tx,
    past: &RecordedEvent,
    media_type: &str,
    bytes: &Bytes,
) -> Result<(), ReplayError> {
    let (repository, digest) = subject(tx, past).await?;
    let names = ManifestNames::of(bytes, Algorithm::Sha256);
    past.demand(names.sha256 == digest, "the bytes of the manifest in the storage are damaged")?;
    let held = store::manifests::find(&**tx, repository.id, &digest).await?;
    past.demand(held.is_none(), "the repository holds the manifest already")?;
    let media_type: MediaType = past.value("media type", media_type)?;
    let parsed = ParsedManifest::parse(bytes, Some(&media_type));
    let parsed = parsed.map_err(|error| past.contradiction(error.to_string()))?;
    let depth = match parsed.kind {
        ManifestKind::Image => 0,
        ManifestKind::Index => {
            let children = parsed.links.iter().filter(|link| link.kind == LinkKind::Child);
            let children: HashSet<&Digest> = children.map(|link| &link.digest).collect();
            let depths = store::links::held_depths(&**tx, repository.id, &children).await?;
            depths.values().max().copied().unwrap_or(0) + 1
        }
    };
    let new = NewManifest {
        // Its own id stands nowhere; that of its event is as good, and the same however often it is done again.
        id: ManifestId::from(past.id.uuid()),
        repository: repository.id,
        names: &names,
        parsed: &parsed,
        depth,
        bytes,
        pushed_by: past.actor,
    };
    Ok(store::manifests::insert(&**tx, new, past.at, past.id).await?)
}

/// A repository holds a manifest no more.
///
/// # Errors
/// `Contradiction` when it did not hold it, or `Db`.
pub async fn manifest_deleted(tx: &Tx, past: &RecordedEvent) -> Result<(), ReplayError> {
    let (_, held) = held_manifest(tx, past).await?;
    Ok(store::manifests::close(&**tx, held.id, past.at, past.id).await?)
}

/// A tag was set, for the first time or after it was deleted.
///
/// # Errors
/// `Contradiction` when it points somewhere, or `Db`.
pub async fn tag_created(tx: &Tx, past: &RecordedEvent, tag: &str) -> Result<(), ReplayError> {
    let tag: Tag = past.value("tag", tag)?;
    let (repository, held) = held_manifest(tx, past).await?;
    let current = store::tags::find(&**tx, repository.id, &tag).await?;
    past.demand(current.is_none(), "the tag points somewhere already")?;
    Ok(store::tags::insert(&**tx, repository.id, &tag, held.id, &held.sha256, past.at, past.id).await?)
}

/// A tag moved.
///
/// # Errors
/// `Contradiction` when it pointed nowhere, or `Db`.
pub async fn tag_moved(tx: &Tx, past: &RecordedEvent, tag: &str) -> Result<(), ReplayError> {
    let tag: Tag = past.value("tag", tag)?;
    let (repository, held) = held_manifest(tx, past).await?;
    let current = store::tags::find(&**tx, repository.id, &tag).await?;
    let current = current.ok_or_else(|| past.contradiction("the tag points nowhere"))?;
    store::tags::close(&**tx, current.id, false, past.at, past.id).await?;
    Ok(store::tags::insert(&**tx, repository.id, &tag, held.id, &held.sha256, past.at, past.id).await?)
}

/// A tag was deleted; `bound` keeps its name for its digest.
///
/// # Errors
/// `Contradiction` when it pointed nowhere, or `Db`.
pub async fn tag_deleted(tx: &Tx, past: &RecordedEvent, tag: &str, bound: bool) -> Result<(), ReplayError> {
    let tag: Tag = past.value("tag", tag)?;
    let (repository, _) = subject(tx, past).await?;
    let current = store::tags::find(&**tx, repository.id, &tag).await?;
    let current = current.ok_or_else(|| past.contradiction("the tag points nowhere"))?;
    Ok(store::tags::close(&**tx, current.id, bound, past.at, past.id).await?)
}

/// The repository and the digest that an event is about, for rooms that keep facts of artifacts.
///
/// # Errors
/// `Contradiction` when there is no such repository, or `Db`.
pub async fn repository_and_digest(
    tx: &Tx,
    past: &RecordedEvent,
) -> Result<(RepositoryId, Digest), ReplayError> {
    let (repository, digest) = subject(tx, past).await?;
    Ok((repository.id, digest))
}

async fn subject(tx: &Tx, past: &RecordedEvent) -> Result<(Repository, Digest), ReplayError> {
    let (name, digest) = past.subject()?;
    let repository = store::repositories::find(&**tx, &name).await?;
    Ok((repository.ok_or_else(|| past.contradiction("there is no such repository"))?, digest))
}

async fn held_manifest(tx: &Tx, past: &RecordedEvent) -> Result<(Repository, HeldManifest), ReplayError> {
    let (repository, digest) = subject(tx, past).await?;
    let held = store::manifests::find(&**tx, repository.id, &digest).await?;
    Ok((repository, held.ok_or_else(|| past.contradiction("the repository does not hold the manifest"))?))
}
