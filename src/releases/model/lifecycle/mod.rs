//! Lifecycles: the stages of a project, as they are written, read and checked, and templates of them.

mod document;
mod error;
mod lookups;
mod merge;
mod read;
mod template;

pub use document::{Lifecycle, Stage};
pub use error::LifecycleError;
pub use read::{Document, LIFECYCLE_LIMIT, lifecycle_of, read_document, read_lifecycle, read_template};
pub use template::{Template, apply_template};
