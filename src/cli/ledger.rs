//! `waybill ledger`

use std::io::{Write as _, stdout};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use tokio::runtime::Runtime;

use super::failure::Failure;
use super::progress::Bar;
use crate::app;
use crate::config::{Flags, Settings};

/// What to do with the ledger.
#[derive(Subcommand)]
pub enum LedgerCommand {
    /// Writes all entries under the published checkpoint to a file, each with its receipt; a server may be running
    Export(ExportArgs),
}

/// Where to.
#[derive(Args)]
pub struct ExportArgs {
    #[command(flatten)]
    flags: Flags,
    /// File to write, which must not exist
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

/// Does it.
pub fn run(command: &LedgerCommand) -> Result<(), Failure> {
    let LedgerCommand::Export(args) = command;
    let settings = Settings::load(&args.flags)?;
    let bar = Bar::new("entries");
    let progress = |done, of| bar.tell(done, of);
    let exported = Runtime::new()?.block_on(app::export_ledger(&settings, &args.to, &progress))?;
    drop(bar);
    let mut out = stdout();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&exported)?)?;
        return Ok(());
    }
    writeln!(out, "{}: {} entries", exported.file, exported.entries)?;
    writeln!(out, "sha256 {}", exported.sha256)?;
    Ok(())
}
