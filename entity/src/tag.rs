//! A span of a tag pointing at one digest.

use sea_orm::entity::prelude::*;

/// A span of a tag pointing at one digest.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tag")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Where.
    pub repository_id: Uuid,
    /// The tag.
    pub name: String,
    /// What it points at.
    pub manifest_id: Uuid,
    /// The digest that it was pushed by.
    pub digest: String,
    /// Deleted while immutable: the name stays bound.
    pub bound: bool,
    /// Whether it was looked at for what it may vouch for.
    pub inspected: bool,
    /// Since when it holds.
    pub valid_from_us: i64,
    /// Until when it held; null while it holds.
    pub valid_to_us: Option<i64>,
    /// The event that opened it.
    pub from_event: Uuid,
    /// The event that closed it.
    pub to_event: Option<Uuid>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
