//! What Waybill itself says of an artifact: verification summaries (slsa.dev/spec/v1.0/verification_summary), signed by a key of
//! its own, where every OCI client finds them.

use bytes::Bytes;

use super::Trust;
use crate::keys::Purpose;
use crate::registry::{PushManifest, Registry};
use crate::trust::error::TrustError;
use crate::trust::predicates;
use crate::trust::signing::{
    BUNDLE, Descriptor, EMPTY, MANIFEST, Predicate, PublicKey, VERIFICATION_SUMMARY, bundle,
    referrer_manifest, sign_with, statement,
};
use crate::types::{Digest, RepoName, Timestamp};

/// Bytes of the longest predicate.
const MAX_PREDICATE: usize = 16 << 10;

impl Trust {
    /// Signs a verification summary of an artifact, by either of its names, and keeps it as a referrer in its repository; returns
    /// the referrer's digest. `created` is told in it: the same summary of the same instant is the same referrer, and changes
    /// nothing more, as long as the same key signs.
    ///
    /// # Errors
    /// `NoSuchArtifact`; `BadSummary` when the predicate is longer than 16 KiB or no summary; `Keys`, `Registry`, `Db`.
    pub async fn write_summary(
        &self,
        registry: &Registry,
        name: &RepoName,
        subject: &Digest,
        predicate_json: &str,
        created: Timestamp,
    ) -> Result<Digest, TrustError> {
        let predicate = summary(predicate_json).map_err(TrustError::BadSummary)?;
        let (_, held) = self.artifact(name, subject).await?;
        let key = self.keys.signing(Purpose::Summary).await?;
        let public = PublicKey::of_bytes(&key.public());
        let public = public.map_err(|error| TrustError::BadSummary(error.to_string()))?;
        let envelope = sign_with(statement(&held.names, &predicate), |bytes| key.sign(bytes).to_vec());
        let bundle = Bytes::from(bundle(&envelope, &public));
        let [sha256, _] = held.names;
        let size = held.bytes.len() as u64;
        let artifact = Descriptor { media_type: held.media_type, digest: sha256, size };
        let layer = Descriptor::of(BUNDLE, &bundle);
        let manifest = PushManifest {
            bytes: referrer_manifest(&artifact, &layer, VERIFICATION_SUMMARY, created).into(),
            content_type: MANIFEST.parse().ok(),
            digest: None,
            tags: Vec::new(),
        };
        Ok(registry.keep_own(name, vec![Bytes::from_static(EMPTY), bundle], manifest).await?)
    }
}

/// Reads what is to be signed: nothing that Waybill could not read itself.
fn summary(json: &str) -> Result<Predicate, String> {
    if json.len() > MAX_PREDICATE {
        return Err(format!("it has {} bytes, and may have {MAX_PREDICATE}", json.len()));
    }
    let predicate = Predicate::parse(VERIFICATION_SUMMARY, json.as_bytes());
    let predicate = predicate.map_err(|error| error.to_string())?;
    let read = predicates::of_document(VERIFICATION_SUMMARY, predicate.json().as_bytes());
    read.map(|_| predicate).map_err(|reason| reason.to_string())
}
