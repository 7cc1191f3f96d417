//! A counter of what may alter gates.

use sea_orm::entity::prelude::*;

/// A counter of what may alter gates.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "gate_epoch")]
pub struct Model {
    /// Of what: `organisation`, a project's id, or that and an environment's.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// Counts up.
    pub value: i64,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
