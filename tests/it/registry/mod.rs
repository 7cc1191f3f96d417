//! The registry over HTTP, as OCI clients use it.

mod access;
mod bad_input;
mod blobs;
mod buckets;
mod events;
pub mod kit;
mod large;
mod manifests;
mod mounts;
mod races;
mod referrers;
mod tags;
mod uploads;
mod wire;

mod crash;
mod durability;
