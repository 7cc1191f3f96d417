//! The commands of the binary: one file each.

mod attach;
mod attest;
mod backup;
mod failure;
mod healthcheck;
mod key;
mod ledger;
mod migrate;
mod openapi;
mod progress;
mod registry;
mod restore;
mod serve;
mod sign;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rustix::fs::Mode;
use rustix::process::umask;

use crate::config::Flags;

/// An artifact registry that can prove every deployment.
#[derive(Parser)]
#[command(name = "waybill", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server
    Serve(Flags),
    /// Brings the database's schema up to date, then ends; `serve` does so by itself
    Migrate(Flags),
    /// Writes a backup of the database; a server may be running
    Backup(backup::BackupArgs),
    /// Restores the database from a backup and the storage; no server may be running
    Restore(restore::RestoreArgs),
    /// Works on the ledger
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// Makes keys that sign
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Signs an artifact in a registry, as cosign v3 does: a Sigstore bundle that refers to it
    Sign(sign::Signing),
    /// Says something about an artifact in a registry, and signs that
    Attest(attest::AttestArgs),
    /// Finds out whether something holds
    #[command(subcommand)]
    Verify(verify::VerifyCommand),
    /// Asks the server of these settings, on this machine, whether it runs; ends with 1 if not
    Healthcheck(Flags),
    /// Prints the description of the API (OpenAPI, JSON)
    Openapi,
}

/// Runs the command that the process was started with. Ends with 0; with 1 after a failure, told on stderr; with 2 for
/// bad usage or settings; `verify` with 3 when it could not be told whether something holds.
pub fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(flags) => {
            keep_files_private();
            serve::run(&flags)
        }
        Command::Migrate(flags) => {
            keep_files_private();
            migrate::run(&flags)
        }
        Command::Backup(args) => {
            keep_files_private();
            backup::run(&args)
        }
        Command::Restore(args) => {
            keep_files_private();
            restore::run(&args)
        }
        Command::Ledger(command) => {
            keep_files_private();
            ledger::run(&command)
        }
        Command::Verify(command) => {
            keep_files_private();
            verify::run(&command)
        }
        Command::Key(command) => {
            keep_files_private();
            key::run(&command)
        }
        Command::Sign(args) => sign::run(&args),
        Command::Attest(args) => attest::run(&args),
        Command::Healthcheck(flags) => healthcheck::run(&flags),
        Command::Openapi => openapi::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}

/// Whatever the process makes from here on is for its own user only: the database holds hashes of passwords and the
/// storage what private projects hold, and neither SQLite nor object_store can be told a mode.
fn keep_files_private() {
    umask(Mode::RWXG | Mode::RWXO);
}
