//! A role given to an account, over a span of time.

use sea_orm::entity::prelude::*;

/// A role given to an account, over a span of time.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role_binding")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who has the role.
    pub account_id: Uuid,
    /// Which.
    pub role: String,
    /// Where; null is the organisation.
    pub project_id: Option<Uuid>,
    /// Repository prefix, or empty.
    pub prefix: String,
    /// The scope as one text.
    pub scope_key: String,
    /// Since when it holds.
    pub valid_from_us: i64,
    /// Until when it held; null while it holds.
    pub valid_to_us: Option<i64>,
    /// The event that opened it.
    pub from_event: Uuid,
    /// The event that closed it.
    pub to_event: Option<Uuid>,
    /// When it ends by itself.
    pub expires_at_us: Option<i64>,
    /// A selector of environments; null for all.
    pub environment: Option<String>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
