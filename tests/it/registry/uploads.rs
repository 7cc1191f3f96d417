//! Upload sessions.

use reqwest::StatusCode;

use super::kit::{bytes, files, header, refused, sha256, sha512, start};
use crate::support::{TestServer, wait_until};

#[tokio::test]
async fn a_session_goes_on_after_a_kill() {
    let mut server = TestServer::start().await;
    let content = bytes(1, 300_000);
    let location = start(&server.client(), "acme/app").await;
    let first = content[..200_000].to_vec();
    let answer = server
        .client()
        .patch(&location)
        .header("content-range", "0-199999")
        .body(first)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    assert_eq!(header(&answer, "range"), "0-199999");
    server.kill9();
    server.restart().await;
    let client = server.client();
    let status = client.get(&location).send().await.unwrap();
    assert_eq!((status.status(), header(&status, "range")), (StatusCode::NO_CONTENT, "0-199999"));
    let digest = sha256(&content);
    let last = content[200_000..].to_vec();
    let answer = client.put(&format!("{location}?digest={digest}")).body(last).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let pulled = client.get(header(&answer, "location")).send().await.unwrap();
    assert!(pulled.bytes().await.unwrap() == content);
}

#[tokio::test]
async fn chunks_come_in_order_or_not_at_all() {
    let server = TestServer::start().await;
    let client = server.client();
    let location = start(&client, "acme/app").await;
    assert_eq!(header(&client.get(&location).send().await.unwrap(), "range"), "0-0");
    let patch = |range: &str, body: &'static str| {
        client.patch(&location).header("content-range", range).body(body).send()
    };
    assert_eq!(patch("0-3", "abcd").await.unwrap().status(), StatusCode::ACCEPTED);
    for range in ["0-3", "8-11"] {
        let answer = patch(range, "efgh").await.unwrap();
        assert_eq!((header(&answer, "range"), header(&answer, "location")), ("0-3", location.as_str()));
        refused(answer, 416, "BLOB_UPLOAD_INVALID").await;
    }
    refused(patch("nonsense", "efgh").await.unwrap(), 416, "BLOB_UPLOAD_INVALID").await;
    refused(patch("4-9", "efgh").await.unwrap(), 400, "SIZE_INVALID").await;
    assert_eq!(header(&client.get(&location).send().await.unwrap(), "range"), "0-3");
    let path = format!("{location}?digest={}", sha256(b"abcdefgh"));
    let answer = client.put(&path).header("content-range", "4-7").body("efgh").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn sha512_announced_or_not() {
    let server = TestServer::start().await;
    let client = server.client();
    for (query, content) in [("?digest-algorithm=sha512", "announced"), ("", "not announced")] {
        let path = format!("/v2/acme/app/blobs/uploads/{query}");
        let location = header(&client.post(&path).send().await.unwrap(), "location").to_owned();
        assert_eq!(
            client.patch(&location).body(content).send().await.unwrap().status(),
            StatusCode::ACCEPTED
        );
        let digest = sha512(content.as_bytes());
        let answer = client.put(&format!("{location}?digest={digest}")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        assert_eq!(header(&answer, "docker-content-digest"), digest);
        let pulled = client.get(&format!("/v2/acme/app/blobs/{digest}")).send().await.unwrap();
        assert_eq!(pulled.text().await.unwrap(), content);
    }
}

#[tokio::test]
async fn a_wrong_digest_ends_the_session() {
    let server = TestServer::start().await;
    let client = server.client();
    let location = start(&client, "acme/app").await;
    let digest = sha256(b"something else");
    let answer = client.put(&format!("{location}?digest={digest}")).body("content").send().await.unwrap();
    refused(answer, 400, "DIGEST_INVALID").await;
    refused(client.get(&location).send().await.unwrap(), 404, "BLOB_UPLOAD_UNKNOWN").await;
    for digest in [digest, sha256(b"content")] {
        let answer = client.get(&format!("/v2/acme/app/blobs/{digest}")).send().await.unwrap();
        refused(answer, 404, "BLOB_UNKNOWN").await;
    }
}

#[tokio::test]
async fn a_cancelled_session_is_gone() {
    let server = TestServer::start().await;
    let client = server.client();
    let location = start(&client, "acme/app").await;
    assert_eq!(client.delete(&location).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    refused(client.delete(&location).send().await.unwrap(), 404, "BLOB_UPLOAD_UNKNOWN").await;
    refused(client.patch(&location).body("x").send().await.unwrap(), 404, "BLOB_UPLOAD_UNKNOWN").await;
}

#[tokio::test]
async fn an_abandoned_session_is_swept_with_its_bytes() {
    let server = TestServer::builder().disk().env("WAYBILL_LIMITS__UPLOAD_EXPIRY_SECONDS", "1").start().await;
    let client = server.client();
    let location = start(&client, "acme/app").await;
    client.patch(&location).body("left behind").send().await.unwrap();
    assert_eq!(files(&server), [11]);
    wait_until("the bytes are swept", async || files(&server).is_empty()).await;
    refused(client.get(&location).send().await.unwrap(), 404, "BLOB_UPLOAD_UNKNOWN").await;
}

#[tokio::test]
async fn the_same_content_is_kept_once_and_the_second_copy_swept() {
    let server = TestServer::start().await;
    let client = server.client();
    let content = bytes(9, 5000);
    super::kit::push_blob(&client, "acme/one", &content).await;
    super::kit::push_blob(&client, "acme/two", &content).await;
    wait_until("one copy is left", async || files(&server) == [5000]).await;
    for repo in ["acme/one", "acme/two"] {
        let answer = client.get(&format!("/v2/{repo}/blobs/{}", sha256(&content))).send().await.unwrap();
        assert!(answer.bytes().await.unwrap() == content);
    }
}

#[tokio::test]
async fn finished_blobs_are_in_the_inventory() {
    let server = TestServer::start().await;
    let digest = super::kit::push_blob(&server.client(), "acme/app", b"listed").await;
    let folder = server.storage().join("inventory");
    wait_until("the inventory names the blob", async || {
        std::fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .filter_map(|file| std::fs::read_to_string(file.unwrap().path()).ok())
            .any(|lines| lines.contains(&digest))
    })
    .await;
}

#[tokio::test]
async fn what_a_full_disk_refuses_leaves_nothing_behind() {
    // No disk has so much room.
    let reserve = (1_u64 << 62).to_string();
    let server = TestServer::builder().disk().env("WAYBILL_LIMITS__RESERVE_BYTES", &reserve).start().await;
    let client = server.client();
    let content = bytes(1, 3_000_000);
    let digest = sha256(&content);
    let path = format!("/v2/acme/app/blobs/uploads/?digest={digest}");
    let answer = client.post(&path).body(content.clone()).send().await.unwrap();
    refused(answer, 507, "DENIED").await;
    assert_eq!(files(&server), [0; 0], "a session that nobody knows of");
    let session = start(&client, "acme/app").await;
    for answer in [
        client.patch(&session).body(content.clone()).send().await,
        client.patch(&session).header("content-range", "0-2999999").body(content.clone()).send().await,
        client.put(&format!("{session}?digest={digest}")).body(content.clone()).send().await,
    ] {
        refused(answer.unwrap(), 507, "DENIED").await;
        assert_eq!(header(&client.get(&session).send().await.unwrap(), "range"), "0-0");
        assert_eq!(files(&server).iter().sum::<u64>(), 0);
    }
    assert_eq!(client.delete(&session).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    wait_until("the session's file is gone", async || files(&server).is_empty()).await;
}
