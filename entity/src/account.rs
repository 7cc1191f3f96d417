//! Somebody who can log in.

use sea_orm::entity::prelude::*;

/// Somebody who can log in.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Log-in name.
    pub name: String,
    /// PHC string; empty when no password logs it in.
    pub password_hash: String,
    /// When.
    pub created_at_us: i64,
    /// Since when it can't log in.
    pub disabled_at_us: Option<i64>,
    /// The event that created it.
    pub from_event: Uuid,
    /// `user` or `service`.
    pub kind: String,
    /// The project that owns it, if it is a service account of one.
    pub project_id: Option<Uuid>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
