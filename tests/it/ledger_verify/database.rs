//! An installation whose database was tampered with: what is found, word by word.

use ed25519_dalek::{Signer as _, SigningKey};
use waybill::ledger::{Checkpoint, NoteSignature, SignedNote, VerifierKey, leaf_hash};

use super::kit::{Stopped, blob, contrary, fails, grow, holds, server};
use crate::backup::base::Base;
use crate::support::TestServer;

#[tokio::test]
async fn entries() {
    let mut log = Stopped::of(server(TestServer::builder()).await).await;
    let last = log.leaves.len() - 1;
    holds(&log.server, &[]);
    // An event's bytes, below a tile that is an object, and one that is a row.
    for (index, tile) in [
        (17, "the tile tile/0/000 in the storage".to_owned()),
        (last, format!("the tile tile/0/001.p/{} in the table ledger_tile", last - 255)),
    ] {
        let (seq, other) = (log.seq(index).await, contrary(&log.leaves[index]));
        let message = format!(
            "index {index}: the bytes of event {seq} in the table event hash to {}, {tile} says {}",
            leaf_hash(&other),
            log.hash(index)
        );
        let bytes = format!("UPDATE event SET leaf = {} WHERE seq = {seq}", blob(&other));
        log.found(std::slice::from_ref(&bytes), &message).await;
        // The hash that is kept of it too.
        let hash = blob(&leaf_hash(&other).0);
        let hash = format!("UPDATE ledger_entry SET leaf_hash = {hash} WHERE leaf_index = {index}");
        let message = format!(
            "index {index}: {tile} says {}, the bytes of event {seq} in the table event hash to {}",
            log.hash(index),
            leaf_hash(&other)
        );
        log.found(&[bytes, hash.clone()], &message).await;
        let message = format!(
            "index {index}: the table ledger_entry says {}, the bytes of event {seq} in the table event hash to {}",
            leaf_hash(&other),
            log.hash(index)
        );
        log.found(&[hash], &message).await;
    }
    // Programs are told the same.
    let (seq, other) = (log.seq(17).await, contrary(&log.leaves[17]));
    log.change(&format!("UPDATE event SET leaf = {} WHERE seq = {seq}", blob(&other))).await;
    let ended = super::kit::verify(&log.server, &["--json", "--state", "seen"]);
    let told: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((ended.code, &told["holds"], &told["index"]), (Some(1), &false.into(), &"17".into()));
    assert_eq!(ended.stderr, format!("waybill: {}\n", told["why"].as_str().unwrap()));
    assert!(!log.server.folder().join("seen").exists(), "what does not hold is not remembered");
    log.mend().await;
    // An entry removed: its row, or its event.
    let seq = log.seq(20).await;
    let removed = "DELETE FROM ledger_entry WHERE leaf_index = 20".to_owned();
    log.found(&[removed], "index 20: its row in the table ledger_entry is missing").await;
    let removed = format!("DELETE FROM event WHERE seq = {seq}");
    let message = format!("index 20: its event {seq} is missing in the table event");
    log.found(&[removed], &message).await;
    // Two swapped: their events' bytes, or the events that they are.
    let (a, b) = (log.seq(30).await, log.seq(31).await);
    let put = |leaf: &[u8], seq: i64| format!("UPDATE event SET leaf = {} WHERE seq = {seq}", blob(leaf));
    let message = format!(
        "index 30: the bytes of event {a} in the table event hash to {}, the tile tile/0/000 in the storage says {}",
        log.hash(31),
        log.hash(30)
    );
    log.found(&[put(&log.leaves[31], a), put(&log.leaves[30], b)], &message).await;
    let is = |index: u64, seq: i64| format!("UPDATE ledger_entry SET seq = {seq} WHERE leaf_index = {index}");
    let message = format!(
        "index 30: the bytes of event {b} in the table event hash to {}, the tile tile/0/000 in the storage says {}",
        log.hash(31),
        log.hash(30)
    );
    log.found(&[is(30, -1), is(31, a), is(30, b)], &message).await;
    // An event that was slipped in where the sequencer has passed; and one that can't be found by its subject any more.
    let copied = "INSERT INTO event (seq, id, kind, at_us, project_id, actor_id, leaf) \
         SELECT -5, '00000000-0000-0000-0000-000000000000', kind, at_us, project_id, actor_id, leaf FROM event WHERE seq = 1";
    let copied = if crate::support::on_postgres() {
        copied.to_owned()
    } else {
        copied.replace("'00000000-0000-0000-0000-000000000000'", "zeroblob(16)")
    };
    let newest = log.seq(last).await;
    let message =
        format!("the head: event -5 in the table event is no entry, though the ledger has come to {newest}");
    log.found(&[copied], &message).await;
    let subject =
        "SELECT CAST(leaf_index AS TEXT) || ' ' || digest FROM ledger_subject ORDER BY leaf_index, digest";
    let rows = log.base().query(subject).await;
    let (index, digest) = rows[0].split_once(' ').unwrap();
    let row = format!("leaf_index = {index} AND digest = '{digest}'");
    let message =
        format!("index {index}: the table ledger_subject does not name {digest} for it, as its event does");
    log.found(&[format!("DELETE FROM ledger_subject WHERE {row}")], &message).await;
    let added = format!("INSERT INTO ledger_subject (leaf_index, digest) VALUES ({index}, 'sha256:00')");
    let message = format!(
        "the head: the table ledger_subject names {} digests for the entries, their events {}",
        rows.len() + 1,
        rows.len()
    );
    log.found(&[added], &message).await;
    // A fact without an event.
    let tag = format!("UPDATE tag SET digest = 'sha256:{}' WHERE valid_to_us IS NULL", "0".repeat(64));
    log.change(&tag).await;
    let ended = super::kit::verify(&log.server, &[]);
    assert_eq!(ended.code, Some(1));
    let message = "waybill: the tables do not say what the ledger says: tag acme/app:v1: the table says ";
    assert!(ended.stderr.starts_with(message), "{}", ended.stderr);
    log.mend().await;
    holds(&log.server, &[]);
}

#[tokio::test]
async fn tiles() {
    let mut log = Stopped::of(server(TestServer::builder()).await).await;
    let last = log.leaves.len() - 1;
    let width = log.leaves.len() - 256;
    let zero = blob(&[0; 32]);
    let start = (last - 256) * 32;
    let hashes = format!("substr(hashes, 1, {start}) || {zero}");
    let changed = format!("UPDATE ledger_tile SET hashes = {hashes} WHERE level = 0");
    let seq = log.seq(last).await;
    let message = format!(
        "index {last}: the tile tile/0/001.p/{width} in the table ledger_tile says {}, the bytes of event {seq} in the \
         table event hash to {}",
        tlog_tiles::Hash([0; 32]),
        log.hash(last)
    );
    // SQLite joins blobs to a text.
    let changed = changed.replace(&hashes, &format!("CAST({hashes} AS {})", binary()));
    log.found(&[changed], &message).await;
    let gone = "DELETE FROM ledger_tile WHERE level = 0".to_owned();
    let message = format!("index 256: the tile tile/0/001.p/{width} is missing in the table ledger_tile");
    log.found(&[gone], &message).await;
    // One above them.
    let changed = format!("UPDATE ledger_tile SET hashes = {zero} WHERE level = 1");
    log.change(&changed).await;
    let ended = super::kit::verify(&log.server, &[]);
    let message = format!(
        "waybill: index 0: the tile tile/1/000.p/1 in the table ledger_tile says {} of the entries 0 to 255, which hash to ",
        tlog_tiles::Hash([0; 32])
    );
    assert!(ended.code == Some(1) && ended.stderr.starts_with(&message), "{}", ended.stderr);
}

fn binary() -> &'static str {
    if crate::support::on_postgres() { "bytea" } else { "BLOB" }
}

#[tokio::test]
async fn the_head() {
    let mut server = server(TestServer::builder()).await;
    server.stop().await;
    let older = Base::copy(&server, "older").await;
    let before = super::kit::report(&server, &["--state", "seen"])["size"].as_str().unwrap().to_owned();
    server.restart().await;
    grow(&server, 2, 5).await;
    let mut log = Stopped::of(server).await;
    let size = log.leaves.len();
    let state = std::fs::read(log.server.folder().join("seen")).unwrap();
    // All of it, as a copy that was put back.
    older.give(&mut log.server).await;
    let message = format!(
        "the head: it was rolled back: the table ledger_head has {before} entries, the object ledger/checkpoint in the \
         storage was published with {size}"
    );
    fails(&log.server, &[], &message);
    assert_eq!(std::fs::read(log.server.folder().join("seen")).unwrap(), state);
    log.mend().await;
    // Only its row.
    let back = format!("UPDATE ledger_head SET size = {before}, published_size = {before}");
    log.found(&[back], &message).await;
    let root = format!("UPDATE ledger_head SET root = {}", blob(&[0; 32]));
    log.change(&root).await;
    let ended = super::kit::verify(&log.server, &[]);
    let zero = tlog_tiles::Hash([0; 32]);
    let message = format!(
        "waybill: the head: the table ledger_head has {size} entries and the root {zero}, its checkpoint {size} and "
    );
    assert!(ended.code == Some(1) && ended.stderr.starts_with(&message), "{}", ended.stderr);
    log.mend().await;
    // A checkpoint by another key: in the name of that one, and in the name of the log's own.
    let note = log.base().query("SELECT published_checkpoint FROM ledger_head").await[0].clone();
    let note: SignedNote = note.parse().unwrap();
    let checkpoint = Checkpoint::parse(note.text()).unwrap();
    let stranger = SigningKey::from_bytes(&[7; 32]);
    let signature = stranger.sign(note.text().as_bytes()).to_bytes().to_vec();
    let key = VerifierKey::of_log(&checkpoint.origin, stranger.verifying_key().as_bytes()).unwrap();
    let own: VerifierKey = super::kit::report(&log.server, &[])["keys"][0].as_str().unwrap().parse().unwrap();
    for (key, why) in [
        (key, "the checkpoint is signed by none of the log's keys".to_owned()),
        (own, format!("a signature in the name of {} does not verify", checkpoint.origin)),
    ] {
        let forged =
            SignedNote::new(note.text().to_owned(), vec![NoteSignature::by(&key, signature.clone())]);
        let forged = format!("UPDATE ledger_head SET published_checkpoint = '{forged}'");
        log.found(std::slice::from_ref(&forged), &format!("the checkpoint: {why}")).await;
        let forged = forged.replace("published_checkpoint", "checkpoint");
        log.found(&[forged], &format!("checkpoint in the table ledger_head: {why}")).await;
    }
}
