//! Stored bytes.

use sea_orm::entity::prelude::*;

/// Stored bytes.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "object")]
pub struct Model {
    /// The random part of its key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `writing`, `stored` or `doomed`.
    pub state: String,
    /// When.
    pub created_at_us: i64,
    /// The multipart upload that its bytes come by, until it is complete.
    pub multipart: Option<String>,
    /// The row of doomed bytes stays until then.
    pub keep_until_us: Option<i64>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
