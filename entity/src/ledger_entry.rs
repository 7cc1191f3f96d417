//! An event's place in the transparency log.

use sea_orm::entity::prelude::*;

/// An event's place in the transparency log.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_entry")]
pub struct Model {
    /// From 0, without a gap.
    #[sea_orm(primary_key, auto_increment = false)]
    pub leaf_index: i64,
    /// The event's place in the database's own order.
    pub seq: i64,
    /// RFC 6962 hash of the event's bytes.
    #[sea_orm(column_type = "Blob")]
    pub leaf_hash: Vec<u8>,
    /// When the event happened.
    pub at_us: i64,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
