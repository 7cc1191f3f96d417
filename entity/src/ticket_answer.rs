//! What an outside system answered about a promotion's ticket.

use sea_orm::entity::prelude::*;

/// What an outside system answered about a promotion's ticket.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_answer")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// About which.
    pub promotion_id: Uuid,
    /// The account that posted it.
    pub account_id: Option<Uuid>,
    /// `approved` or `rejected`.
    pub verdict: String,
    /// Where more is told.
    #[sea_orm(column_type = "Text", nullable)]
    pub reference: Option<String>,
    /// When.
    pub at_us: i64,
    /// The event that told of it.
    pub from_event: Uuid,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
