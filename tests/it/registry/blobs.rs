//! Reading and deleting blobs.

use futures_util::future::join_all;
use reqwest::StatusCode;

use super::kit::{bytes, header, image, push_blob, push_image, put, refused, sha256};
use crate::support::TestServer;

#[tokio::test]
async fn a_blob_comes_back_as_it_went_in() {
    let server = TestServer::start().await;
    let client = server.client();
    for length in [0, 1, 1000, 3 * (1 << 20) + 17] {
        let content = bytes(length as u64, length);
        let digest = push_blob(&client, "acme/app", &content).await;
        let path = format!("/v2/acme/app/blobs/{digest}");
        let head = client.head(&path).send().await.unwrap();
        assert_eq!(header(&head, "content-length"), length.to_string());
        assert_eq!(header(&head, "docker-content-digest"), digest);
        let answer = client.get(&path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(header(&answer, "accept-ranges"), "bytes");
        assert!(answer.bytes().await.unwrap() == content);
    }
}

#[tokio::test]
async fn ranges_are_served_and_bad_ones_refused() {
    let server = TestServer::start().await;
    let client = server.client();
    let content = bytes(7, 2048);
    let digest = push_blob(&client, "acme/app", &content).await;
    let get = |range: &str| client.get(&format!("/v2/acme/app/blobs/{digest}")).header("range", range).send();
    for (range, expected, content_range) in [
        ("bytes=500-1499", &content[500..1500], "bytes 500-1499/2048"),
        ("bytes=2000-", &content[2000..], "bytes 2000-2047/2048"),
        ("bytes=-48", &content[2000..], "bytes 2000-2047/2048"),
    ] {
        let answer = get(range).await.unwrap();
        assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(header(&answer, "content-range"), content_range);
        assert_eq!(answer.bytes().await.unwrap(), expected);
    }
    for range in ["bytes=500-0", "bytes=5000-", "bytes=-0"] {
        refused(get(range).await.unwrap(), 416, "SIZE_INVALID").await;
    }
    refused(get("bytes=x-y").await.unwrap(), 400, "SIZE_INVALID").await;
    assert_eq!(get("bytes=0-1,5-6").await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn ranges_read_side_by_side_make_the_whole() {
    let server = TestServer::start().await;
    let client = server.client();
    let content = bytes(11, 5 * (1 << 20) + 3);
    let digest = push_blob(&client, "acme/app", &content).await;
    // Lengths that fit neither the pieces on the disk nor those on the wire.
    let parts = join_all((0..content.len()).step_by(333_337).map(|first| {
        let range = format!("bytes={first}-{}", first + 333_336);
        let request = client.get(&format!("/v2/acme/app/blobs/{digest}")).header("range", range);
        async move {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::PARTIAL_CONTENT);
            answer.bytes().await.unwrap()
        }
    }))
    .await;
    assert!(parts.concat() == content);
}

#[tokio::test]
async fn nothing_is_in_a_repository_that_does_not_exist() {
    let server = TestServer::start().await;
    let client = server.client();
    push_image(&client, "acme/app", "v1", 1).await;
    let digest = push_blob(&client, "acme/app", b"content").await;
    for repo in ["acme/none", "none/app"] {
        for path in
            [format!("blobs/{digest}"), "manifests/v1".to_owned(), format!("manifests/{}", sha256(b"none"))]
        {
            let path = format!("/v2/{repo}/{path}");
            assert_eq!(client.head(&path).send().await.unwrap().status(), StatusCode::NOT_FOUND, "{path}");
            assert_eq!(client.get(&path).send().await.unwrap().status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}

#[tokio::test]
async fn what_a_client_has_is_not_sent_again() {
    let server = TestServer::start().await;
    let client = server.client();
    let digest = push_blob(&client, "acme/app", b"content").await;
    let manifest = push_image(&client, "acme/app", "v1", 1).await;
    for path in [
        format!("/v2/acme/app/blobs/{digest}"),
        format!("/v2/acme/app/manifests/{manifest}"),
        "/v2/acme/app/manifests/v1".to_owned(),
    ] {
        let etag = header(&client.get(&path).send().await.unwrap(), "etag").to_owned();
        let again = client.get(&path).header("if-none-match", &etag).send().await.unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
        let other = client.get(&path).header("if-none-match", "\"other\"").send().await.unwrap();
        assert_eq!(other.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_deleted_blob_is_gone_at_once_here_and_only_here() {
    let server = TestServer::start().await;
    let client = server.client();
    let digest = push_blob(&client, "acme/one", b"shared").await;
    push_blob(&client, "acme/two", b"shared").await;
    let (one, two) = (format!("/v2/acme/one/blobs/{digest}"), format!("/v2/acme/two/blobs/{digest}"));
    assert_eq!(client.get(&one).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(client.delete(&one).send().await.unwrap().status(), StatusCode::ACCEPTED);
    refused(client.get(&one).send().await.unwrap(), 404, "BLOB_UNKNOWN").await;
    refused(client.delete(&one).send().await.unwrap(), 404, "BLOB_UNKNOWN").await;
    assert_eq!(client.get(&two).send().await.unwrap().bytes().await.unwrap(), "shared");
}

#[tokio::test]
async fn a_blob_that_a_manifest_needs_stays() {
    let server = TestServer::start().await;
    let client = server.client();
    let manifest = image(&client, "acme/app", 1).await;
    assert_eq!(put(&client, "acme/app", "v1", &manifest).await.status(), StatusCode::CREATED);
    let layer = manifest["layers"][0]["digest"].as_str().unwrap();
    let path = format!("/v2/acme/app/blobs/{layer}");
    refused(client.delete(&path).send().await.unwrap(), 405, "UNSUPPORTED").await;
    let by_digest = format!("/v2/acme/app/manifests/{}", sha256(manifest.to_string().as_bytes()));
    assert_eq!(client.delete(&by_digest).send().await.unwrap().status(), StatusCode::ACCEPTED);
    assert_eq!(client.delete(&path).send().await.unwrap().status(), StatusCode::ACCEPTED);
}
