//! Connections to a SQLite file.

use std::path::Path;
use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection};

use super::DbError;

/// How long a reader waits for a connection before the request fails with 503.
const ACQUIRE: Duration = Duration::from_secs(5);
/// Pages of 4 KiB after which SQLite moves its log into the database file.
const CHECKPOINT_PAGES: u32 = 4000;

/// Connects to a SQLite file, creating it when it may be written.
pub(super) async fn connect(
    path: &Path,
    connections: u32,
    read_only: bool,
) -> Result<DatabaseConnection, DbError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| {
            DbError::Setup(format!("can't create the folder {}: {error}", folder.display()))
        })?;
    }
    let path = path.to_owned();
    // The path is set below, for a URL would have to escape it.
    let mut options = ConnectOptions::new("sqlite://waybill.db");
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE)
        // A file does not hang up: to ask before each use, or to open anew now and then, would only cost time.
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .filename(&path)
                .create_if_missing(!read_only)
                .pragma("journal_mode", "WAL")
                // FULL syncs the log at every commit: a 201 must survive a power cut (design, Transactions).
                .pragma("synchronous", "FULL")
                .pragma("busy_timeout", "10000")
                .pragma("foreign_keys", "ON")
                // Else each savepoint may cost a file.
                .pragma("temp_store", "MEMORY")
                .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
                .pragma("query_only", if read_only { "ON" } else { "OFF" })
        });
    Ok(Database::connect(options).await?)
}
