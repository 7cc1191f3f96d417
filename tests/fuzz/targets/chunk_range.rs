#![no_main]
//! A chunk has at least one byte, and its length never overflows.

use libfuzzer_sys::fuzz_target;
use parsers::types::ChunkRange;

fuzz_target!(|text: &str| {
    let Ok(chunk) = text.parse::<ChunkRange>() else { return };
    assert!(chunk.first <= chunk.last);
    assert_eq!(chunk.first + (chunk.len() - 1), chunk.last);
});
