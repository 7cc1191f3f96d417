//! How far the transparency log has come, and who leads it.

use sea_orm::entity::prelude::*;

/// How far the transparency log has come, and who leads it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ledger_head")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    /// The log's name, for good.
    pub origin: String,
    /// Entries in it.
    pub size: i64,
    /// Hash of the whole tree.
    #[sea_orm(column_type = "Blob")]
    pub root: Vec<u8>,
    /// The last event in it, by the database's own order.
    pub last_seq: i64,
    /// The signed checkpoint of this size.
    #[sea_orm(column_type = "Text")]
    pub checkpoint: String,
    /// Entries in the published checkpoint.
    pub published_size: i64,
    /// The last event in the published checkpoint.
    pub published_seq: i64,
    /// The checkpoint that everybody is shown, with its cosignatures.
    #[sea_orm(column_type = "Text")]
    pub published_checkpoint: String,
    /// When it was published.
    pub published_at_us: i64,
    /// Who leads.
    pub lease: Option<Uuid>,
    /// Until when, without a sign of life.
    pub leased_until_us: i64,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
