//! A revision of an environment.

use sea_orm::entity::prelude::*;

/// A revision of an environment.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "environment")]
pub struct Model {
    /// Opaque id of the revision.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Opaque id of the environment.
    pub environment_id: Uuid,
    /// Counts from 1.
    pub revision: i64,
    /// Its name.
    pub name: String,
    /// `development`, `testing`, `staging` or `production`.
    pub tier: String,
    /// `low`, `medium` or `high`.
    pub sensitivity: String,
    /// JSON object of texts.
    #[sea_orm(column_type = "Text")]
    pub labels: String,
    /// How long a predecessor drains once its successor was verified.
    pub drain_seconds: i64,
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
