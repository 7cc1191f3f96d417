//! What does not hold.

use std::fmt;
use std::sync::Arc;

use crate::ledger::ReplayError;
use crate::types::{EventId, Timestamp};

/// Most findings that are kept; the others are counted.
const MOST: usize = 1000;

/// An event that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its place in the order.
    pub seq: i64,
    /// Opaque id.
    pub id: EventId,
    /// Its kind.
    pub kind: Arc<str>,
    /// When.
    pub at: Timestamp,
}

/// What is wrong with a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The table says something else than the event that told of it last.
    Differs {
        /// In the table.
        table: String,
        /// In the event.
        ledger: String,
        /// The event.
        told: Told,
    },
    /// The table says what no event says.
    Untold {
        /// In the table.
        table: String,
    },
    /// An event can't be read, or can't have happened.
    Event {
        /// Its place in the order.
        seq: i64,
        /// What is wrong with it.
        why: String,
    },
}

/// A fact that is not as the ledger says, or an event that says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What, in people's words: `tag acme/app:v1`.
    pub what: String,
    /// What is wrong with it.
    pub problem: Problem,
}

impl Finding {
    /// For an event that can't be done again.
    pub(super) fn of_event(seq: i64, error: &ReplayError) -> Self {
        let why = match error {
            ReplayError::Unreadable { why, .. } => format!("its leaf can't be read: {why}"),
            ReplayError::Contradiction { kind, why, .. } => {
                format!("as {kind} it does not fit the events before it: {why}")
            }
            ReplayError::Db(error) => error.to_string(),
        };
        Self { what: format!("event {seq}"), problem: Problem::Event { seq, why } }
    }

    /// The event concerned: its place in the order. None when no event says anything of the fact.
    pub const fn seq(&self) -> Option<i64> {
        match &self.problem {
            Problem::Differs { told, .. } => Some(told.seq),
            Problem::Event { seq, .. } => Some(*seq),
            Problem::Untold { .. } => None,
        }
    }
}

/// One line.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = &self.what;
        match &self.problem {
            Problem::Differs { table, ledger, told } => {
                let Told { seq, kind, .. } = told;
                write!(f, "{what}: the table says {table}, the event {seq} ({kind}) says {ledger}")
            }
            Problem::Untold { table } => write!(f, "{what}: the table says {table}, no event says so"),
            Problem::Event { why, .. } => write!(f, "{what}: {why}"),
        }
    }
}

/// What was found: the first thousand, in a stable order, and how many more there are. Events come first, by their place;
/// then rows, table by table; then what has no row, by the place of the event that told of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// The first.
    pub kept: Vec<Finding>,
    /// How many more.
    pub beyond: u64,
}

impl Findings {
    /// Whether all is as the ledger says.
    pub const fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Adds what was found next.
    pub fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            if self.kept.len() < MOST {
                self.kept.push(finding);
            } else {
                self.beyond += 1;
            }
        }
    }
}
