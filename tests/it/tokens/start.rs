//! The master key: made once, kept, and noticed when it is another.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::kit::{access_token, status_by};
use crate::support::{ADMIN_PASSWORD, TestServer, on_postgres, run, waybill};

const KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

#[tokio::test]
async fn it_is_generated_once_and_tokens_outlive_a_restart() {
    if on_postgres() {
        // Only the embedded form generates one.
        return;
    }
    let mut server = TestServer::builder().disk().start().await;
    let path = server.data_dir().join("master-key");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let first = fs::read_to_string(&path).unwrap();
    let token = access_token(&server.client(), &[]).await;
    server.restart().await;
    assert_eq!(fs::read_to_string(&path).unwrap(), first);
    assert_eq!(status_by(&server, &token, "/v2/").await, 200);
    server.stop().await;
    fs::write(&path, KEY).unwrap();
    let refused = run(waybill(server.folder()).args(["serve", "--listen", "127.0.0.1:0"]));
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("the master key does not open the keys in the database"), "{refused:?}");
    assert!(!refused.stderr.contains(KEY), "{refused:?}");
}

#[test]
fn beyond_one_machine_it_must_be_set() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = waybill(folder.path());
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    let refused = run(command.env("WAYBILL_DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing"));
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("all replicas must share one: set WAYBILL_MASTER_KEY"), "{refused:?}");
    assert!(!folder.path().join("waybill-data/master-key").exists());
}

#[tokio::test]
async fn it_may_be_set() {
    let server = TestServer::builder().env("WAYBILL_MASTER_KEY", KEY).start().await;
    assert!(!server.data_dir().join("master-key").exists());
    assert!(!server.log().lines().iter().any(|line| line.contains(KEY)));
}

#[test]
fn bad_ones_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("empty"), "").unwrap();
    fs::write(folder.path().join("key"), KEY).unwrap();
    for (variables, expected) in [
        (
            &[("WAYBILL_MASTER_KEY", "secret-secret")] as &[_],
            "master_key: the master key must be 32 random bytes",
        ),
        (&[("WAYBILL_MASTER_KEY_FILE", "nowhere")], "nowhere: "),
        (&[("WAYBILL_MASTER_KEY_FILE", "empty")], "empty: the file is empty"),
        (&[("WAYBILL_MASTER_KEY", KEY), ("WAYBILL_MASTER_KEY_FILE", "key")], "not both"),
    ] {
        let mut command = waybill(folder.path());
        command.args(["serve", "--listen", "127.0.0.1:0"]).env("WAYBILL_ADMIN_PASSWORD", ADMIN_PASSWORD);
        let refused = run(command.envs(variables.iter().copied()));
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains(expected), "{refused:?}");
        assert!(!refused.stderr.contains("secret-secret") && !refused.stderr.contains(KEY), "{refused:?}");
    }
}
