//! What came of asking a promotion's gates last.

use sea_orm::entity::prelude::*;

/// What came of asking a promotion's gates last.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "promotion_check")]
pub struct Model {
    /// Which promotion.
    #[sea_orm(primary_key, auto_increment = false)]
    pub promotion_id: Uuid,
    /// JSON list of results.
    #[sea_orm(column_type = "Text")]
    pub gates: String,
    /// The sum of the counters that it was asked at.
    pub epochs: i64,
    /// When.
    pub checked_at_us: i64,
    /// When time alone may alter it.
    pub recheck_at_us: Option<i64>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
