//! `POST …/uploads/?mount=<digest>[&from=<name>]` (end-11).

use crate::access::Caller;
use crate::http::OciError;
use crate::registry::Registry;
use crate::registry::service::Mount;
use crate::types::{Digest, RepoName};

/// Mounts a blob; says whether it is there now. A source that the caller may not read, that is no repository name or
/// that lacks the blob is all the same: the client then uploads, as the spec wants, and learns nothing.
pub async fn mount(
    registry: &Registry,
    caller: &Caller,
    name: &RepoName,
    digest: &Digest,
    from: Option<&str>,
) -> Result<bool, OciError> {
    let from = match from.map(str::parse::<RepoName>) {
        Some(Ok(from)) => Some(from),
        Some(Err(_)) => return Ok(false),
        None => None,
    };
    Ok(registry.mount_blob(caller, name, digest, from.as_ref()).await? == Mount::Mounted)
}
