//! What the steps share: their frame, indexes in one line, and the columns of a versioned fact.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, uuid, uuid_null};
use sea_orm_migration::sea_orm::DatabaseBackend;

/// Makes a file a step, named after the file. It runs in a transaction, its entry in the list of applied steps included:
/// sea-orm's default is one on PostgreSQL only, and a kill amid a step would leave a SQLite file that no start can use.
macro_rules! step {
    (|$manager:ident| $up:block) => {
        #[derive(DeriveMigrationName)]
        pub struct Migration;

        #[async_trait::async_trait]
        impl MigrationTrait for Migration {
            async fn up(&self, $manager: &SchemaManager) -> Result<(), DbErr> $up

            fn use_transaction(&self) -> Option<bool> {
                Some(true)
            }
        }
    };
}
pub(crate) use step;

/// A plain index.
pub fn index(table: &'static str, name: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

/// A unique index over the rows that still hold (`valid_to_us` is null): the database decides every race for
/// a versioned fact.
pub fn unique_while_valid(
    table: &'static str,
    name: &'static str,
    columns: &[&'static str],
) -> IndexCreateStatement {
    let mut index = index(table, name, columns);
    index.unique().and_where(Expr::col("valid_to_us").is_null());
    index
}

/// Adds the columns of a versioned fact (design, rule 6): the span in which it held, and the ids of the events
/// that opened and closed it, through which the ledger's entries are found.
pub fn versioned(table: &mut TableCreateStatement) -> &mut TableCreateStatement {
    table
        .col(big_integer("valid_from_us"))
        .col(big_integer_null("valid_to_us"))
        .col(uuid("from_event"))
        .col(uuid_null("to_event"))
}

/// A text that lists are ordered by: by its bytes, on every database. SQLite does so by itself; PostgreSQL would follow the
/// locale that the database was made with, and a cursor from one replica must mean the same after a move to another.
pub fn by_bytes(manager: &SchemaManager, mut column: ColumnDef) -> ColumnDef {
    if manager.get_database_backend() == DatabaseBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column
}

/// A column that refers to another table's `id`.
pub fn refers_to(
    table: &'static str,
    column: &'static str,
    target: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(target, "id").to_owned()
}

#[cfg(test)]
mod tests {
    use sea_orm_migration::sea_orm::Database;

    use super::*;
    use crate::{Migrator, MigratorTrait};

    step!(|manager| {
        manager.create_table(Table::create().table("half").col(uuid("id")).to_owned()).await?;
        Err(DbErr::Custom("on purpose".to_owned()))
    });

    struct Broken;

    #[async_trait::async_trait]
    impl MigratorTrait for Broken {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            vec![Box::new(Migration)]
        }
    }

    #[tokio::test]
    async fn a_step_that_fails_half_way_leaves_nothing() {
        let db = Database::connect("sqlite::memory:").await.unwrap();
        assert!(Broken::up(&db, None).await.is_err());
        assert!(!SchemaManager::new(&db).has_table("half").await.unwrap());
    }

    #[test]
    fn steps_are_named_after_their_files_and_run_in_transactions() {
        let steps = Migrator::migrations();
        let names: Vec<&str> = steps.iter().map(|step| step.name()).collect();
        let sorted = names.windows(2).all(|pair| pair[0] < pair[1]);
        assert!(sorted, "{names:?}");
        assert!(steps.iter().all(|step| step.use_transaction() == Some(true)));
    }
}
