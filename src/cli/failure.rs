//! How a command fails.

use std::io;
use std::process::ExitCode;

use thiserror::Error;

use crate::app::StartError;
use crate::config::SettingsError;
use crate::db::DbError;
use crate::ledger::verify::VerifyError;
use crate::telemetry::TelemetryError;

/// Why a command ended early.
#[derive(Debug, Error)]
pub enum Failure {
    /// The settings can't be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Log or metrics can't be set up.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The server does not start, or database and storage can't be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The database can't be migrated.
    #[error("can't migrate the database: {0}")]
    Migrate(#[from] DbError),
    /// The server on this machine does not answer, or badly.
    #[error("{0}")]
    Unhealthy(String),
    /// A log does not hold, or can't be read.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// Flags or variables that do not go together.
    #[error("{0}")]
    Usage(String),
    /// Tables say something else than the ledger.
    #[error("{0}")]
    Facts(String),
    /// The operating system refused something.
    #[error(transparent)]
    System(#[from] io::Error),
    /// What is to be printed can't be written as JSON.
    #[error("can't write JSON: {0}")]
    Document(#[from] serde_json::Error),
}

impl Failure {
    /// Tells it on stderr; returns the exit code.
    pub fn tell(&self) -> ExitCode {
        eprintln!("waybill: {self}");
        ExitCode::from(if matches!(self, Self::Settings(_) | Self::Usage(_)) { 2 } else { 1 })
    }
}
