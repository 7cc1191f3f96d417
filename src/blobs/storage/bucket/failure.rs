//! What a bucket's failures mean.

use std::error::Error;

use object_store::client::HttpError;

use crate::blobs::BlobError;
use crate::blobs::storage::BucketUrl;

/// How object_store writes a status that it gave up on; its error has no other way to tell.
const STATUS: &str = "status code: ";
/// What it writes of an answer that began well and turned out to be an error.
const ERROR_RESPONSE: &str = "Server returned error response";

/// What an error of object_store is to this room. Its text, which is for the log, names the place but no secret.
pub(in crate::blobs) fn classify(error: &object_store::Error) -> BlobError {
    let text = error.to_string();
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<std::io::Error>()
            && io.kind() == std::io::ErrorKind::StorageFull
        {
            return BlobError::StorageFull;
        }
        // No answer, or none to its end: every try is over by now.
        if error.downcast_ref::<HttpError>().is_some() {
            return BlobError::Unavailable(text);
        }
        cause = error.source();
    }
    match status(&text) {
        Some(507) => BlobError::StorageFull,
        Some(408 | 429 | 500..) => BlobError::Unavailable(text),
        None if text.contains(ERROR_RESPONSE) => BlobError::Unavailable(text),
        _ => BlobError::Storage(text),
    }
}

fn status(text: &str) -> Option<u16> {
    let (_, behind) = text.split_once(STATUS)?;
    behind.get(..3)?.parse().ok()
}

/// Why a bucket can't be used from the start, with what to look at.
pub(super) fn at_start(error: &object_store::Error, url: &BucketUrl) -> BlobError {
    // A listing tells by its status what other requests tell by their kind of error.
    let hint = match (status(&error.to_string()), classify(error)) {
        (Some(404), _) => "does not exist: create it, or correct storage_url",
        (Some(401 | 403), _) => "refuses us: look at the credentials and at what they may do",
        (_, BlobError::Unavailable(_)) => {
            "can't be reached: look at the endpoint in storage_url, at the network, and whether credentials are set"
        }
        _ => "can't be used",
    };
    BlobError::Storage(format!("the bucket {} {hint} ({error})", url.bucket))
}
