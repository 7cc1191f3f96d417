//! A key pair that all replicas sign with, over a span of time.

use sea_orm::entity::prelude::*;

/// A key pair that all replicas sign with, over a span of time.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_key")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What it signs.
    pub purpose: String,
    /// 32 bytes of Ed25519.
    pub public_key: Vec<u8>,
    /// The private key under the master key.
    pub wrapped_key: Vec<u8>,
    /// Since when it signs.
    pub valid_from_us: i64,
    /// Since when it signs no more; null while it does.
    pub valid_to_us: Option<i64>,
    /// The event that told of it.
    pub from_event: Uuid,
    /// The event that told of its successor.
    pub to_event: Option<Uuid>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
