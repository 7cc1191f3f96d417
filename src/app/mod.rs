//! The composition root: settings → services → routes, server and workers; the root of the API description.
//!
//! [`Application::build`] puts everything together without serving yet; [`Application::run_until_stopped`] serves.

mod api_document;
mod application;
mod data_dir;
mod database_lock;
mod error;
mod first_start;
mod lock_file;
mod master_key;
mod ops;
mod readiness;
mod refusals;
mod restore;
mod routes;
mod secret_file;
mod services;
mod tls;
mod verify;

pub use api_document::api_document;
pub use application::Application;
pub use data_dir::DataDir;
pub use database_lock::DatabaseLock;
pub use error::StartError;
pub use first_start::{AdminPassword, admin_password};
pub use master_key::master_key;
pub use restore::{Restored, backup, restore};
pub use tls::{ServedCertificate, TlsError};
pub use verify::{export_ledger, verify_ledger};
