#![no_main]
//! A line of an exported ledger, of any of its kinds, that is read is written so that it reads the same again.

use libfuzzer_sys::fuzz_target;
use parsers::export::{ExportEnd, ExportHeader, ExportedEntry};

fuzz_target!(|line: &[u8]| {
    if let Ok(read) = serde_json::from_slice::<ExportedEntry<'_>>(line) {
        let written = serde_json::to_vec(&read).unwrap();
        assert_eq!(serde_json::from_slice::<ExportedEntry<'_>>(&written).unwrap(), read);
    }
    if let Ok(read) = serde_json::from_slice::<ExportHeader<'_>>(line) {
        let written = serde_json::to_vec(&read).unwrap();
        assert_eq!(serde_json::from_slice::<ExportHeader<'_>>(&written).unwrap(), read);
    }
    if let Ok(read) = serde_json::from_slice::<ExportEnd<'_>>(line) {
        let written = serde_json::to_vec(&read).unwrap();
        assert_eq!(serde_json::from_slice::<ExportEnd<'_>>(&written).unwrap(), read);
    }
});
