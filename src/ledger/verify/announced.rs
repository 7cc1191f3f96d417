//! Keys that the log's own entries tell of: who knows one key of a log gets to know its successors by them.

use serde::Deserialize;

/// Where the kind stands in an event of version 1, whose fields before it have one length; and how those begin that are
/// looked at. Of a million events a handful is of these kinds.
const KIND: usize = 94;
const BEGINS: &[u8] = br#""kind":"key."#;

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
    leaf.get(KIND..)?.strip_prefix(BEGINS)?;
    let Leaf { kind, data } = serde_json::from_slice(leaf).ok()?;
    let of_log = ["key.created", "key.rotated"].contains(&kind.as_str()) && data.purpose == "ledger";
    let mut key = [0; 32];
    (of_log && hex::decode_to_slice(data.public_key, &mut key).is_ok()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(kind: &str, purpose: &str) -> String {
        let (id, nonce, key) = ("0".repeat(36), "1".repeat(32), "07".repeat(32));
        format!(
            r#"{{"v":1,"id":"{id}","nonce":"{nonce}","kind":"{kind}","data":{{"key":"1","purpose":"{purpose}","public_key":"{key}"}}}}"#
        )
    }

    #[test]
    fn keys_of_the_log_only() {
        assert_eq!(announced_key(leaf("key.created", "ledger").as_bytes()), Some([7; 32]));
        assert_eq!(announced_key(leaf("key.rotated", "ledger").as_bytes()), Some([7; 32]));
        assert_eq!(announced_key(leaf("key.rotated", "token").as_bytes()), None);
        assert_eq!(announced_key(leaf("key.painted", "ledger").as_bytes()), None);
        assert_eq!(announced_key(leaf("blob.pushed", "ledger").as_bytes()), None);
        assert_eq!(announced_key(b"{}"), None);
    }
}
