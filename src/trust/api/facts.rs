//! What attestations say: of an artifact, and in a project.

mod attestations;
mod components;
mod materials;
mod provenance;
mod vulnerabilities;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::http::Problem;
use crate::trust::predicates::key;
use crate::trust::store::facts::Attested;
use crate::types::Digest;

/// Adds the routes.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(attestations::list_attestations)
        .service(provenance::list_artifact_provenance)
        .service(provenance::list_provenance)
        .service(materials::list_artifact_materials)
        .service(materials::list_materials)
        .service(components::list_artifact_components)
        .service(components::list_components)
        .service(vulnerabilities::list_artifact_vulnerabilities)
        .service(vulnerabilities::list_vulnerabilities);
}

/// Who says it, of which artifact, and whether that counts.
#[derive(Serialize, ToSchema)]
pub struct SaidBy {
    /// Opaque id of the evidence.
    evidence: String,
    /// `attestation`, or `document` if nobody signed it.
    kind: String,
    /// What it says: a URI.
    #[serde(skip_serializing_if = "Option::is_none")]
    predicate_type: Option<String>,
    /// The manifest that carries it.
    manifest: String,
    /// In which repository.
    repository: String,
    /// The artifact of which it speaks, by SHA-256.
    artifact: String,
    /// Whether a signer of the trust policy that holds vouches for it. What is not verified anybody who may push could have said.
    verified: bool,
    /// That signer.
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<String>,
    /// Whether it says more than was read: what is not found may be in it all the same.
    truncated: bool,
}

impl From<Attested> for SaidBy {
    fn from(attested: Attested) -> Self {
        Self {
            evidence: attested.evidence.to_string(),
            kind: attested.kind,
            predicate_type: attested.predicate_type,
            manifest: attested.carrier.into(),
            repository: attested.repository.to_string(),
            artifact: attested.artifact.into(),
            verified: attested.is_verified,
            signer: attested.signer,
            truncated: attested.truncated,
        }
    }
}

fn digest(text: &str) -> Result<Digest, Problem> {
    text.parse().map_err(|error| Problem::invalid(format_args!("{text}: {error}")))
}

/// A text to look up by.
fn wanted(text: &str, name: &str) -> Result<String, Problem> {
    key(text).ok_or_else(|| {
        Problem::invalid(format_args!("{name} must have 1 to 512 bytes and no control characters"))
    })
}

/// An instant as the API writes it.
fn rfc3339(micros: Option<i64>) -> Option<String> {
    micros.map(|micros| crate::types::Timestamp::from_micros(micros).to_rfc3339())
}
