//! `waybill verify`

mod ledger;
mod report;

use clap::Subcommand;

use super::failure::Failure;

/// What to verify.
#[derive(Subcommand)]
pub enum VerifyCommand {
    /// Makes every leaf and the root of a ledger again, and compares them with its checkpoint, its tiles and what was seen
    /// before: behind a URL, in an export, or in the database and storage of these settings
    Ledger(ledger::VerifyLedgerArgs),
}

/// Does it.
pub fn run(command: &VerifyCommand) -> Result<(), Failure> {
    let VerifyCommand::Ledger(args) = command;
    ledger::run(args)
}
