//! The question that this room asks before a manifest is read, and trust answers.

use async_trait::async_trait;

use super::error::RegistryError;
use super::model::HeldManifest;
use crate::types::{Reference, RepoName};

/// A manifest that somebody wants to read.
#[derive(Debug, Clone, Copy)]
pub struct Read<'a> {
    /// Where.
    pub repository: &'a RepoName,
    /// As it was asked for.
    pub reference: &'a Reference,
    /// What was found.
    pub manifest: &'a HeldManifest,
}

/// Whether it may be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// By all who may read there.
    Open,
    /// By them too, but they should know this.
    Warned(String),
    /// Only by those who may push there; the others are told why.
    Denied(String),
    /// That can't be told yet, so it is the same for now; the others are told to come again.
    Unknown(String),
}

/// Knows what may be read.
#[async_trait]
pub trait ReadGate: Send + Sync {
    /// May it be read?
    ///
    /// # Errors
    /// When that can't be told: never a guess.
    async fn ask(&self, read: Read<'_>) -> Result<Reading, RegistryError>;

    /// Does it only speak of other manifests, so that nothing in it could run?
    ///
    /// # Errors
    /// As above.
    async fn speaks_of_others(&self, read: Read<'_>) -> Result<bool, RegistryError>;
}
