#![no_main]
//! What was read is written so that it reads the same again, and no more scopes come out than may go in.

use libfuzzer_sys::fuzz_target;
use parsers::types::{TokenScope, parse_scopes};

fuzz_target!(|text: &str| {
    let Ok(mut scopes) = parse_scopes(std::iter::once(text)) else { return };
    assert!(scopes.len() <= 32);
    scopes.retain(|scope| *scope != TokenScope::Other);
    let written: Vec<String> = scopes.iter().map(ToString::to_string).collect();
    assert_eq!(parse_scopes(written.iter().map(String::as_str)), Ok(scopes));
});
