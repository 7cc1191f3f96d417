#![no_main]
//! A key that is read is written as it was.

use libfuzzer_sys::fuzz_target;
use parsers::VerifierKey;

fuzz_target!(|text: &str| {
    let Ok(key) = text.parse::<VerifierKey>() else { return };
    assert_eq!(key.to_string(), text.trim());
});
