#![no_main]
//! A digest prints as it was read, and its hex part has its algorithm's length.

use libfuzzer_sys::fuzz_target;
use parsers::types::{Algorithm, Digest};

fuzz_target!(|text: &str| {
    let Ok(digest) = text.parse::<Digest>() else { return };
    assert_eq!(digest.to_string(), text);
    let bytes = match digest.algorithm() {
        Algorithm::Sha256 => 32,
        Algorithm::Sha512 => 64,
    };
    assert_eq!(hex::decode(digest.hex()).map(|hash| hash.len()), Ok(bytes));
});
