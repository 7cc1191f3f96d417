//! A revision of a trust policy.

use sea_orm::entity::prelude::*;

/// A revision of a trust policy.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "trust_policy")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The project; null for the organisation's.
    pub project_id: Option<Uuid>,
    /// The project's id, or `organisation`.
    pub scope_key: String,
    /// Counts from 1.
    pub revision: i64,
    /// SHA-256 of the document.
    pub digest: String,
    /// JSON, as it was set.
    #[sea_orm(column_type = "Text")]
    pub document: String,
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
