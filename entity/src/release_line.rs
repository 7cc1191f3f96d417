//! The line that a repository belongs to.

use sea_orm::entity::prelude::*;

/// The line that a repository belongs to.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "release_line")]
pub struct Model {
    /// The repository.
    #[sea_orm(primary_key, auto_increment = false)]
    pub repository_id: Uuid,
    /// In which project.
    pub project_id: Uuid,
    /// The line.
    pub name: String,
    /// The event that told of it.
    pub from_event: Uuid,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
