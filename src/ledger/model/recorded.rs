//! An event that was recorded, read back to be done again.

use std::str::FromStr;

use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;

use crate::db::DbError;
use crate::ledger::Fact;
use crate::types::{AccountId, Digest, EventId, ProjectId, RepoName, Timestamp};

/// Why an event can't be done again.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// It does not read as an event that this version knows.
    #[error("event {seq} can't be read ({why}): it may be from a newer version, so use that one")]
    Unreadable {
        /// Its place in the order.
        seq: i64,
        /// What is wrong with it.
        why: String,
    },
    /// What it tells of can't have happened in this database.
    #[error("event {seq} ({kind}) does not fit the events before it: {why}")]
    Contradiction {
        /// Its place in the order.
        seq: i64,
        /// Its kind.
        kind: String,
        /// What does not fit.
        why: String,
    },
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// An event that was recorded, with the bytes that it was recorded as.
#[derive(Debug, Clone)]
pub struct RecordedEvent {
    /// Its place in the order.
    pub seq: i64,
    /// Opaque id.
    pub id: EventId,
    /// Its kind, as text.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// The project that it is about.
    pub project: Option<ProjectId>,
    /// Who did it.
    pub actor: Option<AccountId>,
    /// What happened.
    pub fact: Fact,
    /// The leaf.
    pub leaf: Vec<u8>,
    subjects: Vec<RecordedSubject>,
}

#[derive(Debug, Clone, Deserialize)]
struct RecordedSubject {
    repository: String,
    digest: Digest,
}

/// The leaf's fields, as far as a replay needs them.
#[derive(Deserialize)]
struct Leaf {
    v: u32,
    id: EventId,
    kind: String,
    at_us: Timestamp,
    project: Option<ProjectId>,
    actor: Option<AccountId>,
    subjects: Vec<RecordedSubject>,
    data: Value,
}

impl RecordedEvent {
    /// Reads a leaf that was recorded at `seq`.
    ///
    /// # Errors
    /// `Unreadable`, also for a kind that this version does not know.
    pub fn parse(seq: i64, leaf: Vec<u8>) -> Result<Self, ReplayError> {
        let unreadable = |error: serde_json::Error| ReplayError::Unreadable { seq, why: error.to_string() };
        let Leaf { v, id, kind, at_us, project, actor, subjects, data } =
            serde_json::from_slice(&leaf).map_err(unreadable)?;
        if v != super::VERSION {
            return Err(ReplayError::Unreadable { seq, why: format!("it has the form {v}") });
        }
        let fact = serde_json::from_value(json!({ "kind": kind, "data": data })).map_err(unreadable)?;
        Ok(Self { seq, id, kind, at: at_us, project, actor, fact, leaf, subjects })
    }

    /// The content that it is about.
    ///
    /// # Errors
    /// When it names none, or one in no repository.
    pub fn subject(&self) -> Result<(RepoName, Digest), ReplayError> {
        let subject = self.subjects.first().ok_or_else(|| self.contradiction("it names no content"))?;
        Ok((self.value("repository", &subject.repository)?, subject.digest.clone()))
    }

    /// The project that it is about.
    ///
    /// # Errors
    /// When it is about none.
    pub fn in_project(&self) -> Result<ProjectId, ReplayError> {
        self.project.ok_or_else(|| self.contradiction("it names no project"))
    }

    /// A value in its data that is kept as text.
    ///
    /// # Errors
    /// When the text is no such value.
    pub fn value<T: FromStr>(&self, what: &str, text: &str) -> Result<T, ReplayError> {
        text.parse().map_err(|_| self.contradiction(format!("'{text}' is no {what}")))
    }

    /// Refuses the event.
    pub fn contradiction(&self, why: impl Into<String>) -> ReplayError {
        ReplayError::Contradiction { seq: self.seq, kind: self.kind.clone(), why: why.into() }
    }

    /// Refuses the event unless something holds that it needs.
    ///
    /// # Errors
    /// `Contradiction`, saying `why`.
    pub fn demand(&self, holds: bool, why: &str) -> Result<(), ReplayError> {
        if holds { Ok(()) } else { Err(self.contradiction(why)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Caller;
    use crate::http::Origin;
    use crate::ledger::{Event, FactHold, FactNamed, ReleaseFact, Subject};
    use crate::types::Algorithm;

    #[test]
    fn reads_what_was_sealed() {
        let origin = Origin { address: Some("192.0.2.1".to_owned()), agent: None };
        let caller = Caller { account: Some(AccountId::new()), ..Caller::anonymous(origin) };
        let fact = Fact::TagMoved { tag: "v1".to_owned(), from: "sha256:00".to_owned() };
        let digest = Digest::of(Algorithm::Sha256, b"");
        let event = Event::new(&caller, Timestamp::from_micros(5), Some(ProjectId::new()), fact.clone())
            .about(Subject::new(&"acme/app".parse().unwrap(), &digest));
        let leaf = event.seal().unwrap().leaf;
        let read = RecordedEvent::parse(7, leaf.clone()).unwrap();
        assert_eq!((read.seq, read.id, read.at), (7, event.id, event.at));
        assert_eq!((read.project, read.actor, read.fact), (event.project, event.actor, fact));
        assert_eq!((read.leaf, read.kind.as_str()), (leaf, "tag.moved"));
    }

    /// What is said against an event whose leaf was changed.
    fn refusal(fact: impl Into<Fact>, from: &str, to: &str) -> String {
        let event = Event::new(&Caller::system(), Timestamp::from_micros(5), None, fact);
        let leaf = String::from_utf8(event.seal().unwrap().leaf).unwrap();
        assert!(RecordedEvent::parse(3, leaf.clone().into_bytes()).is_ok(), "{leaf}");
        let changed = leaf.replace(from, to);
        assert_ne!(changed, leaf);
        RecordedEvent::parse(3, changed.into_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn refuses_a_kind_of_tomorrow() {
        let painted = refusal(Fact::BlobDeleted {}, "blob.deleted", "blob.painted");
        assert!(painted.starts_with("event 3 can't be read (unknown variant `blob.painted`,"), "{painted}");
        assert!(painted.ends_with("): it may be from a newer version, so use that one"), "{painted}");
        let form = refusal(Fact::BlobDeleted {}, r#"{"v":1"#, r#"{"v":2"#);
        assert!(form.starts_with("event 3 can't be read (it has the form 2)"), "{form}");
        let named = FactNamed { id: "x".to_owned() };
        let melted = refusal(ReleaseFact::FreezeLifted(named), "freeze.lifted", "freeze.melted");
        assert!(melted.starts_with("event 3 can't be read (unknown variant `freeze.melted`,"), "{melted}");
    }

    #[test]
    fn a_damaged_event_is_no_event_of_another_kind() {
        let moved = Fact::TagMoved { tag: "v1".to_owned(), from: "sha256:00".to_owned() };
        let hold = FactHold {
            hold: "h".to_owned(),
            environment: "e".to_owned(),
            line: "shop".to_owned(),
            promotion: "p".to_owned(),
        };
        let named = FactNamed { id: "x".to_owned() };
        for (said, why) in [
            (refusal(moved.clone(), r#""tag""#, r#""id""#), "missing field `tag`"),
            (refusal(moved.clone(), r#""v1""#, "1"), "invalid type: integer `1`, expected a string"),
            // The fields of another kind, whichever list it stands in, do not make it one.
            (refusal(moved, "tag.moved", "freeze.lifted"), "missing field `id`"),
            (refusal(ReleaseFact::AutoPromotionHeld(hold), r#""hold""#, r#""id""#), "missing field `hold`"),
            (
                refusal(ReleaseFact::FreezeLifted(named), "freeze.lifted", "tag.created"),
                "missing field `tag`",
            ),
        ] {
            assert!(said.starts_with(&format!("event 3 can't be read ({why})")), "{said}");
        }
    }
}
