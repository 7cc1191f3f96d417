//! A digest and the object that holds its bytes.

use sea_orm::entity::prelude::*;

/// A digest and the object that holds its bytes.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "blob")]
pub struct Model {
    /// Order of the inventory.
    #[sea_orm(primary_key)]
    pub seq: i64,
    /// `algorithm:hex`.
    pub digest: String,
    /// Its bytes.
    pub object_id: Uuid,
    /// Bytes.
    pub size: i64,
    /// When.
    pub created_at_us: i64,
    /// Whether the inventory names it.
    pub inventoried: bool,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
