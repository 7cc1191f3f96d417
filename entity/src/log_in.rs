//! A log-in through an issuer that was finished.

use sea_orm::entity::prelude::*;

/// A log-in through an issuer that was finished.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "log_in")]
pub struct Model {
    /// A digest of the secret in the browser's cookie.
    #[sea_orm(primary_key, auto_increment = false)]
    pub secret: String,
    /// The issuer's identifier.
    #[sea_orm(column_type = "Text")]
    pub issuer: String,
    /// When its cookie is too old to be tried again.
    pub expires_at_us: i64,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
