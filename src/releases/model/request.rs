//! What gates are asked about: a release that is to enter an environment.

use std::collections::BTreeMap;
use std::fmt;

use super::words::words;
use crate::types::{AccountId, Digest, EnvironmentName, RepoName, Timestamp};

words! {
    /// Why a release is to enter.
    PromotionKind {
        /// It goes the way of the lifecycle.
        Forward = "forward",
        /// It mends something; a stage may let it in without the stage before.
        Hotfix = "hotfix",
        /// It was verified there before, and comes back.
        Rollback = "rollback",
        /// It is there already, and is to be rolled out again.
        Redeploy = "redeploy",
    }
    /// What an artifact is.
    ArtifactKind {
        /// A container image, or an index of some.
        Image = "image",
        /// A Helm chart.
        Chart = "chart",
        /// Plain files.
        File = "file",
        /// Anything else.
        Other = "other",
    }
}

/// An artifact of the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// In which repository.
    pub repository: RepoName,
    /// The manifest.
    pub digest: Digest,
    /// What it is to the release.
    pub role: String,
    /// What it is.
    pub kind: ArtifactKind,
    /// The accounts that pushed it and what it contains: whose build it is.
    pub pushed_by: Vec<AccountId>,
}

/// As clients of registries pin it, without the host.
impl fmt::Display for Artifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.repository, self.digest)
    }
}

/// A release that is to enter an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Why.
    pub kind: PromotionKind,
    /// Where to.
    pub environment: EnvironmentName,
    /// The change ticket.
    pub ticket: Option<String>,
    /// Who asked; none for Waybill itself.
    pub requested_by: Option<AccountId>,
    /// Not to be admitted before.
    pub start_at: Option<Timestamp>,
    /// The release's labels.
    pub labels: BTreeMap<String, String>,
    /// What the release consists of.
    pub artifacts: Vec<Artifact>,
}

impl Request {
    /// Whether an account pushed any of it.
    pub fn is_built_by(&self, account: AccountId) -> bool {
        self.artifacts.iter().any(|artifact| artifact.pushed_by.contains(&account))
    }
}
