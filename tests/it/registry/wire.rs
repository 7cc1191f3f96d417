//! Bodies that no client library sends when asked: in pieces of unknown number, and longer than announced.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::kit::{bytes, files, header, sha256, start};
use crate::support::{ADMIN_PASSWORD, TestServer};

/// Begins a request: the line and the headers given, and a log-in.
pub async fn begin(server: &TestServer, line: &str, headers: &str) -> TcpStream {
    let login = STANDARD.encode(format!("admin:{ADMIN_PASSWORD}"));
    let head = format!("{line} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {login}\r\n{headers}\r\n");
    let mut connection = TcpStream::connect(server.address()).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    connection
}

/// Reads until the server has said `last`, or nothing more comes.
pub async fn answer(mut connection: impl tokio::io::AsyncRead + Unpin, last: &str) -> String {
    let (mut answer, mut piece) = (String::new(), vec![0; 4096]);
    while !answer.contains(last) {
        match connection.read(&mut piece).await {
            Ok(read) if read > 0 => answer.push_str(&String::from_utf8_lossy(&piece[..read])),
            _ => break,
        }
    }
    answer
}

#[tokio::test]
async fn a_body_of_unknown_length() {
    let server = TestServer::start().await;
    let client = server.client();
    let content = bytes(1, 300_000);
    let digest = sha256(&content);
    let (first, last) = content.split_at(200_000);
    let session = start(&client, "acme/app").await;
    let put = format!("PUT {session}?digest={digest}");
    for (line, part, status) in [(format!("PATCH {session}"), first, 202), (put, last, 201)] {
        let mut connection = begin(&server, &line, "Transfer-Encoding: chunked\r\n").await;
        for (number, chunk) in part.chunks(30_011).enumerate() {
            // With an extension now and then, and in small pieces, as the protocol allows.
            let extension = if number % 2 == 0 { ";name=value" } else { "" };
            connection.write_all(format!("{:x}{extension}\r\n", chunk.len()).as_bytes()).await.unwrap();
            connection.write_all(chunk).await.unwrap();
            connection.write_all(b"\r\n").await.unwrap();
            connection.flush().await.unwrap();
        }
        connection.write_all(b"0\r\n\r\n").await.unwrap();
        let answer = answer(connection, "\r\n\r\n").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
    let pulled = client.get(&format!("/v2/acme/app/blobs/{digest}")).send().await.unwrap();
    assert!(pulled.bytes().await.unwrap() == content);
}

#[tokio::test]
async fn a_body_of_unknown_length_that_never_ends_makes_no_blob() {
    let server = TestServer::start().await;
    let client = server.client();
    let digest = sha256(b"content");
    let session = start(&client, "acme/app").await;
    let line = format!("PUT {session}?digest={digest}");
    let mut connection = begin(&server, &line, "Transfer-Encoding: chunked\r\n").await;
    connection.write_all(b"7\r\ncontent\r\n").await.unwrap();
    connection.shutdown().await.unwrap();
    let answer = answer(connection, "\r\n\r\n").await;
    assert!(!answer.starts_with("HTTP/1.1 201"), "{answer}");
    let pulled = client.get(&format!("/v2/acme/app/blobs/{digest}")).send().await.unwrap();
    assert_eq!(pulled.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_chunk_longer_than_announced_is_refused_before_its_end() {
    let server = TestServer::start().await;
    let client = server.client();
    let session = start(&client, "acme/app").await;
    assert_eq!(client.patch(&session).body("kept").send().await.unwrap().status(), StatusCode::ACCEPTED);
    // For the chunk 2 MiB are announced, so that a piece is written before there is one too many; for the request 64 MiB.
    let headers = format!("Content-Range: 4-{}\r\nContent-Length: {}\r\n", 3 + (2 << 20), 64 << 20);
    let connection = begin(&server, &format!("PATCH {session}"), &headers).await;
    let (reading, mut writing) = connection.into_split();
    let content = bytes(1, 4 << 20);
    // The server may hang up before it has taken all of that.
    let (answer, _) = futures_util::join!(answer(reading, "SIZE_INVALID"), writing.write_all(&content));
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("SIZE_INVALID"), "{answer}");
    if server.is_on_disk() {
        assert_eq!(files(&server), [4]);
    }
    assert_eq!(header(&client.get(&session).send().await.unwrap(), "range"), "0-3");
    let put = client.put(&format!("{session}?digest={}", sha256(b"kept"))).send().await.unwrap();
    assert_eq!(put.status(), StatusCode::CREATED);
}
