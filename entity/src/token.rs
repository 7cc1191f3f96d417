//! A secret that stands for an account, until it expires or is revoked.

use sea_orm::entity::prelude::*;

/// A secret that stands for an account, until it expires or is revoked.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `personal`, `service`, `refresh` or `federated`.
    pub kind: String,
    /// Whom it stands for.
    pub account_id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// SHA-256 of the secret, in hex.
    pub sha256: String,
    /// The repository prefix that it is narrowed to.
    pub prefix: Option<String>,
    /// The actions that it is narrowed to, parted by commas.
    pub actions: Option<String>,
    /// The service that a refresh token is for.
    pub service: Option<String>,
    /// When it expires.
    pub expires_at_us: Option<i64>,
    /// About when it was used last.
    pub last_used_at_us: Option<i64>,
    /// The account that made it.
    pub created_by: Option<Uuid>,
    /// Since when it is good.
    pub valid_from_us: i64,
    /// When it was revoked.
    pub valid_to_us: Option<i64>,
    /// The event that told of it.
    pub from_event: Uuid,
    /// The event that revoked it.
    pub to_event: Option<Uuid>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
