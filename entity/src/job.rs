//! Work in the queue.

use sea_orm::entity::prelude::*;

/// Work in the queue.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Which handler.
    pub kind: String,
    /// One job per key waits.
    pub key: String,
    /// JSON for the handler.
    pub payload: String,
    /// `waiting`, `running` or `dead`.
    pub state: String,
    /// How often it was begun.
    pub attempts: i32,
    /// Not before.
    pub run_at_us: i64,
    /// When another may take it over.
    pub leased_until_us: i64,
    /// Who works on it.
    pub lease: Option<Uuid>,
    /// Why it failed last.
    pub last_error: Option<String>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
