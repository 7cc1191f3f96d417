//! Projects: the first segment of every name, and what hangs on it. Here are its visibility and its rules for tags.
//!
//! Settings are a versioned fact: an edit closes the revision that holds and opens the next, and says which one it
//! edits. A project comes to be by [`Projects::create`], or by a push of somebody who may create it.

mod api;
mod epochs;
mod model;
pub mod replay;
mod service;
mod store;
#[cfg(test)]
pub(crate) mod tests;

pub use api::configure;
pub use epochs::Epoch;
pub use model::{
    Project, Settings, SettingsChange, SettingsError, Sparse, TagMode, UnknownChoice, Visibility,
};
pub use service::{ProjectError, Projects};
