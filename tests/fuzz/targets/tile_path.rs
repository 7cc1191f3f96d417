#![no_main]
//! A path that is read is written as it was: one resource has one name. What it covers can always be told.

use libfuzzer_sys::fuzz_target;
use parsers::tile_path::{TilePath, WIDTH};

fuzz_target!(|text: &str| {
    let Ok(path) = text.parse::<TilePath>() else { return };
    assert_eq!(path.to_string(), text);
    assert!((1..=WIDTH).contains(&path.width) && path.is_full() == (path.width == WIDTH));
    if path.is_within(1 << 40) {
        assert!(path.first_entry() < 1 << 40);
    }
});
