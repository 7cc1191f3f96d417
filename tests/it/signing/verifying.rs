//! `waybill verify artifact`

use std::fs;

use serde_json::{Value, json};
use sigstore_verify::trust_root::SIGSTORE_PRODUCTION_TRUSTED_ROOT;

use super::kit::{REPO, Site, codes};
use crate::registry::kit::{descriptor, image, push_blob, put, put_bytes, sha256, sha512, user};
use crate::support::run;
use crate::trust::kit::set_policy;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

#[tokio::test]
async fn only_a_good_signature_by_the_key_counts() {
    let site = Site::start().await;
    site.keys("other");
    let (code, told) = site.verify(&["--key", "ci.pub"]);
    assert_eq!((code, &told["verified"], &told["evidence"]), (Some(1), &json!(false), &json!([])));
    // What is said of it is no signature.
    site.attest("ci.key", "https://example.test/x", "{}");
    let (code, told) = site.verify(&["--key", "ci.pub", "--attested", "https://example.test/x"]);
    assert_eq!((code, &told["lacks"]), (Some(1), &json!(["a good signature"])));
    let signed = site.sign("ci.key");
    let (code, told) = site.verify(&["--key", "ci.pub"]);
    assert_eq!((code, &told["verified"], &told["signed_by"]), (Some(0), &json!(true), &json!(["ci.pub"])));
    assert_eq!(told["digest"], site.digest);
    assert!(told["evidence"].as_array().unwrap().iter().any(|one| one["carrier"] == signed));
    assert_eq!(site.verify(&["--key", "other.pub", "--key", "ci.pub"]).0, Some(0));
    let (code, told) = site.verify(&["--key", "other.pub"]);
    assert_eq!((code, &told["verified"]), (Some(1), &json!(false)));
    assert_eq!(site.verify(&["--key", "ci.pub", "--attested", "https://example.test/x"]).0, Some(0));
    let (code, told) = site.verify(&["--key", "ci.pub", "--attested", "slsaprovenance1"]);
    let lacks = json!(["a good attestation of https://slsa.dev/provenance/v1"]);
    assert_eq!((code, &told["lacks"]), (Some(1), &lacks));
    // For people.
    let ended = site.ask(&["verify", "artifact"], &["--key", "ci.pub"]);
    assert!(ended.stdout.ends_with(&format!("@{} is signed by ci.pub\n", site.digest)), "{}", ended.stdout);
    let ended = site.ask(&["verify", "artifact"], &["--key", "other.pub"]);
    assert!(ended.stderr.ends_with("lacks a good signature\n"), "{}", ended.stderr);
}

#[tokio::test]
async fn a_signature_counts_for_its_own_artifact_only() {
    let site = Site::start().await;
    let signed = site.sign("ci.key");
    // The same bundle beside another artifact; and its manifest under the tag of another.
    let client = site.client();
    let other = image(&client, REPO, 2).await;
    put(&client, REPO, "v2", &other).await;
    let path = format!("/v2/{REPO}/manifests/{signed}");
    let mut moved: Value = client.get(&path).send().await.unwrap().json().await.unwrap();
    let text = other.to_string();
    moved["subject"] = descriptor(MANIFEST, &sha256(text.as_bytes()), text.len());
    put(&client, REPO, &sha256(moved.to_string().as_bytes()), &moved).await;
    let tag = format!("sha256-{}.sig", &sha256(text.as_bytes())["sha256:".len()..]);
    put(&client, REPO, &tag, &moved).await;
    let artifact = format!("{}/{REPO}:v2", site.server.address());
    let ended = site.ask_about(&artifact, &["verify", "artifact"], &["--key", "ci.pub", "--json"]);
    let told: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((ended.code, codes(&told)), (Some(1), vec!["other_artifact", "other_artifact"]));
}

#[tokio::test]
async fn bytes_that_were_changed_are_not_believed() {
    let site = Site::start().await;
    let signed = site.sign("ci.key");
    let path = format!("/v2/{REPO}/manifests/{signed}");
    let manifest: Value = site.client().get(&path).send().await.unwrap().json().await.unwrap();
    let size = manifest["layers"][0]["size"].as_u64().unwrap();
    let mut folders = vec![site.server.storage().join("blobs")];
    let mut changed = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if entry.metadata().unwrap().len() == size {
                let text = fs::read_to_string(entry.path()).unwrap();
                fs::write(entry.path(), text.replacen('e', "E", 1)).unwrap();
                changed += 1;
            }
        }
    }
    assert_eq!(changed, 1, "the bundle");
    let (code, told) = site.verify(&["--key", "ci.pub"]);
    assert_eq!((code, codes(&told)), (Some(1), vec!["content_missing"]));
}

#[tokio::test]
async fn what_a_reader_is_denied_stops_no_verification() {
    let site = Site::start().await;
    site.sign("ci.key");
    let admin = site.client();
    // It says that it refers to the artifact, and could run.
    let mut image = image(&admin, REPO, 2).await;
    image["subject"] = descriptor(MANIFEST, &site.digest, 1);
    let denied = sha256(image.to_string().as_bytes());
    assert!(put(&admin, REPO, &denied, &image).await.status().is_success());
    let pem = fs::read_to_string(site.server.folder().join("ci.pub")).unwrap();
    let by = json!({ "name": "ci", "by": { "key": { "pem": pem } } });
    set_policy(&admin, "acme", &json!({ "pull": "deny", "signers": [by] })).await;
    user(&site.server, "reader", "reader", json!({ "project": "acme" })).await;
    let mut command = site.server.command();
    let arguments = ["verify", "artifact", "--plain-http", "--user", "reader", "--key", "ci.pub", "--json"];
    command.args(arguments).arg(site.artifact()).env("WAYBILL_PASSWORD", "reader-has-a-password");
    let ended = run(&mut command);
    let told: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"));
    assert_eq!((ended.code, &told["signed_by"]), (Some(0), &json!(["ci.pub"])), "{told}");
    let evidence = told["evidence"].as_array().unwrap();
    let one = evidence.iter().find(|one| one["carrier"] == denied.as_str()).unwrap();
    assert_eq!(one["reasons"][0]["code"], "content_denied", "{one}");
    let message = one["reasons"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("reading it was denied"), "{message}");
}

#[tokio::test]
async fn a_policy_of_ones_own_decides() {
    let site = Site::start().await;
    site.sign("ci.key");
    site.attest("ci.key", "https://example.test/x", "{}");
    let pem = fs::read_to_string(site.server.folder().join("ci.pub")).unwrap();
    let verify = |signer: Value| {
        let policy = json!({ "signers": [signer] });
        fs::write(site.server.folder().join("policy.json"), policy.to_string()).unwrap();
        site.verify(&["--policy", "policy.json"])
    };
    let by = json!({ "key": { "pem": pem } });
    let (code, told) = verify(json!({ "name": "ci", "by": by }));
    assert_eq!((code, &told["signed_by"]), (Some(0), &json!(["ci"])));
    assert_eq!(codes(&told), ["predicate_out_of_scope"]);
    let elsewhere = json!({ "repositories": ["acme/other"] });
    let (code, told) = verify(json!({ "name": "ci", "by": by, "may": elsewhere }));
    assert_eq!((code, codes(&told).contains(&"repository_out_of_scope")), (Some(1), true));
    let revoked = json!({ "at": "2020-01-01T00:00:00Z" });
    let (code, told) = verify(json!({ "name": "ci", "by": by, "revoked": revoked }));
    assert_eq!((code, codes(&told).contains(&"key_revoked")), (Some(1), true));
    let (code, told) = verify(json!({ "name": "ci", "by": by, "x": 1 }));
    assert!(code == Some(2) && told["why"].as_str().unwrap().contains("no trust policy"), "{told}");
}

#[tokio::test]
async fn both_names_are_of_the_same_artifact() {
    let site = Site::start().await;
    let path = format!("/v2/{REPO}/manifests/{}", site.digest);
    let bytes = site.client().get(&path).send().await.unwrap().bytes().await.unwrap();
    let artifact = format!("{}/{REPO}@{}", site.server.address(), sha512(&bytes));
    let signed = site.ask_about(&artifact, &["sign"], &["--key", "ci.key"]);
    assert_eq!(signed.code, Some(0), "{}", signed.stderr);
    let verified = site.ask_about(&artifact, &["verify", "artifact"], &["--key", "ci.pub"]);
    assert_eq!(verified.code, Some(0), "{}", verified.stderr);
    assert_eq!(site.verify(&["--key", "ci.pub"]).0, Some(0));
}

#[tokio::test]
async fn a_log_may_be_demanded() {
    let site = Site::start().await;
    site.sign("ci.key");
    fs::write(site.server.folder().join("root.json"), SIGSTORE_PRODUCTION_TRUSTED_ROOT).unwrap();
    let (code, told) = site.verify(&["--key", "ci.pub", "--trusted-root", "root.json"]);
    assert_eq!((code, codes(&told)), (Some(1), vec!["log_proof_missing"]));
    fs::write(site.server.folder().join("root.json"), "{}").unwrap();
    assert_eq!(site.verify(&["--key", "ci.pub", "--trusted-root", "root.json"]).0, Some(2));
}

#[tokio::test]
async fn what_can_not_be_told_is_no_verdict() {
    let site = Site::start().await;
    let verify = |artifact: &str, arguments: &[&str]| {
        let all = [&["verify", "artifact", "--plain-http", artifact, "--json"], arguments].concat();
        let ended = site.waybill(&all);
        let told: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert!(told["verified"].is_null(), "{told}");
        (ended.code, told["why"].as_str().unwrap().to_owned())
    };
    let (code, why) = verify(&site.artifact(), &["--key", "ci.pub"]);
    assert!(code == Some(3) && why.contains("401 Unauthorized"), "{why}");
    let (code, why) = verify("registry.invalid/acme/app:v1", &["--key", "ci.key"]);
    assert!(code == Some(2) && why.contains("private"), "{why}");
    assert_eq!(site.waybill(&["verify", "artifact", &site.artifact()]).code, Some(2), "no key");
    assert_eq!(
        site.waybill(&["verify", "artifact", "acme/app:v1", "--key", "ci.pub"]).code,
        Some(2),
        "no host"
    );
}

#[tokio::test]
async fn what_refers_to_it_need_not_be_evidence() {
    let site = Site::start().await;
    let client = site.client();
    // An artifact whose layer says nothing, and a tag that is no manifest of signatures.
    let empty = push_blob(&client, REPO, b"{}").await;
    let note = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "application/vnd.example.note",
        "config": descriptor("application/vnd.oci.empty.v1+json", &empty, 2),
        "layers": [descriptor("text/plain", &empty, 2)],
        "subject": descriptor(MANIFEST, &site.digest, 1),
    });
    put(&client, REPO, &sha256(note.to_string().as_bytes()), &note).await;
    let index = json!({ "schemaVersion": 2, "mediaType": crate::registry::kit::INDEX, "manifests": [] });
    let tag = format!("sha256-{}.att", &site.digest["sha256:".len()..]);
    put_bytes(&client, REPO, &tag, crate::registry::kit::INDEX, index.to_string().into_bytes()).await;
    let (code, told) = site.verify(&["--key", "ci.pub"]);
    assert_eq!((code, &told["evidence"]), (Some(1), &json!([])));
}
