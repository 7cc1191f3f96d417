//! What may be erased of an event; the leaf holds only its salted hash.

use sea_orm::entity::prelude::*;

/// What may be erased of an event; the leaf holds only its salted hash.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "personal_data")]
pub struct Model {
    /// The event.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: Uuid,
    /// Random bytes in front of the content.
    #[sea_orm(column_type = "Blob")]
    pub salt: Vec<u8>,
    /// JSON.
    #[sea_orm(column_type = "Blob")]
    pub content: Vec<u8>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
