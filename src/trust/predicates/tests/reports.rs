//! Vulnerability reports and VEX documents.

use serde_json::{Value, json};

use super::contents::cyclonedx;
use super::{read, refusal};
use crate::trust::predicates::{Facts, Finding, Severity, VexStatus, VulnerabilityReport};

const COSIGN: &str = "https://cosign.sigstore.dev/attestation/vuln/v1";
const V0_1: &str = "https://in-toto.io/attestation/vulns/v0.1";
const V0_2: &str = "https://in-toto.io/attestation/vulns/v0.2";
const SARIF: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0";
const OPENVEX: &str = "https://openvex.dev/ns";
const CYCLONEDX: &str = "https://cyclonedx.org/bom";

fn report(kind: &str, predicate: &Value) -> VulnerabilityReport {
    match read(kind, predicate) {
        Ok(Facts::Vulnerabilities(report)) => report,
        other => panic!("{other:?}"),
    }
}

fn found(vulnerability: &str, severity: Severity) -> Finding {
    Finding {
        vulnerability: vulnerability.to_owned(),
        alias_of: None,
        package: None,
        version: String::new(),
        component: None,
        severity,
        status: None,
        justification: None,
        fixed_in: None,
    }
}

fn of_trivy() -> Value {
    json!({
        "SchemaVersion": 2,
        "ArtifactName": "acme/app",
        "Results": [
            { "Target": "acme/app (debian 12)", "Class": "os-pkgs", "Type": "debian", "Vulnerabilities": [
                { "VulnerabilityID": "CVE-2023-5678", "PkgName": "openssl", "PkgIdentifier": { "PURL": "pkg:deb/debian/openssl@3.0.11-1?arch=amd64" },
                  "VendorIDs": ["DLA-1-1"], "InstalledVersion": "3.0.11-1", "FixedVersion": "3.0.13-1", "Status": "fixed", "Severity": "MEDIUM" },
            ] },
            { "Target": "app.jar", "Class": "lang-pkgs" },
        ],
    })
}

fn framed(result: &Value) -> Value {
    json!({
        "invocation": { "parameters": [], "uri": "https://ci.example/1", "event_id": "", "builder.id": "" },
        "scanner": {
            "uri": "pkg:github/aquasecurity/trivy@0.50.0", "version": "0.50.0",
            "db": { "uri": "pkg:github/aquasecurity/trivy-db", "version": "2", "lastUpdate": "2026-01-01T00:00:00Z" },
            "result": result,
        },
        "metadata": { "scanStartedOn": "2026-01-02T03:04:05Z", "scanFinishedOn": "2026-01-02T03:05:05Z" },
    })
}

#[test]
fn cosigns_frame_holds_trivy() {
    let told = report(COSIGN, &framed(&of_trivy()));
    assert_eq!(told.format, "Trivy");
    assert_eq!(told.scanner.as_deref(), Some("pkg:github/aquasecurity/trivy@0.50.0"));
    assert_eq!(told.database_updated_at, Some("2026-01-01T00:00:00Z".parse().unwrap()));
    assert_eq!(told.scanned_at, Some("2026-01-02T03:05:05Z".parse().unwrap()));
    let openssl = Finding {
        package: Some("pkg:deb/debian/openssl".to_owned()),
        version: "3.0.11-1".to_owned(),
        component: Some("openssl".to_owned()),
        fixed_in: Some("3.0.13-1".to_owned()),
        ..found("CVE-2023-5678", Severity::Medium)
    };
    let alias = Finding {
        vulnerability: "DLA-1-1".to_owned(),
        alias_of: Some("CVE-2023-5678".to_owned()),
        ..openssl.clone()
    };
    assert_eq!(told.findings, [openssl, alias]);
    assert_eq!(told.count(Severity::Medium), 1, "an alias is no further finding");
    assert!(report(COSIGN, &framed(&json!({ "SchemaVersion": 2 }))).findings.is_empty());
}

#[test]
fn cosigns_frame_holds_grype() {
    let result = json!({
        "matches": [{
            "vulnerability": { "id": "GHSA-35jh-r3h4-6jhm", "severity": "High", "fix": { "versions": ["4.17.21"], "state": "fixed" } },
            "relatedVulnerabilities": [{ "id": "CVE-2021-23337", "severity": "High" }],
            "matchDetails": [{ "type": "exact-direct-match" }],
            "artifact": { "name": "lodash", "version": "4.17.20", "type": "npm", "purl": "pkg:npm/lodash@4.17.20" },
        }],
        "descriptor": { "name": "grype", "version": "0.74.0" },
    });
    let told = report(COSIGN, &json!({ "scanner": { "result": result } }));
    assert_eq!((told.format, told.scanner.as_deref()), ("Grype", Some("grype")));
    let ids: Vec<_> = told
        .findings
        .iter()
        .map(|finding| (finding.vulnerability.as_str(), finding.alias_of.as_deref()))
        .collect();
    assert_eq!(ids, [("GHSA-35jh-r3h4-6jhm", None), ("CVE-2021-23337", Some("GHSA-35jh-r3h4-6jhm"))]);
    assert_eq!(told.findings[0].package.as_deref(), Some("pkg:npm/lodash"));
    assert_eq!(told.findings[0].fixed_in.as_deref(), Some("4.17.21"));
}

#[test]
fn a_result_of_an_unknown_form_is_not_taken_for_none() {
    for result in [json!({ "vulnerabilities": [] }), json!([]), json!("CVE-2023-1"), json!({})] {
        let refused = read(COSIGN, &framed(&result));
        assert!(refused.is_err(), "{refused:?}");
    }
    assert!(refusal(COSIGN, &framed(&Value::Null)).contains("scanner.result"));
    assert!(refusal(COSIGN, &json!({})).contains("scanner"));
}

#[test]
fn in_toto_lists_ratings() {
    let predicate = json!({
        "scanner": {
            "uri": "pkg:github/aquasecurity/trivy@244fd47e07d1004f0aed9", "version": "0.19.2",
            "db": { "uri": "pkg:github/aquasecurity/trivy-db", "version": "v1", "lastUpdate": "2021-08-06T17:45:50.52Z" },
            "result": [
                { "id": "cve-2021-123", "severity": [{ "method": "nvd", "score": "medium" }, { "method": "cvss_score", "score": 7.2 }],
                  "annotations": [{ "a": "b" }] },
                { "id": "GHSA-fxph-q3j8-mv87", "severity": [] },
            ],
        },
        "metadata": { "scanStartedOn": "2021-08-06T17:45:50.52Z" },
    });
    for kind in [V0_1, V0_2] {
        let told = report(kind, &predicate);
        let expected =
            [found("CVE-2021-123", Severity::High), found("GHSA-fxph-q3j8-mv87", Severity::Unknown)];
        assert_eq!(told.findings, expected, "the worst rating counts");
        assert_eq!(told.database_updated_at, "2021-08-06T17:45:50.52Z".parse().ok());
        assert_eq!(told.scanned_at, told.database_updated_at);
    }
    let clean = json!({ "scanner": { "uri": "x", "result": [] } });
    assert!(report(V0_2, &clean).findings.is_empty());
    assert!(refusal(V0_2, &json!({ "scanner": { "uri": "x" } })).contains("scanner.result"));
    assert!(refusal(V0_2, &json!({ "scanner": { "result": [{}] } })).contains("id"));
}

#[test]
fn sarif_names_packages_as_its_tools_do() {
    let document = json!({
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [
            { "tool": { "driver": { "name": "Trivy", "version": "0.50.0", "rules": [
                  { "id": "CVE-2023-5678", "name": "OsPackageVulnerability", "properties": { "precision": "very-high", "security-severity": "5.5", "tags": ["vulnerability", "security", "MEDIUM"] } },
              ] } },
              "results": [{ "ruleId": "CVE-2023-5678", "ruleIndex": 0, "level": "warning",
                  "message": { "text": "Package: openssl\nInstalled Version: 3.0.11\nVulnerability CVE-2023-5678\nSeverity: MEDIUM\nFixed Version: 3.0.13\nLink: [x](y)" } }] },
            { "tool": { "driver": { "name": "grype", "version": "0.74.0", "rules": [
                  { "id": "CVE-1999-0001-package-1", "properties": { "security-severity": 9.1, "purls": ["pkg:deb/debian/package-1@1.1.1"] } },
              ] } },
              "results": [
                  { "ruleId": "CVE-1999-0001-package-1", "level": "note", "message": { "text": "…" } },
                  { "rule": { "index": 0 }, "level": "error" },
                  { "ruleId": "CVE-2000-0001", "level": "error" },
              ] },
        ],
    });
    let told = report(SARIF, &document);
    assert_eq!((told.scanner.as_deref(), told.scanner_version.as_deref()), (Some("Trivy"), Some("0.50.0")));
    let openssl = Finding {
        component: Some("openssl".to_owned()),
        version: "3.0.11".to_owned(),
        fixed_in: Some("3.0.13".to_owned()),
        ..found("CVE-2023-5678", Severity::Medium)
    };
    let package = Finding {
        package: Some("pkg:deb/debian/package-1".to_owned()),
        version: "1.1.1".to_owned(),
        component: Some("pkg:deb/debian/package-1@1.1.1".to_owned()),
        ..found("CVE-1999-0001", Severity::Critical)
    };
    let expected = [openssl, package.clone(), package, found("CVE-2000-0001", Severity::High)];
    assert_eq!(told.findings, expected);
    assert!(!told.truncated);
    assert_eq!(report(COSIGN, &framed(&document)).findings, told.findings);
    assert!(refusal(SARIF, &json!({ "version": "2.1.0", "runs": [] })).contains("no scanner ran"));
    let unrun = json!({ "runs": [{ "tool": { "driver": { "name": "x" } } }] });
    assert!(refusal(SARIF, &unrun).contains("results"), "no results are not an empty list of them");
}

#[test]
fn openvex_says_what_of_which_component() {
    let document = json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://openvex.dev/docs/example/vex-1",
        "author": "Acme", "timestamp": "2026-01-02T03:04:05Z", "version": 1,
        "statements": [
            { "vulnerability": { "@id": "https://nvd.nist.gov/vuln/detail/CVE-2014-123456", "name": "CVE-2014-123456", "aliases": ["GHSA-x"] },
              "products": [{ "@id": "pkg:oci/app@sha256:ab", "subcomponents": [{ "@id": "pkg:npm/lodash@4.17.20" }] }],
              "status": "not_affected", "justification": "vulnerable_code_not_in_execute_path" },
            { "vulnerability": "CVE-2020-1", "products": ["pkg:oci/app", "https://x.example/app"], "status": "under_investigation" },
            { "vulnerability": { "name": "CVE-2020-2" }, "status": "affected", "action_statement": "Update." },
        ],
    });
    let told = report(OPENVEX, &document);
    assert_eq!(told.scanner.as_deref(), Some("Acme"));
    let summary: Vec<_> = told
        .findings
        .iter()
        .map(|finding| (finding.vulnerability.as_str(), finding.package.as_deref(), finding.status.unwrap()))
        .collect();
    let expected = [
        ("CVE-2014-123456", Some("pkg:npm/lodash"), VexStatus::NotAffected),
        ("GHSA-x", Some("pkg:npm/lodash"), VexStatus::NotAffected),
        ("CVE-2020-1", Some("pkg:oci/app"), VexStatus::UnderInvestigation),
        ("CVE-2020-1", None, VexStatus::UnderInvestigation),
        ("CVE-2020-2", None, VexStatus::Affected),
    ];
    assert_eq!(summary, expected);
    assert_eq!(told.findings[0].justification.as_deref(), Some("vulnerable_code_not_in_execute_path"));
    assert_eq!(told.findings[4].justification.as_deref(), Some("Update."));
    let bad = |statement: Value| refusal(OPENVEX, &json!({ "statements": [statement] }));
    assert!(bad(json!({ "vulnerability": "CVE-1", "status": "fine" })).contains("fine"));
    assert!(bad(json!({ "vulnerability": "CVE-1" })).contains("status"));
    assert!(bad(json!({ "status": "fixed" })).contains("vulnerability"));
    assert!(refusal(OPENVEX, &json!({})).contains("statements"));
}

fn vulnerabilities() -> Value {
    json!([
        { "id": "CVE-2021-23337", "source": { "name": "NVD" }, "references": [{ "id": "GHSA-35jh-r3h4-6jhm", "source": {} }],
          "ratings": [{ "severity": "high", "score": 7.2, "method": "CVSSv31" }, { "severity": "medium" }],
          "analysis": { "state": "exploitable", "response": ["update"], "detail": "used" },
          "affects": [{ "ref": "x" }, { "ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg:npm/far@2" }] },
        { "id": "CVE-2020-1", "ratings": [{ "score": 9.8 }] },
    ])
}

#[test]
fn a_cyclonedx_bom_may_tell_of_vulnerabilities() {
    let mut document = cyclonedx();
    document["vulnerabilities"] = vulnerabilities();
    let Ok(Facts::Sbom(sbom, Some(told))) = read(CYCLONEDX, &document) else {
        panic!("no SBOM with a report")
    };
    assert_eq!(sbom.components.len(), 4);
    assert_eq!((told.format, told.scanner.as_deref()), ("CycloneDX", Some("syft")));
    let summary: Vec<_> = told
        .findings
        .iter()
        .map(|finding| (finding.vulnerability.as_str(), finding.package.as_deref(), finding.severity))
        .collect();
    let expected = [
        ("CVE-2021-23337", Some("pkg:deb/debian/openssl"), Severity::High),
        ("GHSA-35jh-r3h4-6jhm", Some("pkg:deb/debian/openssl"), Severity::High),
        ("CVE-2021-23337", Some("pkg:npm/far"), Severity::High),
        ("GHSA-35jh-r3h4-6jhm", Some("pkg:npm/far"), Severity::High),
        ("CVE-2020-1", None, Severity::Critical),
    ];
    assert_eq!(summary, expected);
    assert_eq!(told.findings[0].status, Some(VexStatus::Affected));
    assert_eq!(told.findings[0].version, "3.0.11-1");
    assert_eq!(told.findings[4].status, None);
}

#[test]
fn a_cyclonedx_document_of_vulnerabilities_alone_is_a_vex() {
    let mut document = json!({ "bomFormat": "CycloneDX", "specVersion": "1.4", "version": 1, "vulnerabilities": vulnerabilities() });
    let told = report(CYCLONEDX, &document);
    assert_eq!(told.findings.len(), 5);
    assert_eq!(told.findings[0].package, None, "it names a component of another document");
    document["vulnerabilities"][0]["analysis"]["state"] = json!("fine");
    assert!(refusal(CYCLONEDX, &document).contains("fine"));
    document["vulnerabilities"] = json!([]);
    assert!(report(CYCLONEDX, &document).findings.is_empty());
}
