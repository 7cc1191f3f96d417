//! What a push leaves to be looked at: manifests that may vouch for others.

use serde::{Deserialize, Serialize};

use crate::types::{ManifestId, Tag};

/// The kind of the job. The room that looks does it.
pub const INSPECT: &str = "trust.inspect";

/// What the job says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspect {
    /// The manifest that came.
    pub manifest: ManifestId,
    /// The legacy tag through which it speaks; none for a referrer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Tag>,
}

impl Inspect {
    /// Keeps a second job for the same out.
    pub fn key(&self) -> String {
        format!("{INSPECT}:{}:{}", self.manifest, self.tag.as_ref().map_or("", Tag::as_str))
    }
}
