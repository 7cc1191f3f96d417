#![no_main]
//! A manifest that is accepted has one shape and a media type that fits it. The input's first line is the Content-Type.

use libfuzzer_sys::fuzz_target;
use parsers::manifest::{LinkKind, ManifestKind, ParsedManifest};
use parsers::types::MediaType;

fuzz_target!(|input: &[u8]| {
    let (header, body) = input.split_at(input.iter().position(|b| *b == b'\n').unwrap_or(0));
    let content_type =
        std::str::from_utf8(header).ok().and_then(|text| MediaType::from_content_type(text).ok());
    let Ok(manifest) = ParsedManifest::parse(body, content_type.as_ref()) else { return };
    let has_children = manifest.links.iter().any(|link| link.kind == LinkKind::Child);
    let has_layers =
        manifest.links.iter().any(|link| matches!(link.kind, LinkKind::Layer | LinkKind::Config));
    match manifest.kind {
        ManifestKind::Image => assert!(!has_children),
        ManifestKind::Index => assert!(!has_layers),
    }
    // Reading it as what it is served as gives the same.
    assert_eq!(ParsedManifest::parse(body, Some(&manifest.media_type)).as_ref(), Ok(&manifest));
});
