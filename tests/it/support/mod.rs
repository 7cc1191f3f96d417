//! What all tests share: a server of one's own, clients for it, and waiting for something to become true.

mod client;
mod command;
mod database;
mod output;
mod s3;
mod server;
mod wait;
mod witness;

pub use client::Client;
pub use command::{Ended, run, waybill};
pub use database::{copy_of, new_database, on_postgres};
pub use s3::S3;
pub use server::{ADMIN_PASSWORD, Builder, TestServer};
pub use wait::wait_until;
pub use witness::{Behaviour, Witness};
