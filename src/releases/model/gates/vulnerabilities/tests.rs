//! What counts, how often, and what takes it out.

use super::*;
use crate::releases::model::gates::given::{self, Given, ago, in_hours};
use crate::trust::{KnownAttestation, KnownFinding, KnownReport, Says, VexStatus};
use crate::types::WaiverId;

const VULNS: &str = "https://in-toto.io/attestation/vulns/v0.2";
const VEX: &str = "https://openvex.dev/ns/v0.2.0";

fn found(id: &str, severity: Severity) -> KnownFinding {
    let package = Some("pkg:deb/debian/openssl".to_owned());
    let vulnerability = id.to_owned();
    KnownFinding { vulnerability, aliases: Vec::new(), package, severity, status: None, fixed_in: None }
}

fn also(alias: &str, of: KnownFinding) -> KnownFinding {
    KnownFinding { aliases: vec![alias.to_owned()], ..of }
}

fn report(kind: &str, findings: Vec<KnownFinding>) -> KnownAttestation {
    let scanner = Some("scanner".to_owned());
    let report = KnownReport { scanner, database_updated_at: None, scanned_at: None, findings };
    given::attestation(kind, Says::Vulnerabilities(report))
}

fn scan(findings: Vec<KnownFinding>) -> KnownAttestation {
    report(VULNS, findings)
}

fn vex(id: &str, package: Option<&str>, status: VexStatus) -> KnownAttestation {
    let package = package.map(str::to_owned);
    report(VEX, vec![KnownFinding { package, status: Some(status), ..found(id, Severity::Unknown) }])
}

fn scanned(attestation: KnownAttestation, hours_ago: u32) -> KnownAttestation {
    KnownAttestation { seen_at: ago(hours_ago), ..attestation }
}

fn waiver(ids: &[&str], hours: u32) -> WaiverInput {
    WaiverInput {
        id: WaiverId::new(),
        gate: "gate".to_owned(),
        vulnerabilities: ids.iter().map(|id| (*id).to_owned()).collect(),
        ends_at: in_hours(hours),
    }
}

fn answer(rule: &str, attestations: Vec<KnownAttestation>, waivers: Vec<WaiverInput>) -> Answer {
    let rule: VulnerabilitiesRule = serde_json::from_str(rule).unwrap();
    let mut given = Given::default();
    given.known().attestations = attestations;
    given.inputs.waivers = waivers;
    given.ask(|asked| rule.answer(asked))
}

fn ask(rule: &str, attestations: Vec<KnownAttestation>) -> (Outcome, &'static str) {
    let answer = answer(rule, attestations, Vec::new());
    (answer.outcome, answer.code)
}

/// No critical and no high ones.
const STRICT: &str = r#"{"max":{"critical":0,"high":0}}"#;
const WITHIN: (Outcome, &str) = (Outcome::Pass, "within_limits");
const OVER: (Outcome, &str) = (Outcome::Fail, "too_many_vulnerabilities");

#[test]
fn there_must_be_a_scan_that_a_signer_vouches_for() {
    assert_eq!(ask(STRICT, vec![]), (Outcome::Missing, "scan_missing"));
    assert_eq!(ask(STRICT, vec![scan(vec![])]), WITHIN);
    let unverified = KnownAttestation { is_verified: false, ..scan(vec![]) };
    assert_eq!(ask(STRICT, vec![unverified]), (Outcome::Missing, "scan_missing"));
    let no_scan = vec![report(VEX, vec![]), vex("CVE-1", None, VexStatus::Fixed)];
    assert_eq!(ask(STRICT, no_scan), (Outcome::Missing, "scan_missing"), "a VEX is no scan");
    let judged = KnownFinding { status: Some(VexStatus::NotAffected), ..found("CVE-1", Severity::Low) };
    let in_bom = report("https://cyclonedx.org/bom", vec![judged]);
    assert_eq!(ask(STRICT, vec![in_bom]), (Outcome::Missing, "scan_missing"));
}

#[test]
fn what_is_not_read_whole_is_an_error() {
    let cut = KnownAttestation { is_truncated: true, ..scan(vec![]) };
    assert_eq!(ask(STRICT, vec![scan(vec![]), cut]), (Outcome::Error, "report_incomplete"));
    for kind in [VULNS, VEX, "cosign.sigstore.dev/attestation/vuln/v1"] {
        let unread = given::attestation(kind, Says::Unread("x".to_owned()));
        assert_eq!(ask(STRICT, vec![scan(vec![]), unread.clone()]).0, Outcome::Error, "{kind}");
        let refused = KnownAttestation { is_verified: false, ..unread };
        assert_eq!(ask(STRICT, vec![scan(vec![]), refused]), WITHIN, "what nobody vouches for is nothing");
    }
    let other = given::attestation("https://slsa.dev/provenance/v1", Says::Unread("x".to_owned()));
    assert_eq!(ask(STRICT, vec![scan(vec![]), other]), WITHIN);
}

#[test]
fn each_is_counted_once_for_its_package_under_any_of_its_names() {
    let one = r#"{"max":{"high":1}}"#;
    let high = |id| found(id, Severity::High);
    let elsewhere = KnownFinding { package: Some("pkg:npm/x".to_owned()), ..high("CVE-1") };
    assert_eq!(
        ask(one, vec![scan(vec![high("CVE-1"), high("cve-1"), also("CVE-1", high("GHSA-1"))])]),
        WITHIN
    );
    assert_eq!(ask(one, vec![scan(vec![high("CVE-1"), elsewhere])]), OVER);
    assert_eq!(ask(one, vec![scan(vec![high("CVE-1"), high("CVE-2")])]), OVER);
    // Which are the same may be told elsewhere.
    let chain = scan(vec![high("A"), also("B", high("C")), also("A", high("B"))]);
    assert_eq!(ask(one, vec![chain]), WITHIN);
    let critical = scan(vec![high("CVE-1"), found("CVE-1", Severity::Critical)]);
    assert_eq!(ask(r#"{"max":{"critical":0}}"#, vec![critical]), OVER, "the worst severity counts");
}

#[test]
fn severities_have_limits_of_their_own_and_the_unknown_counts_as_told() {
    let of = |severity| vec![scan(vec![found("CVE-1", severity)])];
    for (severity, expected) in [
        (Severity::Critical, OVER),
        (Severity::High, OVER),
        (Severity::Unknown, OVER),
        (Severity::Medium, WITHIN),
        (Severity::Negligible, WITHIN),
    ] {
        assert_eq!(ask(STRICT, of(severity)), expected, "{severity:?}");
    }
    assert_eq!(ask(r#"{"max":{"high":0},"unknown_as":"low"}"#, of(Severity::Unknown)), WITHIN);
    assert_eq!(ask(r#"{"max":{"low":0},"unknown_as":"low"}"#, of(Severity::Unknown)), OVER);
    let fixable = r#"{"max":{"high":0},"fixable_only":true}"#;
    assert_eq!(ask(fixable, of(Severity::High)), WITHIN);
    let mended = KnownFinding { fixed_in: Some("2".to_owned()), ..found("CVE-1", Severity::High) };
    assert_eq!(ask(fixable, vec![scan(vec![mended])]), OVER);
}

#[test]
fn a_vex_takes_out_what_it_speaks_of() {
    use VexStatus::{Affected, Fixed, NotAffected, UnderInvestigation};
    let high = || scan(vec![also("GHSA-1", found("CVE-1", Severity::High))]);
    let openssl = Some("pkg:deb/debian/openssl");
    for (vex, expected) in [
        (vex("CVE-1", openssl, NotAffected), WITHIN),
        (vex("GHSA-1", openssl, Fixed), WITHIN),
        (vex("CVE-1", None, NotAffected), WITHIN),
        (vex("CVE-1", Some("pkg:oci/app"), NotAffected), WITHIN),
        (vex("CVE-1", Some("pkg:npm/x"), NotAffected), OVER),
        (vex("CVE-2", openssl, NotAffected), OVER),
        (vex("CVE-1", openssl, Affected), OVER),
        (vex("CVE-1", openssl, UnderInvestigation), OVER),
        (KnownAttestation { is_verified: false, ..vex("CVE-1", openssl, NotAffected) }, OVER),
    ] {
        assert_eq!(ask(STRICT, vec![high(), vex.clone()]), expected, "{vex:?}");
    }
    assert_eq!(ask(STRICT, vec![scan(vec![]), vex("CVE-1", openssl, Affected)]), OVER, "found by no scan");
    let later = |first, second| {
        vec![high(), scanned(vex("CVE-1", openssl, first), 9), scanned(vex("CVE-1", openssl, second), 2)]
    };
    assert_eq!(ask(STRICT, later(UnderInvestigation, NotAffected)), WITHIN);
    assert_eq!(ask(STRICT, later(NotAffected, Affected)), OVER);
    let tie = vec![high(), vex("CVE-1", openssl, NotAffected), vex("CVE-1", openssl, Affected)];
    assert_eq!(ask(STRICT, tie), OVER);
}

#[test]
fn the_latest_scan_of_a_scanner_counts() {
    let bad = || scan(vec![found("CVE-1", Severity::High)]);
    assert_eq!(ask(STRICT, vec![scanned(bad(), 9), scanned(scan(vec![]), 2)]), WITHIN);
    assert_eq!(ask(STRICT, vec![scanned(bad(), 2), scanned(scan(vec![]), 9)]), OVER);
    let by_another = KnownAttestation { signer: Some("ann".to_owned()), ..scanned(bad(), 9) };
    assert_eq!(ask(STRICT, vec![by_another, scanned(scan(vec![]), 2)]), OVER);
}

#[test]
fn scans_and_their_databases_grow_stale() {
    let of = |scan_ago: Option<u32>, database: Option<u32>| {
        let (scanned_at, database_updated_at) = (scan_ago.map(ago), database.map(ago));
        let report = KnownReport { scanner: None, database_updated_at, scanned_at, findings: vec![] };
        vec![given::attestation(VULNS, Says::Vulnerabilities(report))]
    };
    let rule = r#"{"max":{},"max_scan_age_hours":4,"max_database_age_hours":8}"#;
    let stale = (Outcome::Fail, "scan_stale");
    let fresh = answer(rule, of(Some(2), Some(7)), Vec::new());
    assert_eq!((fresh.outcome, fresh.next_at), (Outcome::Pass, Some(in_hours(1))));
    assert_eq!(answer(rule, of(None, Some(1)), Vec::new()).next_at, Some(in_hours(3)), "seen an hour ago");
    assert_eq!(ask(rule, of(Some(4), Some(1))), stale);
    assert_eq!(ask(rule, of(Some(1), Some(8))), stale);
    assert_eq!(ask(rule, of(Some(1), None)), stale, "nobody knows how old the database was");
    assert_eq!(ask(r#"{"max":{}}"#, of(Some(9999), None)), WITHIN);
    let mut from_the_future = of(Some(0), Some(0));
    from_the_future[0].seen_at = ago(9);
    assert_eq!(ask(rule, from_the_future), stale, "nothing is newer than when it was seen first");
}

#[test]
fn a_waiver_lets_pass_what_it_names_and_is_told() {
    let high = |ids: &[&str]| vec![scan(ids.iter().map(|id| found(id, Severity::High)).collect())];
    let waived = answer(STRICT, high(&["CVE-1"]), vec![waiver(&["cve-1"], 5)]);
    assert_eq!((waived.outcome, waived.code), (Outcome::Waived, "vulnerabilities_waived"));
    assert_eq!(waived.next_at, Some(in_hours(5)));
    assert!(waived.message.contains("CVE-1 in pkg:deb/debian/openssl"), "{}", waived.message);
    let by_alias = vec![scan(vec![also("GHSA-1", found("CVE-1", Severity::High))])];
    assert_eq!(answer(STRICT, by_alias, vec![waiver(&["GHSA-1"], 5)]).outcome, Outcome::Waived);
    let half = answer(STRICT, high(&["CVE-1", "CVE-2"]), vec![waiver(&["CVE-1"], 5)]);
    assert_eq!((half.outcome, half.message.contains("CVE-1")), (Outcome::Fail, false));
    let needless = answer(STRICT, vec![scan(vec![])], vec![waiver(&["CVE-1"], 5)]);
    assert_eq!((needless.outcome, needless.next_at), (Outcome::Pass, None));
    assert_eq!(answer(STRICT, high(&["CVE-1"]), vec![waiver(&["CVE-1"], 0)]).outcome, Outcome::Fail, "ended");
    let other = WaiverInput { gate: "other".to_owned(), ..waiver(&["CVE-1"], 5) };
    assert_eq!(answer(STRICT, high(&["CVE-1"]), vec![other]).outcome, Outcome::Fail);
}
