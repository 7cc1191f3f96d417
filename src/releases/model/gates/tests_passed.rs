//! What came of each artifact's tests, as a signer of the trust policy tells it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Answer;
use super::asked::Asked;
use super::known::Known;
use crate::releases::model::Outcome;
use crate::trust::{KnownAttestation, Says};

/// Most results that can be asked for.
const MOST: u32 = 100;
/// The type of test results, any version.
const TEST_RESULT: &str = "https://in-toto.io/attestation/test-result/";

/// What came of each artifact's tests: none of the verified results may tell of one that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestsRule {
    /// How many results there are at least; 1 unless said otherwise.
    #[serde(default)]
    pub min: Option<u32>,
}

impl TestsRule {
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        if self.min.is_none_or(|min| (1..=MOST).contains(&min)) {
            Ok(())
        } else {
            Err(format!("`min` is 1 to {MOST} results"))
        }
    }

    /// What it says.
    pub fn answer(&self, asked: &Asked<'_>) -> Answer {
        asked.each(|known| self.of_artifact(known).having_seen(known.view()))
    }

    fn of_artifact(&self, known: &Known<'_>) -> Answer {
        let artifact = known.artifact;
        if let Some(unknown) = known.unknown() {
            return unknown;
        }
        let results: Vec<_> = known.verified().filter(|of| is_result(of)).collect();
        if let Some(unread) = results.iter().find(|of| matches!(of.says, Says::Unread(_))) {
            return Answer::error(
                "tests_unreadable",
                format!("a test result of {artifact} can't be read"),
                "delete it, and attach one of type https://in-toto.io/attestation/test-result/v0.1 that can be",
            )
            .resting_on([*unread]);
        }
        let of = |wanted: &str| results.iter().filter(|of| result(of) == wanted).copied().collect::<Vec<_>>();
        let failed: Vec<_> = results.iter().filter(|of| has_failed(of)).copied().collect();
        if !failed.is_empty() {
            return Answer::fail(
                "tests_failed",
                format!("{} of {} test results of {artifact} tell of failures", failed.len(), results.len()),
                "mend what failed and release the artifact that is built then",
            )
            .resting_on(failed);
        }
        let needed = self.min.unwrap_or(1);
        if results.len() < usize::try_from(needed).unwrap_or(usize::MAX) {
            let message = format!(
                "{artifact} has {} verified test results, at least {needed} are needed",
                results.len()
            );
            let answer = Answer::missing(
                "tests_missing",
                message,
                known.how_to_attest("the results of its tests", "testresult"),
            );
            return known.unless_unknown(answer).resting_on(results);
        }
        let warned = of("warned");
        if warned.is_empty() {
            Answer::pass("tests_passed", format!("the tests of {artifact} passed")).resting_on(results)
        } else {
            let message = format!("{} test results of {artifact} tell of warnings", warned.len());
            Answer::new(Outcome::Warn, "tests_warned", message).resting_on(warned)
        }
    }
}

fn is_result(attestation: &KnownAttestation) -> bool {
    let is_of_type = || attestation.predicate_type.as_deref().is_some_and(|uri| uri.starts_with(TEST_RESULT));
    match attestation.says {
        Says::Tests { .. } => true,
        Says::Unread(_) => is_of_type(),
        _ => false,
    }
}

fn result(attestation: &KnownAttestation) -> &str {
    match &attestation.says {
        Says::Tests { result, .. } => result,
        _ => "",
    }
}

/// Whatever is neither passed nor warned has failed.
fn has_failed(attestation: &KnownAttestation) -> bool {
    match &attestation.says {
        Says::Tests { result, failed } => *failed > 0 || !matches!(result.as_str(), "passed" | "warned"),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::releases::model::gates::given::{self, Given};

    fn ran(result: &str, failed: i64) -> KnownAttestation {
        let says = Says::Tests { result: result.to_owned(), failed };
        given::attestation("https://in-toto.io/attestation/test-result/v0.1", says)
    }

    fn ask(min: Option<u32>, attestations: Vec<KnownAttestation>) -> (Outcome, &'static str) {
        let mut given = Given::default();
        given.known().attestations = attestations;
        let answer = given.ask(|asked| TestsRule { min }.answer(asked));
        (answer.outcome, answer.code)
    }

    #[test]
    fn all_results_must_be_good() {
        let passed = || ran("passed", 0);
        assert_eq!(ask(None, vec![passed()]), (Outcome::Pass, "tests_passed"));
        assert_eq!(ask(None, vec![passed(), ran("warned", 0)]), (Outcome::Warn, "tests_warned"));
        assert_eq!(ask(None, vec![passed(), ran("failed", 1)]), (Outcome::Fail, "tests_failed"));
        for odd in [ran("passed", 1), ran("failed", 0), ran("", 0)] {
            assert_eq!(ask(None, vec![passed(), odd]).0, Outcome::Fail);
        }
        let unread = KnownAttestation { says: Says::Unread("x".to_owned()), ..passed() };
        assert_eq!(ask(None, vec![passed(), unread]), (Outcome::Error, "tests_unreadable"));
    }

    #[test]
    fn there_must_be_enough_that_a_signer_vouches_for() {
        let unverified = |of: KnownAttestation| KnownAttestation { is_verified: false, ..of };
        assert_eq!(ask(None, vec![unverified(ran("passed", 0))]), (Outcome::Missing, "tests_missing"));
        assert_eq!(ask(None, vec![ran("passed", 0), unverified(ran("failed", 1))]).0, Outcome::Pass);
        assert_eq!(ask(Some(2), vec![ran("passed", 0)]).0, Outcome::Missing);
        assert_eq!(ask(Some(2), vec![ran("passed", 0), ran("passed", 0)]).0, Outcome::Pass);
        assert!(TestsRule { min: Some(0) }.check().is_err());
    }

    #[test]
    fn a_result_that_is_not_looked_at_yet_may_be_a_bad_one() {
        let mut given = Given::default();
        given.known().attestations = vec![ran("passed", 0)];
        given.known().is_pending = true;
        let ask = |given: &Given| given.ask(|asked| TestsRule { min: None }.answer(asked)).outcome;
        assert_eq!(ask(&given), Outcome::Pending);
        (given.known().is_pending, given.known().is_truncated) = (false, true);
        assert_eq!(ask(&given), Outcome::Error);
    }
}
