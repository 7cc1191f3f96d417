//! Whose account somebody gets who logs in through an issuer.

use sea_orm::entity::prelude::*;

/// Whose account somebody gets who logs in through an issuer.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_link")]
pub struct Model {
    /// A digest of issuer and subject.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// The account.
    pub account_id: Uuid,
    /// When.
    pub created_at_us: i64,
    /// The event that told of it.
    pub from_event: Uuid,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
