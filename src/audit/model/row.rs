//! Rows as the tables have them.

use super::{FactKey, Value};
use crate::types::{AccountId, EventId, ProjectId, Timestamp};

/// A row of a fact.
#[derive(Debug, Clone)]
pub struct Row {
    /// What it is about.
    pub key: FactKey,
    /// What it says.
    pub value: Value,
    /// Since when; none where no column says so.
    pub opened_at: Option<Timestamp>,
    /// The event that it says opened it; none where no column says so.
    pub opened_by: Option<EventId>,
    /// Until when; none while it holds.
    pub closed_at: Option<Timestamp>,
    /// The event that it says closed it.
    pub closed_by: Option<EventId>,
}

/// A row of an event.
#[derive(Debug, Clone)]
pub struct EventRow {
    /// Its place in the order.
    pub seq: i64,
    /// Column.
    pub id: EventId,
    /// Column.
    pub kind: String,
    /// Column.
    pub at: Timestamp,
    /// Column.
    pub project: Option<ProjectId>,
    /// Column.
    pub actor: Option<AccountId>,
    /// The bytes that count.
    pub leaf: Vec<u8>,
    /// Salt and content of its personal data; none when there is none, or it was erased.
    pub personal: Option<(Vec<u8>, Vec<u8>)>,
}
