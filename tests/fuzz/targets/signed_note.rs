#![no_main]
//! A note that is read is written as it was, and no more signatures come out than may go in.

use libfuzzer_sys::fuzz_target;
use parsers::SignedNote;

fuzz_target!(|text: &str| {
    let Ok(note) = text.parse::<SignedNote>() else { return };
    assert!(note.signatures().len() <= 100);
    assert_eq!(note.to_string(), text);
});
