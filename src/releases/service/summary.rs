//! Writing down what came of a promotion: a verification summary (slsa.dev/verification_summary/v1) beside each artifact,
//! signed by Waybill, so that whoever holds the artifact elsewhere can see where it was admitted and by which rules.

use serde_json::{Value, json};

use super::Releases;
use crate::releases::error::ReleaseError;
use crate::releases::model::{GateResult, PromotionNow, ReleaseArtifact};
use crate::releases::store;
use crate::trust::KnownEvidence;
use crate::types::{Digest, PromotionId};

/// What the verifier calls itself, and its resources and policies.
const VERIFIER: &str = "urn:waybill:verifier:v1";
/// Most attestations that one summary names: it stays below 16 KiB.
const MOST_INPUTS: usize = 64;

impl Releases {
    /// Writes the summaries of an admitted promotion. Written again, they are the same.
    pub(super) async fn write_summaries(&self, id: PromotionId) -> Result<(), ReleaseError> {
        let (standing, _) = self.standing(id).await?;
        let Some((admission, _)) = store::admissions::of_promotion(self.db.read(), id).await? else {
            return Ok(());
        };
        let of = self.move_of(&standing).await?;
        let gates = store::checks::find(self.db.read(), id).await?.map(|check| check.gates);
        for artifact in &of.release.artifacts {
            let known = self.trust.known_evidence(&artifact.repository, &artifact.digest).await?;
            let environment = of.environment.name.as_str();
            let at = admission.since.to_rfc3339();
            let gates = gates.as_deref().unwrap_or_default();
            let predicate = predicate(artifact, &standing, environment, &at, gates, &known);
            let (name, digest) = (&artifact.repository, &artifact.digest);
            let text = predicate.to_string();
            self.trust.write_summary(&self.registry, name, digest, &text, admission.since).await?;
        }
        Ok(())
    }
}

/// What is said of an artifact (slsa.dev/spec/v1.1/verification_summary).
fn predicate(
    artifact: &ReleaseArtifact,
    standing: &PromotionNow,
    environment: &str,
    at: &str,
    gates: &[GateResult],
    known: &KnownEvidence,
) -> Value {
    let PromotionNow { promotion, now } = standing;
    let inputs: Vec<Value> = known
        .attestations
        .iter()
        .filter(|attestation| attestation.is_verified)
        .take(MOST_INPUTS)
        .map(|attestation| json!({ "digest": digests(&attestation.carrier) }))
        .collect();
    let level = known.attestations.iter().filter(|a| a.is_verified).filter_map(|a| a.slsa_level).max();
    let levels: Vec<String> = level.map(|level| format!("SLSA_BUILD_LEVEL_{level}")).into_iter().collect();
    let passed: Vec<&str> = gates.iter().map(|gate| gate.gate.as_str()).collect();
    json!({
        "verifier": { "id": VERIFIER },
        "timeVerified": at,
        "resourceUri": format!("oci:{}@{}", artifact.repository, artifact.digest),
        "policy": {
            "uri": format!("urn:waybill:lifecycle:{}:{}", promotion.project, now.rules.lifecycle_revision),
            "digest": policy_digest(&now.rules.policy),
        },
        "inputAttestations": inputs,
        "verificationResult": "PASSED",
        "verifiedLevels": levels,
        "waybill": {
            "environment": environment,
            "promotion": promotion.id.to_string(),
            "release": promotion.release.to_string(),
            "kind": promotion.kind.as_str(),
            "breakGlass": promotion.glass_until.is_some(),
            "gates": passed,
        },
    })
}

fn digests(digest: &Digest) -> Value {
    json!({ digest.algorithm().as_str(): digest.hex() })
}

/// The trust policy's digest; where none holds there is none.
fn policy_digest(policy: &str) -> Value {
    policy.parse::<Digest>().map_or_else(|_| json!({}), |digest| digests(&digest))
}
