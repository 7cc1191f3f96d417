//! Tags: immutable unless the project says otherwise.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit::{header, image, mutable_server, project, push_image, put, refused, sha256, user};
use crate::support::TestServer;

#[tokio::test]
async fn an_immutable_tag_keeps_its_digest() {
    let server = TestServer::start().await;
    let client = server.client();
    let first = image(&client, "acme/app", 1).await;
    let digest = sha256(first.to_string().as_bytes());
    assert_eq!(put(&client, "acme/app", "latest", &first).await.status(), StatusCode::CREATED);
    assert_eq!(put(&client, "acme/app", "latest", &first).await.status(), StatusCode::CREATED);
    let second = image(&client, "acme/app", 2).await;
    let error = refused(put(&client, "acme/app", "latest", &second).await, 409, "DENIED").await;
    assert_eq!(error["detail"]["digest"], digest.as_str());
    assert!(error["message"].as_str().unwrap().contains(&digest));
    let held = client.get("/v2/acme/app/manifests/latest").send().await.unwrap();
    assert_eq!(header(&held, "docker-content-digest"), digest);
}

#[tokio::test]
async fn deleting_an_immutable_tag_needs_an_owner_and_leaves_the_name_bound() {
    let server = TestServer::start().await;
    let digest = push_image(&server.client(), "acme/app", "v1", 1).await;
    let publisher = user(&server, "pub", "publisher", json!({ "project": "acme" })).await;
    let owner = user(&server, "own", "project-owner", json!({ "project": "acme" })).await;
    for path in ["/v2/acme/app/manifests/v1".to_owned(), format!("/v2/acme/app/manifests/{digest}")] {
        refused(publisher.delete(&path).send().await.unwrap(), 403, "DENIED").await;
    }
    let answer = owner.delete("/v2/acme/app/manifests/v1").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    refused(owner.get("/v2/acme/app/manifests/v1").send().await.unwrap(), 404, "MANIFEST_UNKNOWN").await;
    let other = image(&owner, "acme/app", 2).await;
    refused(put(&owner, "acme/app", "v1", &other).await, 409, "DENIED").await;
    let same = image(&publisher, "acme/app", 1).await;
    assert_eq!(put(&publisher, "acme/app", "v1", &same).await.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_publisher_deletes_what_nothing_protects() {
    let server = mutable_server().await;
    let digest = push_image(&server.client(), "acme/app", "v1", 1).await;
    let publisher = user(&server, "pub", "publisher", json!({ "project": "acme" })).await;
    let answer = publisher.delete("/v2/acme/app/manifests/v1").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let by_digest = format!("/v2/acme/app/manifests/{digest}");
    assert_eq!(publisher.get(&by_digest).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(publisher.delete(&by_digest).send().await.unwrap().status(), StatusCode::ACCEPTED);
    push_image(&publisher, "acme/app", "v1", 2).await;
}

#[tokio::test]
async fn patterns_free_some_tags_and_shape_the_others() {
    let server = TestServer::start().await;
    let client = server.client();
    let settings = json!({ "mutable_patterns": ["latest"], "required_patterns": ["semver", "latest"] });
    project(&server, "acme", settings).await;
    for seed in [1, 2] {
        let manifest = image(&client, "acme/app", seed).await;
        assert_eq!(put(&client, "acme/app", "latest", &manifest).await.status(), StatusCode::CREATED);
        refused(put(&client, "acme/app", "nightly", &manifest).await, 400, "TAG_INVALID").await;
        let version = format!("1.0.{seed}");
        assert_eq!(put(&client, "acme/app", &version, &manifest).await.status(), StatusCode::CREATED);
    }
    let other = image(&client, "acme/app", 3).await;
    refused(put(&client, "acme/app", "1.0.1", &other).await, 409, "DENIED").await;
}

#[tokio::test]
async fn tags_are_listed_in_pages() {
    let server = TestServer::start().await;
    let client = server.client();
    let manifest = image(&client, "acme/app", 1).await;
    let digest = sha256(manifest.to_string().as_bytes());
    let mut tags: Vec<String> = ["Z", "a", "_", "b-1", "b.1"].iter().map(|tag| (*tag).to_owned()).collect();
    let answer = put(&client, "acme/app", &format!("{digest}?tag={}", tags.join("&tag=")), &manifest).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    tags.sort();
    let (mut seen, mut path) = (Vec::new(), "/v2/acme/app/tags/list?n=2".to_owned());
    loop {
        let answer = client.get(&path).send().await.unwrap();
        let link = answer.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        let page: Value = answer.json().await.unwrap();
        assert_eq!(page["name"], "acme/app");
        seen.extend(page["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()));
        let Some(link) = link else { break };
        path = link.strip_prefix('<').unwrap().split('>').next().unwrap().to_owned();
    }
    assert_eq!(seen, tags);
    let none = client.get("/v2/acme/app/tags/list?n=0").send().await.unwrap();
    assert!(none.headers().get("link").is_none());
    assert_eq!(none.json::<Value>().await.unwrap()["tags"], json!([]));
    refused(client.get("/v2/acme/app/tags/list?n=x").send().await.unwrap(), 400, "UNSUPPORTED").await;
    refused(client.get("/v2/acme/none/tags/list").send().await.unwrap(), 404, "NAME_UNKNOWN").await;
    let huge = client.get("/v2/_catalog?n=18446744073709551615").send().await.unwrap();
    assert_eq!(huge.json::<Value>().await.unwrap()["repositories"], json!(["acme/app"]));
}
