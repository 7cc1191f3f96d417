//! A rule by which id tokens of an issuer become a service account.

use sea_orm::entity::prelude::*;

/// A rule by which id tokens of an issuer become a service account.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "federation_rule")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The project whose owners rule it.
    pub project_id: Uuid,
    /// The issuer's identifier.
    #[sea_orm(column_type = "Text")]
    pub issuer: String,
    /// `name=value` of one claim that is an id.
    #[sea_orm(column_type = "Text")]
    pub key: String,
    /// All claims, a JSON object of texts.
    #[sea_orm(column_type = "Text")]
    pub claims: String,
    /// The service account.
    pub account_id: Uuid,
    /// The repository prefix that tokens are narrowed to.
    pub prefix: String,
    /// The actions that they are narrowed to, parted by commas.
    pub actions: String,
    /// How long they live, in seconds.
    pub lifetime_s: i64,
    /// Since when it holds.
    pub valid_from_us: i64,
    /// When it was removed.
    pub valid_to_us: Option<i64>,
    /// The event that told of it.
    pub from_event: Uuid,
    /// The event that told of its end.
    pub to_event: Option<Uuid>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
