//! Witnesses, and what is said between them and a log (c2sp.org/tlog-witness).

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use reqwest::Url;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use tlog_tiles::Hash;

use super::checkpoint::parse_size;
use super::{KeyUse, NoteSignature, SignedNote, VerifierKey};
use crate::http::is_safe;

/// Most hashes in a proof that is sent.
const MAX_PROOF: usize = 63;

/// A witness, as the settings name it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessSettings {
    /// Its submission prefix.
    pub url: WitnessUrl,
    /// Its verifier key.
    #[serde(deserialize_with = "witness_key")]
    pub key: VerifierKey,
}

impl WitnessSettings {
    /// What it is called.
    pub fn name(&self) -> &str {
        self.key.name().as_str()
    }

    /// The cosignature that it made of a note, if it is there and good. Those of others are passed over.
    pub fn cosignature<'a>(&self, note: &'a SignedNote) -> Option<&'a NoteSignature> {
        note.signed_by(&self.key).ok().flatten()
    }

    /// The good one among the lines that it answered with.
    pub fn answered(&self, answer: &str, text: &str) -> Option<NoteSignature> {
        let lines = answer.lines().filter_map(|line| line.parse().ok());
        let mut notes = lines.map(|line: NoteSignature| SignedNote::new(text.to_owned(), vec![line]));
        notes.find_map(|note| self.cosignature(&note).cloned())
    }
}

/// Reads the list of witnesses: each has a name of its own, by which logs, metrics and cosignatures tell them apart.
pub(super) fn witnesses<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<WitnessSettings>, D::Error> {
    let witnesses = Vec::<WitnessSettings>::deserialize(deserializer)?;
    let mut names = BTreeSet::new();
    match witnesses.iter().find(|witness| !names.insert(witness.name())) {
        Some(twice) => Err(D::Error::custom(format_args!("the witness '{}' is there twice", twice.name()))),
        None => Ok(witnesses),
    }
}

fn witness_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<VerifierKey, D::Error> {
    let key = VerifierKey::deserialize(deserializer)?;
    match key.used_for() {
        KeyUse::Witness => Ok(key),
        KeyUse::Log => {
            Err(D::Error::custom("is the key of a log: a witness has one of type 4 (cosignature/v1)"))
        }
    }
}

/// The submission prefix of a witness.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct WitnessUrl(Url);

impl WitnessUrl {
    /// Where checkpoints are submitted.
    pub fn add_checkpoint(&self) -> String {
        format!("{}/add-checkpoint", self.0.as_str().trim_end_matches('/'))
    }
}

impl TryFrom<String> for WitnessUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let url = Url::parse(&text).ok().filter(is_safe).filter(|url| url.query().is_none());
        url.map(Self)
            .ok_or("must be the submission prefix of a witness, https://… without query and fragment")
    }
}

impl fmt::Display for WitnessUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

/// What is posted to have a checkpoint cosigned: the size that the witness has, the way from there, the note. None when
/// the proof is longer than any can be.
pub fn submission(old: u64, proof: &[Hash], note: &SignedNote) -> Option<String> {
    if proof.len() > MAX_PROOF {
        return None;
    }
    let mut body = format!("old {old}\n");
    for hash in proof {
        // A text takes all.
        let _ = writeln!(body, "{hash}");
    }
    let _ = write!(body, "\n{note}");
    Some(body)
}

/// The size that a witness says it has.
pub fn witnessed_size(body: &str) -> Option<u64> {
    body.strip_suffix('\n').and_then(parse_size)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITNESS: &str = "w.test+c00ea15c+BN6y0MtPVN5qw6q+DlH6q5TZ9zqbH6fXt/a6s6Vvs3gk";

    fn settings(json: &serde_json::Value) -> Result<Vec<WitnessSettings>, String> {
        witnesses(json).map_err(|error| error.to_string())
    }

    /// A key of this type, which the settings then judge.
    fn key(name: &str, kind: u8) -> String {
        use base64::Engine as _;
        use sha2::Digest as _;
        let public = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key();
        let key = [&[kind], public.as_bytes().as_slice()].concat();
        let id = sha2::Sha256::digest([name.as_bytes(), b"\n", &key].concat());
        format!("{name}+{}+{}", hex::encode(&id[..4]), base64::engine::general_purpose::STANDARD.encode(key))
    }

    #[test]
    fn settings_are_read() {
        let witness = |url: &str, name: &str, kind| serde_json::json!({ "url": url, "key": key(name, kind) });
        let good = witness("https://a.test/w/", "w1", 4);
        let read = settings(&serde_json::json!([good, witness("http://127.0.0.1:1", "w2", 4)])).unwrap();
        assert_eq!(read[0].url.add_checkpoint(), "https://a.test/w/add-checkpoint");
        assert_eq!(read[1].url.add_checkpoint(), "http://127.0.0.1:1/add-checkpoint");
        for (bad, why) in [
            (serde_json::json!([good, good]), "'w1' is there twice"),
            (serde_json::json!([witness("http://a.test", "w", 4)]), "https://"),
            (serde_json::json!([witness("https://u:p@a.test", "w", 4)]), "https://"),
            (serde_json::json!([witness("https://a.test?x", "w", 4)]), "https://"),
            (serde_json::json!([witness("https://a.test", "w", 1)]), "key of a log"),
            (
                serde_json::json!([{ "url": "https://a.test", "key": WITNESS.replace("c0", "c1") }]),
                "verifier key",
            ),
        ] {
            let error = settings(&bad).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_submission_has_the_form_of_the_spec() {
        let note = SignedNote::new("a.test\n2\nAAAA\n".to_owned(), Vec::new());
        assert_eq!(submission(0, &[], &note).unwrap(), "old 0\n\na.test\n2\nAAAA\n\n");
        let hash = Hash([0; 32]);
        let expected = "old 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\na.test\n2\nAAAA\n\n";
        assert_eq!(submission(1, &[hash], &note).unwrap(), expected);
        assert_eq!(submission(1, &[hash; 64], &note), None);
    }

    #[test]
    fn a_size_is_a_line_of_digits() {
        assert_eq!(witnessed_size("17\n"), Some(17));
        for bad in ["", "17", "017\n", "-1\n", "17\n\n", "1e3\n", "18446744073709551615\n"] {
            assert_eq!(witnessed_size(bad), None, "{bad:?}");
        }
    }
}
