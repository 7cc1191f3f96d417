#![no_main]
//! A reference prints as it was read, and holds nothing that would break a path or a header.

use libfuzzer_sys::fuzz_target;
use parsers::types::Reference;

fuzz_target!(|text: &str| {
    let Ok(reference) = text.parse::<Reference>() else { return };
    assert_eq!(reference.to_string(), text);
    assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-:".contains(&b)));
    assert!(!text.starts_with('.'));
});
