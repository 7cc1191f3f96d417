//! Failed log-ins of late, by account name or address.

use sea_orm::entity::prelude::*;

/// Failed log-ins of late, by account name or address.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_failure")]
pub struct Model {
    /// What is counted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// How many in the window.
    pub failures: i64,
    /// When they are forgotten.
    pub window_ends_us: i64,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
