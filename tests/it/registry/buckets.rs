//! Uploads and pulls over a bucket: what no disk has.

use std::sync::Arc;

use futures_util::future::join_all;
use reqwest::StatusCode;
use sea_orm::{ConnectionTrait as _, Database, Statement};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;

use super::kit::{bytes, files, header, push_blob, push_image, refused, sha256, sha512, start};
use super::large::{MIB, patch, pull, put};
use crate::support::{Client, S3, TestServer, wait_until};

async fn on_s3() -> (TestServer, Arc<S3>) {
    let s3 = Arc::new(S3::start());
    (TestServer::builder().s3(&s3).start().await, s3)
}

#[tokio::test]
async fn a_push_copies_nothing() {
    let (server, s3) = on_s3().await;
    let client = server.client();
    push_image(&client, "acme/app", "v1", 1).await;
    let content = bytes(2, 20 * MIB);
    let session = start(&client, "acme/app").await;
    for chunk in content.chunks(9 * MIB) {
        assert_eq!(patch(&client, &session, chunk).await, StatusCode::ACCEPTED);
    }
    let digest = sha256(&content);
    assert_eq!(put(&client, &session, &digest, &[]).await, StatusCode::CREATED);
    assert!(pull(&client, &digest).await == content);
    wait_until("the manifest is an object", async || s3.storage().join("manifests").exists()).await;
    wait_until("the inventory is written", async || s3.storage().join("inventory").exists()).await;
    for asked in s3.asked() {
        assert!(asked.copy_source.is_none() && !asked.operation.contains("Copy"), "{asked:?}");
    }
    // The large one comes in parts, and is written where it stays.
    let by = |operation: &str| {
        let asked = s3.asked().into_iter().filter(|asked| asked.operation == operation);
        asked.map(|asked| asked.path).collect::<Vec<_>>()
    };
    let mut places = by("UploadPart");
    assert_eq!(places.len(), 3);
    places.dedup();
    assert_eq!(places, by("CompleteMultipartUpload"));
    assert_eq!(std::fs::read(s3.object(&places[0])).unwrap().len(), content.len());
    assert!(s3.parts().is_empty());
}

/// A server that was killed while a chunk came in, of which 64 MiB were recorded and more were sent; restarted.
async fn killed_amid_a_chunk(content: &[u8]) -> (TestServer, Arc<S3>, String, usize) {
    let (mut server, s3) = on_s3().await;
    let session = start(&server.client(), "acme/app").await;
    let head = format!("Content-Length: {}\r\n", content.len());
    let mut chunk = super::wire::begin(&server, &format!("PATCH {session}"), &head).await;
    let sending = content[..92 * MIB].to_vec();
    chunk.write_all(&sending).await.unwrap();
    wait_until("the first parts are recorded, and more are there", async || {
        received(&server.client(), &session).await > 0 && s3.parts().len() > 9
    })
    .await;
    server.kill9();
    server.restart().await;
    let there = received(&server.client(), &session).await;
    (server, s3, session, there)
}

async fn received(client: &Client, session: &str) -> usize {
    let status = client.get(session).send().await.unwrap();
    let (_, last) = header(&status, "range").split_once('-').unwrap();
    last.parse::<usize>().map(|last| if last == 0 { 0 } else { last + 1 }).unwrap()
}

/// Sends a chunk as soon as the turn of the killed request has lapsed; until then the session is busy.
async fn patch_in_turn(client: &Client, session: &str, chunk: &[u8]) {
    wait_until("the turn has lapsed", async || match patch(client, session, chunk).await {
        StatusCode::CONFLICT => false,
        status => {
            assert_eq!(status, StatusCode::ACCEPTED);
            true
        }
    })
    .await;
}

/// 100 MiB, each of which is another.
fn large() -> Vec<u8> {
    let piece = bytes(5, MIB - 8);
    (0..100_u64).flat_map(|number| [number.to_be_bytes().to_vec(), piece.clone()].concat()).collect()
}

#[tokio::test]
async fn a_session_goes_on_after_a_kill_amid_a_chunk_and_what_it_made_is_read_again() {
    let content = large();
    let (server, s3, session, there) = killed_amid_a_chunk(&content).await;
    patch_in_turn(&server.client(), &session, &content[there..]).await;
    assert_eq!(s3.count("GetObject"), 0);
    let digest = sha256(&content);
    assert_eq!(put(&server.client(), &session, &digest, &[]).await, StatusCode::CREATED);
    assert_eq!(s3.count("GetObject"), 1, "parts may have come late, so the whole is hashed once more");
    assert!(pull(&server.client(), &digest).await == content);
    assert_eq!(s3.count("CreateMultipartUpload"), 1);
}

#[tokio::test]
async fn a_part_that_comes_late_changes_no_blob() {
    let content = large();
    let (server, s3, session, there) = killed_amid_a_chunk(&content).await;
    let client = server.client();
    patch_in_turn(&client, &session, &content[there..]).await;
    // The part that the killed request had sent arrives only now, where another has its number.
    let late = s3.parts().into_iter().find(|part| part.to_string_lossy().ends_with(".part-10")).unwrap();
    std::fs::write(&late, vec![0; std::fs::metadata(&late).unwrap().len() as usize]).unwrap();
    let digest = sha256(&content);
    assert_eq!(put(&client, &session, &digest, &[]).await, StatusCode::INTERNAL_SERVER_ERROR);
    refused(client.get(&format!("/v2/acme/app/blobs/{digest}")).send().await.unwrap(), 404, "BLOB_UNKNOWN")
        .await;
    wait_until("nothing of it is left", async || files(&server).is_empty() && s3.parts().is_empty()).await;
}

#[tokio::test]
async fn a_put_that_comes_late_changes_no_blob() {
    let (mut server, s3) = on_s3().await;
    let client = server.client();
    let session = start(&client, "acme/app").await;
    assert_eq!(patch(&client, &session, b"GO").await, StatusCode::ACCEPTED);
    s3.hold(Some("PutObject"));
    let digest = sha256(b"GOOD");
    let (late, path) = (client.clone(), format!("{session}?digest={digest}"));
    let late = tokio::spawn(async move { late.put(&path).body("OD").send().await });
    wait_until("the bytes are on their way", async || s3.count("PutObject") == 1).await;
    server.kill9();
    assert!(late.await.unwrap().is_err());
    s3.hold(None);
    server.restart().await;
    let client = server.client();
    wait_until("the turn has lapsed", async || match put(&client, &session, &digest, b"OD").await {
        StatusCode::CONFLICT => false,
        status => {
            assert_eq!(status, StatusCode::CREATED);
            true
        }
    })
    .await;
    let puts: Vec<_> = s3.asked().into_iter().filter(|asked| asked.operation == "PutObject").collect();
    let late = s3.object(&puts[0].path);
    std::fs::create_dir_all(late.parent().unwrap()).unwrap();
    std::fs::write(late, b"EVIL").unwrap();
    assert_eq!(pull(&client, &digest).await, b"GOOD");
}

#[tokio::test]
async fn of_two_writers_one_is_turned_away() {
    let (server, s3) = on_s3().await;
    let client = server.client();
    let session = start(&client, "acme/app").await;
    let content = bytes(1, 9 * MIB);
    let mut first =
        super::wire::begin(&server, &format!("PATCH {session}"), "Content-Length: 99999999\r\n").await;
    first.write_all(&content).await.unwrap();
    wait_until("the first writes", async || s3.parts().len() == 1).await;
    for body in ["second", ""] {
        refused(client.patch(&session).body(body).send().await.unwrap(), 409, "BLOB_UPLOAD_INVALID").await;
    }
    drop(first);
    // At once, without waiting for the turn to lapse: what came is recorded.
    wait_until("the turn is passed on", async || patch(&client, &session, b"").await == StatusCode::ACCEPTED)
        .await;
    let there = received(&client, &session).await;
    assert!(there > 0);
    let digest = sha256(&content);
    assert_eq!(put(&client, &session, &digest, &content[there..]).await, StatusCode::CREATED);
    assert!(pull(&client, &digest).await == content);
}

#[tokio::test]
async fn a_multipart_upload_that_is_begun_late_takes_no_blob_with_it() {
    let (server, s3) = on_s3().await;
    let client = server.client();
    let session = start(&client, "acme/app").await;
    s3.hold(Some("CreateMultipartUpload"));
    let mut first =
        super::wire::begin(&server, &format!("PATCH {session}"), "Content-Length: 99999999\r\n").await;
    first.write_all(&bytes(1, 9 * MIB)).await.unwrap();
    wait_until("it is being begun", async || s3.count("CreateMultipartUpload") == 1).await;
    // The connection is reset: the handler is dropped, what it began is not.
    first.set_zero_linger().unwrap();
    drop(first);
    let digest = sha256(b"small");
    wait_until("the turn is passed on", async || {
        put(&client, &session, &digest, b"small").await == StatusCode::CREATED
    })
    .await;
    s3.hold(None);
    wait_until("it is aborted", async || s3.count("AbortMultipartUpload") == 1).await;
    assert!(pull(&client, &digest).await == b"small");
    assert_eq!(s3.count("DeleteObject"), 0);
}

#[tokio::test]
async fn the_row_of_an_object_outlives_a_completion_that_nobody_waits_for() {
    let (server, s3) = on_s3().await;
    let client = server.client();
    let session = start(&client, "acme/app").await;
    let content = bytes(1, 9 * MIB);
    s3.hold(Some("CompleteMultipartUpload"));
    let line = format!("PUT {session}?digest={}", sha256(&content));
    let mut last = super::wire::begin(&server, &line, &format!("Content-Length: {}\r\n", 9 * MIB)).await;
    last.write_all(&content).await.unwrap();
    wait_until("the parts are put together", async || s3.count("CompleteMultipartUpload") == 1).await;
    last.set_zero_linger().unwrap();
    drop(last);
    wait_until("the session has ended", async || {
        client.get(&session).send().await.unwrap().status() == StatusCode::NOT_FOUND
            && s3.count("AbortMultipartUpload") == 1
    })
    .await;
    // The sweep finds by it what the completion makes after all.
    let url = match server.variable("WAYBILL_DATABASE_URL") {
        Some(url) => url.to_owned(),
        None => format!("sqlite://{}", server.data_dir().join("waybill.db").display()),
    };
    let database = Database::connect(url).await.unwrap();
    let rows = "SELECT keep_until_us FROM object WHERE state = 'doomed'";
    let rows = Statement::from_string(database.get_database_backend(), rows);
    let row = database.query_one_raw(rows).await.unwrap().expect("a row");
    assert!(row.try_get_by_index::<Option<i64>>(0).unwrap().is_some());
}

#[tokio::test]
async fn an_abandoned_multipart_upload_is_aborted() {
    let s3 = Arc::new(S3::start());
    let server =
        TestServer::builder().s3(&s3).env("WAYBILL_LIMITS__UPLOAD_EXPIRY_SECONDS", "3").start().await;
    let client = server.client();
    let swept = start(&client, "acme/app").await;
    assert_eq!(patch(&client, &swept, &bytes(1, 6 * MIB)).await, StatusCode::ACCEPTED);
    assert_eq!(s3.parts().len(), 1);
    wait_until("the sweep aborted it", async || s3.count("AbortMultipartUpload") == 1).await;
    let cancelled = start(&client, "acme/app").await;
    assert_eq!(patch(&client, &cancelled, &bytes(2, 6 * MIB)).await, StatusCode::ACCEPTED);
    assert_eq!(client.delete(&cancelled).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(s3.count("AbortMultipartUpload"), 2);
    assert!(s3.parts().is_empty() && files(&server).is_empty());
}

#[tokio::test]
async fn a_wrong_digest_leaves_nothing_in_the_bucket() {
    let (server, s3) = on_s3().await;
    let client = server.client();
    let wrong = [sha256(b"something else"), sha512(b"something else")];
    for content in [bytes(1, 1000), bytes(2, 20 * MIB)] {
        for digest in &wrong {
            let path = format!("/v2/acme/app/blobs/uploads/?digest={digest}");
            refused(client.post(&path).body(content.clone()).send().await.unwrap(), 400, "DIGEST_INVALID")
                .await;
            // Without saying that it will be a SHA-512.
            let session = start(&client, "acme/app").await;
            let (first, last) = content.split_at(content.len() / 2);
            assert_eq!(patch(&client, &session, first).await, StatusCode::ACCEPTED);
            assert_eq!(put(&client, &session, digest, last).await, StatusCode::BAD_REQUEST);
            refused(client.get(&session).send().await.unwrap(), 404, "BLOB_UPLOAD_UNKNOWN").await;
        }
    }
    assert!(files(&server).is_empty() && s3.parts().is_empty());
}

#[tokio::test]
async fn a_bucket_that_does_not_answer_is_told_without_its_address() {
    let (server, s3) = on_s3().await;
    let client = server.client();
    let digest = push_blob(&client, "acme/app", b"content").await;
    s3.fail(u32::MAX);
    let path = format!("/v2/acme/app/blobs/uploads/?digest={}", sha256(b"new"));
    let pulled = format!("/v2/acme/app/blobs/{digest}");
    let answers = join_all([client.post(&path).body("new").send(), client.get(&pulled).send()]).await;
    for answer in answers {
        let answer = answer.unwrap();
        assert_eq!(answer.headers()["retry-after"], "1");
        let error: Value = refused(answer, 503, "UNKNOWN").await;
        assert!(!error.to_string().contains("127.0.0.1"), "{error}");
    }
    let ready = client.get("/readyz").send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(ready.text().await.unwrap().contains("storage"));
    s3.fail(0);
    assert_eq!(pull(&client, &digest).await, b"content");
    push_blob(&client, "acme/app", b"new").await;
    // A few failures are tried again, and nobody notices.
    s3.fail(3);
    assert_eq!(pull(&client, &digest).await, b"content");
    let secret = server.log().lines().into_iter().find(|line| line.contains("test-secret"));
    assert_eq!(secret, None);
}
