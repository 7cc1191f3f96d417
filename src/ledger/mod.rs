//! The append-only record of what happened: every change of a recorded fact writes its event in its own
//! transaction (design, rules 4 and 5), through [`Record::record`].
//!
//! An event's JSON bytes are fixed when it is written; they are what a transparency log will hash. The list of
//! kinds is closed: [`Fact`].

mod api;
mod fact;
mod model;
mod service;
mod store;

pub use api::{configure, tell_events};
pub use fact::{Fact, FactSettings};
pub use model::{Event, Outcome, ReadShape, RecordedEvent, ReplayError, StoredEvent, Subject};
pub use service::{AuditReads, EventQuery, Events, ReadNotRecorded, Record};
