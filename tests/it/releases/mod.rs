//! Releases on their way: promotions and their gates, people's approvals, exceptions, decisions and what environments show.

mod admission;
mod approvals;
mod auto;
mod bytes;
mod decisions;
mod evasions;
mod evidence;
mod exceptions;
mod idempotency;
pub mod kit;
mod lifecycles;
mod races;
mod restore;
mod rollback;
mod tampering;
mod windows;
