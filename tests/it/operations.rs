//! What the machines that run Waybill rely on.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::spawn;
use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection};
use serde_json::{Value, json};

use crate::support::{TestServer, on_postgres, run, wait_until, waybill};

#[tokio::test]
async fn tells_health_readiness_and_metrics() {
    let server = TestServer::start().await;
    let anyone = server.anonymous();
    let health = anyone.get("/healthz").send().await.unwrap();
    assert_eq!(health.status(), 200);
    assert_eq!(health.headers()["x-content-type-options"], "nosniff");
    let ready = anyone.get("/readyz").send().await.unwrap();
    assert_eq!(ready.status(), 200);
    assert_eq!(ready.json::<Value>().await.unwrap(), json!({ "status": "ready" }));
    let metrics = async || anyone.get("/metrics").send().await.unwrap();
    assert_eq!(metrics().await.headers()["content-type"], "text/plain; charset=utf-8");
    // The worker counts its jobs when it looks for one.
    let counted = async || metrics().await.text().await.unwrap().contains("waybill_jobs");
    wait_until("jobs are counted", counted).await;
    let metrics = metrics().await.text().await.unwrap();
    for expected in [
        r#"waybill_http_requests_total{method="GET",route="/healthz",status="200"} 1"#,
        r#"waybill_http_request_seconds_bucket{method="GET",route="/readyz",le="+Inf"} 1"#,
        "waybill_build_info{version=",
        r#"waybill_jobs{state="dead"} 0"#,
    ] {
        assert!(metrics.contains(expected), "{expected} is missing in\n{metrics}");
    }
}

#[tokio::test]
async fn a_command_asks_for_health() {
    let mut server = TestServer::start().await;
    let (folder, address) = (server.folder().to_owned(), server.address().to_owned());
    let healthcheck = |listen: &str| run(waybill(&folder).args(["healthcheck", "--listen", listen]));
    let port = address.rsplit_once(':').unwrap().1;
    for listen in [address.clone(), format!("0.0.0.0:{port}")] {
        let healthy = healthcheck(&listen);
        assert_eq!((healthy.code, healthy.stderr.as_str()), (Some(0), ""), "{healthy:?}");
    }
    server.kill9();
    let refused = healthcheck(&address);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains(&format!("http://{address}/healthz does not answer")), "{refused:?}");
    // Something else took its place.
    let stranger = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = stranger.local_addr().unwrap().to_string();
    let answering = spawn(move || {
        let (mut client, _) = stranger.accept().unwrap();
        assert!(client.read(&mut [0; 1024]).unwrap() > 0);
        client.write_all(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n").unwrap();
    });
    let refused = healthcheck(&address);
    answering.join().unwrap();
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("answered 503"), "{refused:?}");
}

#[tokio::test]
async fn a_request_is_found_in_the_log_by_its_id() {
    let server = TestServer::start().await;
    let request = server.anonymous().get("/v2/lost?token=secret").header("authorization", "Bearer secret");
    let answer = request.send().await.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let logged = || server.log().events().into_iter().find(|event| event["span"]["id"] == id.as_str());
    wait_until("the request is logged", async || logged().is_some()).await;
    let event = logged().unwrap();
    assert_eq!(event["message"], "answered");
    assert_eq!(event["status"], 404);
    assert_eq!(event["span"]["path"], "/v2/lost");
    for line in server.log().lines() {
        assert!(serde_json::from_str::<Value>(&line).is_ok(), "no JSON: {line}");
        assert!(!line.contains("secret"), "{line}");
    }
}

#[tokio::test]
async fn routine_requests_are_logged_on_demand() {
    let path = |event: &Value| event["span"]["path"].as_str().map(str::to_owned);
    for (level, expected) in [("info", "/lost"), ("info,waybill=debug", "/healthz")] {
        let server = TestServer::builder().env("WAYBILL_LOG__LEVEL", level).start().await;
        server.anonymous().get("/healthz").send().await.unwrap();
        server.anonymous().get("/lost").send().await.unwrap();
        wait_until("a request is logged", async || server.log().last_event("answered").is_some()).await;
        let first = server.log().events().iter().find(|event| event["message"] == "answered").and_then(path);
        assert_eq!(first.as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn a_stranger_who_speaks_no_http_fills_no_log() {
    for (level, expected) in [("info", 0), ("info,actix_http=debug", 2)] {
        let server = TestServer::builder().env("WAYBILL_LOG__LEVEL", level).start().await;
        for bytes in [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" as &[_], b"GET / HTTP/1.1\r\n:\r\n\r\n"]
        {
            let mut stranger = TcpStream::connect(server.address()).unwrap();
            stranger.write_all(bytes).unwrap();
            // The server closes when it has seen, and logged, what came.
            stranger.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            let _ = stranger.read_to_end(&mut Vec::new());
        }
        server.anonymous().get("/lost").send().await.unwrap();
        wait_until("a request is logged", async || server.log().last_event("answered").is_some()).await;
        let loud = |event: &&Value| event["level"] == "ERROR";
        let log = server.log().lines().join("\n");
        assert_eq!(server.log().events().iter().filter(loud).count(), expected, "{log}");
        assert!(!log.contains("sea_orm_migration"), "{log}");
    }
}

#[tokio::test]
async fn lines_for_people_have_colours_on_a_terminal_only() {
    let folder = tempfile::tempdir().unwrap();
    // The address is taken, so the server ends by itself behind its first lines.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended =
        run(waybill(folder.path()).args(["serve", "--listen", &address]).env("WAYBILL_LOG__FORMAT", "text"));
    assert!(ended.stdout.contains("the first user was made"), "{ended:?}");
    assert!(!ended.stdout.contains('\x1b'), "{ended:?}");
}

#[tokio::test]
async fn says_what_is_not_ready_but_not_why() {
    if on_postgres() {
        // The lock that stands for a database without answer is SQLite's.
        return;
    }
    let server = TestServer::start().await;
    let lock = lock_database(&server).await;
    let unready = server.anonymous().get("/readyz").send().await.unwrap();
    assert_eq!(unready.status(), 503);
    let answer: Value = unready.json().await.unwrap();
    assert_eq!(answer, json!({ "status": "unready", "failing": ["database"] }));
    wait_until("the cause is logged", async || server.log().last_event("not ready").is_some()).await;
    lock.close().await.unwrap();
    let ready = async || server.anonymous().get("/readyz").send().await.unwrap().status() == 200;
    wait_until("the server is ready again", ready).await;
}

#[tokio::test]
async fn a_request_in_hand_ends_before_the_server_does() {
    if on_postgres() {
        // The lock that stands for a database without answer is SQLite's.
        return;
    }
    let mut server = TestServer::start().await;
    let idle = server.anonymous();
    assert_eq!(idle.get("/healthz").send().await.unwrap().status(), 200);
    let _lock = lock_database(&server).await;
    let mut connection = TcpStream::connect(server.address()).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // The answer to the first says that the second, which waits for the database, is in hand.
    let ask = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: waybill\r\n\r\n");
    connection.write_all(format!("{}{}", ask("/healthz"), ask("/readyz")).as_bytes()).unwrap();
    let mut first = [0; 4096];
    let read = connection.read(&mut first).unwrap();
    assert!(first[..read].ends_with(br#"{"status":"ok"}"#), "{}", String::from_utf8_lossy(&first[..read]));
    server.terminate();
    wait_until("the server has begun to stop", async || {
        server.log().lines().iter().any(|line| line.contains("SIGTERM received"))
    })
    .await;
    assert!(server.log().last_event("stopped").is_none());
    let mut second = String::new();
    connection.read_to_string(&mut second).unwrap();
    assert!(second.starts_with("HTTP/1.1 503"), "{second}");
    assert!(second.contains(r#""unready""#), "{second}");
    let log = server.ended().await;
    assert!(log.last_event("stopped").is_some(), "{}", log.lines().join("\n"));
}

/// Takes SQLite's write lock, as a backup tool may, until the connection is closed.
async fn lock_database(server: &TestServer) -> DatabaseConnection {
    let path = server.data_dir().join("waybill.db");
    let mut options = ConnectOptions::new(format!("sqlite://{}", path.display()));
    options.max_connections(1);
    let connection = Database::connect(options).await.unwrap();
    connection.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
    connection
}
