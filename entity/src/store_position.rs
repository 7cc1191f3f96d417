//! How far the storage tells what this database holds.

use sea_orm::entity::prelude::*;

/// How far the storage tells what this database holds.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "store_position")]
pub struct Model {
    /// `events` or `inventory`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The last sequence number that is in the storage too.
    pub seq: i64,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
