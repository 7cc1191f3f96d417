//! Keeping a database from an index that would lead it astray.

use sea_orm::sea_query::{Expr, Func, IntoColumnRef};

/// A column as no index knows it. Where rows are found by something better, SQLite, which has no statistics, might rather begin
/// with all that a repository holds: no plan starts with what stands behind a function.
pub fn unindexed(column: impl IntoColumnRef + Copy) -> Expr {
    Expr::expr(Func::coalesce([Expr::col(column), Expr::col(column)]))
}
