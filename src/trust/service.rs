//! The verbs of trust, a file per resource.

mod effective;

use std::sync::Arc;

use effective::Memory;

use super::error::TrustError;
use crate::blobs::Storage;
use crate::db::Db;
use crate::identity::Identity;
use crate::projects::{Project, Projects};
use crate::types::{Clock, ProjectName};

pub use effective::HeldPolicy;

/// Trust policies and what is verified under them. Cheap to clone; clones share what is remembered.
#[derive(Clone)]
pub struct Trust {
    db: Db,
    clock: Arc<dyn Clock>,
    projects: Projects,
    identity: Identity,
    storage: Storage,
    memory: Arc<Memory>,
}

impl Trust {
    /// Composes the room.
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        projects: Projects,
        identity: Identity,
        storage: Storage,
    ) -> Self {
        let memory = Arc::new(Memory::new(&db));
        Self { db, clock, projects, identity, storage, memory }
    }

    async fn project(&self, name: &ProjectName) -> Result<Project, TrustError> {
        self.projects.find(name).await?.ok_or_else(|| TrustError::NoSuchProject(name.clone()))
    }
}
