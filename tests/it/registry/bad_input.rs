//! Bad input: the right status, a code, a text that helps, and nothing kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::kit::{
    IMAGE, INDEX, bytes, descriptor, header, image, project, push_blob, push_image, put, put_bytes, refused,
    sha256, start,
};
use crate::support::{ADMIN_PASSWORD, TestServer, wait_until};

#[tokio::test]
async fn names_that_are_none() {
    let server = TestServer::start().await;
    let client = server.client();
    let long = "a".repeat(256);
    for name in ["UPPER/app", "a..b", "acme/a%00b", "env/app", "acme//app", &long] {
        for path in ["manifests/v1", "tags/list", "blobs/sha256:00"] {
            let answer = client.get(&format!("/v2/{name}/{path}")).send().await.unwrap();
            refused(answer, 400, "NAME_INVALID").await;
        }
        let answer = client.post(&format!("/v2/{name}/blobs/uploads/")).send().await.unwrap();
        refused(answer, 400, "NAME_INVALID").await;
    }
    let catalog: Value = client.get("/v2/_catalog").send().await.unwrap().json().await.unwrap();
    assert_eq!(catalog["repositories"], json!([]));
}

#[tokio::test]
async fn references_and_digests_that_are_none() {
    let server = TestServer::start().await;
    let client = server.client();
    push_image(&client, "acme/app", "v1", 1).await;
    let hex = "a".repeat(64);
    for (path, code) in [
        ("manifests/.hidden".to_owned(), "TAG_INVALID"),
        (format!("manifests/{}", "t".repeat(129)), "TAG_INVALID"),
        ("manifests/sha256:short".to_owned(), "DIGEST_INVALID"),
        (format!("manifests/md5:{hex}"), "DIGEST_INVALID"),
        ("blobs/nonsense".to_owned(), "DIGEST_INVALID"),
        (format!("blobs/sha256:{}", hex.to_uppercase()), "DIGEST_INVALID"),
        ("blobs/..%2f..%2f..%2fetc%2fpasswd".to_owned(), "DIGEST_INVALID"),
    ] {
        refused(client.get(&format!("/v2/acme/app/{path}")).send().await.unwrap(), 400, code).await;
    }
    for query in ["?digest=nonsense", "?digest=md5:00", "?digest-algorithm=md5", "?mount=nonsense"] {
        let answer = client.post(&format!("/v2/acme/app/blobs/uploads/{query}")).send().await.unwrap();
        refused(answer, 400, "DIGEST_INVALID").await;
    }
}

#[tokio::test]
async fn paths_and_methods_that_are_none() {
    let server = TestServer::start().await;
    let client = server.client();
    let version = "docker-distribution-api-version";
    for (answer, status) in [
        (client.get("/v2/acme/app/nonsense").send().await, 404),
        (client.post("/v2/acme/app/tags/list").send().await, 405),
        (client.patch("/v2/acme/app/manifests/v1").send().await, 405),
        (client.put("/v2/").send().await, 405),
    ] {
        let answer = answer.unwrap();
        assert_eq!(header(&answer, version), "registry/2.0");
        refused(answer, status, "UNSUPPORTED").await;
    }
    let stranger = server.anonymous().get("/v2/").send().await.unwrap();
    assert_eq!(header(&stranger, version), "registry/2.0");
}

#[tokio::test]
async fn sessions_that_are_none() {
    let server = TestServer::start().await;
    let client = server.client();
    let session = start(&client, "acme/app").await;
    for id in ["nonsense", "00000000-0000-7000-8000-000000000000", "..%2f..%2fx"] {
        let path = format!("/v2/acme/app/blobs/uploads/{id}");
        for answer in [
            client.get(&path).send().await,
            client.patch(&path).body("x").send().await,
            client.put(&format!("{path}?digest={}", sha256(b"x"))).body("x").send().await,
            client.delete(&path).send().await,
        ] {
            refused(answer.unwrap(), 404, "BLOB_UPLOAD_UNKNOWN").await;
        }
    }
    refused(client.put(&session).body("x").send().await.unwrap(), 400, "DIGEST_INVALID").await;
}

#[tokio::test]
async fn manifests_that_are_none() {
    let server = TestServer::start().await;
    let client = server.client();
    let good = image(&client, "acme/app", 1).await;
    let mut wrong_size = good.clone();
    wrong_size["layers"][0]["size"] = json!(5);
    let mut long_kind = good.clone();
    long_kind["artifactType"] = json!(format!("a/{}", "b".repeat(40_000)));
    let mut two_faced = good.clone();
    two_faced["Layers"] = json!([]);
    let deep = format!("{{\"schemaVersion\":2,\"x\":{}{}}}", "[".repeat(50_000), "]".repeat(50_000));
    let huge = json!({ "schemaVersion": 2, "mediaType": INDEX,
        "manifests": vec![descriptor(IMAGE, &sha256(b"x"), 1); 5000] });
    for (kind, body, code) in [
        (IMAGE, "nonsense".to_owned(), "MANIFEST_INVALID"),
        (IMAGE, "{}".to_owned(), "MANIFEST_INVALID"),
        (IMAGE, deep, "MANIFEST_INVALID"),
        (IMAGE, long_kind.to_string(), "MANIFEST_INVALID"),
        (IMAGE, two_faced.to_string(), "MANIFEST_INVALID"),
        (INDEX, huge.to_string(), "MANIFEST_INVALID"),
        (INDEX, good.to_string(), "MANIFEST_INVALID"),
        ("text/html", good.to_string(), "MANIFEST_INVALID"),
        ("no media type", good.to_string(), "MANIFEST_INVALID"),
        (IMAGE, wrong_size.to_string(), "SIZE_INVALID"),
    ] {
        let answer = put_bytes(&client, "acme/app", "bad", kind, body.into_bytes()).await;
        refused(answer, 400, code).await;
    }
    let answer = put(&client, "acme/app", &sha256(b"another"), &good).await;
    refused(answer, 400, "DIGEST_INVALID").await;
    let answer = put_bytes(&client, "acme/app", "big", IMAGE, vec![b' '; 5 << 20]).await;
    refused(answer, 413, "SIZE_INVALID").await;
    let tags: Value = client.get("/v2/acme/app/tags/list").send().await.unwrap().json().await.unwrap();
    assert_eq!(tags["tags"], json!([]));
}

#[tokio::test]
async fn a_manifest_of_four_mebibytes_is_fine() {
    let server = TestServer::start().await;
    let client = server.client();
    let mut manifest = image(&client, "acme/app", 1).await;
    manifest["annotations"] = json!({ "padding": "" });
    let padding = (4 << 20) - manifest.to_string().len();
    manifest["annotations"]["padding"] = json!("x".repeat(padding));
    assert_eq!(manifest.to_string().len(), 4 << 20);
    assert_eq!(put(&client, "acme/app", "v1", &manifest).await.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn indexes_within_indexes_end_somewhere() {
    let server = TestServer::start().await;
    let client = server.client();
    let mut child = image(&client, "acme/app", 1).await;
    put(&client, "acme/app", "level-0", &child).await;
    for level in 1..=9 {
        let text = child.to_string();
        let kind = child["mediaType"].as_str().unwrap().to_owned();
        child = json!({ "schemaVersion": 2, "mediaType": INDEX,
            "manifests": [descriptor(&kind, &sha256(text.as_bytes()), text.len())] });
        let answer = put(&client, "acme/app", &format!("level-{level}"), &child).await;
        if level == 9 {
            refused(answer, 400, "MANIFEST_INVALID").await;
        } else {
            assert_eq!(answer.status(), StatusCode::CREATED, "level {level}");
        }
    }
}

/// Sends a request as no client library would, hangs up behind it, and returns the answer, if there was one.
async fn send_raw(server: &TestServer, line: &str, length: usize, body: &[u8]) -> String {
    let login = STANDARD.encode(format!("admin:{ADMIN_PASSWORD}"));
    let mut connection = TcpStream::connect(server.address()).await.unwrap();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {login}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n",
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(body).await.unwrap();
    if body.len() < length {
        connection.shutdown().await.unwrap();
    }
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Sends a body that ends before its Content-Length.
async fn send_short(server: &TestServer, line: &str, body: &[u8]) {
    send_raw(server, line, body.len() * 2, body).await;
}

#[tokio::test]
async fn paths_that_climb() {
    let server = TestServer::start().await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    for path in [
        "/v2/acme/../app/manifests/v1",
        "/v2/acme/%2e%2e/app/manifests/v1",
        "/v2/acme%2fapp/manifests/v1",
        "/v2/../../etc/passwd/blobs/sha256:00",
        "/v2/acme/app\\x/tags/list",
    ] {
        let answer = send_raw(&server, &format!("GET {path}"), 0, b"").await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("NAME_INVALID"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_short_body_makes_no_blob_and_the_session_can_go_on() {
    let server = TestServer::start().await;
    let client = server.client();
    let content = bytes(5, 100_000);
    let digest = sha256(&content);
    let session = start(&client, "acme/app").await;
    send_short(&server, &format!("PUT {session}?digest={digest}"), &content[..50_000]).await;
    let answer = client.get(&format!("/v2/acme/app/blobs/{digest}")).send().await.unwrap();
    refused(answer, 404, "BLOB_UNKNOWN").await;
    let received = async || {
        let status = client.get(&session).send().await.unwrap();
        header(&status, "range").strip_prefix("0-").unwrap().parse::<usize>().unwrap() + 1
    };
    wait_until("what came is kept", async || received().await > 1).await;
    let rest = content[received().await..].to_vec();
    // The request that was cut off may still hold the session for a moment.
    wait_until("the upload goes on", async || {
        let path = format!("{session}?digest={digest}");
        client.put(&path).body(rest.clone()).send().await.unwrap().status() == StatusCode::CREATED
    })
    .await;
    send_short(&server, "PUT /v2/acme/app/manifests/v1", b"{\"schemaVersion\":2").await;
    refused(client.get("/v2/acme/app/manifests/v1").send().await.unwrap(), 404, "MANIFEST_UNKNOWN").await;
}

#[tokio::test]
async fn injections_are_just_bad_names() {
    let server = TestServer::start().await;
    let client = server.client();
    push_blob(&client, "acme/app", b"x").await;
    for path in [
        "/v2/acme/app/tags/list?last=%27%20OR%201=1--",
        "/v2/_catalog?last=%27;DROP%20TABLE%20project;--",
        "/api/v1/projects/acme/tags?repository=acme/app&cursor=JyBPUiAxPTE",
    ] {
        assert_eq!(client.get(path).send().await.unwrap().status(), StatusCode::OK, "{path}");
    }
    project(&server, "other", json!({})).await;
}
