//! Mounting blobs: never a way to one that the caller may not read.

use reqwest::StatusCode;
use serde_json::json;

use super::kit::{events, header, push_blob, refused, user};
use crate::support::TestServer;

#[tokio::test]
async fn mounts_with_and_without_a_source() {
    let server = TestServer::start().await;
    let client = server.client();
    let digest = push_blob(&client, "acme/one", b"shared").await;
    for (repo, from) in [("acme/two", "&from=acme/one"), ("acme/three", "")] {
        let path = format!("/v2/{repo}/blobs/uploads/?mount={digest}{from}");
        let answer = client.post(&path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        assert_eq!(header(&answer, "location"), format!("/v2/{repo}/blobs/{digest}"));
        let pulled = client.get(header(&answer, "location")).send().await.unwrap();
        assert_eq!(pulled.text().await.unwrap(), "shared");
    }
}

#[tokio::test]
async fn the_event_names_no_repository_of_another_project() {
    let server = TestServer::start().await;
    let client = server.client();
    let digest = push_blob(&client, "secret/codename", b"shared").await;
    push_blob(&client, "acme/one", b"something else").await;
    for (repo, from) in [("acme/one", "&from=secret/codename"), ("acme/two", "&from=acme/one")] {
        let path = format!("/v2/{repo}/blobs/uploads/?mount={digest}{from}");
        assert_eq!(client.post(&path).send().await.unwrap().status(), StatusCode::CREATED);
    }
    let told = events(&client).await;
    let of = |kind: &str| told.iter().filter(|event| event["kind"] == kind).collect::<Vec<_>>();
    let mounted = of("blob.mounted");
    // An opaque id, which only says something to those who see that project's events.
    assert_eq!(mounted[0]["data"]["from"], of("repository.created")[0]["data"]["repository"]);
    assert_eq!(mounted[1]["data"]["from"], "acme/one");
}

#[tokio::test]
async fn what_can_not_be_mounted_becomes_an_upload() {
    let server = TestServer::start().await;
    let client = server.client();
    let digest = push_blob(&client, "acme/one", b"shared").await;
    for from in ["acme/none", "acme/two", "env/production/acme/one", "../acme/one", "acme/one%00"] {
        let path = format!("/v2/acme/two/blobs/uploads/?mount={digest}&from={from}");
        let answer = client.post(&path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED, "{from}");
        let session = header(&answer, "location").to_owned();
        assert_eq!(client.delete(&session).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn no_blob_is_served_or_mounted_across_a_missing_right() {
    let server = TestServer::start().await;
    let digest = push_blob(&server.client(), "secret/app", b"not for everyone").await;
    push_blob(&server.client(), "open/app", b"something else").await;
    let outsider = user(&server, "out", "publisher", json!({ "project": "open" })).await;
    refused(outsider.get(&format!("/v2/secret/app/blobs/{digest}")).send().await.unwrap(), 403, "DENIED")
        .await;
    refused(outsider.get(&format!("/v2/open/app/blobs/{digest}")).send().await.unwrap(), 404, "BLOB_UNKNOWN")
        .await;
    for from in ["&from=secret/app", ""] {
        let path = format!("/v2/open/app/blobs/uploads/?mount={digest}{from}");
        assert_eq!(outsider.post(&path).send().await.unwrap().status(), StatusCode::ACCEPTED);
    }
    refused(outsider.get(&format!("/v2/open/app/blobs/{digest}")).send().await.unwrap(), 404, "BLOB_UNKNOWN")
        .await;
    // Whoever has the bytes may push them; sharing them on disk shares nothing else.
    assert_eq!(push_blob(&outsider, "open/app", b"not for everyone").await, digest);
}
