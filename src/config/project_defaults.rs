//! What a new project starts with; its own settings take over from there.

use serde::Deserialize;

use crate::types::TagPattern;

/// First settings of every new project.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectDefaults {
    /// `private` or `public`. Default `private`.
    pub visibility: VisibilityDefault,
    /// `immutable` or `mutable`. Default `immutable`.
    pub tags: TagsDefault,
    /// `deny` or `allow`: whether an image index may name manifests that the repository does not hold. Default `deny`.
    pub sparse: SparseDefault,
    /// Tags that stay mutable where tags are immutable. Default none.
    pub mutable_patterns: Vec<TagPattern>,
    /// Shapes of which a tag must have one; none allows all. Default none.
    pub required_patterns: Vec<TagPattern>,
}

/// Who may read a new project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VisibilityDefault {
    /// Only those with a role.
    Private,
    /// Everybody.
    Public,
}

/// Whether a new project's tags can move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TagsDefault {
    /// A tag names one digest for good.
    Immutable,
    /// A tag can be pushed again.
    Mutable,
}

/// Whether a new project takes an index with holes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SparseDefault {
    /// All that an index names must be there.
    Deny,
    /// An index may name what is not there.
    Allow,
}
