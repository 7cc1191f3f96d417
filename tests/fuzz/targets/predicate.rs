#![no_main]
//! Whatever a predicate of any type holds, reading it ends with facts that the database takes, or with a reason. Its first
//! byte chooses the type.

use libfuzzer_sys::fuzz_target;
use parsers::trust::predicates::{Facts, Purl, of_document};

const KINDS: [&str; 11] = [
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
];

fn is_storable(text: &str) -> bool {
    text.len() <= 1024 && !text.contains(char::is_control)
}

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    let Ok(facts) = of_document(KINDS[usize::from(*first) % KINDS.len()], bytes) else { return };
    assert!(!facts.summary().to_string().contains("\\u0000"));
    if let Facts::Sbom(sbom, _) = &facts {
        for component in &sbom.components {
            assert!(is_storable(&component.name) && is_storable(&component.version));
            if let Some(package) = &component.package {
                assert!(
                    is_storable(package) && Purl::parse(package).is_some_and(|purl| purl.package == *package)
                );
            }
        }
    }
});
