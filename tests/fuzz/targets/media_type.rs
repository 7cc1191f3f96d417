#![no_main]
//! A media type can stand in a response header, and a header's parameters never become part of it.

use libfuzzer_sys::fuzz_target;
use parsers::types::MediaType;

fuzz_target!(|text: &str| {
    let Ok(media_type) = MediaType::from_content_type(text) else { return };
    let media_type = media_type.as_str();
    assert_eq!(media_type.parse::<MediaType>().unwrap().as_str(), media_type);
    assert!(media_type.len() <= 255);
    assert!(media_type.bytes().all(|b| b.is_ascii_graphic() && !b"\";,".contains(&b)));
});
