//! What came of tests, as an attestation says.

use sea_orm::entity::prelude::*;

/// What came of tests, as an attestation says.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "test_result")]
pub struct Model {
    /// The evidence that says so.
    #[sea_orm(primary_key, auto_increment = false)]
    pub evidence_id: Uuid,
    /// In which project.
    pub project_id: Uuid,
    /// `passed`, `warned` or `failed`.
    pub result: String,
    /// Where more is told.
    #[sea_orm(column_type = "Text", nullable)]
    pub url: Option<String>,
    /// JSON list of what the tests were set up by.
    #[sea_orm(column_type = "Text")]
    pub configuration: String,
    /// Tests that passed.
    pub passed: i64,
    /// Tests that passed with a warning.
    pub warned: i64,
    /// Tests that failed.
    pub failed: i64,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
