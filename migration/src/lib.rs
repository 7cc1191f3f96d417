//! Waybill's schema, one file per step. Steps only add, so that a version runs beside its predecessor's schema
//! (design, rule 14). Instants are integer microseconds, UTC; ids are UUIDs; digests are `algorithm:hex` text.

use sea_orm_migration::prelude::*;

mod m0001_ledger;
mod m0002_projects;
mod m0003_identity;
mod m0004_blobs;
mod m0005_registry;
mod m0006_jobs;
mod m0007_buckets;
mod m0008_tokens;
mod m0009_federation;
mod m0010_backup;
mod m0011_freshness;
mod m0012_transparency_log;
mod m0013_audit_reads;
mod m0014_cosigned_checkpoint;
mod m0015_trust;
mod m0016_attestation_facts;
mod m0017_releases;
mod m0018_exceptions;
mod m0019_reopened;
mod steps;

pub use sea_orm_migration::MigratorTrait;

/// All steps, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_ledger::Migration),
            Box::new(m0002_projects::Migration),
            Box::new(m0003_identity::Migration),
            Box::new(m0004_blobs::Migration),
            Box::new(m0005_registry::Migration),
            Box::new(m0006_jobs::Migration),
            Box::new(m0007_buckets::Migration),
            Box::new(m0008_tokens::Migration),
            Box::new(m0009_federation::Migration),
            Box::new(m0010_backup::Migration),
            Box::new(m0011_freshness::Migration),
            Box::new(m0012_transparency_log::Migration),
            Box::new(m0013_audit_reads::Migration),
            Box::new(m0014_cosigned_checkpoint::Migration),
            Box::new(m0015_trust::Migration),
            Box::new(m0016_attestation_facts::Migration),
            Box::new(m0017_releases::Migration),
            Box::new(m0018_exceptions::Migration),
            Box::new(m0019_reopened::Migration),
        ]
    }
}
