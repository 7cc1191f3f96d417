//! A stop on promotions.

use sea_orm::entity::prelude::*;

/// A stop on promotions.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "freeze")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In which project; null for all.
    pub project_id: Option<Uuid>,
    /// A selector of environments; null for all.
    pub environment: Option<String>,
    /// A tier of environments; null for all.
    pub tier: Option<String>,
    /// Why.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// Where more is told.
    #[sea_orm(column_type = "Text", nullable)]
    pub incident: Option<String>,
    /// JSON list of the kinds of promotions that it lets pass.
    #[sea_orm(column_type = "Text")]
    pub allowed_kinds: String,
    /// Since when it stops.
    pub starts_at_us: i64,
    /// When it lifts itself.
    pub ends_at_us: Option<i64>,
    /// The account.
    pub set_by: Option<Uuid>,
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
