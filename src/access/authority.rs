//! The questions that this room asks and identity answers.

use async_trait::async_trait;

use super::{AccessError, Caller, Credentials, Permission, Scope};
use crate::http::Origin;
use crate::types::{ProjectId, ProjectName};

/// The projects that somebody may see, besides the public ones, which everybody may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadableProjects {
    /// Every one.
    All,
    /// These.
    Only(Vec<ProjectId>),
}

/// The entries of the ledger that somebody may see, besides those of what they did themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadableEntries {
    /// Every one, those that are about no project too.
    All,
    /// Those of these projects.
    Of(ReadableProjects),
}

/// Knows people and their rights.
#[async_trait]
pub trait Authority: Send + Sync {
    /// Who is this?
    ///
    /// # Errors
    /// `BadCredentials`, `InvalidToken`, `TooManyAttempts`, `Busy`, or `Failed` when it can't be told: never a guess.
    async fn authenticate(&self, credentials: Credentials, origin: Origin) -> Result<Caller, AccessError>;

    /// May they do that there?
    ///
    /// # Errors
    /// `Unauthenticated` when logging in could help, `InsufficientScope` when another access token could, `TooNarrow`
    /// when another token of the account could, `Denied` when nothing could, `Failed` when it can't be told.
    async fn check(&self, caller: &Caller, permission: Permission, scope: &Scope) -> Result<(), AccessError>;

    /// As [`Authority::check`], for callers of it that go on either way.
    ///
    /// # Errors
    /// Only when it can't be told.
    async fn may(&self, caller: &Caller, permission: Permission, scope: &Scope) -> Result<bool, AccessError> {
        match self.check(caller, permission, scope).await {
            Ok(()) => Ok(true),
            Err(
                AccessError::Denied
                | AccessError::Unauthenticated
                | AccessError::InsufficientScope
                | AccessError::TooNarrow,
            ) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// What tokens for this server are asked for as `service`.
    fn service(&self) -> &str;

    /// Which projects may they see? Narrows lists.
    ///
    /// # Errors
    /// `Failed` when it can't be told.
    async fn readable_projects(&self, caller: &Caller) -> Result<ReadableProjects, AccessError>;

    /// Which entries of the ledger may they see? A project counts if they have a role in the whole of it: that everybody
    /// may read it does not let everybody see who works there.
    ///
    /// # Errors
    /// `Failed` when it can't be told.
    async fn readable_entries(&self, caller: &Caller) -> Result<ReadableEntries, AccessError>;

    /// Which project has this name? For rooms below projects, to be asked once the caller was let in there.
    ///
    /// # Errors
    /// `Failed` when it can't be told.
    async fn project_id(&self, name: &ProjectName) -> Result<Option<ProjectId>, AccessError>;
}
