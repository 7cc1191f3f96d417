//! Who counts, how often, and for how long.

use proptest::prelude::*;

use super::*;
use crate::releases::model::Outcome;
use crate::releases::model::gates::given::{Given, ago, in_hours};

fn rule(json: &str) -> ApprovalsRule {
    serde_json::from_str(json).unwrap()
}

fn yes(name: &str) -> ApprovalInput {
    ApprovalInput {
        account: AccountId::new(),
        name: name.to_owned(),
        is_person: true,
        approves: true,
        at: ago(1),
        lifecycle_revision: 3,
        policy: "none".to_owned(),
    }
}

fn given(approvals: Vec<ApprovalInput>) -> Given {
    let mut given = Given::default();
    given.inputs.approvals = approvals;
    (given.inputs.lifecycle_revision, given.inputs.policy) = (3, "none".to_owned());
    given
}

fn ask(json: &str, approvals: Vec<ApprovalInput>) -> (Outcome, &'static str) {
    let answer = given(approvals).ask(|asked| rule(json).answer(asked));
    (answer.outcome, answer.code)
}

const TWO: &str = r#"{"required":2}"#;
const APPROVED: (Outcome, &str) = (Outcome::Pass, "approved");
const AWAITED: (Outcome, &str) = (Outcome::Pending, "awaiting_approval");

#[test]
fn one_person_counts_once() {
    assert_eq!(ask(TWO, vec![yes("ann"), yes("bob")]), APPROVED);
    let ann = yes("ann");
    assert_eq!(ask(TWO, vec![ann.clone(), ann]), AWAITED);
    assert_eq!(ask(TWO, vec![]), AWAITED);
}

#[test]
fn one_no_is_the_end_of_it_whoever_said_it_and_when() {
    let no = ApprovalInput { approves: false, lifecycle_revision: 1, at: ago(9999), ..yes("eve") };
    assert_eq!(ask(TWO, vec![yes("ann"), yes("bob"), no]), (Outcome::Fail, "rejected"));
}

#[test]
fn a_yes_to_something_else_is_void() {
    let one = r#"{"required":1}"#;
    for void in [
        ApprovalInput { lifecycle_revision: 2, ..yes("ann") },
        ApprovalInput { policy: "sha256:0".to_owned(), ..yes("ann") },
        ApprovalInput { at: ago(168), ..yes("ann") },
    ] {
        assert_eq!(ask(one, vec![void.clone()]), AWAITED, "{void:?}");
    }
    let answer = given(vec![yes("ann")]).ask(|asked| rule(one).answer(asked));
    assert_eq!(answer.next_at, Some(in_hours(167)), "then it is void");
    assert_eq!(ask(r#"{"required":1,"valid_hours":1}"#, vec![yes("ann")]), AWAITED);
}

#[test]
fn who_asked_or_built_does_not_count() {
    let (ann, bob) = (yes("ann"), yes("bob"));
    let mut given = given(vec![ann.clone(), bob.clone()]);
    given.request.requested_by = Some(ann.account);
    given.request.artifacts[0].pushed_by = vec![AccountId::new(), bob.account];
    let ask = |json: &str| given.ask(|asked| rule(json).answer(asked)).outcome;
    assert_eq!(ask(r#"{"required":1}"#), Outcome::Pending);
    assert_eq!(ask(r#"{"required":1,"separate_from":["requester"]}"#), Outcome::Pass);
    assert_eq!(ask(r#"{"required":1,"separate_from":["build"]}"#), Outcome::Pass);
    assert_eq!(ask(r#"{"required":2,"separate_from":["build"]}"#), Outcome::Pending);
    assert_eq!(ask(r#"{"required":2,"separate_from":[]}"#), Outcome::Pass);
}

#[test]
fn only_people_count_where_people_are_asked_for() {
    let robot = ApprovalInput { is_person: false, ..yes("robot") };
    assert_eq!(ask(r#"{"required":1}"#, vec![robot.clone()]), APPROVED);
    assert_eq!(ask(r#"{"required":1,"human_required":true}"#, vec![robot]), AWAITED);
}

#[test]
fn a_person_stands_for_one_group() {
    let groups = r#"{"required":1,"groups":[
        {"name":"security","users":["ann","bob"],"required":1},
        {"name":"owners","users":["ann"],"required":1}]}"#;
    assert_eq!(ask(groups, vec![yes("ann")]), AWAITED);
    assert_eq!(ask(groups, vec![yes("ann"), yes("cid")]), AWAITED);
    for both in [["ann", "bob"], ["bob", "ann"]] {
        assert_eq!(ask(groups, both.map(yes).to_vec()), APPROVED, "bob makes room for ann");
    }
    let answer = given(vec![yes("bob")]).ask(|asked| rule(groups).answer(asked));
    assert_eq!(answer.message, "1 of 1 approvals, and more are needed of owners");
}

#[test]
fn what_can_never_hold_is_refused() {
    let of = |group: &str| format!(r#"{{"required":1,"groups":[{group}]}}"#);
    let group = r#"{"name":"a","users":["x","y"],"required":2}"#;
    assert_eq!(rule(&of(group)).check(), Ok(()));
    for json in [
        r#"{"required":0}"#.to_owned(),
        r#"{"required":21}"#.to_owned(),
        r#"{"required":1,"valid_hours":0}"#.to_owned(),
        of(r#"{"name":"a","users":["x","x"],"required":2}"#),
        of(r#"{"name":"a","users":["x"],"required":0}"#),
        of(r#"{"name":"","users":["x"],"required":1}"#),
        of(&format!("{group},{group}")),
    ] {
        assert!(rule(&json).check().is_err(), "{json}");
    }
}

/// Whether groups can be filled, by trying everything.
fn slowly(needs: &[(Vec<usize>, u32)], free: &[usize]) -> bool {
    let Some(at) = needs.iter().position(|(_, required)| *required > 0) else { return true };
    free.iter().filter(|person| needs[at].0.contains(person)).any(|person| {
        let mut needs = needs.to_vec();
        needs[at].1 -= 1;
        let free: Vec<_> = free.iter().copied().filter(|other| other != person).collect();
        slowly(&needs, &free)
    })
}

proptest! {
    #[test]
    fn groups_are_filled_whenever_they_can_be(
        groups in proptest::collection::vec((proptest::collection::vec(0..5usize, 0..5), 1..3u32), 0..4),
        people in 0..5usize,
    ) {
        let names = ["a", "b", "c", "d", "e"];
        let of = |(at, (users, required)): (usize, &(Vec<usize>, u32))| Group {
            name: at.to_string(),
            users: users.iter().map(|user| names[*user].to_owned()).collect(),
            required: *required,
        };
        let rule = ApprovalsRule { groups: groups.iter().enumerate().map(of).collect(), ..rule(TWO) };
        let free: Vec<_> = (0..people).collect();
        prop_assert_eq!(rule.lacking(&names[..people]).is_empty(), slowly(&groups, &free));
    }

    #[test]
    fn another_yes_never_takes_approval_back(
        picks in proptest::collection::vec((0..4usize, 0..200u32, 0..2i64, any::<bool>()), 0..8),
        last in (0..4usize, 0..200u32, 0..2i64, any::<bool>()),
        required in 1..4u32,
    ) {
        let people: Vec<_> = ["ann", "bob", "cid", "dan"].map(yes).to_vec();
        let of = |(person, hours, revision, is_person): (usize, u32, i64, bool)| ApprovalInput {
            at: ago(hours),
            lifecycle_revision: 2 + revision,
            is_person,
            ..people[person].clone()
        };
        let json = format!(
            r#"{{"required":{required},"human_required":true,"groups":[{{"name":"g","users":["ann","bob"],"required":1}}]}}"#
        );
        let mut approvals: Vec<_> = picks.into_iter().map(of).collect();
        let before = ask(&json, approvals.clone());
        let mut people: Vec<_> = approvals.iter().map(|of| of.account).collect();
        people.sort_unstable();
        people.dedup();
        prop_assert!(before == AWAITED || people.len() >= usize::try_from(required).unwrap());
        approvals.push(of(last));
        let after = ask(&json, approvals);
        prop_assert!(before == AWAITED || after == APPROVED);
    }
}
