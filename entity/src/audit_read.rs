//! That somebody read recorded events in a certain way, and in which hour that was last told.

use sea_orm::entity::prelude::*;

/// That somebody read recorded events in a certain way, and in which hour that was last told.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_read")]
pub struct Model {
    /// Who read.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    /// What was asked, without its values.
    #[sea_orm(primary_key, auto_increment = false)]
    pub shape: String,
    /// The project that the read was narrowed to; all zeros for none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: Uuid,
    /// Hours since 1970-01-01 UTC.
    pub hour: i64,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
