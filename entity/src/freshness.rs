//! A counter that grows when something changes that replicas remember.

use sea_orm::entity::prelude::*;

/// One of the shards into which all that is remembered falls.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "freshness")]
pub struct Model {
    /// Its number, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub shard: i16,
    /// How many changes there were.
    pub version: i64,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
