//! A database of a test's own, on SQLite or, where the variable says so, on PostgreSQL.

use sea_orm::{ConnectionTrait as _, Database};
use tempfile::TempDir;
use uuid::Uuid;

use super::{DatabaseUrl, Db, migrate};

/// The URL of the database `postgres` of a server on which tests may create databases, as `tests/with-postgres` sets it.
/// Unset, they run on SQLite.
const SERVER: &str = "WAYBILL_TEST_DATABASE";

/// An empty database.
pub(crate) async fn url(folder: &TempDir) -> DatabaseUrl {
    let Ok(server) = std::env::var(SERVER) else {
        return format!("sqlite:{}", folder.path().join("waybill.db").display()).parse().unwrap();
    };
    let name = format!("waybill_{}", Uuid::now_v7().simple());
    let connection = Database::connect(&server).await.unwrap();
    connection.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    connection.close().await.unwrap();
    server.replacen("/postgres?", &format!("/{name}?"), 1).parse().unwrap()
}

/// A migrated database, which on SQLite lives as long as the folder.
pub(crate) async fn database() -> (Db, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = url(&folder).await;
    migrate(&url).await.unwrap();
    (Db::open(&url).await.unwrap(), folder)
}
