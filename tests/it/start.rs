//! Starting: what is refused, how it is told, and what a start leaves behind.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use serde_json::json;
use tempfile::tempdir;
use tokio::time::{Instant, sleep};

use crate::support::{ADMIN_PASSWORD, S3, TestServer, on_postgres, run, waybill};

#[tokio::test]
async fn a_data_folder_has_one_process() {
    let mut server = TestServer::start().await;
    let second = run(waybill(server.folder()).args(["serve", "--listen", "127.0.0.1:0"]));
    assert_eq!(second.code, Some(1));
    assert!(second.stderr.contains("in use by another waybill"), "{second:?}");
    server.kill9();
    server.restart().await;
    assert_eq!(server.anonymous().get("/readyz").send().await.unwrap().status(), 200);
}

#[test]
fn unknown_settings_are_refused() {
    let folder = tempdir().unwrap();
    let refused = run(waybill(folder.path()).arg("serve").env("WAYBILL_LISTN", "127.0.0.1:0"));
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("WAYBILL_LISTN"), "{refused:?}");
    fs::write(folder.path().join("waybill.toml"), "[limits]\nmanifest_byte = 5").unwrap();
    let refused = run(waybill(folder.path()).arg("serve"));
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("waybill.toml: limits.manifest_byte"), "{refused:?}");
    assert_eq!(refused.stderr.lines().count(), 1, "{refused:?}");
    assert!(!folder.path().join("waybill-data").exists());
}

#[test]
fn bad_usage_and_failures_differ_in_their_exit_code() {
    let folder = tempdir().unwrap();
    assert_eq!(run(waybill(folder.path()).arg("fly")).code, Some(2));
    assert_eq!(run(&mut waybill(folder.path())).code, Some(2));
    let version = run(waybill(folder.path()).arg("--version"));
    assert_eq!(
        (version.code, version.stdout.as_str()),
        (Some(0), concat!("waybill ", env!("CARGO_PKG_VERSION"), "\n"))
    );
    fs::write(folder.path().join("a-file"), "").unwrap();
    let refused = run(waybill(folder.path()).args(["serve", "--data-dir", "a-file"]));
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("can't use the data folder a-file"), "{refused:?}");
}

#[test]
fn a_bucket_that_cannot_be_used_is_told() {
    let s3 = S3::start();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (url, key, expected) in [
        (s3.url(), "test-secret", "in use"),
        (s3.url().replace("waybill-test", "missing"), "test-secret", "the bucket missing does not exist"),
        (s3.url(), "wrong-secret", "the bucket waybill-test refuses us"),
        (format!("s3://b?endpoint=http://{closed}"), "test-secret", "the bucket b can't be reached"),
        ("s3://b?secret_access_key=x".to_owned(), "test-secret", "storage_url must not hold secrets"),
    ] {
        let folder = tempdir().unwrap();
        // Whoever gets so far as to open the storage can't listen: the address is taken.
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let mut command = waybill(folder.path());
        command.args(["serve", "--listen", &address, "--storage-url", &url]);
        command.env("WAYBILL_MASTER_KEY", "01".repeat(32));
        let refused = run(command.env("AWS_ACCESS_KEY_ID", "test-key-id").env("AWS_SECRET_ACCESS_KEY", key));
        assert!(refused.stderr.contains(expected), "{url}: {refused:?}");
        assert!(!format!("{refused:?}").contains(key), "{refused:?}");
    }
}

#[test]
fn a_disk_cannot_be_redirected_to() {
    let folder = tempdir().unwrap();
    let refused = run(waybill(folder.path()).arg("serve").env("WAYBILL_STORAGE_REDIRECTS", "true"));
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("storage_redirects needs a bucket"), "{refused:?}");
}

#[test]
fn an_address_in_use_is_told() {
    let folder = tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = run(waybill(folder.path()).args(["serve", "--listen", &address]));
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains(&format!("can't listen on {address}")), "{refused:?}");
}

#[test]
fn migrates_without_serving_and_again() {
    let folder = tempdir().unwrap();
    for _ in 0..2 {
        let migrated =
            run(waybill(folder.path()).args(["migrate", "--database-url", "sqlite:there/other.db"]));
        assert_eq!(migrated.code, Some(0), "{migrated:?}");
    }
    assert!(folder.path().join("there/other.db").exists());
}

#[tokio::test]
async fn what_a_server_writes_is_for_its_own_user_only() {
    let server = TestServer::builder().disk().start().await;
    let client = server.client();
    assert_eq!(
        client.post("/api/v1/projects").json(&json!({ "name": "acme" })).send().await.unwrap().status(),
        201
    );
    assert_eq!(client.post("/v2/acme/app/blobs/uploads/").send().await.unwrap().status(), 202);
    let mut seen = Vec::new();
    let mut paths = vec![server.data_dir()];
    while let Some(path) = paths.pop() {
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o077, 0, "{}", path.display());
        if metadata.is_dir() {
            paths.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        seen.push(path);
    }
    let database = ["waybill.db", "waybill.db-wal"].into_iter().filter(|_| !on_postgres());
    for expected in ["waybill.lock", "storage"].into_iter().chain(database) {
        assert!(seen.contains(&server.data_dir().join(expected)), "{seen:?}");
    }
    let elsewhere = tempdir().unwrap();
    let migrated = run(waybill(elsewhere.path()).args(["migrate", "--database-url", "sqlite:other.db"]));
    assert_eq!(migrated.code, Some(0), "{migrated:?}");
    let mode = fs::metadata(elsewhere.path().join("other.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_first_start_that_was_killed_does_no_harm() {
    const KILLS: u32 = 12;
    if on_postgres() {
        // What is thrown away below is the embedded form's data folder.
        return;
    }
    let begin = Instant::now();
    let mut server = TestServer::builder().disk().start().await;
    let whole = begin.elapsed();
    for kill in 0..KILLS {
        server.kill9();
        fs::remove_dir_all(server.data_dir()).unwrap();
        let mut first = waybill(server.folder())
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("WAYBILL_ADMIN_PASSWORD", ADMIN_PASSWORD)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Not to wait for something: the moment of the kill is drawn, over all that a first start takes.
        sleep(whole * kill / KILLS).await;
        first.kill().unwrap();
        first.wait().unwrap();
        server.restart().await;
        assert_eq!(server.client().get("/api/v1/me").send().await.unwrap().status(), 200);
    }
}

/// What one remembers of tokens and rights the other would never be told to forget.
#[tokio::test]
async fn a_sqlite_database_belongs_to_one_server_whatever_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("shared.db").display());
    let _first = TestServer::builder().disk().env("WAYBILL_DATABASE_URL", &url).start().await;
    let elsewhere = tempfile::tempdir().unwrap();
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["restore", "--replay"]] {
        let second = run(waybill(elsewhere.path()).args(command).args(["--database-url", &url]));
        assert_eq!(second.code, Some(1));
        assert!(second.stderr.contains("a SQLite file belongs to one server"), "{second:?}");
    }
}
