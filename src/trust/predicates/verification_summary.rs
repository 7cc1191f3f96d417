//! SLSA's verification summary v1 (slsa.dev/spec/v1.0/verification_summary): what somebody's policy made of an artifact.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::facts::Facts;
use super::list::Bounded;
use super::text::{key, read as read_json, required, required_key, shown, shown_if_any, time};
use crate::trust::model::Reason;
use crate::types::Timestamp;

/// Most levels that are read.
const LEVELS: usize = 100;

/// What somebody's policy made of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationSummary {
    /// Who verified: a URI.
    pub verifier: String,
    /// What was verified, as its consumers name it: a URI.
    pub resource: Option<String>,
    /// The policy: a URI.
    pub policy: Option<String>,
    /// The policy's digest.
    pub policy_digest: Option<String>,
    /// Whether it passed.
    pub passed: bool,
    /// The levels that it reached, such as `SLSA_BUILD_LEVEL_3`.
    pub levels: Vec<String>,
    /// When it was verified.
    pub verified_at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SummaryJson {
    verifier: Option<Verifier>,
    time_verified: Option<String>,
    resource_uri: Option<String>,
    policy: Option<Policy>,
    verification_result: Option<String>,
    #[serde(default)]
    verified_levels: Bounded<String, LEVELS>,
}

#[derive(Deserialize)]
struct Verifier {
    id: Option<String>,
}

#[derive(Deserialize)]
struct Policy {
    uri: Option<String>,
    #[serde(default)]
    digest: Option<BTreeMap<String, String>>,
}

/// Reads a verification summary.
pub fn read(bytes: &[u8]) -> Result<Facts, Reason> {
    let summary: SummaryJson = read_json(bytes)?;
    let verifier = required(summary.verifier, "verifier")?.id;
    let passed = match required(summary.verification_result, "verificationResult")?.as_str() {
        "PASSED" => true,
        "FAILED" => false,
        other => {
            let other = shown(other);
            return Err(Reason::Malformed(format!(
                "verificationResult is {other:?}, neither PASSED nor FAILED"
            )));
        }
    };
    let (policy, digest) = summary.policy.map_or((None, None), |policy| (policy.uri, policy.digest));
    let digest = digest.unwrap_or_default().into_iter().next();
    Ok(Facts::VerificationSummary(VerificationSummary {
        verifier: required_key(verifier.as_deref(), "verifier.id")?,
        resource: shown_if_any(summary.resource_uri.as_deref()),
        policy: shown_if_any(policy.as_deref()),
        policy_digest: digest.and_then(|(algorithm, hex)| key(&format!("{algorithm}:{hex}"))),
        passed,
        levels: summary.verified_levels.items.iter().map(|level| shown(level)).collect(),
        verified_at: time(summary.time_verified.as_deref(), "timeVerified")?,
    }))
}
