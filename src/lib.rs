//! Waybill: an artifact registry and provenance ledger in one binary.
//!
//! The rooms stand in the order of their floors: a room uses only rooms below it in this list. Where a lower room
//! must ask a higher one something, it owns a trait that [`app`] fills in.

/// Who is asking and what they may.
pub mod access;
/// Composition root: configuration → services → routes, server and workers.
pub mod app;
/// Facts that were changed without an event, found by holding the tables against the events.
pub mod audit;
/// Events copied into the storage, backups, and the way back from both.
pub mod backup;
/// Bytes over object_store: upload sessions, reads, the inventory.
pub mod blobs;
/// The commands of the binary.
pub mod cli;
/// Settings, from file, environment and flags.
pub mod config;
/// Connections, `Db::read` and `Db::write`, the SQLite writer, migrations under a lock.
pub mod db;
/// Trust in issuers: log-in through one, and tokens for CI in exchange for its id tokens.
pub mod federation;
/// What all handlers share: error forms, bodies, paging.
pub mod http;
/// Users, role bindings and passwords: answers the questions of `access`.
pub mod identity;
/// The queue of background work, with leases and retries.
pub mod jobs;
/// The master key, and the signing keys that it wraps.
pub mod keys;
/// Events: the append-only record of what happened, and the transparency log that they become.
pub mod ledger;
/// Projects and their settings.
pub mod projects;
/// The OCI protocol: uploads, blobs, manifests, tags, referrers.
pub mod registry;
/// Releases, environments, lifecycles, gates, promotions, and what environments show.
pub mod releases;
/// Logs and metrics.
pub mod telemetry;
/// Trust policies, signature and attestation formats, verification.
pub mod trust;
/// Pure values, parsed at the edge.
pub mod types;
