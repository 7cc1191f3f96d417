//! What an artifact contains.

use super::purl::Purl;
use super::text::shown;
use crate::types::Timestamp;

/// Most components that are read.
pub const COMPONENTS: usize = 50_000;

/// What an artifact contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sbom {
    /// `CycloneDX 1.5`, `SPDX-2.3`.
    pub format: String,
    /// What the document calls what it is about.
    pub name: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// What is in it.
    pub components: Vec<Component>,
    /// Whether components were left out: more than are read, or with a package URL that is none.
    pub truncated: bool,
}

/// A component of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// As the document calls it.
    pub name: String,
    /// Its version; empty where none is told.
    pub version: String,
    /// Its package URL without version and qualifiers, in the form of [`Purl::package`].
    pub package: Option<String>,
    /// Its package URL as the document writes it.
    pub purl: Option<String>,
}

/// Takes components in, up to the limit.
#[derive(Default)]
pub(super) struct Components {
    pub components: Vec<Component>,
    pub truncated: bool,
}

impl Components {
    /// Takes a component. The version of its package URL counts, since it is looked up by that.
    pub fn add(&mut self, name: Option<&str>, version: Option<&str>, purl: Option<&str>) {
        if self.components.len() == COMPONENTS {
            self.truncated = true;
            return;
        }
        let purl = purl.filter(|purl| !purl.is_empty());
        let parsed = purl.and_then(Purl::parse);
        // It is there, but will not be found.
        self.truncated |= purl.is_some() && parsed.is_none();
        let told = version.map(shown).unwrap_or_default();
        let (package, version) = match parsed {
            Some(purl) if purl.version.is_empty() => (Some(purl.package), told),
            Some(purl) => (Some(purl.package), purl.version),
            None => (None, told),
        };
        let name = name.map(shown).unwrap_or_default();
        self.components.push(Component { name, version, package, purl: purl.map(shown) });
    }
}
