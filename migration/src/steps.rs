//! What the steps share: indexes in one line, and the columns of a versioned fact.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, uuid, uuid_null};

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

/// A column that refers to another table's `id`.
pub fn refers_to(
    table: &'static str,
    column: &'static str,
    target: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(target, "id").to_owned()
}
