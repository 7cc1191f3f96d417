//! What is read, what is refused, and what is said about it.

use super::*;
use crate::releases::model::lifecycle::document::Advance;
use crate::releases::model::{GateKind, Mode, PromotionKind};

fn refused(text: &str) -> String {
    read_lifecycle(text.as_bytes()).unwrap_err().to_string()
}

/// A lifecycle of one stage, with more of its keys.
fn stage(more: &str) -> String {
    format!(r#"{{"stages":[{{"name":"a","environments":["x","y"]{more}}}]}}"#)
}

#[test]
fn a_lifecycle_is_read_with_what_it_leaves_out() {
    let text = r#"{"stages":[
        {"name":"staging","environments":["staging-eu","staging-us"],"advance":{"at_least":1},"expires_hours":24,
         "entry":[{"id":"sbom","type":"attestation","predicate_type":"cyclonedx","mode":"warn","when":{"kinds":["image"]}}],
         "exit":[{"id":"tests","type":"tests"}]},
        {"name":"production","environments":["production"],"auto_promote":true,
         "entry":[{"id":"two","type":"approvals","required":2},{"id":"soak","type":"soak","hours":24}]}]}"#;
    let lifecycle = read_lifecycle(text.as_bytes()).unwrap();
    let [staging, production] = lifecycle.stages.as_slice() else { panic!("two stages") };
    assert_eq!((staging.advance, production.advance), (Advance::AtLeast(1), Advance::All));
    assert_eq!((staging.expires_hours, production.expires_hours), (24, 168));
    assert_eq!((staging.entry[0].mode, production.entry[0].mode), (Mode::Warn, Mode::Enforce));
    let into = |at: usize| lifecycle.gates_into(at).map(|gate| gate.rule.kind()).collect::<Vec<_>>();
    assert_eq!(into(0), [GateKind::Attestation]);
    assert_eq!(into(1), [GateKind::Tests, GateKind::Approvals, GateKind::Soak]);
    let upstream = lifecycle.upstream(&"production".parse().unwrap(), PromotionKind::Forward);
    assert_eq!(upstream, staging.environments);
    assert_eq!(lifecycle.upstream(&"elsewhere".parse().unwrap(), PromotionKind::Forward), []);
    let again = serde_json::to_vec(&lifecycle).unwrap();
    assert_eq!(serde_json::to_vec(&read_lifecycle(&again).unwrap()).unwrap(), again);
}

#[test]
fn what_has_another_form_is_refused_and_named() {
    for (text, part) in [
        ("[]", "it is a JSON object"),
        ("{", "EOF"),
        (r#"{"stages":[],"stages":[]}"#, "this key stands twice: stages"),
        (r#"{"stage":[]}"#, "unknown field `stage`"),
        (r#"{"stages":[["a",["x"]]]}"#, "there is a list in `stages`"),
        (r#"{"stages":[{"name":"a","environments":["X"]}]}"#, "an environment's name is"),
        (&stage(r#","advance":"some""#), "unknown variant `some`"),
        (&stage(r#","advance":["at_least",1]"#), "there is a list in `advance`"),
        (&stage(r#","exits":[]"#), "unknown field `exits`"),
        (&stage(r#","entry":[{"id":"s","type":"signature","signer":["a"]}]"#), "unknown field `signer`"),
        (&stage(r#","entry":[{"id":"s","type":"signature","x":1}]"#), "gate \"s\": unknown field `x`"),
        (&stage(r#","entry":[{"id":"t","type":"ticket","pattern":"("}]"#), "is no pattern of tickets"),
    ] {
        let why = refused(text);
        assert!(why.contains(part), "{text}: {why}");
    }
    let long = stage(&format!(r#","x":"{}""#, "a".repeat(LIFECYCLE_LIMIT)));
    assert!(refused(&long).starts_with("a lifecycle has at most 24576 bytes"));
}

#[test]
fn what_can_not_work_is_refused_with_what_to_do() {
    let many = |count: usize, with: &dyn Fn(usize) -> String| {
        let all: Vec<_> = (0..count).map(with).collect();
        all.join(",")
    };
    let stages = |count| {
        format!(
            r#"{{"stages":[{}]}}"#,
            many(count, &|at| format!(r#"{{"name":"s{at}","environments":["e{at}"]}}"#))
        )
    };
    let environments = |count| {
        format!(
            r#"{{"stages":[{{"name":"a","environments":[{}]}}]}}"#,
            many(count, &|at| format!(r#""e{at}""#))
        )
    };
    assert!(read_lifecycle(stages(16).as_bytes()).is_ok());
    assert!(read_lifecycle(environments(32).as_bytes()).is_ok());
    let soak = r#"{"id":"s","type":"soak","hours":1}"#;
    for (text, part) in [
        (stages(0), "1 to 16 stages, this one has 0"),
        (stages(17), "1 to 16 stages, this one has 17"),
        (environments(33), "1 to 32 environments, this one has 33"),
        (environments(0), "1 to 32 environments, this one has 0"),
        (r#"{"stages":[{"name":"A","environments":["x"]}]}"#.to_owned(), "the name \"A\" of a stage"),
        (
            r#"{"stages":[{"name":"a","environments":["x"]},{"name":"a","environments":["y"]}]}"#.to_owned(),
            "two stages named \"a\"",
        ),
        (
            r#"{"stages":[{"name":"a","environments":["x"]},{"name":"b","environments":["x"]}]}"#.to_owned(),
            "environment x stands in two places",
        ),
        (
            r#"{"stages":[{"name":"a","environments":["x"]},{"name":"b","environments":[]}]}"#.to_owned(),
            "stage \"b\": it has no environments",
        ),
        (stage(r#","advance":{"at_least":3}"#), "ask for 1 to 2"),
        (stage(r#","advance":{"at_least":0}"#), "ask for 1 to 2"),
        (stage(r#","expires_hours":0"#), "`expires_hours` is 1 to"),
        (stage(&format!(r#","entry":[{soak}]"#)), "a release could soak in"),
        (stage(r#","exit":[{"id":"s","type":"tests"}]"#), "would never be asked"),
        (stage(r#","entry":[{"id":"a b","type":"tests"}]"#), "the name \"a b\" of a gate"),
        (stage(r#","entry":[{"id":"freeze","type":"tests"}]"#), "no gate can be called \"freeze\""),
        (stage(r#","entry":[{"id":"a","type":"tests"},{"id":"a","type":"tests"}]"#), "two gates named \"a\""),
        (stage(r#","entry":[{"id":"a","type":"tests","min":0}]"#), "gate \"a\": `min` is 1 to"),
        (stage(r#","entry":[{"id":"a","type":"tests","when":{"kinds":[]}}]"#), "gate \"a\": an empty list"),
    ] {
        let why = refused(&text);
        assert!(why.contains(part), "{text}: {why}");
    }
}

#[test]
fn a_document_is_whole_or_of_a_template() {
    assert!(matches!(read_document(stage("").as_bytes()), Ok(Document::Whole(_))));
    let of = read_document(br#"{"template":"standard","changes":{}}"#).unwrap();
    assert!(matches!(of, Document::OfTemplate { template, .. } if template == "standard"));
    assert!(read_document(br#"{"template":1}"#).is_err());
}
