//! All gates together: which are asked, in which order, what waivers lift, and that less evidence never lets more pass.

use proptest::prelude::*;

use super::*;
use crate::releases::model::gates::given::{self, Given, NOW, ago, in_hours};
use crate::releases::model::{ArtifactKind, Judgement, judge, next_at, read_lifecycle};
use crate::trust::{KnownAttestation, KnownProvenance, KnownReport, Says};
use crate::types::WaiverId;

const LIFECYCLE: &str = r#"{"stages":[
    {"name":"dev","environments":["dev"],"exit":[{"id":"left","type":"signature"}]},
    {"name":"live","environments":["live"],"entry":[
        {"id":"sbom","type":"attestation","predicate_type":"spdxjson","max_age_hours":9},
        {"id":"charts","type":"tests","when":{"kinds":["chart"]}},
        {"id":"trial","type":"soak","hours":100,"mode":"dry_run"},
        {"id":"built","type":"provenance","slsa_level":2},
        {"id":"scan","type":"vulnerabilities","max":{"critical":0}}]}]}"#;

fn lifecycle() -> Lifecycle {
    read_lifecycle(LIFECYCLE.as_bytes()).unwrap()
}

/// A release of which everything is known that the lifecycle asks for.
fn good() -> Given {
    let mut given = Given::default();
    let provenance = KnownProvenance { builder: "b".to_owned(), source: None, commit: None };
    let scan =
        KnownReport { scanner: None, database_updated_at: None, scanned_at: None, findings: Vec::new() };
    given.known().signers = vec!["ci".to_owned()];
    given.known().attestations = vec![
        given::attestation("https://spdx.dev/Document/v2.3", Says::Sbom),
        KnownAttestation {
            slsa_level: Some(3),
            ..given::attestation("https://slsa.dev/provenance/v1", Says::Provenance(provenance))
        },
        given::attestation("https://in-toto.io/attestation/vulns/v0.2", Says::Vulnerabilities(scan)),
    ];
    given.inputs.upstream = vec![("dev".parse().unwrap(), Some(ago(5)))];
    given
}

fn ask(given: &Given) -> Vec<GateResult> {
    evaluate(&lifecycle(), &given.request, &given.inputs, NOW)
}

fn waiver(gate: &str, hours: u32) -> WaiverInput {
    let (id, vulnerabilities) = (WaiverId::new(), Vec::new());
    WaiverInput { id, gate: gate.to_owned(), vulnerabilities, ends_at: in_hours(hours) }
}

#[test]
fn gates_are_asked_in_order_and_only_of_what_they_are_for() {
    let results = ask(&good());
    let asked: Vec<_> = results.iter().map(|of| (of.gate.as_str(), of.code.as_str())).collect();
    assert_eq!(
        asked,
        [
            ("quarantine", "not_quarantined"),
            ("freeze", "not_frozen"),
            ("upstream", "verified_upstream"),
            ("start", "started"),
            ("left", "signed"),
            ("sbom", "attested"),
            ("charts", "not_applicable"),
            ("trial", "soaking"),
            ("built", "provenance_fits"),
            ("scan", "within_limits"),
        ]
    );
    assert_eq!(judge(&results), Judgement::Admit, "a dry run counts for nothing");
    assert_eq!(next_at(&results), Some(in_hours(8)), "the SBOM grows stale before the dry run ends");
    let mut with_chart = good();
    let chart = given::artifact("acme/chart");
    with_chart
        .request
        .artifacts
        .push(crate::releases::model::Artifact { kind: ArtifactKind::Chart, ..chart });
    let known = with_chart.known().clone();
    with_chart.inputs.evidence.push(known);
    assert_eq!(ask(&with_chart)[6].code, "tests_missing");
}

#[test]
fn an_environment_of_no_stage_lets_nothing_in() {
    let mut given = good();
    given.request.environment = "elsewhere".parse().unwrap();
    let results = ask(&given);
    assert_eq!(results.len(), 4);
    assert_eq!(judge(&results), Judgement::Blocked { why: "not_in_lifecycle".to_owned() });
}

#[test]
fn a_waiver_lifts_its_gate_until_it_ends_and_no_other() {
    let mut given = good();
    given.known().signers.clear();
    given.inputs.waivers = vec![waiver("sbom", 9), waiver("left", 1), waiver("left", 3)];
    let results = ask(&given);
    let (left, sbom) = (&results[4], &results[5]);
    assert_eq!((left.outcome, left.code.as_str()), (Outcome::Waived, "not_signed"));
    assert_eq!((left.next_at, sbom.outcome), (Some(in_hours(3)), Outcome::Pass));
    assert!(left.message.contains(&given.inputs.waivers[2].id.to_string()), "{}", left.message);
    given.inputs.waivers = vec![waiver("left", 0)];
    assert_eq!(ask(&given)[4].outcome, Outcome::Missing);
    given.known().is_pending = true;
    given.inputs.waivers = vec![waiver("left", 1)];
    assert_eq!(ask(&given)[4].outcome, Outcome::Pending, "what is not known yet is waited for");
}

#[test]
fn no_waiver_lifts_what_must_stand() {
    let mut given = good();
    given.inputs.quarantined = vec![given.request.artifacts[0].digest.clone()];
    given.inputs.upstream.clear();
    given.inputs.waivers = ["quarantine", "freeze", "upstream", "start"].map(|gate| waiver(gate, 9)).to_vec();
    let results = ask(&given);
    assert_eq!((results[0].outcome, results[2].outcome), (Outcome::Fail, Outcome::Missing));
}

#[test]
fn digests_follow_what_was_looked_at_and_asked() {
    let given = good();
    let (results, mut other) = (ask(&given), given.clone());
    assert_eq!(results, ask(&given));
    other.known().signers = vec!["ann".to_owned()];
    let changed = ask(&other);
    assert_ne!(results[4].input_digest, changed[4].input_digest);
    assert_eq!(results[4].policy_digest, changed[4].policy_digest);
    assert_eq!(results[0].input_digest, changed[0].input_digest, "quarantine looks at no signature");
    let stricter =
        read_lifecycle(LIFECYCLE.replace(r#""slsa_level":2"#, r#""slsa_level":3"#).as_bytes()).unwrap();
    let stricter = evaluate(&stricter, &given.request, &given.inputs, NOW);
    assert_ne!(results[8].policy_digest, stricter[8].policy_digest);
    assert_eq!(results[4].policy_digest, stricter[4].policy_digest);
}

proptest! {
    #[test]
    fn less_evidence_never_lets_more_pass(
        signed in any::<bool>(), kept in any::<[bool; 3]>(), verified in any::<[bool; 3]>(),
        policy in any::<bool>(), pending in any::<bool>(), truncated in any::<bool>(), told in any::<bool>(),
        upstream in any::<bool>(),
    ) {
        let mut given = good();
        let known = given.known();
        for (attestation, verified) in known.attestations.iter_mut().zip(verified) {
            attestation.is_verified = verified;
        }
        let mut kept_ones = kept.into_iter();
        known.attestations.retain(|_| kept_ones.next().unwrap());
        if !signed {
            known.signers.clear();
        }
        if !policy {
            known.policy = None;
        }
        (known.is_pending, known.is_truncated) = (pending, truncated);
        if !told {
            given.inputs.evidence.clear();
        }
        if !upstream {
            given.inputs.upstream.clear();
        }
        let whole = signed && policy && told && upstream && !pending && !truncated;
        let whole = whole && kept == [true; 3] && verified == [true; 3];
        prop_assert_eq!(judge(&ask(&given)) == Judgement::Admit, whole);
    }

    #[test]
    fn time_alone_alters_nothing_before_it_is_said_to(
        seen in 0..12u32, since in proptest::option::of(0..200u32), start in proptest::option::of(0..12u32),
        waived in proptest::option::of(0..12u32), later in 1..600i64,
    ) {
        let mut given = good();
        given.known().attestations[0].seen_at = ago(seen);
        given.known().signers.clear();
        given.inputs.upstream[0].1 = since.map(ago);
        given.inputs.waivers = waived.map(|hours| waiver("left", hours)).into_iter().collect();
        given.request.start_at = start.map(in_hours);
        let results = ask(&given);
        let then = Timestamp::from_micros(NOW.micros() + later * 60_000_000);
        let outcomes = |results: &[GateResult]| results.iter().map(|of| of.outcome).collect::<Vec<_>>();
        let at_then = outcomes(&evaluate(&lifecycle(), &given.request, &given.inputs, then));
        if next_at(&results).is_none_or(|next| then < next) {
            prop_assert_eq!(outcomes(&results), at_then);
        }
        prop_assert!(next_at(&results).is_none_or(|next| next > NOW));
    }
}
