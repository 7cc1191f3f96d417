//! SBOMs.

use serde_json::{Value, json};

use super::{read, refusal};
use crate::trust::predicates::sbom::{Component, Sbom};
use crate::trust::predicates::{Facts, document_type, of_document};

const CYCLONEDX: &str = "https://cyclonedx.org/bom";
const SPDX: &str = "https://spdx.dev/Document";

fn component(name: &str, version: &str, package: Option<&str>, purl: Option<&str>) -> Component {
    let text = |text: &str| text.to_owned();
    Component { name: text(name), version: text(version), package: package.map(text), purl: purl.map(text) }
}

fn sbom(kind: &str, document: &Value) -> Sbom {
    match read(kind, document) {
        Ok(Facts::Sbom(sbom, None)) => sbom,
        other => panic!("{other:?}"),
    }
}

/// As Syft and Trivy write it.
pub fn cyclonedx() -> Value {
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "version": 1,
        "metadata": {
            "timestamp": "2026-01-02T03:04:05+01:00",
            "tools": { "components": [{ "type": "application", "name": "syft", "version": "1.0.0" }] },
            "component": { "bom-ref": "root", "type": "container", "name": "acme/app", "version": "sha256:ab" },
        },
        "components": [
            { "bom-ref": "pkg:npm/%40angular/core@12.0.0", "type": "library", "group": "@angular", "name": "core",
              "version": "12.0.0", "purl": "pkg:npm/%40angular/core@12.0.0",
              "components": [{ "type": "library", "name": "inner", "version": "1", "purl": "pkg:npm/inner@1" }] },
            { "bom-ref": "x", "type": "library", "name": "openssl", "version": "3.0.11-1",
              "purl": "pkg:deb/debian/openssl@3.0.11-1?arch=amd64&distro=debian-12" },
            { "type": "operating-system", "name": "debian", "version": "12" },
        ],
        "dependencies": [{ "ref": "root", "dependsOn": ["x"] }],
    })
}

#[test]
fn cyclonedx_lists_components_at_any_depth() {
    let told = sbom(CYCLONEDX, &cyclonedx());
    assert_eq!(told.format, "CycloneDX 1.5");
    assert_eq!(told.name.as_deref(), Some("acme/app"));
    assert_eq!(told.created_at.unwrap().to_rfc3339(), "2026-01-02T02:04:05Z");
    let expected = [
        component(
            "@angular/core",
            "12.0.0",
            Some("pkg:npm/%40angular/core"),
            Some("pkg:npm/%40angular/core@12.0.0"),
        ),
        component("inner", "1", Some("pkg:npm/inner"), Some("pkg:npm/inner@1")),
        component(
            "openssl",
            "3.0.11-1",
            Some("pkg:deb/debian/openssl"),
            Some("pkg:deb/debian/openssl@3.0.11-1?arch=amd64&distro=debian-12"),
        ),
        component("debian", "12", None, None),
    ];
    assert_eq!(told.components, expected);
    assert!(!told.truncated);
    for version in ["1.2", "1.3", "1.4", "1.6"] {
        let mut document = cyclonedx();
        document["specVersion"] = json!(version);
        document["metadata"]["tools"] = json!([{ "vendor": "anchore", "name": "syft", "version": "1" }]);
        document["components"][2]["components"] = Value::Null;
        assert_eq!(sbom(CYCLONEDX, &document).components.len(), 4);
    }
}

#[test]
fn documents_are_unwrapped_as_cosign_wraps_them() {
    let plain = read(CYCLONEDX, &cyclonedx()).unwrap();
    let text = cyclonedx().to_string();
    assert_eq!(read(CYCLONEDX, &json!(text)), Ok(plain.clone()));
    assert_eq!(read(CYCLONEDX, &json!({ "Data": text })), Ok(plain.clone()));
    assert_eq!(read(CYCLONEDX, &json!({ "Data": cyclonedx() })), Ok(plain.clone()));
    let custom = "https://cosign.sigstore.dev/attestation/v1";
    assert_eq!(read(custom, &json!({ "Data": text, "Timestamp": "2026-01-02T03:04:05Z" })), Ok(plain));
    assert_eq!(read(custom, &json!({ "Data": "anything", "Timestamp": "" })), Ok(Facts::Unknown));
    assert_eq!(read(custom, &json!({ "Data": "{}" })), Ok(Facts::Unknown));
}

#[test]
fn spdx_2_lists_packages_by_their_purls() {
    let document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "acme/app",
        "documentNamespace": "https://anchore.com/syft/image/acme/app-1",
        "creationInfo": { "created": "2026-01-02T03:04:05Z", "creators": ["Tool: syft-1.0.0"], "licenseListVersion": "3.22" },
        "packages": [
            { "name": "lodash", "SPDXID": "SPDXRef-1", "versionInfo": "4.17.20", "downloadLocation": "NOASSERTION",
              "externalRefs": [
                { "referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:lodash:lodash:4.17.20:*:*:*:*:*:*:*" },
                { "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:npm/lodash@4.17.20" },
              ] },
            { "name": "acme/app", "SPDXID": "SPDXRef-2", "downloadLocation": "NOASSERTION" },
        ],
        "relationships": [{ "spdxElementId": "SPDXRef-DOCUMENT", "relatedSpdxElement": "SPDXRef-2", "relationshipType": "DESCRIBES" }],
    });
    let told = sbom(SPDX, &document);
    assert_eq!(told.format, "SPDX-2.3");
    assert_eq!(told.name.as_deref(), Some("acme/app"));
    let expected = [
        component("lodash", "4.17.20", Some("pkg:npm/lodash"), Some("pkg:npm/lodash@4.17.20")),
        component("acme/app", "", None, None),
    ];
    assert_eq!(told.components, expected);
    assert_eq!(read("https://spdx.dev/Document/v2.3", &json!(document.to_string())), read(SPDX, &document));
    assert_eq!(document_type(document.to_string().as_bytes()), Some(SPDX));
}

#[test]
fn spdx_3_is_a_graph() {
    let document = json!({
        "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
        "@graph": [
            { "type": "CreationInfo", "@id": "_:creation", "specVersion": "3.0.1", "created": "2026-01-02T03:04:05Z", "createdBy": ["https://x.example/tool"] },
            { "type": "SpdxDocument", "spdxId": "https://x.example/doc", "creationInfo": "_:creation", "name": "acme/app", "rootElement": ["https://x.example/p1"] },
            { "type": "software_Package", "spdxId": "https://x.example/p1", "creationInfo": "_:creation", "name": "lodash",
              "software_packageVersion": "4.17.20", "software_packageUrl": "pkg:npm/lodash@4.17.20" },
            { "type": "software_Package", "spdxId": "https://x.example/p2", "creationInfo": "_:creation", "name": "curl", "software_packageVersion": "8",
              "externalIdentifier": [
                { "type": "ExternalIdentifier", "externalIdentifierType": "packageUrl", "identifier": "pkg:deb/debian/curl@8" },
                { "type": "ExternalIdentifier", "externalIdentifierType": "cpe23", "identifier": "cpe:2.3:a:x" },
              ] },
            { "type": "software_File", "spdxId": "https://x.example/f", "name": "/bin/sh" },
            { "type": "Relationship", "from": "https://x.example/doc", "to": ["https://x.example/p1"], "relationshipType": "contains" },
        ],
    });
    let told = sbom(SPDX, &document);
    assert_eq!((told.format.as_str(), told.name.as_deref()), ("SPDX-3.0.1", Some("acme/app")));
    let expected = [
        component("lodash", "4.17.20", Some("pkg:npm/lodash"), Some("pkg:npm/lodash@4.17.20")),
        component("curl", "8", Some("pkg:deb/debian/curl"), Some("pkg:deb/debian/curl@8")),
    ];
    assert_eq!(told.components, expected);
    assert_eq!(document_type(document.to_string().as_bytes()), Some(SPDX));
}

#[test]
fn a_purl_that_is_none_leaves_a_gap_that_shows() {
    let mut document = cyclonedx();
    document["components"][2]["purl"] = json!("not a purl");
    let told = sbom(CYCLONEDX, &document);
    assert!(told.truncated, "somebody who looks for the package must know that it may be there");
    assert_eq!(told.components[3], component("debian", "12", None, Some("not a purl")));
    document["components"][2]["purl"] = json!("");
    assert!(!sbom(CYCLONEDX, &document).truncated);
}

#[test]
fn documents_are_told_by_their_content() {
    let of = |document: &Value| document_type(document.to_string().as_bytes());
    assert_eq!(of(&cyclonedx()), Some(CYCLONEDX));
    assert_eq!(
        of(&json!({ "runs": [], "version": "2.1.0" })),
        Some("https://docs.oasis-open.org/sarif/sarif/v2.1.0")
    );
    let vex = json!({ "@context": "https://openvex.dev/ns/v0.2.0", "statements": [] });
    assert_eq!(of(&vex), Some("https://openvex.dev/ns"));
    for other in [json!({}), json!([]), json!("x"), json!({ "bomFormat": 1 }), json!({ "@graph": [] })] {
        assert_eq!(of(&other), None);
    }
    assert_eq!(document_type(b"\xff\xfe"), None);
    let read = of_document(CYCLONEDX, cyclonedx().to_string().as_bytes());
    assert!(matches!(read, Ok(Facts::Sbom(..))));
}

#[test]
fn an_sbom_that_lacks_something_says_what() {
    assert!(refusal(CYCLONEDX, &json!({})).contains("bomFormat"));
    assert!(refusal(CYCLONEDX, &json!({ "bomFormat": "CycloneDX" })).contains("specVersion"));
    assert!(refusal(CYCLONEDX, &json!({ "bomFormat": "X", "specVersion": "1.5" })).contains("\"X\""));
    assert!(refusal(SPDX, &json!({ "packages": [] })).contains("spdxVersion"));
    assert!(refusal(SPDX, &json!({ "spdxVersion": "SPDX-9" })).contains("SPDX-9"));
    assert!(refusal(SPDX, &json!({ "@graph": [] })).contains("specVersion"));
}
