//! How far checkpoints were copied to a second place.

use sea_orm::entity::prelude::*;

/// How far checkpoints were copied to a second place.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_copied")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    /// The URL of the place.
    #[sea_orm(column_type = "Text")]
    pub place: String,
    /// Entries under the newest checkpoint that was copied there.
    pub size: i64,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
