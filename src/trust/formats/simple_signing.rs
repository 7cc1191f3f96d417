//! Cosign's legacy signatures (cosign, `specs/SIGNATURE_SPEC.md`): a payload that names the artifact, and a layer's
//! annotations with its signature, and with a certificate and a log's promise where there are such.

use serde::Deserialize;

use super::content::About;
use super::findings::Findings;
use super::legacy;
use super::sealed::{self, Signed};
use super::signers::Signer;
use crate::trust::model::{Evidence, Reason, read_json};

const SIGNATURE: &str = "dev.cosignproject.cosign/signature";
const TYPE: &str = "cosign container image signature";

#[derive(Deserialize)]
struct Payload {
    critical: Critical,
}

#[derive(Deserialize)]
struct Critical {
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Image {
    docker_manifest_digest: String,
}

/// Verifies a signature.
pub(super) fn verify<'a>(
    signers: &'a [Signer],
    evidence: &Evidence,
    about: &About<'_>,
) -> Result<Findings<'a>, Reason> {
    let Payload { critical: Critical { image, kind } } = read_json(&evidence.bytes)?;
    if kind != TYPE {
        return Err(Reason::PayloadType { found: kind, expected: TYPE });
    }
    let of_this = about.names.iter().any(|name| name.as_str() == image.docker_manifest_digest);
    let signature = evidence.annotations.get(SIGNATURE);
    let signature =
        signature.ok_or_else(|| Reason::Malformed(format!("the layer has no annotation {SIGNATURE}")))?;
    let signature = sealed::decoded(SIGNATURE, signature)?;
    let signed = Signed::Payload { signature, payload: evidence.bytes.to_vec(), of_this };
    sealed::verify(signers, &legacy::seal(signed, &evidence.annotations)?, about)
}
