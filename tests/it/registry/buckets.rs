//! Uploads and pulls over a bucket: what no disk has.

use std::sync::Arc;

use futures_util::future::join_all;
use reqwest::StatusCode;
use reqwest::redirect::Policy;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::kit::{bytes, files, header, push_blob, push_image, refused, sha256, sha512, start};
use crate::support::{ADMIN_PASSWORD, Client, S3, TestServer, wait_until};

const MIB: usize = 1 << 20;

async fn on_s3() -> (TestServer, Arc<S3>) {
    let s3 = Arc::new(S3::start());
    (TestServer::builder().s3(&s3).start().await, s3)
}

async fn patch(client: &Client, session: &str, chunk: &[u8]) -> StatusCode {
    client.patch(session).body(chunk.to_vec()).send().await.unwrap().status()
}

/// How many bytes a session has.
async fn received(client: &Client, session: &str) -> usize {
    let status = client.get(session).send().await.unwrap();
    assert_eq!(status.status(), StatusCode::NO_CONTENT);
    let (_, last) = header(&status, "range").split_once('-').unwrap();
    let last: usize = last.parse().unwrap();
    if last == 0 { 0 } else { last + 1 }
}

async fn pulled(client: &Client, digest: &str) -> Vec<u8> {
    let answer = client.get(&format!("/v2/acme/app/blobs/{digest}")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.bytes().await.unwrap().to_vec()
}

/// Sends the first bytes of a chunk that announces more, and leaves the connection open.
async fn begin_chunk(server: &TestServer, session: &str, announced: usize, first: &[u8]) -> TcpStream {
    let mut connection = TcpStream::connect(server.address()).await.unwrap();
    let credentials = base64(&format!("admin:{ADMIN_PASSWORD}"));
    let head = format!(
        "PATCH {session} HTTP/1.1\r\nHost: waybill\r\nAuthorization: Basic {credentials}\r\nContent-Length: {announced}\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(first).await.unwrap();
    connection
}

#[tokio::test]
async fn a_push_copies_nothing_and_asks_for_no_condition() {
    let (server, s3) = on_s3().await;
    let client = server.client();
    push_image(&client, "acme/app", "v1", 1).await;
    let content = bytes(2, 20 * MIB);
    let session = start(&client, "acme/app").await;
    for chunk in content.chunks(9 * MIB) {
        assert_eq!(patch(&client, &session, chunk).await, StatusCode::ACCEPTED);
    }
    let digest = sha256(&content);
    let answer = client.put(&format!("{session}?digest={digest}")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert!(pulled(&client, &digest).await == content);
    wait_until("the manifest is an object", async || s3.storage().join("manifests").exists()).await;
    wait_until("the inventory is written", async || s3.storage().join("inventory").exists()).await;
    for asked in s3.asked() {
        assert!(asked.copy_source.is_none() && !asked.operation.contains("Copy"), "{asked:?}");
        assert!(asked.path.starts_with("/waybill-test"), "{asked:?}");
    }
    // Config, layer and manifest in one PUT each, and the large one in parts, written where it stays.
    assert_eq!(s3.count("CreateMultipartUpload"), 1);
    assert_eq!(s3.count("CompleteMultipartUpload"), 1);
    let keys = s3.asked().into_iter().filter(|asked| asked.operation == "UploadPart").map(|asked| asked.path);
    let mut keys: Vec<String> = keys.collect();
    assert_eq!(keys.len(), 3);
    keys.dedup();
    assert_eq!(keys.len(), 1);
    assert_eq!(s3.parts(), 0);
}
