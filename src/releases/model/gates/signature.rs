//! That signers of the trust policy signed each artifact.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Answer;
use super::asked::Asked;
use super::known::Known;

/// Most names in a list of a gate.
const NAMES: usize = 100;
/// Longest name in bytes, as trust policies have it.
const LONGEST: usize = 64;

/// That signers of the trust policy signed each artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignatureRule {
    /// One of these signers of the trust policy; any of them when it is left out.
    #[serde(default)]
    pub signers: Option<Vec<String>>,
}

impl SignatureRule {
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        check_signers(self.signers.as_deref())
    }

    /// What it says.
    pub fn answer(&self, asked: &Asked<'_>) -> Answer {
        asked.each(|known| self.of_artifact(known).having_seen(known.view()))
    }

    fn of_artifact(&self, known: &Known<'_>) -> Answer {
        let artifact = known.artifact;
        let signed = known.signers().iter().find(|signer| is_one_of(self.signers.as_deref(), Some(signer)));
        if let Some(signer) = signed {
            return Answer::pass("signed", format!("{signer} signed {artifact}"));
        }
        let who = match &self.signers {
            Some(signers) => format!("one of {}", signers.join(", ")),
            None => "a signer of the trust policy".to_owned(),
        };
        known.unless_unknown(Answer::missing(
            "not_signed",
            format!("{artifact} is not signed by {who}"),
            format!(
                "sign it as {who}: waybill sign --key FILE HOST/{artifact}, or cosign sign --key FILE HOST/{artifact}"
            ),
        ))
    }
}

/// Whether a signer is one of those that are asked for.
pub fn is_one_of(signers: Option<&[String]>, signer: Option<&String>) -> bool {
    signers.is_none_or(|signers| signer.is_some_and(|signer| signers.contains(signer)))
}

/// What is wrong with a list of signers.
pub fn check_signers(signers: Option<&[String]>) -> Result<(), String> {
    let Some(signers) = signers else { return Ok(()) };
    if signers.is_empty() || signers.len() > NAMES {
        return Err(format!(
            "`signers` names 1 to {NAMES} signers: leave it out for any of the trust policy"
        ));
    }
    match signers.iter().find(|name| name.is_empty() || name.len() > LONGEST) {
        Some(name) => Err(format!("{name:?} is no name of a signer: it has 1 to {LONGEST} characters")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::releases::model::Outcome;
    use crate::releases::model::gates::given::{self, Given};

    fn rule(signers: Option<&[&str]>) -> SignatureRule {
        SignatureRule { signers: signers.map(|names| names.iter().map(|name| (*name).to_owned()).collect()) }
    }

    #[test]
    fn a_signer_of_the_policy_signed_it() {
        let mut given = Given::default();
        given.known().signers = vec!["ci".to_owned()];
        let ask = |signers, given: &Given| {
            let answer = given.ask(|asked| rule(signers).answer(asked));
            (answer.outcome, answer.code)
        };
        assert_eq!(ask(None, &given), (Outcome::Pass, "signed"));
        assert_eq!(ask(Some(&["a", "ci"]), &given), (Outcome::Pass, "signed"));
        assert_eq!(ask(Some(&["a"]), &given), (Outcome::Missing, "not_signed"));
        given.known().policy = None;
        assert_eq!(ask(None, &given), (Outcome::Missing, "not_signed"));
        let answer = given.ask(|asked| rule(None).answer(asked));
        assert!(answer.remediation.unwrap().contains("without a trust policy"));
    }

    #[test]
    fn what_is_not_known_yet_is_not_missing() {
        let mut given = Given::default();
        let ask = |given: &Given| {
            let answer = given.ask(|asked| rule(None).answer(asked));
            (answer.outcome, answer.code)
        };
        assert_eq!(ask(&given), (Outcome::Missing, "not_signed"));
        given.known().is_truncated = true;
        assert_eq!(ask(&given), (Outcome::Error, "evidence_truncated"));
        given.known().is_pending = true;
        assert_eq!(ask(&given), (Outcome::Pending, "evidence_pending"));
        given.known().signers = vec!["ci".to_owned()];
        assert_eq!(ask(&given), (Outcome::Pass, "signed"), "more can't take it back");
        given.inputs.evidence.clear();
        assert_eq!(ask(&given), (Outcome::Error, "evidence_unknown"));
    }

    #[test]
    fn every_artifact_must_be_signed() {
        let mut given = Given::default();
        given.known().signers = vec!["ci".to_owned()];
        given.request.artifacts.push(given::artifact("acme/chart"));
        given.inputs.evidence.push(given::nothing());
        let answer = given.ask(|asked| rule(None).answer(asked));
        assert_eq!(answer.outcome, Outcome::Missing);
        assert!(answer.remediation.unwrap().contains("waybill sign --key FILE HOST/acme/chart@sha256:"));
    }

    #[test]
    fn an_empty_list_is_refused() {
        assert!(rule(Some(&[])).check().is_err());
        assert!(rule(Some(&[""])).check().is_err());
        assert_eq!(rule(Some(&["ci"])).check(), Ok(()));
    }
}
