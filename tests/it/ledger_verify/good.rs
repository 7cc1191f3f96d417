//! What holds, from every side.

use serde_json::json;

use super::kit::{grow, holds, report, server, verify};
use crate::backup::kit::{command, everything, succeed};
use crate::ledger::kit::{all_published, checkpoint, keys};
use crate::registry::kit::user;
use crate::support::{ADMIN_PASSWORD, TestServer};

#[tokio::test]
async fn a_log_that_holds_is_verified_from_every_side() {
    let server = server(crate::backup::kit::server()).await;
    everything(&server, 1).await;
    all_published(&server).await;
    let exported = succeed(&server, &["ledger", "export", "--json", "--to", "the.export"]);
    let (_, checkpoint) = checkpoint(&server).await;
    let key = keys(&server).await[0].clone();
    assert_eq!(exported["entries"].as_u64().unwrap(), checkpoint.size);
    let signer = format!("{}+{}", key.name(), hex::encode(key.id()));
    let size = checkpoint.size;
    let line = format!("{size} entries hold under the checkpoint of size {size} signed by {signer}");
    let key = key.to_string();
    // By its own word, and by a key that is known.
    let ended = verify(&server, &["--from", "the.export"]);
    assert_eq!(ended.stdout, format!("{line}\n"));
    assert_eq!(
        ended.stderr,
        format!(
            "waybill: no key was named by --key and none is remembered, so the ledger's own word was taken for {key}. \
             Compare that with what its operator publishes elsewhere\n"
        )
    );
    let ended = verify(&server, &["--from", "the.export", "--key", &key]);
    assert_eq!((ended.stdout, ended.stderr.as_str()), (format!("{line}\n"), ""));
    assert_eq!(holds(&server, &["--key", &key]), format!("{line}; the tables say what the entries say\n"));
    // By its URL: hashes are open to all, entries are not.
    let url = ["--key", key.as_str(), "--url", &server.base()].map(str::to_owned);
    let url: Vec<&str> = url.iter().map(String::as_str).collect();
    assert_eq!(
        holds(&server, &url),
        format!(
            "{size} hashes of entries hold under the checkpoint of size {size} signed by {signer}\n\
             The entries themselves were not read: that needs --user, or a token.\n"
        )
    );
    let mut read = server.command();
    read.args(["verify", "ledger"]).args(&url);
    let by_password =
        crate::support::run(read.args(["--user", "admin"]).env("WAYBILL_VERIFY_PASSWORD", ADMIN_PASSWORD));
    assert_eq!((by_password.stdout, by_password.stderr.as_str()), (format!("{line}\n"), ""));
    let made = server.client().post("/api/v1/tokens").json(&json!({ "name": "auditor" })).send().await;
    let made: serde_json::Value = made.unwrap().json().await.unwrap();
    let mut read = server.command();
    read.args(["verify", "ledger", "--json"]).args(&url);
    let by_token = crate::support::run(read.env("WAYBILL_VERIFY_TOKEN", made["secret"].as_str().unwrap()));
    let told: serde_json::Value = serde_json::from_str(&by_token.stdout).unwrap();
    assert_eq!(told["entries_read"], true, "{}", by_token.stderr);
    // Who may not read them is told so.
    user(&server, "ann", "reader", json!({})).await;
    let mut read = server.command();
    read.args(["verify", "ledger"]).args(&url).args(["--user", "ann"]);
    let refused = crate::support::run(read.env("WAYBILL_VERIFY_PASSWORD", "ann-has-a-password"));
    assert_eq!(refused.code, Some(3));
    assert!(refused.stderr.contains("needs the role auditor in the organisation"), "{}", refused.stderr);
}

#[tokio::test]
async fn a_log_that_grows_and_changes_its_key_goes_on() {
    let server = TestServer::builder().env("WAYBILL_LEDGER__KEY_OVERLAP_SECONDS", "0").start().await;
    grow(&server, 1, 3).await;
    let first = report(&server, &["--state", "seen"]);
    assert_eq!((&first["keys_by_own_word"], &first["consistent_with"]), (&json!(true), &json!([])));
    let (note, before) = checkpoint(&server).await;
    std::fs::write(server.folder().join("copy"), note.to_string()).unwrap();
    // The new key signs alone, for there is no overlap: it is known by the event that tells of it, which the old one signed.
    let rotated = server.client().post("/api/v1/ledger/keys").send().await.unwrap();
    assert_eq!(rotated.status(), 201);
    all_published(&server).await;
    let lost = verify(&server, &["--state", "seen"]);
    assert_eq!(lost.code, Some(1));
    assert!(lost.stderr.contains("signed by none of the log's keys"), "{}", lost.stderr);
    let known: Vec<String> = serde_json::from_value(first["keys"].clone()).unwrap();
    let now = keys(&server).await[0].to_string();
    assert_ne!(known[0], now);
    let both = ["--state", "seen", "--against", "copy", "--key", &now, "--key", &known[0]];
    let told = report(&server, &both);
    let what = told["consistent_with"].as_array().unwrap();
    assert!(what[0]["what"].as_str().unwrap().starts_with("the checkpoint seen on 20"), "{told}");
    assert_eq!(what[1], json!({ "what": "the checkpoint in copy", "size": before.size.to_string() }));
    grow(&server, 2, 300).await;
    let told = holds(&server, &["--state", "seen"]);
    assert!(told.contains("; consistent with the checkpoint seen on 20"), "{told}");
}

#[tokio::test]
async fn successors_of_a_known_key_are_learnt_during_the_overlap() {
    let mut server = TestServer::start().await;
    grow(&server, 1, 3).await;
    holds(&server, &["--state", "seen"]);
    let oldest = keys(&server).await[0].to_string();
    let rotated = server.client().post("/api/v1/ledger/keys").send().await.unwrap();
    assert_eq!(rotated.status(), 201);
    all_published(&server).await;
    // From an export, which shows the key by an entry too.
    succeed(&server, &["ledger", "export", "--json", "--to", "the.export"]);
    let told = report(&server, &["--state", "seen", "--from", "the.export"]);
    let newest = keys(&server).await[0].to_string();
    assert!(told["keys"].as_array().unwrap().contains(&json!(newest)), "{told}");
    let remembered = std::fs::read_to_string(server.folder().join("seen")).unwrap();
    assert!(remembered.contains(&newest), "{remembered}");
    assert_eq!(told["keys_learnt"], json!([newest]));
    // The overlap is over: what signs no more is believed no more, for it may be stolen.
    server.set("WAYBILL_LEDGER__KEY_OVERLAP_SECONDS", "0");
    server.restart().await;
    grow(&server, 2, 3).await;
    assert_eq!(report(&server, &["--state", "seen"])["keys"], json!([newest]));
    let remembered = std::fs::read_to_string(server.folder().join("seen")).unwrap();
    assert!(!remembered.contains(&oldest), "{remembered}");
    // Nothing is replaced by an export.
    let again = command(&server, &["ledger", "export", "--to", "the.export"]);
    assert_eq!(
        (again.code, again.stderr.as_str()),
        (Some(1), "waybill: there is a file the.export already: choose another name\n")
    );
}
