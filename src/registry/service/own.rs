//! What Waybill itself says of an artifact, kept beside what others push.

use bytes::Bytes;
use futures_util::stream;
use uuid::Uuid;

use super::{PushManifest, Registry};
use crate::access::Caller;
use crate::http::BodyError;
use crate::registry::error::RegistryError;
use crate::registry::store;
use crate::types::{AccountId, Algorithm, Digest, RepoName};

/// Whose its uploads are: no account's, so no request can go on with one.
const NOBODY: Uuid = Uuid::nil();

impl Registry {
    /// Keeps a manifest without tags in a repository that is there, with the blobs that it names. No right is asked for:
    /// Waybill itself does it, and nobody is told to have pushed it. Of what is there already nothing changes; what breaks off is
    /// left to be done again, and its uploads to the sweep.
    ///
    /// # Errors
    /// `UnknownRepository`, and those of [`Registry::push_manifest`].
    pub async fn keep_own(
        &self,
        name: &RepoName,
        blobs: Vec<Bytes>,
        manifest: PushManifest,
    ) -> Result<Digest, RegistryError> {
        let (repository, caller) = (self.repository(name).await?, Caller::system());
        for bytes in blobs {
            let digest = Digest::of(Algorithm::Sha256, &bytes);
            if store::blobs::is_linked(self.db.read(), repository.id, &digest).await? {
                continue;
            }
            let account = AccountId::from(NOBODY);
            let session = self.open_session(&caller, account, name, digest.algorithm()).await?;
            let body = stream::iter([Ok::<_, BodyError>(bytes)]);
            let finished = self.blobs.complete(&session, None, body, digest).await?;
            self.keep_finished(&caller, name, &session, finished).await?;
        }
        let untagged = PushManifest { tags: Vec::new(), ..manifest };
        Ok(self.take_manifest(&caller, name, untagged, false).await?.digest)
    }
}
