//! Event v1 (design, rule 5); and the log that it becomes an entry of.

mod audit_read;
mod checkpoint;
mod entry;
mod export;
mod log_origin;
mod note;
mod receipt;
mod recorded;
mod settings;
mod tile_path;
mod time_blocks;
mod tree;
mod whole_tree;
mod witness;

use rand::Rng;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Fact, ReleaseFact};
use crate::access::Caller;
use crate::http::Origin;
use crate::types::{AccountId, Digest, EventId, ProjectId, RepoName, Sha256Hex, Timestamp};

pub use audit_read::{AuditRead, ReadShape};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use entry::{About, Entry, EntryQuery, LedgerSight, Strand};
pub use export::{EXPORT_FORMAT, ExportEnd, ExportHeader, ExportedEntry};
pub use log_origin::{LogOrigin, LogOriginError};
pub use note::{KeyUse, NoteError, NoteSignature, SignedNote, VerifierKey};
pub use receipt::{Receipt, ReceiptError};
pub use recorded::{RecordedEvent, ReplayError};
pub use settings::LedgerSettings;
pub use tile_path::{TileKind, TilePath, TilePathError, WIDTH};
pub use time_blocks::{BLOCK, TimeBlock, TimeBlocks};
pub use tree::{Grown, Proof, TileHashes, Tiles, TreeError, grow, hashes_of, leaf_hash};
pub use whole_tree::{WholeTree, tiles_of_level};
pub use witness::{WitnessSettings, WitnessUrl, submission, witnessed_size};

/// Version of the leaf's form.
const VERSION: u32 = 1;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It happened.
    Success,
    /// It was refused.
    Denied,
}

/// A content that an event is about, in a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subject {
    repository: String,
    digest: String,
}

impl Subject {
    /// A digest in a repository.
    pub fn new(repository: &RepoName, digest: &Digest) -> Self {
        Self { repository: repository.to_string(), digest: digest.to_string() }
    }
}

/// An event as the ledger holds it.
pub struct StoredEvent {
    /// Its place in the order.
    pub seq: i64,
    /// The leaf's bytes, which are JSON.
    pub leaf: Box<RawValue>,
}

/// Something that happened, ready to be recorded.
#[derive(Debug, Clone)]
pub struct Event {
    pub(super) id: EventId,
    pub(super) at: Timestamp,
    pub(super) project: Option<ProjectId>,
    pub(super) actor: Option<AccountId>,
    subjects: Vec<Subject>,
    outcome: Outcome,
    fact: Fact,
    origin: Origin,
    comment: Option<String>,
}

impl Event {
    /// A fact that `caller` brought about at `at`, in `project` if it is about one.
    pub fn new(caller: &Caller, at: Timestamp, project: Option<ProjectId>, fact: impl Into<Fact>) -> Self {
        let fact = fact.into();
        let outcome = outcome_of(&fact);
        Self {
            id: EventId::new(),
            at,
            project,
            actor: caller.account,
            subjects: Vec::new(),
            outcome,
            fact,
            origin: caller.origin.clone(),
            comment: None,
        }
    }

    /// Adds what a person said about it in their own words: personal data.
    #[must_use]
    pub fn commented(mut self, comment: Option<&str>) -> Self {
        self.comment = comment.map(str::to_owned);
        self
    }

    /// Names a content that it is about.
    #[must_use]
    pub fn about(mut self, subject: Subject) -> Self {
        self.subjects.push(subject);
        self
    }

    /// The id by which versioned rows name the event that opened or closed them.
    pub const fn id(&self) -> EventId {
        self.id
    }

    /// Fixes the bytes that the ledger will hash, and the personal data that they commit to.
    pub(super) fn seal(&self) -> Result<Sealed, serde_json::Error> {
        let mut random = rand::rng();
        let (mut nonce, mut salt) = ([0; 16], [0; 16]);
        random.fill_bytes(&mut nonce);
        random.fill_bytes(&mut salt);
        self.seal_with(nonce, salt)
    }

    fn seal_with(&self, nonce: [u8; 16], salt: [u8; 16]) -> Result<Sealed, serde_json::Error> {
        let (kind, mut data) = match serde_json::to_value(&self.fact)? {
            Value::Object(mut fact) => (fact.remove("kind"), fact.remove("data")),
            _ => (None, None),
        };
        let kind = kind.and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
        let said = PersonalContent { origin: &self.origin, comment: self.comment.as_deref() };
        let personal = (self.origin != Origin::default() || self.comment.is_some())
            .then(|| serde_json::to_vec(&said).map(|content| Personal { salt, content }))
            .transpose()?;
        if let Some(personal) = &personal {
            let commitment = Sha256Hex::of(&[&personal.salt, &personal.content]);
            data.get_or_insert_with(|| Value::Object(Map::new()))["personal"] = commitment.as_str().into();
        }
        let leaf = serde_json::to_vec(&Leaf {
            v: VERSION,
            id: self.id,
            nonce: hex::encode(nonce),
            kind: &kind,
            at_us: self.at,
            project: self.project,
            actor: self.actor,
            subjects: &self.subjects,
            outcome: self.outcome,
            data: data.unwrap_or_default(),
        })?;
        Ok(Sealed { kind, leaf, personal })
    }
}

/// How what a fact tells of ended.
fn outcome_of(fact: &Fact) -> Outcome {
    match fact {
        Fact::LoginLimited { .. } => Outcome::Denied,
        Fact::Release(ReleaseFact::DecisionMade(decision)) if !decision.allow => Outcome::Denied,
        _ => Outcome::Success,
    }
}

/// What may be erased of an event, as it is kept.
#[derive(Serialize)]
struct PersonalContent<'a> {
    #[serde(flatten)]
    origin: &'a Origin,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
}

/// An event's final form.
pub(super) struct Sealed {
    pub kind: String,
    pub leaf: Vec<u8>,
    pub personal: Option<Personal>,
}

/// What may be erased; the leaf holds SHA-256(salt ‖ content) of it.
pub(super) struct Personal {
    pub salt: [u8; 16],
    pub content: Vec<u8>,
}

/// The leaf's fields, in their order.
#[derive(Serialize)]
struct Leaf<'a> {
    v: u32,
    id: EventId,
    nonce: String,
    kind: &'a str,
    at_us: Timestamp,
    project: Option<ProjectId>,
    actor: Option<AccountId>,
    subjects: &'a [Subject],
    outcome: Outcome,
    data: Value,
}

#[cfg(test)]
mod golden;
