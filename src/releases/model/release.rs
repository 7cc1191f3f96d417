//! An immutable named version of a project.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use uuid::Uuid;

use super::{ArtifactKind, FieldError, Labels, check_labels};
use crate::ledger::{FactArtifact, FactRelease, Subject};
use crate::types::{
    AccountId, Algorithm, Digest, ProjectId, ReleaseId, ReleaseName, RepoName, RepositoryId, Tag, Timestamp,
};

/// Most artifacts of one release: all of them stand in one event, with its subjects.
const MOST: usize = 32;
/// Longest role in characters.
const LONGEST_ROLE: usize = 64;
/// What an environment's view shows the admitted release under, whatever its version.
pub const CURRENT: &str = "current";

/// Why artifacts can't be a release. The messages go to clients.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReleaseShapeError {
    /// None, or too many.
    #[error("a release has 1 to {MOST} artifacts")]
    Count,
    /// The same twice.
    #[error("the release names {repository}@{digest} twice: name it once")]
    Twice {
        /// Where.
        repository: RepoName,
        /// What.
        digest: Digest,
    },
    /// A role that is none.
    #[error(
        "a role is 1 to {LONGEST_ROLE} lower-case letters, digits and '-', for example 'image' or 'migration'"
    )]
    Role,
    /// The version of every release that is admitted.
    #[error("'{CURRENT}' can be no version: an environment's view shows the admitted release under it")]
    Version,
    /// Labels out of bounds.
    #[error(transparent)]
    Labels(#[from] FieldError),
}

/// An artifact of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseArtifact {
    /// In which repository.
    pub repository: RepoName,
    /// The same, by its id.
    pub repository_id: RepositoryId,
    /// The manifest, by SHA-256.
    pub digest: Digest,
    /// What it is to the release.
    pub role: String,
    /// What kind of thing it is.
    pub kind: ArtifactKind,
    /// Who pushed it.
    pub pushed_by: Option<AccountId>,
}

/// A release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Opaque id.
    pub id: ReleaseId,
    /// In which project.
    pub project: ProjectId,
    /// Its line.
    pub name: ReleaseName,
    /// Its version within the line.
    pub version: Tag,
    /// SHA-256 of what it consists of, whatever it is called.
    pub content: Digest,
    /// What it consists of.
    pub artifacts: Vec<ReleaseArtifact>,
    /// Labels.
    pub labels: Labels,
    /// Who made it.
    pub created_by: Option<AccountId>,
    /// When.
    pub created_at: Timestamp,
}

impl Release {
    /// Checks what no single value shows.
    ///
    /// # Errors
    /// Says which bound is passed.
    pub fn check(
        version: &Tag,
        artifacts: &[ReleaseArtifact],
        labels: &Labels,
    ) -> Result<(), ReleaseShapeError> {
        if !(1..=MOST).contains(&artifacts.len()) {
            return Err(ReleaseShapeError::Count);
        }
        if version.as_str() == CURRENT {
            return Err(ReleaseShapeError::Version);
        }
        let mut seen = BTreeSet::new();
        for ReleaseArtifact { repository, digest, role, .. } in artifacts {
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if !(1..=LONGEST_ROLE).contains(&role.len()) || !role.chars().all(fits) {
                return Err(ReleaseShapeError::Role);
            }
            if !seen.insert((repository, digest)) {
                let (repository, digest) = (repository.clone(), digest.clone());
                return Err(ReleaseShapeError::Twice { repository, digest });
            }
        }
        Ok(check_labels(labels)?)
    }

    /// Its artifacts, each with the repository that holds it.
    pub fn members(&self) -> Vec<(RepositoryId, Digest)> {
        self.artifacts.iter().map(|artifact| (artifact.repository_id, artifact.digest.clone())).collect()
    }

    /// As an event tells it.
    pub fn fact(&self) -> FactRelease {
        let artifact = |artifact: &ReleaseArtifact| FactArtifact {
            repository: artifact.repository.to_string(),
            digest: artifact.digest.to_string(),
            role: artifact.role.clone(),
            kind: artifact.kind.as_str().to_owned(),
            pushed_by: artifact.pushed_by.map(|account| account.to_string()),
        };
        FactRelease {
            release: self.id.to_string(),
            name: self.name.to_string(),
            version: self.version.to_string(),
            content: self.content.to_string(),
            artifacts: self.artifacts.iter().map(artifact).collect(),
            labels: self.labels.clone(),
        }
    }

    /// What its events are about.
    pub fn subjects(&self) -> impl Iterator<Item = Subject> {
        self.artifacts.iter().map(|artifact| Subject::new(&artifact.repository, &artifact.digest))
    }
}

/// SHA-256 of what a release consists of, in whatever order it was named: a line each, `repository@digest role`.
pub fn content_of(artifacts: &[ReleaseArtifact]) -> Digest {
    let lines: BTreeSet<String> =
        artifacts.iter().map(|a| format!("{}@{} {}\n", a.repository, a.digest, a.role)).collect();
    Digest::of(Algorithm::Sha256, lines.into_iter().collect::<String>().as_bytes())
}

/// How people name a release of a project: by its id, its name and version, or its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReleaseRef {
    /// Its opaque id.
    Id(ReleaseId),
    /// `name@version`.
    Version(ReleaseName, Tag),
    /// The digest of its content; the first release that has it.
    Content(Digest),
}

/// Why a text names no release. The message goes to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a release is named by its id, by name@version, or by the digest of its content")]
pub struct ReleaseRefError;

impl FromStr for ReleaseRef {
    type Err = ReleaseRefError;

    fn from_str(text: &str) -> Result<Self, ReleaseRefError> {
        if let Ok(id) = text.parse::<Uuid>() {
            return Ok(Self::Id(id.into()));
        }
        match text.split_once('@') {
            Some((name, version)) => Ok(Self::Version(
                name.parse().map_err(|_| ReleaseRefError)?,
                version.parse().map_err(|_| ReleaseRefError)?,
            )),
            None => text.parse().map(Self::Content).map_err(|_| ReleaseRefError),
        }
    }
}

impl fmt::Display for ReleaseRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Version(name, version) => write!(f, "{name}@{version}"),
            Self::Content(digest) => digest.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(repository: &str, content: &[u8], role: &str) -> ReleaseArtifact {
        ReleaseArtifact {
            repository: repository.parse().unwrap(),
            repository_id: RepositoryId::new(),
            digest: Digest::of(Algorithm::Sha256, content),
            role: role.to_owned(),
            kind: ArtifactKind::Image,
            pushed_by: None,
        }
    }

    #[test]
    fn the_content_is_the_same_in_any_order() {
        let (a, b) = (artifact("acme/a", b"a", "image"), artifact("acme/b", b"b", "chart"));
        let content = content_of(&[a.clone(), b.clone()]);
        assert_eq!(content, content_of(&[b.clone(), a.clone()]));
        assert_ne!(content, content_of(std::slice::from_ref(&a)));
        assert_ne!(content, content_of(&[a, ReleaseArtifact { role: "image".to_owned(), ..b }]));
    }

    #[test]
    fn a_release_has_bounds() {
        let (version, labels): (Tag, _) = ("1.0".parse().unwrap(), Labels::new());
        let one = artifact("acme/a", b"a", "image");
        assert_eq!(Release::check(&version, std::slice::from_ref(&one), &labels), Ok(()));
        assert_eq!(Release::check(&version, &[], &labels), Err(ReleaseShapeError::Count));
        let many: Vec<_> = (0..33_u8).map(|n| artifact("acme/a", &[n], "image")).collect();
        assert_eq!(Release::check(&version, &many, &labels), Err(ReleaseShapeError::Count));
        let twice = Release::check(&version, &[one.clone(), one.clone()], &labels);
        assert!(matches!(twice, Err(ReleaseShapeError::Twice { .. })));
        let role = ReleaseArtifact { role: "The image".to_owned(), ..one.clone() };
        assert_eq!(Release::check(&version, &[role], &labels), Err(ReleaseShapeError::Role));
        let current = "current".parse().unwrap();
        assert_eq!(Release::check(&current, &[one], &labels), Err(ReleaseShapeError::Version));
    }

    #[test]
    fn a_release_is_named_in_three_ways() {
        let digest = Digest::of(Algorithm::Sha256, b"").to_string();
        for text in ["0198b6a2-0000-7000-8000-000000000000", "web@1.0", &digest] {
            assert_eq!(text.parse::<ReleaseRef>().unwrap().to_string(), text);
        }
        for text in ["", "web", "web@", "@1", "web@1@2"] {
            assert_eq!(text.parse::<ReleaseRef>(), Err(ReleaseRefError), "{text}");
        }
    }
}
