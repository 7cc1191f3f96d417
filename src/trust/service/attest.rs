//! Attestations that come over plain HTTP: stored as referrers, so that OCI tools see them too.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::stream;

use super::Trust;
use super::statement::statement_of;
use crate::access::Caller;
use crate::http::BodyError;
use crate::registry::{Inspect, PushManifest, Registry};
use crate::trust::error::TrustError;
use crate::trust::formats;
use crate::trust::model::{Evidence, Format, Reason};
use crate::trust::signing::{BUNDLE, Descriptor, EMPTY, MANIFEST, attestation_manifest};
use crate::trust::store::carriers;
use crate::types::{Digest, RepoName};

/// The media type of a bare envelope.
const ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";

/// An attestation that the repository holds now.
#[derive(Debug, Clone)]
pub struct Attested {
    /// The manifest that carries it.
    pub carrier: Digest,
    /// What it says.
    pub predicate_type: String,
}

impl Trust {
    /// Takes a DSSE envelope, or a bundle with one, whose statement is about the artifact. Whether it counts is for the trust
    /// policy to say, and kept as for all that is pushed.
    ///
    /// # Errors
    /// `NoSuchArtifact`; `Refused` with the reason, when it can't be an attestation of this artifact; `Registry`.
    pub async fn attest(
        &self,
        registry: &Registry,
        caller: &Caller,
        name: &RepoName,
        digest: &Digest,
        bytes: Bytes,
    ) -> Result<Attested, TrustError> {
        let (repository, subject) = self.artifact(name, digest).await?;
        let refused = |reason| TrustError::Refused { reason };
        let evidence = formats::recognise(ENVELOPE, &BTreeMap::new(), &bytes);
        let evidence = evidence.ok_or_else(|| {
            refused(Reason::Malformed(
                "send a DSSE envelope with an in-toto statement, or a Sigstore bundle".to_owned(),
            ))
        })?;
        let predicate_type = about(&evidence, &subject.names).map_err(refused)?;
        let media_type = if evidence.format == Format::SigstoreBundle { BUNDLE } else { ENVELOPE };
        let artifact = Descriptor {
            media_type: subject.media_type.clone(),
            digest: subject.names[0].clone(),
            size: subject.bytes.len() as u64,
        };
        let layer = Descriptor::of(media_type, &bytes);
        let manifest = Bytes::from(attestation_manifest(&artifact, &layer, &predicate_type));
        let empty = Bytes::from_static(EMPTY);
        for (digest, content) in [(layer.digest, bytes), (Descriptor::of(media_type, EMPTY).digest, empty)] {
            let body = stream::iter([Ok::<_, BodyError>(content)]);
            registry.push_blob(caller, name, digest, body).await?;
        }
        let content_type = MANIFEST.parse().ok();
        let push = PushManifest { bytes: manifest, content_type, digest: None, tags: Vec::new() };
        let carrier = registry.push_manifest(caller, name, push).await?.digest;
        // At once, so that who asks next gets the answer; the job that the push left finds it done.
        if let Some(held) = carriers::subject(self.db.read(), repository, &carrier).await? {
            self.take_in(&Inspect { manifest: held.manifest, tag: None }).await?;
        }
        Ok(Attested { carrier, predicate_type })
    }
}

/// What the statement says, if it is about the artifact.
fn about(evidence: &Evidence, names: &[Digest; 2]) -> Result<String, Reason> {
    let unsupported = || Reason::Unsupported("it holds no statement: attest with one".to_owned());
    let statement = statement_of(evidence)?.ok_or_else(unsupported)?;
    let [sha256, sha512] = names;
    if statement.is_about(&[sha256, sha512]) {
        Ok(statement.predicate_type)
    } else {
        Err(Reason::OtherSubject)
    }
}
