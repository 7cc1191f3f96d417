//! The newest checkpoint that witnesses have cosigned.

use sea_orm::entity::prelude::*;

/// The newest checkpoint that witnesses have cosigned.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_cosigned")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    /// Entries under it.
    pub size: i64,
    /// The signed note, with its cosignatures.
    #[sea_orm(column_type = "Text")]
    pub checkpoint: String,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
