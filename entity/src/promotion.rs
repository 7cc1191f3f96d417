//! A request to admit a release into an environment.

use sea_orm::entity::prelude::*;

/// A request to admit a release into an environment.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "promotion")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In which project.
    pub project_id: Uuid,
    /// Where to.
    pub environment_id: Uuid,
    /// What.
    pub release_id: Uuid,
    /// The release's line.
    pub line: String,
    /// `forward`, `hotfix`, `rollback` or `redeploy`.
    pub kind: String,
    /// The change ticket.
    pub ticket: Option<String>,
    /// Why.
    #[sea_orm(column_type = "Text", nullable)]
    pub justification: Option<String>,
    /// The account; null for Waybill itself.
    pub requested_by: Option<Uuid>,
    /// When.
    pub requested_at_us: i64,
    /// Not to be admitted before.
    pub start_at_us: Option<i64>,
    /// Not to be admitted after.
    pub expires_at_us: i64,
    /// When an emergency admission ends.
    pub glass_until_us: Option<i64>,
    /// The event that told of it.
    pub from_event: Uuid,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
