//! Blobs of many pieces, and of several parts in a bucket: over whatever storage the suite runs on.

use reqwest::StatusCode;

use super::kit::{bytes, header, push_blob, push_image, refused, sha256, sha512, start};
use crate::support::{ADMIN_PASSWORD, Client, TestServer};

pub const MIB: usize = 1 << 20;

pub async fn patch(client: &Client, session: &str, chunk: &[u8]) -> StatusCode {
    client.patch(session).body(chunk.to_vec()).send().await.unwrap().status()
}

pub async fn put(client: &Client, session: &str, digest: &str, rest: &[u8]) -> StatusCode {
    client.put(&format!("{session}?digest={digest}")).body(rest.to_vec()).send().await.unwrap().status()
}

pub async fn pull(client: &Client, digest: &str) -> Vec<u8> {
    let answer = client.get(&format!("/v2/acme/app/blobs/{digest}")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.bytes().await.unwrap().to_vec()
}

#[tokio::test]
async fn a_large_upload_goes_on_after_kills_between_chunks() {
    let mut server = TestServer::start().await;
    let content = bytes(4, 25 * MIB);
    let (first, rest) = content.split_at(13 * MIB + 5);
    let (second, last) = rest.split_at(MIB);
    let session = start(&server.client(), "acme/app").await;
    assert_eq!(patch(&server.client(), &session, first).await, StatusCode::ACCEPTED);
    server.kill9();
    server.restart().await;
    assert_eq!(patch(&server.client(), &session, second).await, StatusCode::ACCEPTED);
    server.kill9();
    server.restart().await;
    let digest = sha256(&content);
    assert_eq!(put(&server.client(), &session, &digest, last).await, StatusCode::CREATED);
    assert!(pull(&server.client(), &digest).await == content);
}

#[tokio::test]
async fn a_large_blob_in_small_chunks() {
    let server = TestServer::start().await;
    let client = server.client();
    let content = bytes(3, 12 * MIB);
    let session = start(&client, "acme/app").await;
    for chunk in content.chunks(700_000) {
        assert_eq!(patch(&client, &session, chunk).await, StatusCode::ACCEPTED);
    }
    let digest = sha256(&content);
    assert_eq!(put(&client, &session, &digest, &[]).await, StatusCode::CREATED);
    assert!(pull(&client, &digest).await == content);
}

#[tokio::test]
async fn a_sha512_that_was_not_announced() {
    let server = TestServer::start().await;
    let client = server.client();
    for content in [Vec::new(), bytes(1, 1000), bytes(2, 20 * MIB)] {
        let session = start(&client, "acme/app").await;
        let digest = sha512(&content);
        assert_eq!(put(&client, &session, &digest, &content).await, StatusCode::CREATED);
        assert!(pull(&client, &digest).await == content);
    }
}

#[tokio::test]
async fn a_large_blob_with_a_wrong_digest_ends_its_session() {
    let server = TestServer::start().await;
    let client = server.client();
    let content = bytes(7, 20 * MIB);
    let (first, last) = content.split_at(9 * MIB);
    for wrong in [sha256(b"something else"), sha512(b"something else")] {
        let session = start(&client, "acme/app").await;
        assert_eq!(patch(&client, &session, first).await, StatusCode::ACCEPTED);
        assert_eq!(put(&client, &session, &wrong, last).await, StatusCode::BAD_REQUEST);
        refused(client.get(&session).send().await.unwrap(), 404, "BLOB_UPLOAD_UNKNOWN").await;
    }
}

#[tokio::test]
async fn pulls_are_redirected_where_that_is_set() {
    let server = TestServer::builder().bucket().env("WAYBILL_STORAGE_REDIRECTS", "true").start().await;
    let client = server.client();
    let content = bytes(1, 100_000);
    let digest = push_blob(&client, "acme/app", &content).await;
    let path = format!("/v2/acme/app/blobs/{digest}");
    let answer = client.get(&path).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(header(&answer, "cache-control"), "no-store");
    assert_eq!(header(&answer, "docker-content-digest"), digest);
    if server.is_on_s3() {
        assert!(header(&answer, "location").contains("X-Amz-Expires=60"));
    }
    assert_eq!(client.head(&path).send().await.unwrap().status(), StatusCode::OK);
    let beyond = client.get(&path).header("range", "bytes=100000-").send().await.unwrap();
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    // As a client follows: with its Range, and without its password, for the host is another.
    let follower = reqwest::Client::new();
    let ask = || follower.get(format!("{}{path}", server.base())).basic_auth("admin", Some(ADMIN_PASSWORD));
    assert!(ask().send().await.unwrap().bytes().await.unwrap() == content);
    let part = ask().header("range", "bytes=10-19").send().await.unwrap();
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.bytes().await.unwrap(), content[10..20]);
    push_image(&client, "acme/app", "v1", 1).await;
    assert_eq!(client.get("/v2/acme/app/manifests/v1").send().await.unwrap().status(), StatusCode::OK);
}
