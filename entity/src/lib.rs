//! Waybill's tables, one sea-orm entity each. What the columns mean is said in the migration that made them.

pub mod account;
pub mod blob;
pub mod event;
pub mod freshness;
pub mod job;
pub mod login_failure;
pub mod manifest;
pub mod manifest_link;
pub mod object;
pub mod personal_data;
pub mod project;
pub mod project_settings;
pub mod repository;
pub mod repository_blob;
pub mod restore_run;
pub mod role_binding;
pub mod store_position;
pub mod tag;
pub mod upload;
pub mod upload_part;
pub mod upload_tail;
