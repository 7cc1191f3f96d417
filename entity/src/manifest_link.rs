//! A digest that a manifest names.

use sea_orm::entity::prelude::*;

/// A digest that a manifest names.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "manifest_link")]
pub struct Model {
    /// The manifest.
    #[sea_orm(primary_key, auto_increment = false)]
    pub manifest_id: Uuid,
    /// Order in the manifest.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// `config`, `layer`, `foreign`, `child` or `subject`.
    pub kind: String,
    /// What it names.
    pub digest: String,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
