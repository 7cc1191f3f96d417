#![no_main]
//! A name agrees with the distribution spec's expression, and lies within its project.

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use parsers::types::{ProjectName, RepoName};
use regex::Regex;

static SPEC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\A[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\z").unwrap()
});

fuzz_target!(|text: &str| {
    let reserved = text == "env" || text.starts_with("env/");
    let valid = SPEC.is_match(text) && text.len() <= 255 && !reserved;
    assert_eq!(text.parse::<RepoName>().is_ok(), valid);
    assert_eq!(text.parse::<ProjectName>().is_ok(), valid && !text.contains('/'));
    if let Ok(name) = text.parse::<RepoName>() {
        assert!(name.is_within(&name.project().as_str().parse().unwrap()));
    }
});
