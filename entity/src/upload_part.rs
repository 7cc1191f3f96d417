//! A part of an upload into a bucket.

use sea_orm::entity::prelude::*;

/// A part of an upload into a bucket.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "upload_part")]
pub struct Model {
    /// The session.
    #[sea_orm(primary_key, auto_increment = false)]
    pub upload_id: Uuid,
    /// From 0 on.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// What the bucket calls it.
    pub tag: String,
    /// Bytes.
    pub size: i64,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
