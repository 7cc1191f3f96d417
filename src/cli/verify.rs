//! `waybill verify`

mod artifact;
mod ledger;
mod report;

use clap::Subcommand;

use super::failure::Failure;

/// What to verify.
#[derive(Subcommand)]
pub enum VerifyCommand {
    /// Verifies the signatures and attestations of an artifact in a registry, under keys or a trust policy of one's own: ends
    /// with 0 only if there is a good signature
    Artifact(artifact::VerifyArtifactArgs),
    /// Makes every leaf and the root of a ledger again, and compares them with its checkpoint, its tiles and what was seen
    /// before: behind a URL, in an export, or in the database and storage of these settings
    Ledger(ledger::VerifyLedgerArgs),
}

/// Does it.
pub fn run(command: &VerifyCommand) -> Result<(), Failure> {
    match command {
        VerifyCommand::Artifact(args) => artifact::run(args),
        VerifyCommand::Ledger(args) => ledger::run(args),
    }
}
