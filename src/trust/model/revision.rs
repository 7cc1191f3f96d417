//! Whose a trust policy is, and its revisions.

use crate::types::{Digest, EventId, ProjectName, Timestamp};

/// Most bytes of a document that is set.
pub const POLICY_LIMIT: usize = 1 << 20;

/// Whose a trust policy is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PolicyOwner {
    /// It holds in all projects that have none of their own.
    Organisation,
    /// It holds in this project, whatever the organisation's says.
    Project(ProjectName),
}

impl PolicyOwner {
    /// As the API writes it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Project(_) => "project",
        }
    }

    /// The project, unless it is the organisation's.
    pub const fn project(&self) -> Option<&ProjectName> {
        match self {
            Self::Organisation => None,
            Self::Project(name) => Some(name),
        }
    }
}

/// A revision of a trust policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRevision {
    /// Counts from 1, and on when the policy was removed in between.
    pub revision: i64,
    /// SHA-256 of the document as it was set.
    pub digest: Digest,
    /// Since when it holds.
    pub since: Timestamp,
    /// Until when it held; none while it holds.
    pub until: Option<Timestamp>,
    /// The event that tells of it.
    pub event: EventId,
}

/// The object that the storage keeps of a trust policy.
pub fn policy_object(digest: &Digest) -> String {
    format!("trust-policies/{}/{}", digest.algorithm().as_str(), digest.hex())
}
