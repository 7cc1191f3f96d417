//! Waybill's tables, one sea-orm entity each. What the columns mean is said in the migration that made them.

pub mod account;
pub mod account_link;
pub mod blob;
pub mod event;
pub mod federated_token;
pub mod federation_rule;
pub mod freshness;
pub mod job;
pub mod log_in;
pub mod login_failure;
pub mod manifest;
pub mod manifest_link;
pub mod object;
pub mod personal_data;
pub mod project;
pub mod project_settings;
pub mod repository;
pub mod repository_blob;
pub mod role_binding;
pub mod signing_key;
pub mod tag;
pub mod token;
pub mod upload;
pub mod upload_part;
pub mod upload_tail;
