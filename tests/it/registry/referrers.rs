//! What refers to a manifest.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit::{IMAGE, INDEX, descriptor, header, image, push_image, put, refused, sha256, sha512};
use crate::support::{Client, TestServer};

async fn attach(client: &Client, subject: &str, kind: &str, seed: u64) -> String {
    let mut manifest = image(client, "acme/app", seed).await;
    manifest["artifactType"] = json!(kind);
    manifest["subject"] = descriptor(IMAGE, subject, 10);
    manifest["annotations"] = json!({ "seed": seed.to_string() });
    let digest = sha256(manifest.to_string().as_bytes());
    let answer = put(client, "acme/app", &digest, &manifest).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert_eq!(header(&answer, "oci-subject"), subject);
    digest
}

async fn list(client: &Client, path: &str) -> Vec<Value> {
    let answer = client.get(path).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(header(&answer, "content-type"), INDEX);
    answer.json::<Value>().await.unwrap()["manifests"].as_array().unwrap().clone()
}

#[tokio::test]
async fn referrers_are_listed_and_filtered() {
    let server = TestServer::start().await;
    let client = server.client();
    let subject = push_image(&client, "acme/app", "v1", 1).await;
    let path = format!("/v2/acme/app/referrers/{subject}");
    assert_eq!(list(&client, &path).await, Vec::<Value>::new());
    let sbom = attach(&client, &subject, "application/sbom+json", 2).await;
    let signature = attach(&client, &subject, "application/sig", 3).await;
    let all = list(&client, &path).await;
    assert_eq!(all.len(), 2);
    let found = all.iter().find(|referrer| referrer["digest"] == sbom.as_str()).unwrap();
    assert_eq!(found["artifactType"], "application/sbom+json");
    assert_eq!(found["annotations"]["seed"], "2");
    let filtered = client.get(&format!("{path}?artifactType=application/sig")).send().await.unwrap();
    assert_eq!(header(&filtered, "oci-filters-applied"), "artifactType");
    let filtered: Value = filtered.json().await.unwrap();
    assert_eq!(filtered["manifests"].as_array().unwrap().len(), 1);
    assert_eq!(filtered["manifests"][0]["digest"], signature.as_str());
    client.delete(&format!("/v2/acme/app/manifests/{sbom}")).send().await.unwrap();
    assert_eq!(list(&client, &path).await.len(), 1);
}

#[tokio::test]
async fn a_subject_has_the_same_referrers_by_both_names() {
    let server = TestServer::start().await;
    let client = server.client();
    let manifest = image(&client, "acme/app", 1).await;
    put(&client, "acme/app", "v1", &manifest).await;
    let bytes = manifest.to_string();
    attach(&client, &sha256(bytes.as_bytes()), "a/a", 2).await;
    attach(&client, &sha512(bytes.as_bytes()), "a/a", 3).await;
    for name in [sha256(bytes.as_bytes()), sha512(bytes.as_bytes())] {
        assert_eq!(list(&client, &format!("/v2/acme/app/referrers/{name}")).await.len(), 2);
    }
}

#[tokio::test]
async fn the_tag_schema_is_folded_in() {
    let server = TestServer::start().await;
    let client = server.client();
    let subject = push_image(&client, "acme/app", "v1", 1).await;
    let real = attach(&client, &subject, "a/a", 2).await;
    let old = image(&client, "acme/app", 3).await;
    put(&client, "acme/app", "old", &old).await;
    let old = sha256(old.to_string().as_bytes());
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [
        { "mediaType": IMAGE, "digest": old, "size": 9, "artifactType": "b/b" },
        { "mediaType": IMAGE, "digest": real, "size": 9, "artifactType": "a/a" },
    ] });
    let tag = subject.replace(':', "-");
    assert_eq!(put(&client, "acme/app", &tag, &index).await.status(), StatusCode::CREATED);
    let path = format!("/v2/acme/app/referrers/{subject}");
    let digests: Vec<_> = list(&client, &path).await.into_iter().map(|r| r["digest"].clone()).collect();
    assert_eq!(digests, [real.as_str(), old.as_str()]);
    assert_eq!(list(&client, &format!("{path}?artifactType=b/b")).await.len(), 1);
}

#[tokio::test]
async fn pages_stay_small_and_lead_on() {
    let server = TestServer::start().await;
    let client = server.client();
    let subject = sha256(b"not there yet");
    let long = "x".repeat(900_000);
    for seed in 0..6 {
        let mut manifest = image(&client, "acme/app", seed).await;
        manifest["subject"] = descriptor(IMAGE, &subject, 10);
        manifest["artifactType"] = json!("a/a+b");
        manifest["annotations"] = json!({ "long": long });
        let digest = sha256(manifest.to_string().as_bytes());
        assert_eq!(put(&client, "acme/app", &digest, &manifest).await.status(), StatusCode::CREATED);
    }
    let mut path = format!("/v2/acme/app/referrers/{subject}?artifactType=a/a%2Bb");
    let mut seen = 0;
    loop {
        let answer = client.get(&path).send().await.unwrap();
        let link = answer.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        let body = answer.bytes().await.unwrap();
        assert!(body.len() < 4 << 20);
        let page: Value = serde_json::from_slice(&body).unwrap();
        seen += page["manifests"].as_array().unwrap().len();
        let Some(link) = link else { break };
        path = link.strip_prefix('<').unwrap().split('>').next().unwrap().to_owned();
    }
    assert_eq!(seen, 6);
}

#[tokio::test]
async fn the_tag_schema_is_folded_into_pages_by_either_name() {
    let server = TestServer::start().await;
    let client = server.client();
    let manifest = image(&client, "acme/app", 1).await;
    put(&client, "acme/app", "v1", &manifest).await;
    let (by_sha256, by_sha512) =
        (sha256(manifest.to_string().as_bytes()), sha512(manifest.to_string().as_bytes()));
    attach(&client, &by_sha256, "a/a", 2).await;
    let old = push_image(&client, "acme/app", "old", 3).await;
    let long = "x".repeat(900);
    let listed: Vec<Value> = (0..3500)
        .map(|n| {
            let mut referrer = descriptor(IMAGE, &sha256(&[(n % 256) as u8, (n / 256) as u8]), 9);
            referrer["annotations"] = json!({ "long": long });
            referrer
        })
        .chain([descriptor(IMAGE, &old, 9), descriptor(IMAGE, &old, 9)])
        .collect();
    super::kit::project(&server, "sparse", json!({ "sparse": "allow", "tags": "mutable" })).await;
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": listed });
    let tag = &by_sha512.replace(':', "-")[..71];
    // In an immutable project too, clients may write this tag again and again.
    for repo in ["sparse/app", "sparse/app"] {
        assert_eq!(put(&client, repo, tag, &index).await.status(), StatusCode::CREATED);
    }
    put(&client, "sparse/app", "v1", &manifest).await;
    for name in [by_sha256, by_sha512] {
        let (mut path, mut seen) = (format!("/v2/sparse/app/referrers/{name}"), Vec::new());
        loop {
            let answer = client.get(&path).send().await.unwrap();
            let link = answer.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
            let body = answer.bytes().await.unwrap();
            assert!(body.len() < 4 << 20);
            let page: Value = serde_json::from_slice(&body).unwrap();
            seen.extend(page["manifests"].as_array().unwrap().iter().map(|r| r["digest"].to_string()));
            let Some(link) = link else { break };
            path = link.strip_prefix('<').unwrap().split('>').next().unwrap().to_owned();
        }
        let all = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!((all, seen.len()), (3501, 3501));
    }
}

#[tokio::test]
async fn never_404_and_400_for_nonsense() {
    let server = TestServer::start().await;
    let client = server.client();
    push_image(&client, "acme/app", "v1", 1).await;
    assert!(list(&client, &format!("/v2/acme/none/referrers/{}", sha256(b""))).await.is_empty());
    refused(client.get("/v2/acme/app/referrers/nonsense").send().await.unwrap(), 400, "DIGEST_INVALID").await;
}
