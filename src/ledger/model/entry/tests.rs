//! Who sees what, and that a list and a look-up agree on it.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::access::Narrowing;
use crate::http::Origin;
use crate::types::Action;

const ME: u128 = 1;
const OTHER: u128 = 2;

fn project(n: u128) -> ProjectId {
    Uuid::from_u128(n).into()
}

fn account(n: u128) -> AccountId {
    Uuid::from_u128(n).into()
}

fn entry(about: Option<u128>, actor: Option<u128>, repositories: &[&str]) -> Entry {
    let subjects: Vec<_> = repositories
        .iter()
        .map(|name| serde_json::json!({ "repository": name, "digest": "sha256:00" }))
        .collect();
    let leaf = serde_json::json!({ "subjects": subjects }).to_string();
    Entry {
        seq: 1,
        place: None,
        kind: "tag.moved".to_owned(),
        at: Timestamp::from_micros(5),
        project: about.map(project),
        actor: actor.map(account),
        leaf: RawValue::from_string(leaf).unwrap(),
    }
}

fn sight(ceiling: Ceiling, readable: ReadableEntries) -> LedgerSight {
    let caller = Caller { ceiling, ..Caller::of(account(ME), Origin::default()) };
    LedgerSight::new(caller, readable)
}

fn some(projects: &[u128]) -> ReadableEntries {
    ReadableEntries::Of(ReadableProjects::Only(projects.iter().map(|n| project(*n)).collect()))
}

#[test]
fn auditors_see_all_others_their_projects_and_their_own_doings() {
    let foreign =
        [entry(None, Some(OTHER), &[]), entry(Some(9), Some(OTHER), &[]), entry(Some(9), None, &[])];
    let mine = [entry(None, Some(ME), &[]), entry(Some(9), Some(ME), &[])];
    let in_project = entry(Some(3), Some(OTHER), &[]);
    let auditor = sight(Ceiling::Rights, ReadableEntries::All);
    assert!(foreign.iter().chain(&mine).chain([&in_project]).all(|entry| auditor.sees(entry)));
    let member = sight(Ceiling::Rights, some(&[3]));
    assert!(mine.iter().chain([&in_project]).all(|entry| member.sees(entry)));
    assert!(!foreign.iter().any(|entry| member.sees(entry)));
    let everywhere = sight(Ceiling::Rights, ReadableEntries::Of(ReadableProjects::All));
    assert!(everywhere.sees(&foreign[1]) && !everywhere.sees(&foreign[0]));
}

#[test]
fn nobody_did_what_nobody_did() {
    let nobody = LedgerSight::new(Caller::anonymous(Origin::default()), some(&[]));
    assert!(!nobody.sees(&entry(Some(9), None, &[])) && !nobody.sees(&entry(None, None, &[])));
    assert!(nobody.strands(&EntryQuery::default()).is_empty());
}

#[test]
fn narrowed_credentials_see_what_they_could_have_done() {
    let narrowed = |prefix: Option<&str>| {
        let prefix = prefix.map(|prefix| prefix.parse().unwrap());
        sight(Ceiling::Narrowed(Narrowing { prefix, actions: vec![Action::Push] }), some(&[]))
    };
    let (anywhere, team) = (narrowed(None), narrowed(Some("acme/team")));
    let own = |repositories: &[&str]| entry(Some(3), Some(ME), repositories);
    assert!(anywhere.sees(&own(&[])) && !anywhere.sees(&entry(None, Some(ME), &[])));
    assert!(team.sees(&own(&["acme/team/app"])) && team.sees(&own(&["acme/team"])));
    for repositories in [&[] as &[_], &["acme/teams"], &["acme/team/app", "acme/other"]] {
        assert!(!team.sees(&own(repositories)), "{repositories:?}");
    }
    assert!(!team.sees(&entry(Some(3), Some(OTHER), &["acme/team/app"])));
    assert!(team.strands(&EntryQuery::default()).is_empty());
}

fn lies_in(strand: &Strand, entry: &Entry) -> bool {
    let about = match strand.about {
        About::Anything => true,
        About::Projects => entry.project.is_some(),
        About::Project(project) => entry.project == Some(project),
    };
    about && strand.actor.is_none_or(|actor| entry.actor == Some(actor))
}

proptest! {
    #[test]
    fn strands_lead_to_what_is_seen_and_to_nothing_else(
        readable in prop_oneof![
            Just(ReadableEntries::All),
            Just(ReadableEntries::Of(ReadableProjects::All)),
            prop::collection::vec(0_u128..4, 0..3).prop_map(|projects| some(&projects)),
        ],
        asked in (prop::option::of(0_u128..4), prop::option::of(0_u128..4)),
        found in (prop::option::of(0_u128..4), prop::option::of(0_u128..4)),
    ) {
        let query = EntryQuery { project: asked.0.map(project), actor: asked.1.map(account), ..EntryQuery::default() };
        let (sight, entry) = (sight(Ceiling::Rights, readable), entry(found.0, found.1, &[]));
        let listed = sight.strands(&query).iter().any(|strand| lies_in(strand, &entry));
        prop_assert_eq!(listed, sight.sees(&entry) && query.matches(&entry));
    }
}
