//! All tables, in an order in which rows can be put back: what is referred to comes first.

use futures_util::TryStreamExt as _;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IdenStatic, Iterable, ModelTrait,
    PaginatorTrait, PrimaryKeyToColumn, QueryOrder, QuerySelect,
};
use serde_json::Value as Json;

use super::cell;
use crate::db::{DbError, Snapshot, Tx};

/// Most values in one statement: SQLite takes 32,766 of them.
const VALUES: usize = 30_000;

/// A row: its values in the order of the columns.
pub type Row = Vec<Json>;

macro_rules! tables {
    ($($table:ident),+ $(,)?) => {
        /// Their names. What migrating fills is not among them.
        pub const TABLES: &[&str] = &[$(stringify!($table)),+];

        /// The columns of a table; none when there is no such table.
        pub fn columns(table: &str) -> Option<Vec<&'static str>> {
            match table {
                $(stringify!($table) => Some(columns_of::<entity::$table::Entity>()),)+
                _ => None,
            }
        }

        /// Gives every row of a table to `sink`, one after the other, in the order of the primary key.
        pub async fn read(
            snapshot: &Snapshot,
            table: &'static str,
            sink: impl FnMut(Row) -> std::io::Result<()>,
        ) -> Result<std::io::Result<u64>, DbError> {
            match table {
                $(stringify!($table) => read_of::<entity::$table::Entity>(snapshot, table, sink).await,)+
                _ => Ok(Ok(0)),
            }
        }

        /// Adds rows to a table; `columns` says what their values are. Columns that are not named stay empty.
        pub async fn write(
            tx: &Tx,
            table: &'static str,
            columns: &[String],
            rows: &[Row],
        ) -> Result<(), DbError> {
            match table {
                $(stringify!($table) => write_of::<entity::$table::Entity>(tx, table, columns, rows).await,)+
                _ => Err(DbError::corrupt("backup: table", table)),
            }
        }

        /// The first table that holds anything; none when all are empty.
        pub async fn first_in_use(db: &impl ConnectionTrait) -> Result<Option<&'static str>, DbError> {
            $(if entity::$table::Entity::find().limit(1).count(db).await? > 0 {
                return Ok(Some(stringify!($table)));
            })+
            Ok(None)
        }
    };
}

tables! {
    event,
    personal_data,
    project,
    account,
    account_link,
    token,
    signing_key,
    federation_rule,
    federated_token,
    log_in,
    project_settings,
    role_binding,
    login_failure,
    audit_read,
    repository,
    object,
    blob,
    upload,
    upload_part,
    upload_tail,
    repository_blob,
    manifest,
    manifest_link,
    tag,
    trust_policy,
    evidence,
    verification,
    attestation,
    provenance,
    material,
    component,
    vulnerability_report,
    finding,
    test_result,
    verification_summary,
    environment,
    lifecycle,
    active_lifecycle,
    release,
    release_artifact,
    release_line,
    promotion,
    promotion_state,
    promotion_check,
    approval,
    ticket_answer,
    admission,
    freeze,
    waiver,
    quarantine,
    auto_promotion_hold,
    review,
    idempotency_key,
    gate_epoch,
    job,
    store_position,
    ledger_entry,
    ledger_subject,
    ledger_tile,
    ledger_head,
    ledger_cosigned,
    ledger_copied,
    restore_run,
}

/// Tables that a backup leaves out: counters that migrating fills, and that say nothing of what happened.
#[cfg(test)]
const LEFT_OUT: [&str; 2] = ["freshness", "seaql_migrations"];

fn columns_of<E: EntityTrait>() -> Vec<&'static str> {
    E::Column::iter().map(|column| column.as_str()).collect()
}

async fn read_of<E: EntityTrait>(
    snapshot: &Snapshot,
    table: &'static str,
    mut sink: impl FnMut(Row) -> std::io::Result<()>,
) -> Result<std::io::Result<u64>, DbError> {
    let mut query = E::find();
    for key in E::PrimaryKey::iter() {
        query = query.order_by_asc(key.into_column());
    }
    let mut rows = query.stream(&**snapshot).await?;
    let mut count = 0;
    while let Some(model) = rows.try_next().await? {
        let mut row = Vec::new();
        for column in E::Column::iter() {
            let value = cell::write(model.get(column));
            row.push(value.ok_or_else(|| DbError::corrupt("backup: a value of no known kind", table))?);
        }
        if let Err(error) = sink(row) {
            return Ok(Err(error));
        }
        count += 1;
    }
    Ok(Ok(count))
}

async fn write_of<E: EntityTrait>(
    tx: &Tx,
    table: &'static str,
    columns: &[String],
    rows: &[Row],
) -> Result<(), DbError> {
    let bad = |what: &str| DbError::corrupt("backup", format!("{table}: {what}"));
    let mut models = Vec::with_capacity(rows.len());
    for row in rows {
        let mut model = <E::ActiveModel as ActiveModelTrait>::default();
        for column in E::Column::iter() {
            let definition = column.def();
            let at = columns.iter().position(|name| name == column.as_str());
            let value = match at {
                Some(at) => row.get(at).and_then(|json| cell::read(json, definition.get_column_type())),
                None if definition.is_null() => cell::null(definition.get_column_type()),
                // The database's own default stands.
                None => continue,
            };
            let value = value.ok_or_else(|| bad(&format!("a bad value of {}", column.as_str())))?;
            model.try_set(column, value)?;
        }
        models.push(model);
    }
    let width = E::Column::iter().count().max(1);
    while !models.is_empty() {
        let rest = models.split_off(models.len().min(VALUES / width));
        E::insert_many(std::mem::replace(&mut models, rest)).exec_without_returning(&**tx).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sea_orm::{ConnectionTrait as _, Statement};

    use super::*;
    use crate::db::{Db, migrate};

    #[tokio::test]
    async fn no_table_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display()).parse().unwrap();
        migrate(&url).await.unwrap();
        let db = Db::open(&url).await.unwrap();
        let names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
        let rows = db.read().query_all_raw(Statement::from_string(db.read().get_database_backend(), names));
        let names: BTreeSet<String> =
            rows.await.unwrap().iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        let mut expected: BTreeSet<String> = TABLES.iter().map(|name| (*name).to_owned()).collect();
        expected.extend(LEFT_OUT.map(str::to_owned));
        assert_eq!(names, expected, "a table is missing in the list of what a backup holds");
        for table in TABLES {
            let info = format!("PRAGMA table_info({table})");
            let rows =
                db.read().query_all_raw(Statement::from_string(db.read().get_database_backend(), info));
            let held: BTreeSet<String> =
                rows.await.unwrap().iter().map(|row| row.try_get_by_index(1).unwrap()).collect();
            let known = columns(table).unwrap().into_iter().map(str::to_owned).collect();
            assert_eq!(held, known, "a backup of {table} would lack a column");
        }
    }
}
