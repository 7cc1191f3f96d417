//! Connections to PostgreSQL.

use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement};
use secrecy::ExposeSecret;

use super::{DbError, PostgresUrl};

/// How long a request waits for a connection before it fails with 503.
const ACQUIRE: Duration = Duration::from_secs(5);
/// How long to wait for the server when a connection is opened.
const CONNECT: Duration = Duration::from_secs(10);
/// After so long without use a connection is asked whether it still lives: the server may have been restarted.
const DOUBT: Duration = Duration::from_secs(1);
/// No statement of ours is meant to take longer.
const STATEMENT: Duration = Duration::from_secs(60);

/// What a pool is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Reads, each by itself.
    Read,
    /// Changes, each in one serializable transaction.
    Write,
    /// Schema steps, which may take their time.
    Migrate,
}

impl Purpose {
    /// What the server is told of each session.
    const fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Read => &[("default_transaction_read_only", "on")],
            // A sequential scan would lock the whole table against every other change that reads or writes it, however
            // few rows are looked at: predicate locks follow the plan.
            Self::Write => &[
                ("default_transaction_isolation", "serializable"),
                ("enable_seqscan", "off"),
                // Where a scan is the only way, that setting makes it look so dear that each one would be compiled first.
                ("jit", "off"),
                // A commit that could not be put into an order is rolled back by the server; the driver does so once more, of which
                // the server would warn each time.
                ("client_min_messages", "error"),
                // A replica whose machine vanished amid a change would keep its rows locked, and the copying of events
                // waiting, until the server's TCP gives it up: by default after two hours.
                ("idle_in_transaction_session_timeout", "30s"),
            ],
            Self::Migrate => &[],
        }
    }
}

/// Connects to a PostgreSQL server, with at most so many connections.
pub(super) async fn connect(
    url: &PostgresUrl,
    connections: u32,
    purpose: Purpose,
) -> Result<DatabaseConnection, DbError> {
    let mut options = ConnectOptions::new(url.expose_secret());
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE)
        .connect_timeout(CONNECT)
        .test_before_acquire_if_idle_for(DOUBT)
        .sqlx_logging(false)
        .set_application_name("waybill")
        .map_sqlx_postgres_opts(move |postgres| postgres.options(purpose.settings().iter().copied()));
    if purpose != Purpose::Migrate {
        options.statement_timeout(STATEMENT);
    }
    let connection = Database::connect(options).await.map_err(|error| {
        // The text of a connection's failure may name the server, never the password.
        DbError::Setup(format!("can't connect to the database: {error}"))
    })?;
    for (name, value) in purpose.settings() {
        demand(&connection, name, value).await?;
    }
    Ok(connection)
}

/// Refuses a session in which a setting does not hold: a pooler may drop what a session begins with, and changes that are
/// not serializable would contradict each other.
async fn demand(connection: &DatabaseConnection, name: &str, value: &str) -> Result<(), DbError> {
    let shown = Statement::from_string(DbBackend::Postgres, format!("SHOW {name}"));
    let row = connection.query_one_raw(shown).await?;
    let held: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?;
    if held.as_deref() == Some(value) {
        return Ok(());
    }
    Err(DbError::Setup(format!(
        "the database does not keep to {name} = {value}, which sessions begin with: connect to the server itself, or \
         let the pooler before it pass on `options`"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::DatabaseUrl;
    use crate::db::testing::url;

    #[tokio::test]
    async fn a_session_that_keeps_to_other_settings_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let DatabaseUrl::Postgres(url) = url(&folder).await else { return };
        let connection = connect(&url, 1, Purpose::Migrate).await.unwrap();
        let refused = demand(&connection, "default_transaction_isolation", "serializable").await;
        assert!(matches!(refused, Err(DbError::Setup(_))), "{refused:?}");
        let connection = connect(&url, 1, Purpose::Write).await.unwrap();
        demand(&connection, "default_transaction_isolation", "serializable").await.unwrap();
    }
}
