//! An installation whose storage was tampered with.

use std::fs;

use tlog_tiles::Hash;

use super::kit::{Stopped, contrary, fails, holds, server};
use crate::support::TestServer;

#[tokio::test]
async fn objects() {
    let log = Stopped::of(server(TestServer::builder()).await).await;
    let seq = log.seq(17).await;
    let (tile, bundle) = (log.object("ledger/tile/0/000"), log.object("ledger/tile/entries/000"));
    // A hash in a tile, and a tile that is cut off or gone.
    let whole = fs::read(&tile).unwrap();
    let mut other = whole.clone();
    other[17 * 32..18 * 32].fill(0);
    fs::write(&tile, other).unwrap();
    let message = format!(
        "index 17: the tile tile/0/000 in the storage says {}, the bytes of event {seq} in the table event hash to {}",
        Hash([0; 32]),
        log.hash(17)
    );
    fails(&log.server, &[], &message);
    fs::write(&tile, &whole[..32]).unwrap();
    fails(&log.server, &[], "index 0: the tile tile/0/000 in the storage has 32 bytes, not 8192");
    fs::remove_file(&tile).unwrap();
    fails(&log.server, &[], "index 0: the tile tile/0/000 is missing in the storage");
    fs::write(&tile, &whole).unwrap();
    // Bytes of an entry in a bundle; one too many; none.
    let whole = fs::read(&bundle).unwrap();
    let mut other = whole.clone();
    let at = whole.windows(log.leaves[17].len()).position(|window| window == log.leaves[17]).unwrap();
    other.splice(at..at + log.leaves[17].len(), contrary(&log.leaves[17]).into_iter().chain([b' ', b' ']));
    fs::write(&bundle, other).unwrap();
    let message = format!(
        "index 17: tile/entries/000 in the storage holds other bytes than event {seq} in the table event"
    );
    fails(&log.server, &[], &message);
    fs::write(&bundle, [whole.as_slice(), &[0, 0]].concat()).unwrap();
    fails(&log.server, &[], "index 255: tile/entries/000 in the storage holds something behind it");
    fs::remove_file(&bundle).unwrap();
    fails(&log.server, &[], "index 0: tile/entries/000 is missing in the storage");
    fs::write(&bundle, whole).unwrap();
    // The published checkpoint.
    let checkpoint = log.object("ledger/checkpoint");
    let whole = fs::read_to_string(&checkpoint).unwrap();
    fs::write(&checkpoint, "nothing").unwrap();
    fails(
        &log.server,
        &[],
        "the object ledger/checkpoint in the storage: it is no signed note: no empty line before the signatures",
    );
    fs::remove_file(&checkpoint).unwrap();
    fails(
        &log.server,
        &[],
        "the head: the object ledger/checkpoint in the storage is missing, though it was published",
    );
    fs::write(&checkpoint, whole).unwrap();
    holds(&log.server, &[]);
}
