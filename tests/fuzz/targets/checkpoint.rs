#![no_main]
//! A checkpoint that is read is written as it was, its extensions excepted.

use libfuzzer_sys::fuzz_target;
use parsers::Checkpoint;

fuzz_target!(|text: &str| {
    let Ok(checkpoint) = text.parse::<Checkpoint>() else { return };
    assert!(text.starts_with(&checkpoint.to_string()));
});
