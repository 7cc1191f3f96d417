#![no_main]
//! A lifecycle that is read reads the same as it is written, and its gates answer whatever is known.

use libfuzzer_sys::fuzz_target;
use parsers::releases::model::{
    Document, Inputs, PromotionKind, Request, apply_template, evaluate, read_document, read_lifecycle,
    read_template,
};
use parsers::types::Timestamp;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(template) = read_template(bytes) {
        let overlay = serde_json::json!({ "template": "standard", "changes": {} });
        assert!(apply_template(&template, &overlay).is_ok(), "a template is a lifecycle by itself");
    }
    let Ok(Document::Whole(lifecycle)) = read_document(bytes) else { return };
    let written = serde_json::to_vec(&lifecycle).unwrap_or_default();
    // What is written may be longer than what may be set.
    if let Ok(again) = read_lifecycle(&written) {
        assert_eq!(serde_json::to_vec(&again).ok(), Some(written));
    }
    for environment in lifecycle.environments() {
        let request = Request {
            kind: PromotionKind::Forward,
            environment: environment.clone(),
            ticket: None,
            requested_by: None,
            start_at: None,
            labels: Default::default(),
            artifacts: Vec::new(),
        };
        let gates = evaluate(&lifecycle, &request, &Inputs::default(), Timestamp::from_micros(1 << 50));
        assert!(gates.len() >= 4, "four are always asked");
        assert_eq!(lifecycle.way_into(environment, PromotionKind::Forward).first(), Some(environment));
    }
});
