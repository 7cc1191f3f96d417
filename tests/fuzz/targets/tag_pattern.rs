#![no_main]
//! A pattern compiles within its bounds, prints as it was written, and matches whole tags only. The input is the
//! pattern and, behind a line break, the tag.

use libfuzzer_sys::fuzz_target;
use parsers::types::{Tag, TagPattern};

fuzz_target!(|input: &str| {
    let (pattern, tag) = input.split_once('\n').unwrap_or((input, "latest"));
    let Ok(compiled) = pattern.parse::<TagPattern>() else { return };
    assert_eq!(compiled.as_str(), pattern);
    let Ok(tag) = tag.parse::<Tag>() else { return };
    let literal = pattern != "semver" && pattern.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if literal {
        assert_eq!(compiled.matches(&tag), pattern == tag.as_str());
    }
});
