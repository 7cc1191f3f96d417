//! A revision of a project's settings.

use sea_orm::entity::prelude::*;

/// A revision of a project's settings.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "project_settings")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The project.
    pub project_id: Uuid,
    /// Counts from 1.
    pub revision: i64,
    /// `private` or `public`.
    pub visibility: String,
    /// `immutable` or `mutable`.
    pub tags: String,
    /// `deny` or `allow`.
    pub sparse: String,
    /// JSON list of tag patterns.
    pub mutable_patterns: String,
    /// JSON list of tag patterns.
    pub required_patterns: String,
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
