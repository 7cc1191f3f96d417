//! The question that this room asks before a manifest is deleted, and releases answers.

use async_trait::async_trait;

use crate::db::{DbError, Tx};
use crate::types::{Digest, ProjectId, RepositoryId};

/// Knows what must not be deleted.
#[async_trait]
pub trait Protector: Send + Sync {
    /// Is there anything that a manifest, by its SHA-256, must stay for? It may vouch for others, which `speaks_of` lists. A
    /// sentence that says what, as the change that deletes it sees that.
    ///
    /// # Errors
    /// When the database does not answer.
    async fn protector(
        &self,
        tx: &Tx,
        project: ProjectId,
        repository: RepositoryId,
        manifest: &Digest,
        speaks_of: &[Digest],
    ) -> Result<Option<String>, DbError>;
}
