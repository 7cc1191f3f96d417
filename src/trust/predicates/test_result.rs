//! Test results (in-toto/attestation, test-result v0.1).

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::facts::Facts;
use super::text::{read as read_json, required, shown, shown_if_any};
use crate::trust::model::Reason;

/// What came of one run of tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// `passed`, `warned` or `failed`.
    pub result: &'static str,
    /// Where more is told of the run.
    pub url: Option<String>,
    /// What the tests were set up by, as far as it has a name.
    pub configuration: Vec<String>,
    /// How many tests passed.
    pub passed: u64,
    /// How many passed with a warning.
    pub warned: u64,
    /// How many failed.
    pub failed: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResultJson {
    result: Option<String>,
    url: Option<String>,
    configuration: Option<Vec<Configuration>>,
    passed_tests: Option<Vec<IgnoredAny>>,
    warned_tests: Option<Vec<IgnoredAny>>,
    failed_tests: Option<Vec<IgnoredAny>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    name: Option<String>,
    uri: Option<String>,
    download_location: Option<String>,
}

/// Configurations that are told.
const CONFIGURATIONS: usize = 20;

/// Reads test results.
pub fn read(bytes: &[u8]) -> Result<Facts, Reason> {
    let told: ResultJson = read_json(bytes)?;
    let result = match required(told.result, "result")?.as_str() {
        "PASSED" => "passed",
        "WARNED" => "warned",
        "FAILED" => "failed",
        other => {
            let other = shown(other);
            return Err(Reason::Malformed(format!("result is {other:?}, not PASSED, WARNED or FAILED")));
        }
    };
    let count = |tests: Option<Vec<IgnoredAny>>| tests.map_or(0, |tests| tests.len() as u64);
    let failed = count(told.failed_tests);
    if result == "passed" && failed > 0 {
        return Err(Reason::Malformed(format!("result is PASSED, yet {failed} tests failed")));
    }
    let configuration = told.configuration.unwrap_or_default();
    let names = configuration.into_iter().filter_map(|configuration| {
        let name = configuration.name.or(configuration.uri).or(configuration.download_location);
        shown_if_any(name.as_deref())
    });
    Ok(Facts::TestResult(TestResult {
        result,
        url: shown_if_any(told.url.as_deref()),
        configuration: names.take(CONFIGURATIONS).collect(),
        passed: count(told.passed_tests),
        warned: count(told.warned_tests),
        failed,
    }))
}
