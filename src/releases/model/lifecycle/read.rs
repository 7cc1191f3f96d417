//! Reading lifecycles and templates.

use serde_json::Value;

use super::document::Lifecycle;
use super::error::LifecycleError;
use super::template::Template;
use crate::trust::{JsonError, read_json};

/// Most bytes of a lifecycle, so that an event can tell it.
pub const LIFECYCLE_LIMIT: usize = 24 * 1024;

/// The key by which a document names its template.
const TEMPLATE: &str = "template";
/// Where lists may stand. Serde reads one for an object, and the next reader would not.
const LISTS: [&str; 14] = [
    "stages",
    "environments",
    "entry",
    "exit",
    "kinds",
    "risk",
    "signers",
    "builders",
    "sources",
    "groups",
    "users",
    "separate_from",
    "windows",
    "locked",
];

/// What a project sets.
#[derive(Debug, Clone)]
pub enum Document {
    /// A lifecycle of its own.
    Whole(Lifecycle),
    /// What it changes of a template, for [`super::apply_template`].
    OfTemplate {
        /// The template's name.
        template: String,
        /// The document.
        overlay: Value,
    },
}

/// Reads what a project sets.
///
/// # Errors
/// What is wrong with it, and what to do. Whether it fits its template is not looked at.
pub fn read_document(bytes: &[u8]) -> Result<Document, LifecycleError> {
    let value = read(bytes)?;
    match value.get(TEMPLATE) {
        None => lifecycle_of(&value).map(Document::Whole),
        Some(Value::String(template)) => {
            Ok(Document::OfTemplate { template: template.clone(), overlay: value })
        }
        Some(_) => Err(malformed("`template` is a template's name, a text")),
    }
}

/// Reads a lifecycle.
///
/// # Errors
/// What is wrong with it, and what to do.
pub fn read_lifecycle(bytes: &[u8]) -> Result<Lifecycle, LifecycleError> {
    lifecycle_of(&read(bytes)?)
}

/// Reads a template: a lifecycle that is good by itself, and what of it is locked.
///
/// # Errors
/// What is wrong with it, and what to do.
pub fn read_template(bytes: &[u8]) -> Result<Template, LifecycleError> {
    let value = read(bytes)?;
    let template: Template = typed(&value)?;
    refuse_misplaced_lists(&value)?;
    template.check()?;
    Ok(template)
}

/// The lifecycle that JSON says: a whole document, or what [`super::apply_template`] made.
///
/// # Errors
/// What is wrong with it, and what to do.
pub fn lifecycle_of(value: &Value) -> Result<Lifecycle, LifecycleError> {
    let count = value.to_string().len();
    if count > LIFECYCLE_LIMIT {
        return Err(LifecycleError::TooLong { most: LIFECYCLE_LIMIT, count });
    }
    // First what serde knows, such as a key that is misspelt and what it may be.
    let lifecycle: Lifecycle = typed(value)?;
    refuse_misplaced_lists(value)?;
    lifecycle.check()?;
    Ok(lifecycle)
}

fn read(bytes: &[u8]) -> Result<Value, LifecycleError> {
    if bytes.len() > LIFECYCLE_LIMIT {
        return Err(LifecycleError::TooLong { most: LIFECYCLE_LIMIT, count: bytes.len() });
    }
    let value: Value = read_json(bytes)?;
    if value.is_object() { Ok(value) } else { Err(malformed("it is a JSON object")) }
}

/// What JSON says, as serde knows it: what is misspelt, and what it may be.
pub(super) fn typed<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, LifecycleError> {
    T::deserialize(value).map_err(|error| malformed(&error.to_string()))
}

pub(super) fn malformed(why: &str) -> LifecycleError {
    JsonError::Malformed(why.to_owned()).into()
}

fn refuse_misplaced_lists(value: &Value) -> Result<(), LifecycleError> {
    match misplaced_list(value) {
        Some(key) => Err(malformed(&format!("there is a list in `{key}` where none may be"))),
        None => Ok(()),
    }
}

/// The key of the first list that stands where none may.
fn misplaced_list(value: &Value) -> Option<&str> {
    let Value::Object(entries) = value else { return None };
    entries.iter().find_map(|(key, value)| match value {
        Value::Array(items) if LISTS.contains(&key.as_str()) => {
            let nested = items.iter().any(Value::is_array);
            if nested { Some(key.as_str()) } else { items.iter().find_map(misplaced_list) }
        }
        Value::Array(_) => Some(key.as_str()),
        other => misplaced_list(other),
    })
}

#[cfg(test)]
mod tests;
