#![no_main]
//! A resolved range exists in the content, whatever the header said. The input is the header and, behind a line
//! break, the content's size.

use libfuzzer_sys::fuzz_target;
use parsers::types::ByteRange;

fuzz_target!(|input: &str| {
    let (header, size) = input.split_once('\n').unwrap_or((input, ""));
    let size = size.parse().unwrap_or(1024);
    let Ok(Some(range)) = ByteRange::parse_header(header) else { return };
    let Ok(range) = range.resolve(size) else { return };
    assert!(range.start < range.end && range.end <= size);
    assert!(range.len() > 0 && !range.is_empty());
});
