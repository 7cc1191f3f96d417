//! What was found in a manifest that may vouch for another.

use sea_orm::entity::prelude::*;

/// What was found in a manifest that may vouch for another.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "evidence")]
pub struct Model {
    /// Made of where it was found and whom it speaks of.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In which project.
    pub project_id: Uuid,
    /// In which repository.
    pub repository_id: Uuid,
    /// The row of the manifest that carries it.
    pub manifest_id: Uuid,
    /// The digest of that manifest.
    pub carrier: String,
    /// Which of its layers.
    pub position: i32,
    /// The legacy tag through which it speaks of its subject; empty for a referrer.
    pub tag: String,
    /// The digest of whom it speaks, as the manifest or the tag says.
    pub subject: String,
    /// Whether the repository held the subject when it was last looked at.
    pub subject_held: bool,
    /// `signature`, `attestation` or `document`.
    pub kind: String,
    /// How it is written down.
    pub format: String,
    /// What an attestation says.
    #[sea_orm(column_type = "Text", nullable)]
    pub predicate_type: Option<String>,
    /// The layer's digest.
    pub content: String,
    /// Bytes of the layer.
    pub size: i64,
    /// When the manifest that carries it came.
    pub seen_at_us: i64,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
