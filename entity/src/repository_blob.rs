//! A blob that a repository holds.

use sea_orm::entity::prelude::*;

/// A blob that a repository holds.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "repository_blob")]
pub struct Model {
    /// Where.
    #[sea_orm(primary_key, auto_increment = false)]
    pub repository_id: Uuid,
    /// Which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    /// Since when.
    pub linked_at_us: i64,
    /// The event that linked it.
    pub from_event: Uuid,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
