//! That something is attested of each artifact, by a signer of the trust policy and of late.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Answer;
use super::asked::Asked;
use super::known::{Known, made_at};
use super::signature::{check_signers, is_one_of};
use super::span::{check_hours, hours};
use crate::trust::signing::{PredicateError, predicate_type};
use crate::trust::{KnownAttestation, Says};
use crate::types::Timestamp;

/// What kind of thing is attested: a URI, or a short name such as `cyclonedx`, as `waybill attest` takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PredicateType {
    written: String,
    uri: String,
}

impl PredicateType {
    /// Whether an attestation is of it. A version may follow, as SPDX and CycloneDX have it: `…/v2.3`.
    pub fn takes(&self, uri: &str) -> bool {
        uri.strip_prefix(&self.uri).is_some_and(|rest| {
            let version = rest.strip_prefix("/v");
            rest.is_empty()
                || version.is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit()))
        })
    }
}

impl TryFrom<String> for PredicateType {
    type Error = PredicateError;

    fn try_from(written: String) -> Result<Self, PredicateError> {
        Ok(Self { uri: predicate_type(&written)?, written })
    }
}

impl From<PredicateType> for String {
    fn from(of: PredicateType) -> Self {
        of.written
    }
}

impl fmt::Display for PredicateType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// That something is attested of each artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttestationRule {
    /// What kind of thing: a URI, or a short name as `waybill attest --type` takes it.
    #[schema(value_type = String)]
    pub predicate_type: PredicateType,
    /// It was signed no longer ago than this; where that can't be told, it was first seen here no longer ago.
    #[serde(default)]
    pub max_age_hours: Option<u32>,
    /// One of these signers of the trust policy made it; any of them when it is left out.
    #[serde(default)]
    pub signers: Option<Vec<String>>,
}

impl AttestationRule {
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        check_hours("max_age_hours", self.max_age_hours)?;
        check_signers(self.signers.as_deref())
    }

    /// What it says.
    pub fn answer(&self, asked: &Asked<'_>) -> Answer {
        asked.each(|known| self.of_artifact(known, asked.now).having_seen(known.view()))
    }

    fn of_artifact(&self, known: &Known<'_>, now: Timestamp) -> Answer {
        let (artifact, kind) = (known.artifact, &self.predicate_type);
        let newest = known
            .verified()
            .filter(|of| self.takes(of) && is_one_of(self.signers.as_deref(), of.signer.as_ref()))
            .filter(|of| !matches!(of.says, Says::Unread(_)))
            .max_by_key(|of| made_at(of));
        let remediation = known.how_to_attest(&format!("an attestation of type {kind}"), &kind.written);
        let Some(newest) = newest else {
            let told = known.evidence.attestations.iter().filter(|of| self.takes(of)).count();
            let message = match told {
                0 => format!("{artifact} has no attestation of type {kind}"),
                _ => format!(
                    "{artifact} has {told} of type {kind}, none of them readable and by a signer that counts"
                ),
            };
            let code = if told == 0 { "attestation_missing" } else { "attestation_not_verified" };
            return known.unless_unknown(Answer::missing(code, message, remediation));
        };
        let stale_at = self.max_age_hours.map(|age| made_at(newest).after(hours(age)));
        if stale_at.is_some_and(|stale_at| stale_at <= now) {
            let message = format!("the newest {kind} of {artifact} is of {}", made_at(newest));
            return known.unless_unknown(
                Answer::fail("attestation_stale", message, remediation).resting_on([newest]),
            );
        }
        Answer::pass("attested", format!("{artifact} has a verified {kind}"))
            .resting_on([newest])
            .until(stale_at)
    }

    fn takes(&self, attestation: &KnownAttestation) -> bool {
        attestation.predicate_type.as_deref().is_some_and(|uri| self.predicate_type.takes(uri))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::releases::model::Outcome;
    use crate::releases::model::gates::given::{self, Given};

    const SPDX: &str = "https://spdx.dev/Document";

    fn ask(json: &str, attestation: KnownAttestation) -> Answer {
        let rule: AttestationRule = serde_json::from_str(json).unwrap();
        let mut given = Given::default();
        given.known().attestations = vec![attestation];
        given.ask(|asked| rule.answer(asked))
    }

    #[test]
    fn the_type_is_a_uri_or_a_short_name_with_any_version() {
        let kind = PredicateType::try_from("spdxjson".to_owned()).unwrap();
        for (uri, takes) in [
            (SPDX, true),
            ("https://spdx.dev/Document/v2.3", true),
            ("https://spdx.dev/Document/vex", false),
            ("https://spdx.dev/Documents", false),
            ("https://spdx.dev", false),
        ] {
            assert_eq!(kind.takes(uri), takes, "{uri}");
        }
        assert!(serde_json::from_str::<AttestationRule>(r#"{"predicate_type":"spdx"}"#).is_err());
    }

    #[test]
    fn it_is_there_verified_and_by_whom() {
        let there = || given::attestation(SPDX, Says::Sbom);
        let any = r#"{"predicate_type":"spdxjson"}"#;
        let passed = ask(any, there());
        assert_eq!((passed.outcome, passed.evidence.len(), passed.next_at), (Outcome::Pass, 1, None));
        let unverified = ask(any, KnownAttestation { is_verified: false, ..there() });
        assert_eq!((unverified.outcome, unverified.code), (Outcome::Missing, "attestation_not_verified"));
        let unread = ask(any, given::attestation(SPDX, Says::Unread("x".to_owned())));
        assert_eq!((unread.outcome, unread.code), (Outcome::Missing, "attestation_not_verified"));
        let other = ask(r#"{"predicate_type":"cyclonedx"}"#, there());
        assert_eq!((other.outcome, other.code), (Outcome::Missing, "attestation_missing"));
        assert!(other.remediation.unwrap().contains("waybill attest --type cyclonedx --predicate FILE"));
        let signers = |name: &str| format!(r#"{{"predicate_type":"spdxjson","signers":[{name:?}]}}"#);
        assert_eq!(ask(&signers("ci"), there()).outcome, Outcome::Pass);
        assert_eq!(ask(&signers("ann"), there()).outcome, Outcome::Missing);
    }

    #[test]
    fn it_grows_stale() {
        let rule = r#"{"predicate_type":"spdxjson","max_age_hours":2}"#;
        let made = |ago: u32, seen: u32| KnownAttestation {
            signed_at: Some(given::ago(ago)),
            seen_at: given::ago(seen),
            ..given::attestation(SPDX, Says::Sbom)
        };
        let fresh = ask(rule, made(1, 1));
        let in_an_hour = given::in_hours(1);
        assert_eq!((fresh.outcome, fresh.next_at), (Outcome::Pass, Some(in_an_hour)));
        let stale = ask(rule, made(2, 2));
        assert_eq!((stale.outcome, stale.code), (Outcome::Fail, "attestation_stale"));
        assert_eq!(ask(rule, made(5, 1)).outcome, Outcome::Fail, "signed long before it came");
        assert_eq!(ask(rule, made(0, 5)).outcome, Outcome::Fail, "signed later than it was seen");
        assert_eq!(ask(rule, KnownAttestation { signed_at: None, ..made(9, 1) }).outcome, Outcome::Pass);
    }
}
