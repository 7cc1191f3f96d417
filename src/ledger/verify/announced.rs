//! Keys that the log's own entries tell of: who knows one key of a log gets to know its successors by them.

use serde::Deserialize;

/// Where the kind of an event stands at the latest: behind its version, id and nonce.
const BEGINNING: usize = 160;

/// The public key of the log that an event tells of, if it tells of one.
pub fn announced_key(leaf: &[u8]) -> Option<[u8; 32]> {
    #[derive(Deserialize)]
    struct Leaf {
        kind: String,
        data: Data,
    }
    #[derive(Deserialize)]
    struct Data {
        purpose: String,
        public_key: String,
    }
    // Of a million events a handful is of this kind.
    let beginning = leaf.get(..BEGINNING)?;
    let marker = br#""kind":"key."#;
    if !beginning.windows(marker.len()).any(|window| window == marker) {
        return None;
    }
    let Leaf { kind, data } = serde_json::from_slice(leaf).ok()?;
    let of_log = ["key.created", "key.rotated"].contains(&kind.as_str()) && data.purpose == "ledger";
    let mut key = [0; 32];
    (of_log && hex::decode_to_slice(data.public_key, &mut key).is_ok()).then_some(key)
}
