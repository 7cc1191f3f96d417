//! What attestations say, asked for.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit::{Signer, push_referrer, set_policy};
use crate::backup::base::Base;
use crate::backup::kit::run_with_password;
use crate::registry::kit::{descriptor, image, project, push_blob, push_image, put, sha512, user};
use crate::support::{Client, TestServer, wait_until};

const PROVENANCE: &str = "https://slsa.dev/provenance/v1";
const CYCLONEDX: &str = "https://cyclonedx.org/bom";
const SPDX: &str = "https://spdx.dev/Document";
const VULNS: &str = "https://in-toto.io/attestation/vulns/v0.2";
const OPENVEX: &str = "https://openvex.dev/ns";
const OTHER: &str = "https://example.test/other/v1";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn provenance() -> Value {
    json!({
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": { "workflow": { "ref": "refs/heads/main", "repository": "https://github.com/acme/app" } },
            "resolvedDependencies": [
                { "uri": "git+https://github.com/acme/app@refs/heads/main", "digest": { "gitCommit": COMMIT } },
                { "uri": "pkg:docker/alpine@3.19", "digest": { "sha256": "ab".repeat(32) } },
            ],
        },
        "runDetails": { "builder": { "id": "https://ci.example/builder" }, "metadata": { "invocationId": "run-1" } },
    })
}

fn sbom(packages: &[&str]) -> Value {
    let component = |purl: &&str| json!({ "type": "library", "name": purl.split('@').next(), "purl": purl });
    let components: Vec<_> = packages.iter().map(component).collect();
    json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components })
}

fn vulns(ids: &[&str]) -> Value {
    let found: Vec<_> =
        ids.iter().map(|id| json!({ "id": id, "severity": [{ "method": "nvd", "score": "9.8" }] })).collect();
    json!({ "scanner": { "uri": "pkg:github/x/scanner@1", "db": { "lastUpdate": "2026-01-01T00:00:00Z" }, "result": found } })
}

async fn get(client: &Client, path: &str, status: u16) -> Value {
    let answer = client.get(path).send().await.unwrap();
    let got = answer.status();
    let text = answer.text().await.unwrap();
    assert_eq!(got, status, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// All items of a list, read page by page.
async fn list(client: &Client, path: &str, limit: u64) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    let with = if path.contains('?') { '&' } else { '?' };
    loop {
        let page = get(client, &format!("{path}{with}limit={limit}{cursor}"), 200).await;
        let some = page["items"].as_array().unwrap();
        assert!(some.len() as u64 <= limit);
        items.extend(some.clone());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

/// What is told of an artifact.
async fn of(client: &Client, repo: &str, digest: &str, what: &str) -> Vec<Value> {
    let project = repo.split('/').next().unwrap();
    list(client, &format!("/api/v1/projects/{project}/artifacts/{digest}/{what}?repository={repo}"), 1).await
}

async fn attest(
    signer: &Signer,
    client: &Client,
    repo: &str,
    digest: &str,
    kind: &str,
    predicate: &Value,
) -> String {
    let project = repo.split('/').next().unwrap();
    let path = format!("/api/v1/projects/{project}/artifacts/{digest}/attestations?repository={repo}");
    let answer = client.post(&path).body(signer.bundle(digest, kind, predicate)).send().await.unwrap();
    let (status, body) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, StatusCode::CREATED, "{body}");
    serde_json::from_str::<Value>(&body).unwrap()["manifest"].as_str().unwrap().to_owned()
}

/// The repositories of a list, sorted.
fn repositories(items: &[Value]) -> Vec<&str> {
    let mut names: Vec<_> =
        items.iter().map(|item| item["said_by"]["repository"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

async fn server(signer: &Signer) -> (TestServer, Client) {
    let server = TestServer::start().await;
    let client = server.client();
    project(&server, "acme", json!({ "tags": "mutable" })).await;
    let builders = json!([{ "id": "https://ci.example/*", "slsa_level": 2 }]);
    let scope = json!({ "may": { "predicate_types": ["*"], "builders": builders } });
    set_policy(&client, "acme", &json!({ "signers": [signer.entry(&scope)] })).await;
    (server, client)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_artifact_tells_how_it_was_built_by_either_name() {
    let (ci, stranger) = (Signer::new("ci"), Signer::new("stranger"));
    let (_server, client) = server(&ci).await;
    let manifest = image(&client, "acme/app", 1).await;
    assert_eq!(put(&client, "acme/app", "v1", &manifest).await.status(), 201);
    let long = sha512(manifest.to_string().as_bytes());
    let digest = push_image(&client, "acme/app", "v1", 1).await;
    let carrier = attest(&ci, &client, "acme/app", &digest, PROVENANCE, &provenance()).await;
    attest(&stranger, &client, "acme/app", &digest, PROVENANCE, &provenance()).await;
    for name in [&digest, &long] {
        let told = of(&client, "acme/app", name, "provenance").await;
        assert_eq!(told.len(), 2, "{told:#?}");
        let verified: Vec<_> = told.iter().filter(|item| item["said_by"]["verified"] == true).collect();
        let [verified] = verified[..] else { panic!("one of two is verified: {told:#?}") };
        assert_eq!(verified["commit"], COMMIT);
        assert_eq!(verified["source"], "https://github.com/acme/app");
        assert_eq!(verified["builder"], "https://ci.example/builder");
        assert_eq!(verified["invocation"], "run-1");
        let by = &verified["said_by"];
        assert_eq!(
            (&by["signer"], &by["kind"], &by["manifest"]),
            (&json!("ci"), &json!("attestation"), &json!(carrier))
        );
        assert_eq!((&by["artifact"], &by["predicate_type"]), (&json!(digest), &json!(PROVENANCE)));
        let other = told.iter().find(|item| item["said_by"]["verified"] == false).unwrap();
        assert_eq!(other["said_by"]["signer"], Value::Null, "nobody of the policy");
        assert_eq!(of(&client, "acme/app", name, "materials").await.len(), 4);
    }
    for query in [
        format!("provenance?commit={}", COMMIT.to_uppercase()),
        "provenance?source=git%2Bhttps://github.com/acme/app.git".to_owned(),
        "provenance?builder=https://ci.example/builder".to_owned(),
        format!("materials?digest=sha256:{}", "ab".repeat(32)),
    ] {
        let found = list(&client, &format!("/api/v1/projects/acme/{query}"), 1).await;
        assert_eq!(found.len(), 2, "{query}");
        assert!(found.iter().all(|item| item["said_by"]["artifact"] == digest.as_str()));
    }
    let none = list(&client, &format!("/api/v1/projects/acme/provenance?commit={}", "f".repeat(40)), 1).await;
    assert!(none.is_empty());
    // Another policy holds: nothing that was verified under the old one counts any more, from this moment on.
    set_policy(&client, "acme", &json!({ "signers": [] })).await;
    let told = of(&client, "acme/app", &digest, "provenance").await;
    assert!(told.len() == 2 && told.iter().all(|item| item["said_by"]["verified"] == false), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_attestations_say_comes_back_with_the_storage() {
    let ci = Signer::new("ci");
    let (mut server, client) = server(&ci).await;
    let digest = push_image(&client, "acme/app", "v1", 1).await;
    attest(&ci, &client, "acme/app", &digest, PROVENANCE, &provenance()).await;
    let before = of(&client, "acme/app", &digest, "provenance").await;
    let ids =
        |told: &[Value]| told.iter().map(|item| item["said_by"]["evidence"].clone()).collect::<Vec<_>>();
    server.stop().await;
    Base::lose(&mut server).await;
    run_with_password(&server, &["restore", "--json", "--from-storage"]);
    server.restart().await;
    let client = server.client();
    wait_until("it is told again", async || {
        let told = of(&client, "acme/app", &digest, "provenance").await;
        ids(&told) == ids(&before) && told[0]["said_by"]["verified"] == true && told[0]["commit"] == COMMIT
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_kinds_are_listed_and_what_nobody_signed_is_never_verified() {
    let ci = Signer::new("ci");
    let (_server, client) = server(&ci).await;
    let digest = push_image(&client, "acme/app", "v1", 1).await;
    let repo = "acme/app";
    attest(&ci, &client, repo, &digest, VULNS, &vulns(&["CVE-2021-44228", "CVE-2020-1"])).await;
    attest(&ci, &client, repo, &digest, OTHER, &json!({ "anything": [1] })).await;
    attest(&ci, &client, repo, &digest, SPDX, &json!({ "packages": [] })).await;
    let tests = json!({ "result": "PASSED", "passedTests": ["a"] });
    attest(&ci, &client, repo, &digest, "https://in-toto.io/attestation/test-result/v0.1", &tests).await;
    let document = sbom(&["pkg:npm/lodash@4.17.20", "pkg:npm/%40a/b@1"]).to_string();
    push_referrer(&client, repo, &digest, "application/vnd.cyclonedx+json", document.as_bytes()).await;
    let told = async || of(&client, repo, &digest, "attestations").await;
    wait_until("all is read", async || {
        let told = told().await;
        told.len() == 5 && told.iter().all(|item| item["state"] != "reading")
    })
    .await;
    let told = told().await;
    let one = |kind: &str| {
        let found: Vec<_> = told.iter().filter(|item| item["said_by"]["predicate_type"] == kind).collect();
        assert_eq!(found.len(), 1, "{kind}: {told:#?}");
        found[0].clone()
    };
    assert_eq!(one(OTHER)["family"], "unknown");
    assert_eq!((&one(OTHER)["state"], &one(OTHER)["summary"]), (&json!("read"), &json!({})));
    let unread = one(SPDX);
    assert_eq!(unread["state"], "unread");
    assert!(unread["problem"].as_str().unwrap().contains("spdxVersion"), "{unread}");
    assert_eq!(unread["said_by"]["verified"], true, "what it says is signed, even if it says nothing");
    assert_eq!(one(VULNS)["summary"]["findings"]["critical"], 2);
    assert_eq!(one("https://in-toto.io/attestation/test-result/v0.1")["summary"]["result"], "passed");
    let document = one(CYCLONEDX);
    assert_eq!((&document["family"], &document["summary"]["components"]), (&json!("sbom"), &json!(2)));
    let by = &document["said_by"];
    assert_eq!((&by["kind"], &by["verified"]), (&json!("document"), &json!(false)));
    let path = format!(
        "/api/v1/projects/acme/artifacts/{digest}/attestations?repository={repo}&predicate_type={VULNS}"
    );
    assert_eq!(list(&client, &path, 1).await.len(), 1);
    let found = of(&client, repo, &digest, "vulnerabilities").await;
    assert_eq!(
        found.iter().map(|item| item["id"].as_str().unwrap()).collect::<Vec<_>>(),
        ["CVE-2021-44228", "CVE-2020-1"]
    );
    assert_eq!((&found[0]["severity"], &found[0]["said_by"]["verified"]), (&json!("critical"), &json!(true)));
    assert_eq!(found[0]["database_updated_at"], "2026-01-01T00:00:00Z");
    assert_eq!(of(&client, repo, &digest, "components").await.len(), 2);
    let path =
        format!("/api/v1/projects/acme/artifacts/{digest}/components?repository={repo}&purl=pkg:npm/@a/b");
    let found = list(&client, &path, 1).await;
    assert_eq!(
        (found.len(), &found[0]["package"], &found[0]["version"]),
        (1, &json!("pkg:npm/%40a/b"), &json!("1"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_leads_to_the_artifacts_that_contain_it() {
    let ci = Signer::new("ci");
    let (_server, client) = server(&ci).await;
    for (seed, repo, packages) in [
        (1, "acme/app", ["pkg:npm/lodash@4.17.20", "pkg:npm/left-pad@1"]),
        (2, "acme/web", ["pkg:npm/Lodash@4.17.21", "pkg:npm/lodash@4.17.20?x=y"]),
        (3, "acme/api", ["pkg:pypi/requests@2", "pkg:npm/lodash-es@4.17.20"]),
    ] {
        let digest = push_image(&client, repo, "v1", seed).await;
        attest(&ci, &client, repo, &digest, CYCLONEDX, &sbom(&packages)).await;
    }
    let digest = push_image(&client, "acme/app", "v1", 1).await;
    let vex = json!({ "@context": "https://openvex.dev/ns/v0.2.0", "author": "Acme", "timestamp": "2026-01-01T00:00:00Z",
        "statements": [{ "vulnerability": { "name": "CVE-2021-23337", "aliases": ["GHSA-35jh-r3h4-6jhm"] },
            "products": [{ "@id": "pkg:npm/lodash@4.17.20" }], "status": "not_affected", "justification": "component_not_present" }] });
    attest(&ci, &client, "acme/app", &digest, OPENVEX, &vex).await;
    let all = list(&client, "/api/v1/projects/acme/components?purl=pkg:npm/lodash", 1).await;
    assert_eq!(repositories(&all), ["acme/app", "acme/web", "acme/web"]);
    let versions: Vec<_> = all.iter().map(|item| item["version"].as_str().unwrap()).collect();
    assert_eq!(versions, ["4.17.20", "4.17.20", "4.17.21"], "by version");
    let one = list(&client, "/api/v1/projects/acme/components?purl=pkg:npm/lodash@4.17.20", 1).await;
    assert_eq!(repositories(&one), ["acme/app", "acme/web"]);
    assert!(one.iter().all(|item| item["said_by"]["verified"] == true));
    let by_alias = list(&client, "/api/v1/projects/acme/vulnerabilities?id=GHSA-35jh-r3h4-6jhm", 1).await;
    assert_eq!((by_alias.len(), &by_alias[0]["alias_of"]), (1, &json!("CVE-2021-23337")));
    let by_id = list(&client, "/api/v1/projects/acme/vulnerabilities?id=cve-2021-23337", 1).await;
    assert_eq!(
        (&by_id[0]["status"], &by_id[0]["package"]),
        (&json!("not_affected"), &json!("pkg:npm/lodash"))
    );
    // What is let go counts no more: the attestation, or the artifact.
    let carrier = one[0]["said_by"]["manifest"].as_str().unwrap();
    let (gone, stays) = if one[0]["said_by"]["repository"] == "acme/app" {
        ("acme/app", "acme/web")
    } else {
        ("acme/web", "acme/app")
    };
    let deleted = client.delete(&format!("/v2/{gone}/manifests/{carrier}")).send().await.unwrap();
    assert_eq!(deleted.status(), StatusCode::ACCEPTED);
    let left = list(&client, "/api/v1/projects/acme/components?purl=pkg:npm/lodash@4.17.20", 1).await;
    assert_eq!(repositories(&left), [stays]);
    let artifact = left[0]["said_by"]["artifact"].as_str().unwrap();
    let deleted = client.delete(&format!("/v2/{stays}/manifests/{artifact}")).send().await.unwrap();
    assert_eq!(deleted.status(), StatusCode::ACCEPTED);
    assert!(list(&client, "/api/v1/projects/acme/components?purl=pkg:npm/lodash", 1).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_of_repositories_that_they_may_not_read() {
    let ci = Signer::new("ci");
    let (server, client) = server(&ci).await;
    project(&server, "other", json!({})).await;
    for (seed, repo) in [(1, "acme/app"), (2, "acme/secret/app"), (3, "other/app")] {
        let digest = push_image(&client, repo, "v1", seed).await;
        attest(&ci, &client, repo, &digest, CYCLONEDX, &sbom(&["pkg:npm/lodash@4.17.20"])).await;
        attest(&ci, &client, repo, &digest, PROVENANCE, &provenance()).await;
        attest(&ci, &client, repo, &digest, VULNS, &vulns(&["CVE-2020-1"])).await;
    }
    let in_part = user(&server, "ann", "reader", json!({ "project": "acme", "prefix": "acme/app" })).await;
    let in_whole = user(&server, "ben", "reader", json!({ "project": "acme" })).await;
    let elsewhere = user(&server, "eve", "reader", json!({ "project": "other" })).await;
    let base = format!("materials?digest=sha256:{}", "ab".repeat(32));
    for question in [
        "components?purl=pkg:npm/lodash",
        "vulnerabilities?id=CVE-2020-1",
        "provenance?builder=https://ci.example/builder",
        &base,
    ] {
        let path = format!("/api/v1/projects/acme/{question}");
        assert_eq!(repositories(&list(&in_part, &path, 1).await), ["acme/app"], "{question}");
        assert_eq!(
            repositories(&list(&in_whole, &path, 1).await),
            ["acme/app", "acme/secret/app"],
            "{question}"
        );
        get(&elsewhere, &path, 403).await;
        get(&server.anonymous(), &path, 401).await;
        let other = list(&elsewhere, &format!("/api/v1/projects/other/{question}"), 1).await;
        assert_eq!(repositories(&other), ["other/app"]);
        assert_eq!(other[0]["said_by"]["verified"], false, "no policy holds there");
    }
    let secret = push_image(&client, "acme/secret/app", "v1", 2).await;
    for what in ["attestations", "provenance", "materials", "components", "vulnerabilities"] {
        let path = |repo: &str| format!("/api/v1/projects/acme/artifacts/{secret}/{what}?repository={repo}");
        get(&in_part, &path("acme/secret/app"), 403).await;
        get(&in_part, &path("acme/app"), 404).await;
        get(&in_whole, &path("other/app"), 400).await;
        assert!(!list(&in_whole, &path("acme/secret/app"), 100).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_questions_are_told_what_is_wrong() {
    let ci = Signer::new("ci");
    let (_server, client) = server(&ci).await;
    let digest = push_image(&client, "acme/app", "v1", 1).await;
    let of_artifact = |what: &str| format!("artifacts/{digest}/{what}repository=acme/app");
    for question in [
        "components".to_owned(),
        "components?purl=lodash".to_owned(),
        "components?purl=pkg:npm/a%00b".to_owned(),
        "components?purl=pkg:npm/a&cursor=YQ".to_owned(),
        "vulnerabilities".to_owned(),
        "vulnerabilities?id=".to_owned(),
        "vulnerabilities?id=CVE-1%00".to_owned(),
        "provenance".to_owned(),
        "provenance?commit=abc".to_owned(),
        "materials?digest=abc".to_owned(),
        "provenance?source=nothing".to_owned(),
        "provenance?builder=a%00".to_owned(),
        "materials".to_owned(),
        "materials?digest=a:%00".to_owned(),
        of_artifact("components?purl=x&"),
        of_artifact("components?limit=0&"),
        of_artifact("components?cursor=YQ&"),
        of_artifact("attestations?predicate_type=%00&"),
        of_artifact("attestations?cursor=YQ&"),
        "artifacts/sha256:x/components?repository=acme/app".to_owned(),
    ] {
        let body = get(&client, &format!("/api/v1/projects/acme/{question}"), 400).await;
        assert!(body["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{question}: {body}");
    }
    get(
        &client,
        &format!("/api/v1/projects/acme/artifacts/sha256:{}/components?repository=acme/app", "0".repeat(64)),
        404,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_legacy_attestation_speaks_as_long_as_its_tag_leads_to_it() {
    let ci = Signer::new("ci");
    let (_server, client) = server(&ci).await;
    let (repo, digest) = ("acme/app", push_image(&client, "acme/app", "v1", 1).await);
    let envelope = ci.envelope_json(&digest, CYCLONEDX, &sbom(&["pkg:npm/lodash@4.17.20"])).to_string();
    let layer = push_blob(&client, repo, envelope.as_bytes()).await;
    let mut manifest = image(&client, repo, 2).await;
    let kind = "application/vnd.dsse.envelope.v1+json";
    manifest["layers"] = json!([descriptor(kind, &layer, envelope.len())]);
    let tag = format!("{}.att", digest.replace(':', "-"));
    assert_eq!(put(&client, repo, &tag, &manifest).await.status(), 201);
    let told = async || list(&client, "/api/v1/projects/acme/components?purl=pkg:npm/lodash", 1).await;
    wait_until("it is verified", async || {
        told().await.iter().any(|item| item["said_by"]["verified"] == true)
    })
    .await;
    assert_eq!((told().await.len(), &told().await[0]["said_by"]["artifact"]), (1, &json!(digest)));
    // The tag moves on; the manifest that it led to stays.
    push_image(&client, repo, &tag, 3).await;
    assert!(told().await.is_empty());
}
