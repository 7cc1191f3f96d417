//! A time-boxed exception from a gate.

use sea_orm::entity::prelude::*;

/// A time-boxed exception from a gate.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "waiver")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In which project.
    pub project_id: Uuid,
    /// The gate's id.
    pub gate: String,
    /// A selector of environments; null for all.
    pub environment: Option<String>,
    /// One release only.
    pub release_id: Option<Uuid>,
    /// JSON list of vulnerabilities; empty for the whole gate.
    #[sea_orm(column_type = "Text")]
    pub vulnerabilities: String,
    /// Why.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// When it ends.
    pub ends_at_us: i64,
    /// Who asked for it.
    pub asked_by: Option<Uuid>,
    /// Who approved it.
    pub approved_by: Option<Uuid>,
    /// When.
    pub approved_at_us: Option<i64>,
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
