//! A recorded fact, in ledger order.

use sea_orm::entity::prelude::*;

/// A recorded fact, in ledger order.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    /// Order of the ledger.
    #[sea_orm(primary_key)]
    pub seq: i64,
    /// Opaque id.
    pub id: Uuid,
    /// One of the closed list of kinds.
    pub kind: String,
    /// When.
    pub at_us: i64,
    /// The project that it is about.
    pub project_id: Option<Uuid>,
    /// The account that did it.
    pub actor_id: Option<Uuid>,
    /// The JSON bytes that the ledger hashes.
    #[sea_orm(column_type = "Blob")]
    pub leaf: Vec<u8>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
