//! Rows of what attestations say. They are made of bytes that the registry keeps, so they may be made again.

mod insert;
mod rows;

pub use insert::{insert, insert_unread};
