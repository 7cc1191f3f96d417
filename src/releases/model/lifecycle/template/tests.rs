//! What a project may change of a template, and what it may not.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::releases::model::read_template;

fn template() -> Template {
    let text = json!({
        "lifecycle": {"stages": [
            {"name": "dev", "environments": ["dev"]},
            {"name": "live", "environments": ["eu", "us"], "advance": "all", "expires_hours": 24, "entry": [
                {"id": "signed", "type": "signature", "mode": "enforce"},
                {"id": "tests", "type": "tests"}]}]},
        "locked": ["/stages/1/entry/0"],
    });
    read_template(text.to_string().as_bytes()).unwrap()
}

fn apply(overlay: Value) -> Result<Value, LifecycleError> {
    let mut overlay = overlay;
    overlay["template"] = "standard".into();
    apply_template(&template(), &overlay)
}

fn locked(overlay: Value) -> bool {
    let applied = apply(overlay);
    applied == Err(LifecycleError::Locked("/stages/1/entry/0".to_owned()))
}

/// Changes that give the second stage anew.
fn second(stage: Value) -> Value {
    let mut whole = template().lifecycle["stages"][1].clone();
    whole = merged(whole, &stage);
    json!({"changes": {"stages": [template().lifecycle["stages"][0], whole]}})
}

#[test]
fn a_project_changes_what_is_open_and_adds_gates() {
    assert_eq!(apply(json!({})).unwrap(), template().lifecycle);
    let longer = apply(second(json!({"expires_hours": 48, "advance": null}))).unwrap();
    assert_eq!(longer["stages"][1]["expires_hours"], 48);
    assert_eq!(longer["stages"][1].get("advance"), None);
    let gate = |id: &str| json!({"id": id, "type": "tests"});
    let tighter =
        apply(json!({"add_entry": {"live": [gate("more")]}, "add_exit": {"dev": [gate("out")]}})).unwrap();
    let (before, now) = (&template().lifecycle["stages"][1]["entry"], &tighter["stages"][1]["entry"]);
    assert_eq!(json!([before[0], before[1], gate("more")]), *now);
    assert_eq!(tighter["stages"][0]["exit"], json!([gate("out")]));
}

#[test]
fn what_is_locked_stays_as_and_where_it_is() {
    let signed = template().lifecycle["stages"][1]["entry"][0].clone();
    let tests = json!({"id": "tests", "type": "tests"});
    let weaker = merged(signed.clone(), &json!({"mode": "warn"}));
    assert!(!locked(second(json!({"entry": [signed]}))), "the other gate is open");
    for entry in [json!([]), json!([tests]), json!([tests, signed]), json!([weaker, tests])] {
        assert!(locked(second(json!({"entry": entry}))), "{entry}");
    }
    assert!(locked(json!({"changes": {"stages": []}})));
    let narrowed = merged(signed, &json!({"when": {"kinds": ["chart"]}}));
    assert!(locked(second(json!({"entry": [narrowed]}))));
}

#[test]
fn a_locked_gate_keeps_its_environments() {
    assert!(locked(second(json!({"environments": ["eu"]}))));
    assert!(!locked(second(json!({"environments": ["asia", "us", "eu"]}))));
    let mut moved = second(json!({"environments": ["eu"]}));
    let stages = moved["changes"]["stages"].as_array_mut().unwrap();
    stages.push(json!({"name": "around", "environments": ["us"]}));
    assert!(locked(moved));
}

#[test]
fn what_does_not_make_a_lifecycle_is_refused() {
    for (overlay, part) in [
        (json!({"change": {}}), "unknown field `change`"),
        (json!({"changes": []}), "expected a map"),
        (
            json!({"add_entry": {"prod": []}}),
            "add_entry names stage \"prod\", which the lifecycle does not have: it has dev, live",
        ),
        (json!({"add_entry": {"live": [{"id": "tests", "type": "tests"}]}}), "two gates named \"tests\""),
        (json!({"changes": {"stages": null}}), "the template locks"),
        (json!({"add_entry": {"live": [{"id": "x", "type": "tests", "y": 1}]}}), "unknown field `y`"),
    ] {
        let why = apply(overlay.clone()).unwrap_err().to_string();
        assert!(why.contains(part), "{overlay}: {why}");
    }
    assert!(apply_template(&template(), &json!([])).is_err());
    assert!(apply_template(&template(), &json!({})).is_err(), "it names no template");
}

#[test]
fn a_template_locks_what_it_has() {
    for pointer in ["/stages/2", "/stages/1/entry/9", "stages", "/stages/1/auto_promote"] {
        let text = json!({"lifecycle": template().lifecycle, "locked": [pointer]}).to_string();
        assert_eq!(
            read_template(text.as_bytes()).unwrap_err(),
            LifecycleError::Pointer(pointer.to_owned()),
            "{pointer}"
        );
    }
    assert!(read_template(br#"{"lifecycle":{"stages":[]}}"#).is_err());
}

/// JSON of the keys and values that lifecycles have, in any place.
fn any_changes() -> impl Strategy<Value = Value> {
    let gate = template().lifecycle["stages"][1]["entry"][0].clone();
    let leaves = [Value::Null, json!("warn"), json!([]), json!(["eu"]), json!([gate]), json!(7)];
    let leaf = proptest::sample::select(leaves.to_vec());
    leaf.prop_recursive(4, 24, 4, |inner| {
        let keys = proptest::sample::select(vec!["stages", "entry", "exit", "mode", "name", "environments"]);
        let object = proptest::collection::btree_map(keys, inner.clone(), 0..4);
        let object =
            object.prop_map(|of| of.into_iter().map(|(key, value)| (key.to_owned(), value)).collect());
        prop_oneof![object, proptest::collection::vec(inner, 0..3).prop_map(Value::Array)]
    })
}

proptest! {
    #[test]
    fn no_change_gets_around_a_lock(changes in any_changes()) {
        if let Ok(effective) = apply(json!({"changes": changes})) {
            let (pointer, template) = ("/stages/1/entry/0", template());
            prop_assert_eq!(effective.pointer(pointer), template.lifecycle.pointer(pointer));
        }
    }
}
