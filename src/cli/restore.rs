//! `waybill restore`

use std::io::{Write as _, stdout};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tokio::runtime::Runtime;

use super::failure::Failure;
use crate::app::{self, Restored};
use crate::backup::RestoreFrom;
use crate::config::{Flags, Settings};

/// What to restore from.
#[derive(Args)]
pub struct RestoreArgs {
    #[command(flatten)]
    flags: Flags,
    #[command(flatten)]
    source: Source,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Source {
    /// Load this backup into an empty database, then do again what the storage tells beyond it
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Rebuild an empty database from the storage alone; names and passwords of people are lost
    #[arg(long)]
    from_storage: bool,
    /// Do again what the storage tells beyond a database that is older than it
    #[arg(long)]
    replay: bool,
}

/// Restores the database.
pub fn run(args: &RestoreArgs) -> Result<(), Failure> {
    let settings = Settings::load(&args.flags)?;
    let from = match &args.source {
        Source { from: Some(file), .. } => RestoreFrom::File(file.clone()),
        Source { from_storage: true, .. } => RestoreFrom::Storage,
        _ => RestoreFrom::Beyond,
    };
    let restored = Runtime::new()?.block_on(app::restore(&settings, &from))?;
    if args.json { tell_json(&restored) } else { tell(&restored) }
}

fn tell_json(Restored { report, admin }: &Restored) -> Result<(), Failure> {
    let mut told = serde_json::to_value(report)?;
    if let Some((name, file)) = admin {
        told["new_password"] = json!({ "user": name, "file": file });
    }
    writeln!(stdout(), "{told}")?;
    Ok(())
}

fn tell(Restored { report, admin }: &Restored) -> Result<(), Failure> {
    let mut out = stdout();
    writeln!(
        out,
        "{} rows from the backup; {} blobs and {} events from the storage; the last event is {}",
        report.rows_loaded, report.blobs_added, report.events_replayed, report.last_event
    )?;
    if let Some((name, file)) = admin {
        let file = file.as_ref().map_or("the settings".to_owned(), |file| file.display().to_string());
        writeln!(out, "No administrator could log in: {name} has the password from {file} now.")?;
    }
    if !report.users_without_password.is_empty() {
        writeln!(
            out,
            "These users were made, or changed their password, after the backup. They can't log in until an \
             administrator sets a password: {}",
            report.users_without_password.join(", ")
        )?;
    }
    Ok(())
}
