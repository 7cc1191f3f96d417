//! Background work: a queue in the database, filled in the transaction that makes the work necessary.
//!
//! A worker leases a job, so that one replica does it and another takes over when it dies; a job that fails is
//! tried again, later each time, and ends as a dead letter that `/metrics` shows. Handlers must bear being run twice.

mod model;
mod service;
mod store;
#[cfg(test)]
pub(crate) mod tests;
mod worker;

pub use model::{Done, Job, JobError};
pub use service::{Handler, enqueue};
pub use worker::Worker;
