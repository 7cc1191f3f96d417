//! Which database the servers of this run work on.

use sea_orm::{ConnectionTrait as _, Database};
use uuid::Uuid;

use super::wait_until;

/// The URL of the database `postgres` of a server on which tests may create databases, as `tests/with-postgres` sets it.
const SERVER: &str = "WAYBILL_TEST_DATABASE";

/// Whether servers work on PostgreSQL; else on SQLite.
pub fn on_postgres() -> bool {
    std::env::var_os(SERVER).is_some()
}

/// The URL of a new, empty PostgreSQL database; none when this run works on SQLite.
pub async fn new_database() -> Option<String> {
    let server = std::env::var(SERVER).ok()?;
    let name = format!("waybill_{}", Uuid::now_v7().simple());
    let connection = Database::connect(&server).await.expect("the test server answers");
    connection.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("it may create databases");
    connection.close().await.expect("it hangs up");
    Some(server.replacen("/postgres?", &format!("/{name}?"), 1))
}

/// Copies a PostgreSQL database that nobody uses any more; returns the copy's URL.
pub async fn copy_of(url: &str) -> String {
    let server = std::env::var(SERVER).expect("there is a test server");
    let of = url.split('?').next().and_then(|url| url.rsplit('/').next()).expect("a name").to_owned();
    let name = format!("waybill_{}", Uuid::now_v7().simple());
    let connection = Database::connect(&server).await.expect("the test server answers");
    let copy = format!("CREATE DATABASE {name} TEMPLATE {of}");
    // The sessions of a server that was killed take a moment to end.
    wait_until("the database is copied", async || connection.execute_unprepared(&copy).await.is_ok()).await;
    connection.close().await.expect("it hangs up");
    server.replacen("/postgres?", &format!("/{name}?"), 1)
}
