//! Exports that were tampered with.

use serde_json::{Value, json};
use waybill::ledger::leaf_hash;

use super::kit::{Stopped, blob, contrary, fails, holds, server};
use crate::backup::kit::{command, succeed};
use crate::support::TestServer;

const NAME: &str = "the.export";

#[tokio::test]
async fn lines() {
    let log = Stopped::of(server(TestServer::builder()).await).await;
    succeed(&log.server, &["ledger", "export", "--json", "--to", NAME]);
    let path = log.server.folder().join(NAME);
    let text = std::fs::read_to_string(&path).unwrap();
    let whole: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let entries = log.leaves.len();
    assert_eq!(whole.len(), entries + 2);
    let key = whole[0]["keys"][0].as_str().unwrap().to_owned();
    let check = |lines: &[Value], message: &str| {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(&path, text).unwrap();
        fails(&log.server, &["--from", NAME, "--key", &key], message);
    };
    let changed = |line: usize, field: &str, value: Value| {
        let mut lines = whole.clone();
        lines[line][field] = value;
        lines
    };
    let unlike = |hash: String| {
        format!(
            "index 17: the entry hashes to {hash}, from which its receipt does not lead to the root of the checkpoint: one \
             of them was changed"
        )
    };
    // An entry, its receipt, or both of another.
    let other = contrary(&log.leaves[17]);
    check(
        &changed(18, "entry", json!(String::from_utf8(other.clone()).unwrap())),
        &unlike(leaf_hash(&other).to_string()),
    );
    let receipt = whole[18]["receipt"].as_str().unwrap();
    let hash = receipt.lines().nth(2).unwrap();
    let zero = tlog_tiles::Hash([0; 32]).to_string();
    check(&changed(18, "receipt", json!(receipt.replacen(hash, &zero, 1))), &unlike(log.hash(17)));
    let receipt_18 = whole[19]["receipt"].clone();
    check(&changed(18, "receipt", receipt_18.clone()), "index 17: its receipt is that of index 18");
    let own_index = json!(receipt_18.as_str().unwrap().replacen("index 18", "index 17", 1));
    check(&changed(18, "receipt", own_index), &unlike(log.hash(17)));
    let checkpoint = receipt.replacen("\n\n", "\nAAAA", 1);
    check(
        &changed(18, "receipt", json!(checkpoint)),
        "index 17: its receipt can't be read: it is no receipt: one of its lines is no hash",
    );
    let signed = receipt.rsplit_once(' ').unwrap().0;
    check(
        &changed(18, "receipt", json!(format!("{signed} AAAAAAA=\n"))),
        "index 17: its receipt is not under the checkpoint of the export",
    );
    // Lines swapped, gone, twice; a number that is written otherwise.
    let mut lines = whole.clone();
    lines.swap(18, 19);
    check(&lines, "index 17: line 19 holds the index 18");
    let mut lines = whole.clone();
    lines.remove(18);
    check(&lines, "index 17: line 19 holds the index 18");
    let mut lines = whole.clone();
    lines.insert(18, whole[17].clone());
    check(&lines, "index 17: line 19 holds the index 16");
    check(&changed(18, "index", json!("017")), "index 17: line 19 holds the index 017");
    // Cut off, at a line's end and amid a line; without the last entry; something behind its end.
    let message = format!("the export can't be used: the file is cut off behind {} entries", entries - 1);
    check(&whole[..=entries], &message);
    std::fs::write(&path, &text[..text.len() - 10]).unwrap();
    fails(&log.server, &["--from", NAME, "--key", &key], &message);
    let mut lines = whole.clone();
    lines.remove(entries);
    let message = format!(
        "the export can't be used: it holds {} entries, its last line says {entries} and its checkpoint {entries}",
        entries - 1
    );
    check(&lines, &message);
    let mut lines = whole.clone();
    lines.push(json!({}));
    let message = format!(
        "index {entries}: line {} can't be read: unknown field `entries`, expected one of `index`, `entry`, `receipt`",
        entries + 2
    );
    check(&lines, &message);
    let last = changed(entries + 1, "sha256", json!("0".repeat(64)));
    check(&last, "the export can't be used: its lines are not those that were written");
    check(
        &changed(0, "keys", json!([])),
        "the export can't be used: its lines are not those that were written",
    );
    // What is no export at all.
    check(
        &changed(0, "format", json!("waybill-ledger-export/v2")),
        "the export can't be used: line 1: it has the form 'waybill-ledger-export/v2', not 'waybill-ledger-export/v1'",
    );
    std::fs::write(&path, &text).unwrap();
    holds(&log.server, &["--from", NAME, "--key", &key]);
}

#[tokio::test]
async fn a_damaged_log_is_not_exported() {
    let mut log = Stopped::of(server(TestServer::builder()).await).await;
    let refused = |log: &Stopped, why: &str| {
        let ended = command(&log.server, &["ledger", "export", "--to", NAME]);
        let message = format!(
            "waybill: the ledger in the database is damaged: {why}. Ask `waybill verify ledger` what is\n"
        );
        assert_eq!((ended.code, ended.stderr), (Some(1), message));
        let left = std::fs::read_dir(log.server.folder()).unwrap();
        let left: Vec<_> = left.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        assert!(!left.iter().any(|name| name.starts_with(NAME)), "{left:?}");
    };
    let (seq, other) = (log.seq(17).await, contrary(&log.leaves[17]));
    log.change(&format!("UPDATE event SET leaf = {} WHERE seq = {seq}", blob(&other))).await;
    refused(&log, "index 17: its bytes were changed");
    log.mend().await;
    log.change("DELETE FROM ledger_entry WHERE leaf_index = 17").await;
    refused(&log, "index 17: it is missing in the database");
    log.mend().await;
    log.change(&format!("UPDATE ledger_entry SET leaf_hash = {} WHERE leaf_index = 17", blob(&[0; 32])))
        .await;
    refused(&log, "the hashes in the table ledger_entry do not make the published tree");
}
