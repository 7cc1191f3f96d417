//! A tile that is not full, or is not in the storage yet.

use sea_orm::entity::prelude::*;

/// A tile that is not full, or is not in the storage yet.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_tile")]
pub struct Model {
    /// Height in the tree, in tiles; 0 holds the leaves' hashes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub level: i16,
    /// Place in its level.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tile_index: i64,
    /// Its hashes, 32 bytes each.
    #[sea_orm(column_type = "Blob")]
    pub hashes: Vec<u8>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
