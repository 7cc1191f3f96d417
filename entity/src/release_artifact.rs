//! An artifact of a release.

use sea_orm::entity::prelude::*;

/// An artifact of a release.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "release_artifact")]
pub struct Model {
    /// The release.
    #[sea_orm(primary_key, auto_increment = false)]
    pub release_id: Uuid,
    /// Its place in the release.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// In which project.
    pub project_id: Uuid,
    /// In which repository.
    pub repository_id: Uuid,
    /// The repository's name.
    pub repository: String,
    /// The manifest, by SHA-256.
    pub digest: String,
    /// What it is to the release.
    pub role: String,
    /// `image`, `chart`, `file` or `other`.
    pub kind: String,
    /// The account that pushed it.
    pub pushed_by: Option<Uuid>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
