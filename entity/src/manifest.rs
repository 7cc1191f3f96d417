//! A manifest in a repository.

use sea_orm::entity::prelude::*;

/// A manifest in a repository.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "manifest")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Where.
    pub repository_id: Uuid,
    /// Its digest.
    pub sha256: String,
    /// Its other digest.
    pub sha512: String,
    /// As pushed.
    pub media_type: String,
    /// By the referrers rules of the spec.
    pub artifact_type: Option<String>,
    /// The digest that it refers to.
    pub subject: Option<String>,
    /// JSON object of its annotations.
    pub annotations: String,
    /// Bytes.
    pub size: i64,
    /// Levels of indexes below it.
    pub depth: i32,
    /// Whether its bytes are in the storage too.
    pub stored: bool,
    /// Whether it was looked at for what it may vouch for.
    pub inspected: bool,
    /// The account.
    pub pushed_by: Option<Uuid>,
    /// As pushed.
    #[sea_orm(column_type = "Blob")]
    pub bytes: Vec<u8>,
    /// Since when it holds.
    pub valid_from_us: i64,
    /// Until when it held; null while it holds.
    pub valid_to_us: Option<i64>,
    /// The event that opened it.
    pub from_event: Uuid,
    /// The event that closed it.
    pub to_event: Option<Uuid>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
