//! How a command fails.

use std::io;
use std::process::ExitCode;

use thiserror::Error;

use super::registry::RegistryError;
use crate::app::StartError;
use crate::config::SettingsError;
use crate::db::DbError;
use crate::ledger::verify::VerifyError;
use crate::telemetry::TelemetryError;
use crate::trust::signing::SigningKeyError;

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
    /// A registry did not answer as hoped.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// A key can't be used.
    #[error(transparent)]
    Key(#[from] SigningKeyError),
    /// It can't be told what a registry holds.
    #[error("this can't be verified: {0}")]
    Untold(RegistryError),
    /// What an artifact lacks.
    #[error("{0}")]
    Unverified(String),
    /// It was not done.
    #[error("{0}")]
    Refused(String),
    /// The operating system refused something.
    #[error(transparent)]
    System(#[from] io::Error),
    /// What is to be printed can't be written as JSON.
    #[error("can't write JSON: {0}")]
    Document(#[from] serde_json::Error),
}

impl Failure {
    /// What a verification ended with, if it is that.
    pub const fn verdict(&self) -> Option<&VerifyError> {
        match self {
            Self::Verify(error) | Self::Start(StartError::Verify(error)) => Some(error),
            _ => None,
        }
    }

    /// Whether a ledger does not hold; else it could not be told, or something else failed.
    pub fn is_finding(&self) -> bool {
        matches!(self, Self::Facts(_)) || self.verdict().is_some_and(VerifyError::is_finding)
    }

    /// Tells it on stderr; returns the exit code. What comes from elsewhere must not write to the terminal as it likes.
    pub fn tell(&self) -> ExitCode {
        let has_lines = matches!(self, Self::Facts(_));
        let shown = |c: char| match c {
            '\n' if has_lines => c,
            c if c.is_control() => char::REPLACEMENT_CHARACTER,
            c => c,
        };
        let text: String = self.to_string().chars().map(shown).collect();
        eprintln!("waybill: {text}");
        ExitCode::from(match self {
            Self::Settings(_) | Self::Usage(_) => 2,
            Self::Untold(_) => 3,
            _ if self.verdict().is_some_and(|error| !error.is_finding()) => 3,
            _ => 1,
        })
    }
}
