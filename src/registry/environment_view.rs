//! The question that this room asks of what runs where, and releases answers.

use async_trait::async_trait;

use super::error::RegistryError;
use super::model::Shown;
use crate::types::{EnvironmentName, Reference, RepoName};

/// Knows what environments show.
#[async_trait]
pub trait EnvironmentView: Send + Sync {
    /// What does an environment show of a repository now? Never behind: what was stopped is not shown any more.
    ///
    /// # Errors
    /// When that can't be told: never a guess.
    async fn shown(
        &self,
        environment: &EnvironmentName,
        repository: &RepoName,
    ) -> Result<Shown, RegistryError>;

    /// Why is something not shown any more, if it once was? By the digest of an artifact of a release, or by its version. For
    /// who is refused, so that they know.
    ///
    /// # Errors
    /// When that can't be told.
    async fn ended(
        &self,
        environment: &EnvironmentName,
        repository: &RepoName,
        reference: &Reference,
    ) -> Result<Option<String>, RegistryError>;
}
