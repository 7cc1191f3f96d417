//! An entry that is about a digest.

use sea_orm::entity::prelude::*;

/// An entry that is about a digest.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_subject")]
pub struct Model {
    /// `algorithm:hex`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    /// The entry.
    #[sea_orm(primary_key, auto_increment = false)]
    pub leaf_index: i64,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
