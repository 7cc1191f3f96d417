//! Which database to use, from the `database_url` setting.

use std::path::PathBuf;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use thiserror::Error;

/// Why a `database_url` can't be used. It does not repeat the URL, in which there may be a password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "database_url must have the form sqlite:<path of a file> or \
     postgres://<user>:<password>@<host>:<port>/<database>?sslmode=verify-full&sslrootcert=<path>"
)]
pub struct DatabaseUrlError;

/// A parsed `database_url`.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub enum DatabaseUrl {
    /// One SQLite file on local disk.
    Sqlite(PathBuf),
    /// A PostgreSQL server, for one replica or many.
    Postgres(PostgresUrl),
}

/// The URL of a PostgreSQL server, in libpq's form: with `sslmode`, `sslrootcert`, `sslcert` and `sslkey`. It is never
/// shown.
#[derive(Debug, Clone)]
pub struct PostgresUrl(SecretString);

impl ExposeSecret<str> for PostgresUrl {
    fn expose_secret(&self) -> &str {
        self.0.expose_secret()
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, DatabaseUrlError> {
        if let Some(rest) = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://")) {
            let names_a_database = rest.split(['?', '#']).next().and_then(|rest| rest.split_once('/'));
            if names_a_database.is_none_or(|(_, database)| database.is_empty() || database.contains('/')) {
                return Err(DatabaseUrlError);
            }
            text.parse::<sqlx::postgres::PgConnectOptions>().map_err(|_| DatabaseUrlError)?;
            return Ok(Self::Postgres(PostgresUrl(text.to_owned().into())));
        }
        let path = text.strip_prefix("sqlite:").ok_or(DatabaseUrlError)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.contains(['?', ':']) {
            return Err(DatabaseUrlError);
        }
        Ok(Self::Sqlite(path.into()))
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = DatabaseUrlError;

    fn try_from(text: String) -> Result<Self, DatabaseUrlError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_files_and_servers() {
        assert!(matches!("sqlite:a.db".parse(), Ok(DatabaseUrl::Sqlite(path)) if *path == *"a.db"));
        for url in [
            "postgres://waybill:secret@db.example:5432/waybill",
            "postgresql://waybill@db.example/waybill?sslmode=verify-full&sslrootcert=/etc/ca.pem",
            "postgres:///waybill?host=/run/postgresql",
        ] {
            assert!(matches!(url.parse(), Ok(DatabaseUrl::Postgres(_))), "{url}");
        }
        for url in [
            "",
            "waybill.db",
            "mysql://db/waybill",
            "sqlite:",
            "sqlite:a.db?mode=ro",
            "postgres://",
            "postgres://db.example",
            "postgres://db.example/",
            "postgres://db.example/a/b",
            "postgres://db.example/waybill?sslmode=perhaps",
        ] {
            assert!(url.parse::<DatabaseUrl>().is_err(), "{url}");
        }
    }

    #[test]
    fn shows_no_password() {
        let url: DatabaseUrl = "postgres://waybill:secret@db.example/waybill".parse().unwrap();
        assert!(!format!("{url:?}").contains("secret"));
    }
}
