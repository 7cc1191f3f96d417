//! The registry's verbs, a file per resource.

mod artifacts;
mod blobs;
mod deletions;
mod environment_view;
mod keep_manifests;
mod manifest_checks;
mod manifests;
mod members;
mod memory;
mod own;
mod parts;
mod protection;
mod push_manifest;
mod referrers;
pub mod replay;
mod repositories;
mod sight;
mod tags;
mod uploads;

use std::sync::Arc;

use memory::Memory;

use super::environment_view::EnvironmentView;
use super::error::RegistryError;
use super::model::Repository;
use super::protector::Protector;
use super::read_gate::ReadGate;
use crate::access::{Authority, Caller, Permission, Scope};
use crate::blobs::Blobs;
use crate::db::{Db, DbError, Topic};
use crate::projects::Projects;
use crate::types::{Clock, RepoName};

pub use blobs::{BlobRead, Mount};
pub use keep_manifests::KeepManifests;
pub use manifests::FoundManifest;
pub use push_manifest::PushManifest;
pub use referrers::{ReferrerPage, ReferrerQuery};

/// Limits that an operator may set.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest manifest in bytes; the spec wants at least 4 MiB.
    pub manifest_bytes: usize,
}

/// Whom the registry asks besides who may do what: the rooms above it.
#[derive(Clone)]
pub struct Asked {
    /// Whether a manifest may be read.
    pub gate: Arc<dyn ReadGate>,
    /// What environments show.
    pub view: Arc<dyn EnvironmentView>,
    /// What must not be deleted.
    pub protector: Arc<dyn Protector>,
}

/// The registry. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    db: Db,
    clock: Arc<dyn Clock>,
    blobs: Blobs,
    projects: Projects,
    authority: Arc<dyn Authority>,
    asked: Asked,
    limits: Limits,
    memory: Arc<Memory>,
}

impl Registry {
    /// Composes the registry.
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        blobs: Blobs,
        projects: Projects,
        authority: Arc<dyn Authority>,
        asked: Asked,
        limits: Limits,
    ) -> Self {
        let memory = Arc::new(Memory::new(&db));
        Self { db, clock, blobs, projects, authority, asked, limits, memory }
    }

    /// Largest manifest in bytes.
    pub const fn manifest_limit(&self) -> usize {
        self.limits.manifest_bytes
    }

    /// A repository that must exist.
    async fn repository(&self, name: &RepoName) -> Result<Repository, RegistryError> {
        self.find_repository(name).await?.ok_or_else(|| RegistryError::UnknownRepository(name.clone()))
    }

    /// A repository, if there is one. One that is there stays.
    async fn find_repository(&self, name: &RepoName) -> Result<Option<Repository>, DbError> {
        let read = async || super::store::repositories::find(self.db.read(), name).await;
        self.memory.repositories.find(Topic::Content(name), name.clone(), read).await
    }

    /// Whether the caller has a further right in a repository.
    async fn may(
        &self,
        caller: &Caller,
        permission: Permission,
        name: &RepoName,
    ) -> Result<bool, RegistryError> {
        Ok(self.authority.may(caller, permission, &Scope::Repository(name.clone())).await?)
    }

    /// As [`Registry::may`], whatever an access token was asked for: clients ask for no more than they think they need.
    async fn may_beyond_what_was_asked(
        &self,
        caller: &Caller,
        permission: Permission,
        name: &RepoName,
    ) -> Result<bool, RegistryError> {
        let whole = Caller { ceiling: caller.ceiling.beyond_what_was_asked(), ..caller.clone() };
        self.may(&whole, permission, name).await
    }

    /// Asks for a right once more, after a body that may have taken long: it may be gone by now.
    async fn still_may(
        &self,
        caller: &Caller,
        permission: Permission,
        name: &RepoName,
    ) -> Result<(), RegistryError> {
        Ok(self.authority.check(caller, permission, &Scope::Repository(name.clone())).await?)
    }
}
