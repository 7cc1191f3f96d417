//! Whose lifecycle it is, and how its revisions are kept.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::types::{Algorithm, Digest, ProjectId, ReleaseName, Timestamp};

/// Where the storage keeps what a revision says, whole.
const FOLDER: &str = "lifecycles";
const TEMPLATE: &str = "template:";

/// Whose lifecycle it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LifecycleOwner {
    /// A project's.
    Project(ProjectId),
    /// A template, which projects build on.
    Template(ReleaseName),
}

impl LifecycleOwner {
    /// The project, unless it is a template.
    pub const fn project(&self) -> Option<ProjectId> {
        match self {
            Self::Project(project) => Some(*project),
            Self::Template(_) => None,
        }
    }
}

/// As the database and events write it.
impl fmt::Display for LifecycleOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project(project) => project.fmt(f),
            Self::Template(name) => write!(f, "{TEMPLATE}{name}"),
        }
    }
}

/// A text that is no owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no owner of a lifecycle")]
pub struct LifecycleOwnerError;

impl FromStr for LifecycleOwner {
    type Err = LifecycleOwnerError;

    fn from_str(text: &str) -> Result<Self, LifecycleOwnerError> {
        match text.strip_prefix(TEMPLATE) {
            Some(name) => name.parse().map(Self::Template).map_err(|_| LifecycleOwnerError),
            None => text.parse().map(Self::Project).map_err(|_| LifecycleOwnerError),
        }
    }
}

/// A revision of a lifecycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LifecycleRevision {
    /// Whose.
    pub owner: LifecycleOwner,
    /// Counts from 1.
    pub revision: i64,
    /// As it was set.
    pub document: String,
    /// With what its template gives.
    pub effective: String,
    /// When it was set.
    pub set_at: Timestamp,
    /// Whether it holds.
    pub is_active: bool,
}

/// What the storage keeps of a revision: its event names it by its digest.
#[derive(Serialize, Deserialize)]
struct Whole {
    document: Box<RawValue>,
    effective: Box<RawValue>,
}

impl LifecycleRevision {
    /// The bytes that the storage keeps.
    ///
    /// # Errors
    /// When one of both is no JSON.
    pub fn whole(document: &str, effective: &str) -> Result<Vec<u8>, serde_json::Error> {
        let raw = |text: &str| RawValue::from_string(text.to_owned());
        serde_json::to_vec(&Whole { document: raw(document)?, effective: raw(effective)? })
    }

    /// Reads them again.
    ///
    /// # Errors
    /// When they are not such.
    pub fn parts(whole: &[u8]) -> Result<(String, String), serde_json::Error> {
        let whole: Whole = serde_json::from_slice(whole)?;
        Ok((whole.document.get().to_owned(), whole.effective.get().to_owned()))
    }

    /// SHA-256 of them.
    ///
    /// # Errors
    /// As [`Self::whole`].
    pub fn digest(document: &str, effective: &str) -> Result<Digest, serde_json::Error> {
        Ok(Digest::of(Algorithm::Sha256, &Self::whole(document, effective)?))
    }
}

/// Where the storage keeps a revision.
pub fn lifecycle_object(digest: &Digest) -> String {
    format!("{FOLDER}/{}/{}", digest.algorithm().as_str(), digest.hex())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_read_what_they_write() {
        let owners =
            [LifecycleOwner::Project(ProjectId::new()), LifecycleOwner::Template("std".parse().unwrap())];
        for owner in owners {
            assert_eq!(owner.to_string().parse(), Ok(owner));
        }
        assert_eq!("std".parse::<LifecycleOwner>(), Err(LifecycleOwnerError));
    }

    #[test]
    fn a_revision_is_kept_byte_for_byte() {
        let (document, effective) = (r#"{ "template": "a" }"#, r#"{"stages" :[1.50]}"#);
        let whole = LifecycleRevision::whole(document, effective).unwrap();
        assert_eq!(LifecycleRevision::parts(&whole).unwrap(), (document.to_owned(), effective.to_owned()));
        assert!(LifecycleRevision::whole("{", "{}").is_err());
    }
}
