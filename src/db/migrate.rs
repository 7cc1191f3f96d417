//! Bringing the schema up to date, by one process at a time.

use std::fs::File;

use migration::{Migrator, MigratorTrait};

use super::connect::connect_sqlite;
use super::{DatabaseUrl, Db, DbError};

/// Applies the schema steps that are missing. Waits while another process does the same, for sea-orm's migrator
/// takes no lock of its own.
///
/// # Errors
/// When the database can't be reached or a step fails; the steps before it stand.
pub async fn migrate(url: &DatabaseUrl) -> Result<(), DbError> {
    let DatabaseUrl::Sqlite(path) = url;
    let connection = connect_sqlite(path, 1, false).await?;
    let lock_path = path.with_extension("migrate-lock");
    let setup =
        |error: std::io::Error| DbError::Setup(format!("can't lock {}: {error}", lock_path.display()));
    let lock = File::create(&lock_path).map_err(setup)?;
    let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock))
        .await
        .map_err(|error| DbError::Setup(error.to_string()))?
        .map_err(setup)?;
    let outcome = Migrator::up(&connection, None).await;
    drop(lock);
    connection.close().await?;
    Ok(outcome?)
}

/// How many schema steps of this version the database lacks; all of them when it has none yet. Changes nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn missing_steps(db: &Db) -> Result<usize, DbError> {
    Ok(Migrator::get_pending_migrations_read_only(db.read()).await?.len())
}
