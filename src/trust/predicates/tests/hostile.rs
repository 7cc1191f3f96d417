//! What somebody sends who means no good.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::read;
use crate::trust::model::Reason;
use crate::trust::predicates::{Facts, document_type, of_document};

const KINDS: [&str; 12] = [
    "https://slsa.dev/provenance/v1",
    "https://slsa.dev/provenance/v0.2",
    "https://slsa.dev/verification_summary/v1",
    "https://cyclonedx.org/bom",
    "https://spdx.dev/Document",
    "https://openvex.dev/ns",
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0",
    "https://cosign.sigstore.dev/attestation/vuln/v1",
    "https://cosign.sigstore.dev/attestation/v1",
    "https://in-toto.io/attestation/vulns/v0.2",
    "https://in-toto.io/attestation/test-result/v0.1",
    "https://example.com/other",
];

#[test]
fn lists_end_somewhere_and_say_so() {
    let components: Vec<_> = (0..50_001).map(|n| json!({ "name": n.to_string() })).collect();
    let bom = json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "components": components });
    let Ok(Facts::Sbom(sbom, None)) = read("https://cyclonedx.org/bom", &bom) else { panic!("no SBOM") };
    assert!(sbom.truncated && sbom.components.len() == 50_000);
    // Each list is short enough, but not all of them together.
    let inner: Vec<_> = (0..30_000).map(|n| json!({ "name": n.to_string() })).collect();
    let outer = json!([{ "name": "a", "components": inner }, { "name": "b", "components": inner }]);
    let bom = json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "components": outer });
    let Ok(Facts::Sbom(sbom, None)) = read("https://cyclonedx.org/bom", &bom) else { panic!("no SBOM") };
    assert!(sbom.truncated && sbom.components.len() == 50_000);
    let results: Vec<_> = (0..20_001).map(|n| json!({ "id": format!("CVE-{n}") })).collect();
    let report = json!({ "scanner": { "uri": "x", "result": results } });
    let read = read("https://in-toto.io/attestation/vulns/v0.2", &report);
    let Ok(facts @ Facts::Vulnerabilities(_)) = read else { panic!("no report") };
    assert!(facts.is_truncated());
    assert_eq!(facts.summary()["findings"]["unknown"], 20_000);
}

#[test]
fn texts_that_no_database_takes_do_not_get_there() {
    let bom = json!({ "bomFormat": "CycloneDX", "specVersion": "1\u{0}5", "components": [
        { "name": "a\u{0}b", "version": "x".repeat(5000), "purl": "pkg:npm/a%00b@1" },
    ] });
    let Ok(Facts::Sbom(sbom, None)) = read("https://cyclonedx.org/bom", &bom) else { panic!("no SBOM") };
    let component = &sbom.components[0];
    assert_eq!((component.name.as_str(), component.version.len()), ("ab", 1024));
    assert_eq!(component.package, None);
    assert!(sbom.truncated && !sbom.format.contains('\0'));
    let provenance = json!({
        "buildDefinition": { "buildType": "x" },
        "runDetails": { "builder": { "id": "a\u{0}b" } },
    });
    assert!(matches!(read(KINDS[0], &provenance), Err(Reason::Malformed(why)) if why.contains("builder.id")));
}

#[test]
fn a_key_that_stands_twice_is_refused_in_a_wrapped_document_too() {
    let inner = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","components":[],"components":[]}"#;
    let wrapped = read("https://cyclonedx.org/bom", &json!(inner));
    assert!(matches!(wrapped, Err(Reason::DuplicateKey(key)) if key.starts_with("components")));
    assert!(matches!(
        of_document("https://cyclonedx.org/bom", inner.as_bytes()),
        Err(Reason::DuplicateKey(_))
    ));
}

#[test]
fn depth_is_refused_not_followed() {
    let deep = format!("{}{}", r#"{"components":["#.repeat(10_000), "]}".repeat(10_000));
    for kind in KINDS {
        let _ = of_document(kind, deep.as_bytes());
    }
    assert!(of_document("https://cyclonedx.org/bom", deep.as_bytes()).is_err());
    assert_eq!(document_type(deep.as_bytes()), None);
}

/// JSON of the keys that are read, of any types.
fn anything() -> impl Strategy<Value = Value> {
    const KEYS: [&str; 34] = [
        "buildDefinition",
        "buildType",
        "externalParameters",
        "workflow",
        "repository",
        "source",
        "uri",
        "digest",
        "sha1",
        "gitCommit",
        "resolvedDependencies",
        "runDetails",
        "builder",
        "id",
        "metadata",
        "bomFormat",
        "specVersion",
        "components",
        "purl",
        "vulnerabilities",
        "affects",
        "ref",
        "@graph",
        "packages",
        "externalRefs",
        "statements",
        "vulnerability",
        "products",
        "status",
        "runs",
        "results",
        "scanner",
        "result",
        "Data",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("CycloneDX")),
        Just(json!("SPDX-2.3")),
        Just(json!("pkg:npm/%40a/b@1")),
        Just(json!("git+https://x.example/a@b")),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(prop::sample::select(&KEYS[..]), inner, 0..6).prop_map(|map| {
                Value::Object(map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_are_too_much(kind in prop::sample::select(&KINDS[..]), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = of_document(kind, &bytes);
        document_type(&bytes);
    }

    #[test]
    fn no_json_is_too_much(kind in prop::sample::select(&KINDS[..]), value in anything()) {
        let text = value.to_string();
        if let Ok(facts) = of_document(kind, text.as_bytes()) {
            let summary = facts.summary();
            prop_assert!(summary.is_object());
        }
        document_type(text.as_bytes());
    }
}
