//! Rows of every table of releases as the room keeps them, held against the events that tell of them.

mod exceptions;
mod promotions;
mod story;

use std::collections::BTreeSet;

use story::{Story, story};

use super::*;

/// How many tables [`rows`] reads.
const TABLES: usize = 16;

#[test]
fn what_the_room_keeps_is_what_events_tell() {
    let story = story();
    assert_eq!(story.history.audit(), Vec::<String>::new());
    let tables: BTreeSet<&str> =
        story.changed.iter().filter_map(|(_, column, _)| Some(column.split_once('.')?.0)).collect();
    assert_eq!(tables.len(), TABLES, "{tables:?}");
}

#[test]
fn every_column_counts() {
    let mut story = story();
    let before = story.history.audit();
    for (at, column, mut row) in std::mem::take(&mut story.changed) {
        std::mem::swap(&mut story.history.rows[at], &mut row);
        assert_ne!(story.history.audit(), before, "{column}");
        story.history.rows[at] = row;
    }
}

#[test]
fn a_row_that_is_gone_or_stands_twice_is_named() {
    let mut story = story();
    for at in 0..story.history.rows.len() {
        let row = story.history.rows.remove(at);
        let gone = story.history.audit();
        assert!(gone.len() == 1 && gone[0].contains(": the table says nothing, the event "), "{gone:?}");
        story.history.rows.insert(at, row.clone());
        story.history.rows.push(row);
        let twice = story.history.audit();
        assert!(twice.len() == 1 && twice[0].ends_with(", no event says so"), "{twice:?}");
        story.history.rows.pop();
    }
}

/// What is found when a column of the first row of its table has another content.
fn found(story: &Story, of: &str) -> String {
    let mut history = story.history.clone();
    let (at, _, row) = story.changed.iter().find(|(_, column, _)| column == of).unwrap();
    history.rows[*at] = row.clone();
    history.audit().join("; ")
}

#[test]
fn what_differs_is_said_in_peoples_words() {
    let story = story();
    let (project, promotion) = (story.project, story.promotion);
    let bytes = LifecycleRevision::digest(r#"{ "template": "std" }"#, r#"{"stages":[1.50]}"#).unwrap();
    for (column, what, table, ledger) in [
        (
            "environment.tier",
            "environment staging".to_owned(),
            "the tier staging0",
            "the event 5 (environment.created) says the tier staging".to_owned(),
        ),
        (
            "lifecycle.document",
            format!("revision 1 of the lifecycle of the project {project}"),
            "no digest of its bytes",
            format!("the event 7 (lifecycle.set) says the digest of its bytes {bytes}"),
        ),
        (
            "active_lifecycle.revision",
            format!("active revision of the lifecycle of the project {project}"),
            "the revision 2",
            "the event 8 (lifecycle.activated) says the revision 1".to_owned(),
        ),
        (
            "release_artifact.role",
            "artifact 0 of the release shop 1.4.2".to_owned(),
            "the role main0",
            "the event 11 (release.created) says the role main".to_owned(),
        ),
        (
            "release_line.name",
            "line of the repository acme/app".to_owned(),
            "the name shop0",
            "the event 11 (release.created) says the name shop".to_owned(),
        ),
        (
            "promotion_state.state",
            format!("state of the promotion {promotion}"),
            "the state evaluating0",
            "the event 13 (promotion.requested) says the state evaluating".to_owned(),
        ),
        (
            "review.verdict",
            format!("review of the promotion {promotion}"),
            "the verdict justified0",
            "the event 32 (review.given) says the verdict justified".to_owned(),
        ),
    ] {
        assert_eq!(found(&story, column), format!("{what}: the table says {table}, {ledger}"), "{column}");
    }
}

#[test]
fn what_was_told_later_is_told_by_the_event_that_told_it() {
    let story = story();
    for (column, ledger) in [
        (
            "admission.drains_until_us",
            "(promotion.moved) says the end of draining 1970-01-01T00:00:00.000007Z",
        ),
        ("waiver.approved_at_us", "(waiver.approved) says the instant of approval 1970-01-01T00:00:00.025Z"),
    ] {
        let said = found(&story, column);
        assert!(said.ends_with(ledger), "{said}");
    }
}
