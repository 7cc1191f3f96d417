//! A history that a server could have written, and what one change behind its back does to it.

mod releases;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::ledger::{Fact, FactVerification};
use crate::types::{
    AccountId, Algorithm, BindingId, Digest, EventId, EvidenceId, ProjectId, RepositoryId, Timestamp,
    TokenId, VerificationId,
};

const REPOSITORY: &str = "acme/app";

/// Events as a server records them, and the rows that it keeps.
#[derive(Clone)]
pub struct History {
    pub project: ProjectId,
    pub repository: RepositoryId,
    /// Who brings about what is recorded next.
    pub actor: Option<AccountId>,
    pub events: Vec<EventRow>,
    pub rows: Vec<Row>,
}

pub fn digest(n: u8) -> Digest {
    Digest::of(Algorithm::Sha256, &[n])
}

impl History {
    /// A project and a repository that holds three manifests.
    pub fn new() -> Self {
        let (project, repository) = (ProjectId::new(), RepositoryId::new());
        let mut history = Self { project, repository, actor: None, events: Vec::new(), rows: Vec::new() };
        let name = REPOSITORY.to_owned();
        let created = Fact::RepositoryCreated { repository: repository.to_string(), name: name.clone() };
        history.opens(created, None, FactKey::Repository(repository), Value::Repository { name, project });
        for n in 0..3 {
            let sha512 = Digest::of(Algorithm::Sha512, &[n]).to_string();
            let (media_type, size) = ("a/b".to_owned(), "1".to_owned());
            let (artifact_type, subject) = (None, None);
            let fact = Fact::ManifestPushed {
                media_type: media_type.clone(),
                artifact_type: artifact_type.clone(),
                subject: subject.clone(),
                size,
                sha512: sha512.clone(),
            };
            let (pushed_by, damage) = (None, None);
            let manifest =
                Manifest { media_type, artifact_type, subject, size: 1, sha512, pushed_by, damage };
            let key = FactKey::Manifest(repository, digest(n).as_str().into());
            history.opens(fact, Some(n), key, Value::Manifest(Box::new(manifest)));
        }
        history
    }

    /// Records an event; returns its id and instant.
    pub fn record(&mut self, fact: &Fact, about: Option<u8>) -> (EventId, Timestamp) {
        let (id, seq) = (EventId::new(), self.events.len() as i64 + 1);
        let (at, told) = (Timestamp::from_micros(seq * 1000), serde_json::to_value(fact).unwrap());
        let subjects: Vec<_> =
            about.map(|n| json!({ "repository": REPOSITORY, "digest": digest(n) })).into_iter().collect();
        let leaf = json!({
            "v": 1, "id": id, "nonce": "00", "kind": told["kind"], "at_us": at, "project": self.project,
            "actor": self.actor, "subjects": subjects, "outcome": "success", "data": told["data"],
        });
        let (kind, leaf) = (told["kind"].as_str().unwrap().to_owned(), leaf.to_string().into_bytes());
        let (project, actor) = (Some(self.project), self.actor);
        self.events.push(EventRow { seq, id, kind, at, project, actor, leaf, personal: None });
        (id, at)
    }

    /// An event, and the row that it opens.
    fn opens(&mut self, fact: Fact, about: Option<u8>, key: FactKey, value: Value) {
        let (opened_by, opened_at) = self.record(&fact, about);
        let (opened_at, opened_by) = (Some(opened_at), Some(opened_by));
        let (closed_at, closed_by) = (None, None);
        self.rows.push(Row { key, value, opened_at, opened_by, closed_at, closed_by });
    }

    fn open_row(&mut self, key: &FactKey) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.key == *key && row.closed_at.is_none())
    }

    fn closes(&mut self, key: &FactKey, (by, at): (EventId, Timestamp)) {
        let row = self.open_row(key).unwrap();
        (row.closed_at, row.closed_by) = (Some(at), Some(by));
    }

    /// Points a tag at a manifest, as a push does.
    fn point(&mut self, tag: &str, n: u8) {
        let key = FactKey::Tag(self.repository, tag.into());
        let value = Value::Tag { digest: digest(n).to_string(), bound: false };
        let tag = tag.to_owned();
        if self.open_row(&key).is_none() {
            return self.opens(Fact::TagCreated { tag }, Some(n), key, value);
        }
        let moved = self.record(&Fact::TagMoved { tag, from: String::new() }, Some(n));
        self.closes(&key, moved);
        let (opened_by, opened_at) = (Some(moved.0), Some(moved.1));
        self.rows.push(Row { key, value, opened_at, opened_by, closed_at: None, closed_by: None });
    }

    /// Deletes a tag, if it is there.
    fn delete(&mut self, tag: &str, bound: bool) {
        let key = FactKey::Tag(self.repository, tag.into());
        let Some(row) = self.open_row(&key) else { return };
        row.value = match &row.value {
            Value::Tag { digest, .. } => Value::Tag { digest: digest.clone(), bound },
            other => other.clone(),
        };
        let deleted = self.record(&Fact::TagDeleted { tag: tag.to_owned(), bound }, Some(0));
        self.closes(&key, deleted);
    }

    /// What is found.
    pub fn audit(&self) -> Vec<String> {
        let mut expected = Expected::default();
        let mut findings: Vec<Finding> = self.events.iter().flat_map(|event| expected.take(event)).collect();
        findings.extend(self.rows.iter().flat_map(|row| expected.compare(row)));
        findings.extend(expected.missing());
        findings.iter().map(ToString::to_string).collect()
    }

    fn of_steps(steps: &[(u8, u8, u8)]) -> Self {
        let mut history = Self::new();
        for (tag, n, what) in steps {
            let tag = format!("t{}", tag % 3);
            match what % 4 {
                0 => history.delete(&tag, n % 2 == 0),
                _ => history.point(&tag, n % 3),
            }
        }
        history
    }
}

proptest! {
    #[test]
    fn what_was_done_is_sound(steps: Vec<(u8, u8, u8)>) {
        prop_assert_eq!(History::of_steps(&steps).audit(), Vec::<String>::new());
    }

    #[test]
    fn one_change_is_one_finding(steps: Vec<(u8, u8, u8)>, at: prop::sample::Index, how in 0..6) {
        let mut history = History::of_steps(&steps);
        let at = at.index(history.rows.len());
        let row = &mut history.rows[at];
        match how {
            0 => drop(history.rows.remove(at)),
            1 => {
                let added = Row { key: FactKey::Tag(RepositoryId::new(), "t".into()), ..row.clone() };
                history.rows.push(added);
            }
            2 => {
                let twice = row.clone();
                history.rows.push(twice);
            }
            3 if row.closed_at.is_some() => (row.closed_at, row.closed_by) = (None, None),
            3 => row.closed_at = Some(Timestamp::from_micros(0)),
            4 => row.opened_at = Some(Timestamp::from_micros(-1)),
            _ => match &mut row.value {
                Value::Tag { digest, .. } => digest.push('0'),
                Value::Manifest(manifest) => manifest.size += 1,
                Value::Repository { name, .. } => name.push('0'),
                other => panic!("{other:?}"),
            }
        }
        prop_assert_eq!(history.audit().len(), 1, "{:?}", history.audit());
    }
}

#[test]
fn what_changes_in_place_is_told_by_the_last_who_changed_it() {
    let mut history = History::new();
    let (account, token) = (AccountId::new(), TokenId::new());
    let created = Fact::ServiceAccountCreated { account: account.to_string() };
    let project = Some(history.project);
    let value = Account { kind: "service".to_owned(), project, disabled_at: None };
    history.opens(created, None, FactKey::Account(account), Value::Account(value));
    let (kind, actions) = ("service".to_owned(), Some(vec!["pull".to_owned(), "push".to_owned()]));
    let created = Fact::TokenCreated {
        token: token.to_string(),
        account: account.to_string(),
        token_kind: kind.clone(),
        expires_at_us: Some(9_000_000),
        prefix: None,
        actions,
    };
    let expires_at = Some(Timestamp::from_micros(9_000_000));
    let actions = Some("pull,push".to_owned());
    let value = Token { kind, account, prefix: None, actions, expires_at, created_by: None };
    history.opens(created, None, FactKey::Token(token), Value::Token(Box::new(value)));
    assert_eq!(history.audit(), Vec::<String>::new());
    let (token, successor) = (token.to_string(), TokenId::new().to_string());
    let ends_at_us = 1_000_000;
    let rotated =
        Fact::TokenRotated { token: token.clone(), account: account.to_string(), successor, ends_at_us };
    history.record(&rotated, None);
    history.record(&Fact::ServiceAccountDisabled { account: account.to_string() }, None);
    assert_eq!(
        history.audit(),
        [
            format!(
                "account {account}: the table says that it is enabled, the event 8 (service_account.disabled) says \
                 that it is disabled since 1970-01-01T00:00:00.008Z"
            ),
            format!(
                "token {token}: the table says the end 1970-01-01T00:00:09Z, the event 7 (token.rotated) says the \
                 end 1970-01-01T00:00:01Z"
            ),
        ]
    );
}

#[test]
fn a_row_that_no_event_can_make_again_may_be_missing() {
    let mut history = History::new();
    let (token, account) = (TokenId::new().to_string(), AccountId::new().to_string());
    let created = Fact::TokenCreated {
        token: token.clone(),
        account: account.clone(),
        token_kind: "refresh".to_owned(),
        expires_at_us: None,
        prefix: None,
        actions: None,
    };
    history.record(&created, None);
    assert_eq!(history.audit(), Vec::<String>::new(), "a restore can't make its secret again");
    history.record(&Fact::TokenRevoked { token, account: account.clone() }, None);
    assert_eq!(history.audit(), Vec::<String>::new());
    let binding = BindingId::new();
    let (role, scope) = ("reader".to_owned(), "organisation".to_owned());
    let granted = Fact::RoleGranted { binding: binding.to_string(), account: account.clone(), role, scope };
    history.record(&granted, None);
    let says =
        format!("the account {account}, the role reader, the scope organisation, the key of its scope");
    assert_eq!(
        history.audit(),
        [format!(
            "role binding {binding}: the table says nothing, the event 7 (role.granted) says {says}, no end"
        )]
    );
}

#[test]
fn what_no_words_tell_apart_differs_all_the_same() {
    let mut history = History::new();
    let (binding, account) = (BindingId::new(), AccountId::new());
    let (role, scope) = ("reader".to_owned(), "organisation".to_owned());
    let granted = Fact::RoleGrantedUntil {
        binding: binding.to_string(),
        account: account.to_string(),
        role: role.clone(),
        scope: scope.clone(),
        expires_at_us: i64::MAX,
    };
    let scope_key = scope.clone();
    let expires_at = Some(Timestamp::from_micros(i64::MAX - 1));
    let value = Binding { account, role, scope, scope_key, expires_at };
    history.opens(granted, None, FactKey::Binding(binding), Value::Binding(Box::new(value)));
    assert_eq!(history.audit().len(), 1, "{:?}", history.audit());
}

#[test]
fn an_event_that_can_not_have_happened_is_named() {
    let mut history = History::new();
    history.record(&Fact::TagMoved { tag: "v1".to_owned(), from: String::new() }, Some(1));
    history.record(&Fact::TagCreated { tag: "v2".to_owned() }, Some(7));
    let unfit = "it does not fit the events before it";
    assert_eq!(
        history.audit(),
        [
            format!("event 5: as tag.moved {unfit}: there is none that holds"),
            format!("event 6: as tag.created {unfit}: the repository does not hold the manifest"),
        ]
    );
    history.events[4].leaf = b"{}".to_vec();
    assert!(history.audit()[0].starts_with("event 5: its leaf can't be read: "), "{:?}", history.audit());
}

#[test]
fn trust_that_can_not_have_been_is_named() {
    let mut history = History::new();
    let (project, held) = (history.project, digest(9).to_string());
    let set = Fact::TrustPolicySet { revision: 1, digest: held.clone(), size: "2".to_owned() };
    let policy = TrustPolicy::told(Some(project), 1, &held);
    history.opens(set, None, FactKey::TrustPolicy(Some(project)), Value::TrustPolicy(policy));
    assert_eq!(history.audit(), Vec::<String>::new());
    history.record(&Fact::TrustPolicyRemoved { revision: 2 }, None);
    let unfit =
        "event 6: as trust_policy.removed it does not fit the events before it: another revision held";
    assert_eq!(history.audit()[0], unfit);
    let verification = FactVerification {
        verification: VerificationId::new().to_string(),
        evidence: EvidenceId::new().to_string(),
        carrier: digest(0).to_string(),
        position: 0,
        tag: None,
        evidence_kind: "signature".to_owned(),
        predicate_type: None,
        result: "refused".to_owned(),
        signer: None,
        reasons: vec![],
        policy: held,
        trusted_root: None,
        slsa_level: None,
        signed_at_us: None,
        verifier: "v".to_owned(),
    };
    let before = "verified".to_owned();
    history.record(&Fact::VerificationChanged { verification, before }, Some(1));
    let unfit =
        "event 7: as verification.changed it does not fit the events before it: there is none that holds";
    assert_eq!(history.audit()[1], unfit);
}

#[test]
fn beyond_a_thousand_they_are_counted() {
    let problem = Problem::Untold { table: "x".to_owned() };
    let finding = Finding { what: "y".to_owned(), problem };
    let mut findings = Findings::default();
    assert!(findings.is_empty());
    findings.extend(std::iter::repeat_n(finding, 1003));
    assert_eq!((findings.kept.len(), findings.beyond), (1000, 3));
}

#[test]
fn bytes_are_held_against_all_that_is_said_of_them() {
    let descriptor = json!({ "mediaType": "c/c", "digest": digest(1), "size": 1 });
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let bytes = json!({
        "schemaVersion": 2, "mediaType": media_type, "config": descriptor, "layers": [descriptor],
        "annotations": { "a": "b" },
    });
    let bytes = bytes.to_string().into_bytes();
    let [sha256, sha512] = [Algorithm::Sha256, Algorithm::Sha512].map(|kind| Digest::of(kind, &bytes));
    let mut links = Links::default();
    links.add(0, "config", digest(1).as_str());
    let half = links.sum();
    links.add(1, "layer", digest(1).as_str());
    let (links, annotations) = (links.sum(), r#"{"a":"b"}"#);
    let (sha256, sha512, size) = (sha256.as_str(), sha512.as_str(), bytes.len() as i64);
    let right = Described { sha256, sha512, size, media_type, annotations, links: &links };
    assert_eq!(right.damage(&bytes), None);
    for (said, true_of_it) in [
        (Described { sha256: sha512, ..right }, format!("bytes of {sha256}")),
        (Described { sha512: sha256, ..right }, format!("bytes of {sha512}")),
        (Described { size: -1, ..right }, format!("{size} bytes")),
        (Described { annotations: "{}", ..right }, "annotations that its bytes do not have".to_owned()),
        (Described { links: &half, ..right }, "links that its bytes do not have".to_owned()),
    ] {
        assert_eq!(said.damage(&bytes), Some(true_of_it));
    }
    let unreadable = Described { media_type: "a/b", annotations: "", ..right };
    assert_eq!(unreadable.damage(&bytes), None, "what this version can't read says nothing");
}
