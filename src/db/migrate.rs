//! Bringing the schema up to date, by one process at a time.

use std::fs::File;
use std::path::Path;

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use super::postgres::{self, Purpose};
use super::{DatabaseUrl, Db, DbError, sqlite};

/// The advisory lock that replicas take on PostgreSQL: "waybill" in ASCII.
const LOCK: i64 = 0x77_6179_6269_6c6c;

/// Applies the schema steps that are missing. Waits while another process does the same, for sea-orm's migrator
/// takes no lock of its own.
///
/// # Errors
/// When the database can't be reached or a step fails; the steps before it stand.
pub async fn migrate(url: &DatabaseUrl) -> Result<(), DbError> {
    match url {
        DatabaseUrl::Sqlite(path) => {
            let connection = sqlite::connect(path, 1, false).await?;
            let lock = lock_beside(path).await?;
            let outcome = apply(&connection).await;
            drop(lock);
            connection.close().await?;
            outcome
        }
        DatabaseUrl::Postgres(url) => {
            // The lock belongs to the session, so there must be one connection only; it goes with that.
            let connection = postgres::connect(url, 1, Purpose::Migrate).await?;
            connection.execute_unprepared(&format!("SELECT pg_advisory_lock({LOCK})")).await?;
            let outcome = apply(&connection).await;
            connection.close().await?;
            outcome
        }
    }
}

/// Applies what is missing. A newer version may have been here already: its steps only added to the schema (design,
/// rule 14), so this version runs beside it, which is what makes rolling upgrades possible.
async fn apply(connection: &DatabaseConnection) -> Result<(), DbError> {
    Migrator::install(connection).await?;
    let applied = Migrator::get_migration_models(connection).await?;
    let own = Migrator::migrations();
    let missing = own.iter().filter(|step| !applied.iter().any(|row| row.version == step.name())).count();
    let newer: Vec<&str> = applied
        .iter()
        .map(|row| row.version.as_str())
        .filter(|version| !own.iter().any(|step| step.name() == *version))
        .collect();
    if newer.is_empty() {
        return Ok(Migrator::up(connection, None).await?);
    }
    if missing > 0 {
        return Err(DbError::Setup(format!(
            "the database has schema steps of another version ({}) but lacks {missing} of this one: start the \
             newest version first",
            newer.join(", ")
        )));
    }
    tracing::info!(steps = ?newer, "the database's schema is newer than this version, which can work with it");
    Ok(())
}

async fn lock_beside(path: &Path) -> Result<File, DbError> {
    let lock_path = path.with_extension("migrate-lock");
    let setup =
        |error: std::io::Error| DbError::Setup(format!("can't lock {}: {error}", lock_path.display()));
    let lock = File::create(&lock_path).map_err(setup)?;
    tokio::task::spawn_blocking(move || lock.lock().map(|()| lock))
        .await
        .map_err(|error| DbError::Setup(error.to_string()))?
        .map_err(setup)
}

/// Checks that the database's schema is this version's: what reads or writes all of it must know all of it.
///
/// # Errors
/// `Setup`, saying which steps are missing or unknown; or when the database does not answer.
pub async fn check_schema(db: &Db) -> Result<(), DbError> {
    // What the migrator offers would first make its table, which a reader may not.
    let versions = Statement::from_string(
        db.read().get_database_backend(),
        "SELECT version FROM seaql_migrations ORDER BY version",
    );
    let rows = db.read().query_all_raw(versions).await?;
    let applied: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    let own = Migrator::migrations();
    let missing =
        own.iter().map(|step| step.name()).find(|step| !applied.iter().any(|applied| applied == step));
    if let Some(step) = missing {
        return Err(DbError::Setup(format!(
            "the database lacks the schema step {step}: run `waybill migrate` first"
        )));
    }
    let unknown = applied.iter().find(|applied| !own.iter().any(|step| step.name() == applied.as_str()));
    match unknown {
        Some(step) => Err(DbError::Setup(format!(
            "the database has the schema step {step}, which this version does not know: use the newest version"
        ))),
        None => Ok(()),
    }
}
