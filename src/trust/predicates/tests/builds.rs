//! Provenance, verification summaries and test results.

use serde_json::{Value, json};

use super::{read, refusal};
use crate::trust::predicates::{Facts, Family, Material, Provenance, TestResult, VerificationSummary};

const V1: &str = "https://slsa.dev/provenance/v1";
const V0_2: &str = "https://slsa.dev/provenance/v0.2";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn provenance(predicate_type: &str, predicate: &Value) -> Provenance {
    match read(predicate_type, predicate) {
        Ok(Facts::Provenance(provenance)) => provenance,
        other => panic!("{other:?}"),
    }
}

/// As `actions/attest-build-provenance` writes it.
fn of_github() -> Value {
    json!({
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": { "workflow": {
                "ref": "refs/heads/main",
                "repository": "https://github.com/acme/app",
                "path": ".github/workflows/build.yml",
            } },
            "internalParameters": { "github": { "event_name": "push", "repository_id": "1", "runner_environment": "github-hosted" } },
            "resolvedDependencies": [{
                "uri": "git+https://github.com/acme/app@refs/heads/main",
                "digest": { "gitCommit": COMMIT },
            }],
        },
        "runDetails": {
            "builder": { "id": "https://github.com/acme/app/.github/workflows/build.yml@refs/heads/main" },
            "metadata": { "invocationId": "https://github.com/acme/app/actions/runs/1/attempts/1" },
        },
    })
}

#[test]
fn github_tells_the_commit() {
    let told = provenance(V1, &of_github());
    assert_eq!(told.builder, "https://github.com/acme/app/.github/workflows/build.yml@refs/heads/main");
    assert_eq!(told.build_type, "https://actions.github.io/buildtypes/workflow/v1");
    assert_eq!(told.source.as_deref(), Some("https://github.com/acme/app"));
    assert_eq!(told.source_ref.as_deref(), Some("refs/heads/main"));
    assert_eq!(told.commit.as_deref(), Some(COMMIT));
    assert_eq!(told.invocation.as_deref(), Some("https://github.com/acme/app/actions/runs/1/attempts/1"));
    let material = Material {
        uri: Some("git+https://github.com/acme/app@refs/heads/main".to_owned()),
        digest: Some(format!("gitCommit:{COMMIT}")),
    };
    assert_eq!(told.materials, [material]);
    assert_eq!((told.started_at, told.truncated), (None, false));
}

#[test]
fn buildkit_tells_base_images_and_times() {
    let told = provenance(
        V1,
        &json!({
            "buildDefinition": {
                "buildType": "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
                "externalParameters": {
                    "configSource": {
                        "uri": "https://github.com/acme/app.git#refs/heads/main",
                        "digest": { "sha1": COMMIT },
                        "path": "Dockerfile",
                    },
                    "request": { "frontend": "gateway.v0" },
                },
                "resolvedDependencies": [
                    { "uri": "pkg:docker/alpine@3.19?platform=linux%2Famd64", "digest": { "sha256": "AB".repeat(32) } },
                    { "uri": "https://user:secret@mirror.example/a.tgz", "digest": { "sha512": "cd".repeat(64) } },
                ],
            },
            "runDetails": {
                "builder": { "id": "https://ci.example/builder" },
                "metadata": {
                    "invocationID": "b1",
                    "startedOn": "2026-01-02T03:04:05.123456789Z",
                    "finishedOn": "2026-01-02T03:05:05Z",
                },
            },
        }),
    );
    assert_eq!(told.source.as_deref(), Some("https://github.com/acme/app"));
    assert_eq!(told.source_ref.as_deref(), Some("refs/heads/main"));
    assert_eq!(told.commit.as_deref(), Some(COMMIT));
    assert_eq!(told.invocation.as_deref(), Some("b1"));
    assert_eq!(told.started_at.unwrap().to_rfc3339(), "2026-01-02T03:04:05.123456Z");
    assert!(told.finished_at > told.started_at);
    assert_eq!(told.materials[0].digest.as_deref(), Some(format!("sha256:{}", "ab".repeat(32)).as_str()));
    assert_eq!(
        told.materials[1].uri.as_deref(),
        Some("https://mirror.example/a.tgz"),
        "the password is gone"
    );
}

#[test]
fn the_commit_is_that_of_the_repository_which_was_asked_for() {
    let mut predicate = of_github();
    let other = json!({
        "uri": "git+https://github.com/acme/library@refs/tags/v1",
        "digest": { "gitCommit": "f".repeat(40) },
    });
    let dependencies = predicate["buildDefinition"]["resolvedDependencies"].as_array_mut().unwrap();
    dependencies.insert(0, other);
    assert_eq!(provenance(V1, &predicate).commit.as_deref(), Some(COMMIT));
    // Nothing says which of the two it was.
    predicate["buildDefinition"]["externalParameters"] = json!({ "anything": [1, { "workflow": "x" }] });
    let told = provenance(V1, &predicate);
    assert_eq!((told.source, told.commit), (None, None));
    assert_eq!(told.materials.len(), 2);
}

#[test]
fn v0_2_is_read_too() {
    let told = provenance(
        V0_2,
        &json!({
            "builder": { "id": "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml@refs/tags/v1.9.0" },
            "buildType": "https://github.com/slsa-framework/slsa-github-generator/container@v1",
            "invocation": { "configSource": {
                "uri": "git+https://github.com/acme/app@refs/tags/v1",
                "digest": { "sha1": COMMIT },
                "entryPoint": ".github/workflows/release.yml",
            }, "parameters": {}, "environment": { "github_run_id": "1" } },
            "metadata": { "buildInvocationID": "1-1", "buildStartedOn": "2026-01-02T03:04:05Z", "completeness": {}, "reproducible": false },
            "materials": [{ "uri": "git+https://github.com/acme/app@refs/tags/v1", "digest": { "sha1": COMMIT } }],
        }),
    );
    assert_eq!(told.source.as_deref(), Some("https://github.com/acme/app"));
    assert_eq!(told.source_ref.as_deref(), Some("refs/tags/v1"));
    assert_eq!(told.commit.as_deref(), Some(COMMIT));
    assert_eq!(told.invocation.as_deref(), Some("1-1"));
}

#[test]
fn provenance_that_lacks_something_says_what() {
    for (path, what) in [
        ("/buildDefinition", "buildDefinition"),
        ("/runDetails/builder", "runDetails.builder"),
        ("/runDetails/builder/id", "runDetails.builder.id"),
        ("/buildDefinition/buildType", "buildDefinition.buildType"),
    ] {
        let mut predicate = of_github();
        *predicate.pointer_mut(path).unwrap() = Value::Null;
        let why = refusal(V1, &predicate);
        assert!(why.contains(what), "{why}");
    }
    let mut predicate = of_github();
    predicate["runDetails"]["metadata"]["startedOn"] = json!("yesterday");
    assert!(refusal(V1, &predicate).contains("startedOn"));
    predicate["runDetails"]["metadata"]["startedOn"] = json!("");
    assert_eq!(provenance(V1, &predicate).started_at, None);
    assert!(refusal(V1, &Value::Null).contains("null"));
}

#[test]
fn verification_summaries_say_who_and_how_far() {
    let kind = "https://slsa.dev/verification_summary/v1";
    let mut predicate = json!({
        "verifier": { "id": "https://verifier.example/", "version": { "v": "1" } },
        "timeVerified": "2026-01-02T03:04:05Z",
        "resourceUri": "pkg:oci/app",
        "policy": { "uri": "https://policy.example/1", "digest": { "sha256": "ab".repeat(32) } },
        "inputAttestations": [{ "uri": "x", "digest": { "sha256": "cd".repeat(32) } }],
        "verificationResult": "PASSED",
        "verifiedLevels": ["SLSA_BUILD_LEVEL_3"],
        "slsaVersion": "1.0",
    });
    let expected = VerificationSummary {
        verifier: "https://verifier.example/".to_owned(),
        resource: Some("pkg:oci/app".to_owned()),
        policy: Some("https://policy.example/1".to_owned()),
        policy_digest: Some(format!("sha256:{}", "ab".repeat(32))),
        passed: true,
        levels: vec!["SLSA_BUILD_LEVEL_3".to_owned()],
        verified_at: Some("2026-01-02T03:04:05Z".parse().unwrap()),
    };
    assert_eq!(read(kind, &predicate), Ok(Facts::VerificationSummary(expected)));
    predicate["verificationResult"] = json!("MAYBE");
    assert!(refusal(kind, &predicate).contains("MAYBE"));
    predicate["verificationResult"] = Value::Null;
    assert!(refusal(kind, &predicate).contains("verificationResult"));
}

#[test]
fn test_results_say_how_many() {
    let kind = "https://in-toto.io/attestation/test-result/v0.1";
    let predicate = json!({
        "result": "FAILED",
        "configuration": [{ "name": ".github/workflows/ci.yml", "downloadLocation": "https://x.example", "digest": { "gitCommit": COMMIT } }],
        "url": "https://ci.example/1",
        "passedTests": ["a", "b"],
        "warnedTests": [],
        "failedTests": ["c"],
    });
    let expected = TestResult {
        result: "failed",
        url: Some("https://ci.example/1".to_owned()),
        configuration: vec![".github/workflows/ci.yml".to_owned()],
        passed: 2,
        warned: 0,
        failed: 1,
    };
    assert_eq!(read(kind, &predicate), Ok(Facts::TestResult(expected)));
    assert!(refusal(kind, &json!({ "passedTests": [] })).contains("result"));
    let contradiction = json!({ "result": "PASSED", "failedTests": ["c"] });
    assert!(refusal(kind, &contradiction).contains("1 tests failed"));
}

#[test]
fn what_is_not_known_is_kept_apart_from_what_is_wrong() {
    for kind in ["https://example.com/anything/v1", "https://slsa.dev/provenance/v1.5", ""] {
        let facts = read(kind, &json!({ "a": 1 })).unwrap();
        assert_eq!((&facts, facts.family()), (&Facts::Unknown, Family::Unknown));
        assert_eq!(facts.summary(), json!({}));
    }
    assert_eq!(read("https://slsa.dev/provenance/v1/", &of_github()).unwrap().family(), Family::Provenance);
    assert!(read("https://slsa.dev/provenance/v1", &json!({})).is_err());
}
