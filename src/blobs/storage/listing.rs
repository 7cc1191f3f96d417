//! Small objects by their names, a page at a time: what a backup copies and a restore replays.

use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::ObjectMeta;
use object_store::path::Path;

use crate::blobs::BlobError;

/// Objects in a page.
const PAGE: usize = 1000;

/// An object by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedObject {
    /// Below the storage's root, such as `manifests/sha256/<hex>`.
    pub key: String,
    /// Bytes.
    pub size: u64,
}

/// Objects in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectPage {
    /// At most a thousand.
    pub objects: Vec<ListedObject>,
    /// What to list after for the next page; none when this is the last.
    pub next: Option<String>,
}

impl ObjectPage {
    fn of(mut objects: Vec<ListedObject>) -> Self {
        let more = objects.len() > PAGE;
        objects.truncate(PAGE);
        let next = if more { objects.last().map(|last| last.key.clone()) } else { None };
        Self { objects, next }
    }
}

/// The first page of a listing that comes in order.
pub(super) async fn page_in_order(
    found: BoxStream<'_, object_store::Result<ObjectMeta>>,
    key: impl Fn(&Path) -> String,
) -> Result<ObjectPage, BlobError> {
    let objects = found.take(PAGE + 1).map_ok(|meta| listed(&meta, &key)).try_collect().await?;
    Ok(ObjectPage::of(objects))
}

/// The first page of a listing that comes in no order.
pub(super) async fn page_of_all(
    mut found: BoxStream<'_, object_store::Result<ObjectMeta>>,
    key: impl Fn(&Path) -> String,
) -> Result<ObjectPage, BlobError> {
    let mut objects: Vec<ListedObject> = Vec::new();
    while let Some(meta) = found.try_next().await? {
        objects.push(listed(&meta, &key));
        // Now and then what can't be in the page goes, so that a large folder takes little memory.
        if objects.len() > 16 * PAGE {
            objects.sort_unstable_by(|one, other| one.key.cmp(&other.key));
            objects.truncate(PAGE + 1);
        }
    }
    objects.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    Ok(ObjectPage::of(objects))
}

fn listed(meta: &ObjectMeta, key: &impl Fn(&Path) -> String) -> ListedObject {
    ListedObject { key: key(&meta.location), size: meta.size }
}

/// What a HEAD says of an object's size: none when there is no object.
pub(super) fn size(head: object_store::Result<ObjectMeta>) -> Result<Option<u64>, BlobError> {
    match head {
        Ok(meta) => Ok(Some(meta.size)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
