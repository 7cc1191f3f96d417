//! The bytes of an upload into a bucket that are too few for a part.

use sea_orm::entity::prelude::*;

/// The bytes of an upload into a bucket that are too few for a part.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "upload_tail")]
pub struct Model {
    /// The session.
    #[sea_orm(primary_key, auto_increment = false)]
    pub upload_id: Uuid,
    /// Them.
    #[sea_orm(column_type = "Blob")]
    pub bytes: Vec<u8>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
