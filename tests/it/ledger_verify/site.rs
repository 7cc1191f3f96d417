//! A log behind a URL, run by somebody who tampered with it.

use tlog_tiles::Hash;
use waybill::ledger::leaf_hash;

use super::kit::{Stopped, blob, contrary, server};
use crate::support::{ADMIN_PASSWORD, Ended, TestServer, run};

/// Verifies what a server shows to an auditor.
fn audit(server: &TestServer) -> Ended {
    let mut command = server.command();
    command.args(["verify", "ledger", "--user", "admin", "--url", &server.base()]);
    run(command.env("WAYBILL_VERIFY_PASSWORD", ADMIN_PASSWORD))
}

/// Demands that it does not hold, with this message below the log's URL.
fn found(server: &TestServer, message: &str) {
    let ended = audit(server);
    assert_eq!((ended.code, ended.stderr), (Some(1), format!("waybill: {message}\n")));
}

#[tokio::test]
async fn what_a_server_shows() {
    let mut log = Stopped::of(server(TestServer::builder()).await).await;
    let last = log.leaves.len() - 1;
    let width = last - 255;
    // An event that is shown by its row.
    let (seq, other) = (log.seq(last).await, contrary(&log.leaves[last]));
    log.change(&format!("UPDATE event SET leaf = {} WHERE seq = {seq}", blob(&other))).await;
    log.server.restart().await;
    let message = format!(
        "index {last}: the entry in tile/entries/001.p/{width} hashes to {}, tile/0/001.p/{width} says {}",
        leaf_hash(&other),
        log.hash(last)
    );
    found(&log.server, &message);
    log.server.stop().await;
    // Not the old database: that entries were read is an event, and an entry by now.
    log.change(&format!("UPDATE event SET leaf = {} WHERE seq = {seq}", blob(&log.leaves[last]))).await;
    // A tile, in the storage; with the bundle, and alone.
    let tile = log.object("ledger/tile/0/000");
    let whole = std::fs::read(&tile).unwrap();
    let mut changed = whole.clone();
    changed[17 * 32..18 * 32].fill(0);
    std::fs::write(&tile, &changed).unwrap();
    log.server.restart().await;
    let zero = Hash([0; 32]);
    let message =
        format!("index 17: the entry in tile/entries/000 hashes to {}, tile/0/000 says {zero}", log.hash(17));
    found(&log.server, &message);
    let anybody = ["verify", "ledger", "--url", &log.server.base()].map(str::to_owned);
    let ended = run(log.server.command().args(&anybody));
    let message = "waybill: index 0: tile/1/000.p/1 says ";
    assert!(ended.code == Some(1) && ended.stderr.starts_with(message), "{}", ended.stderr);
    std::fs::write(&tile, &whole).unwrap();
    // All tiles fit, up to the root, which does not.
    log.server.stop().await;
    let start = (last - 256) * 32;
    let hashes =
        format!("substr(hashes, 1, {start}) || {} || substr(hashes, {})", blob(&[0; 32]), start + 33);
    let kind = if crate::support::on_postgres() { "bytea" } else { "BLOB" };
    log.change(&format!("UPDATE ledger_tile SET hashes = CAST({hashes} AS {kind}) WHERE level = 0")).await;
    log.server.restart().await;
    let anybody = ["verify", "ledger", "--url", &log.server.base()].map(str::to_owned);
    let ended = run(log.server.command().args(&anybody));
    let (begins, ends) = (" entries hash to the root ", ": none of its parts tells which entry is another\n");
    assert!(ended.stderr.contains(begins) && ended.stderr.ends_with(ends), "{}", ended.stderr);
}
