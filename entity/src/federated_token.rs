//! An id token that was exchanged, and the token that it became. Gone once neither is good for anything.

use sea_orm::entity::prelude::*;

/// An id token that was exchanged, and the token that it became.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "federated_token")]
pub struct Model {
    /// A digest of what makes the id token the one that it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub used: String,
    /// The rule that accepted it.
    pub rule_id: Uuid,
    /// What it became.
    pub token_id: Uuid,
    /// When both have ended.
    pub expires_at_us: i64,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
