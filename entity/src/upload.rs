//! An upload session.

use sea_orm::entity::prelude::*;

/// An upload session.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "upload")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Where it was begun.
    pub repository_id: Uuid,
    /// Who began it.
    pub account_id: Uuid,
    /// Where its bytes go.
    pub object_id: Uuid,
    /// Bytes that are durable.
    pub received: i64,
    /// Hash state after them.
    #[sea_orm(column_type = "Blob")]
    pub sha256_state: Vec<u8>,
    /// Hash state after them, when asked for.
    #[sea_orm(column_type = "Blob")]
    pub sha512_state: Option<Vec<u8>>,
    /// When it is swept.
    pub expires_at_us: i64,
    /// Whose turn it is to write, in a bucket.
    pub writer: Option<Uuid>,
    /// Until when, without a sign of life.
    pub writer_until_us: Option<i64>,
    /// Whether bytes that no row tells of may have been sent to its object.
    pub contested: bool,
    /// Whether its parts are being put together.
    pub sealed: bool,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
