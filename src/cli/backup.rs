//! `waybill backup`

use std::io::{Write as _, stdout};
use std::path::PathBuf;

use clap::Args;
use tokio::runtime::Runtime;

use super::failure::Failure;
use crate::app;
use crate::config::{Flags, Settings};

/// What to back up, and where to.
#[derive(Args)]
pub struct BackupArgs {
    #[command(flatten)]
    flags: Flags,
    /// File to write, which must not exist; or a folder for a new file
    #[arg(long, value_name = "PATH")]
    to: PathBuf,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

/// Writes a backup of the database.
pub fn run(args: &BackupArgs) -> Result<(), Failure> {
    let settings = Settings::load(&args.flags)?;
    let report = Runtime::new()?.block_on(app::backup(&settings, &args.to))?;
    let mut out = stdout();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
        return Ok(());
    }
    writeln!(
        out,
        "{}: {} rows of {} tables, up to event {}",
        report.file, report.rows, report.tables, report.last_event
    )?;
    writeln!(out, "sha256 {}", report.sha256)?;
    writeln!(
        out,
        "It holds password hashes and wrapped keys: keep it private. It does not hold the master key, nor any bytes: \
         keep a copy of both elsewhere."
    )?;
    Ok(())
}
