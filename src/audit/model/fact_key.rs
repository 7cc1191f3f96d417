//! What a fact is about.

use std::collections::HashMap;

use super::KeptKind;
use crate::types::{
    AccountId, BindingId, EvidenceId, KeyId, ProjectId, RepoName, RepositoryId, RuleId, TokenId,
};

/// What a fact is about. Texts of rows stand as they are: one that was tampered with need not parse.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FactKey {
    /// A project.
    Project(ProjectId),
    /// Its settings; a revision is a span of them.
    Settings(ProjectId),
    /// A repository.
    Repository(RepositoryId),
    /// A manifest in a repository, by its sha256 digest.
    Manifest(RepositoryId, Box<str>),
    /// A blob in a repository, by its digest.
    Blob(RepositoryId, Box<str>),
    /// A tag in a repository.
    Tag(RepositoryId, Box<str>),
    /// A user or service account.
    Account(AccountId),
    /// A role that an account has.
    Binding(BindingId),
    /// A token of an account.
    Token(TokenId),
    /// A federation rule.
    Rule(RuleId),
    /// A key pair.
    SigningKey(KeyId),
    /// The trust policy of a project, or the organisation's; a revision is a span of it.
    TrustPolicy(Option<ProjectId>),
    /// What came of verifying a piece of evidence; each time is a span.
    Verification(EvidenceId),
    /// That somebody who logs in through an issuer gets this account.
    AccountLink(AccountId),
    /// Something of releases, by its opaque id; a lifecycle by whose it is, a line by its repository.
    Kept(KeptKind, Box<str>),
}

impl FactKey {
    /// Whether a restore may have left it out, because what its row needs stands in no event.
    pub const fn may_be_lost(&self) -> bool {
        matches!(self, Self::Token(_) | Self::SigningKey(_) | Self::AccountLink(_))
    }

    /// In people's words: `tag acme/app:v1`.
    pub fn describe(&self, names: &Names) -> String {
        match self {
            Self::Project(id) => format!("project {}", names.project(*id)),
            Self::Settings(id) => format!("settings of the project {}", names.project(*id)),
            Self::Repository(id) => format!("repository {}", names.repository(*id)),
            Self::Manifest(id, digest) => format!("manifest {}@{digest}", names.repository(*id)),
            Self::Blob(id, digest) => format!("blob {}@{digest}", names.repository(*id)),
            Self::Tag(id, tag) => format!("tag {}:{tag}", names.repository(*id)),
            Self::Account(id) => format!("account {id}"),
            Self::Binding(id) => format!("role binding {id}"),
            Self::Token(id) => format!("token {id}"),
            Self::Rule(id) => format!("federation rule {id}"),
            Self::SigningKey(id) => format!("signing key {id}"),
            Self::TrustPolicy(None) => "trust policy of the organisation".to_owned(),
            Self::TrustPolicy(Some(id)) => format!("trust policy of the project {}", names.project(*id)),
            Self::Verification(id) => format!("verification of the evidence {id}"),
            Self::AccountLink(id) => format!("link of the account {id}"),
            Self::Kept(kind, id) => kind.describe(id, names),
        }
    }
}

/// Names of projects, repositories, environments and releases, as the ledger tells them.
#[derive(Debug, Default)]
pub struct Names {
    projects: HashMap<ProjectId, String>,
    repositories: HashMap<RepositoryId, String>,
    by_name: HashMap<RepoName, RepositoryId>,
    kept: HashMap<(KeptKind, Box<str>), String>,
}

impl Names {
    /// Notes a project's name.
    pub fn note_project(&mut self, id: ProjectId, name: &str) {
        self.projects.insert(id, name.to_owned());
    }

    /// Notes a repository's name; says whether it was free.
    pub fn note_repository(&mut self, id: RepositoryId, name: RepoName) -> bool {
        self.repositories.insert(id, name.to_string());
        self.by_name.insert(name, id).is_none()
    }

    /// The repository of a name.
    pub fn repository_of(&self, name: &RepoName) -> Option<RepositoryId> {
        self.by_name.get(name).copied()
    }

    /// Notes the name of an environment or a release.
    pub fn note_kept(&mut self, kind: KeptKind, id: &str, name: impl Into<String>) {
        self.kept.insert((kind, id.into()), name.into());
    }

    /// The name of an environment or a release, or else its id.
    pub(super) fn kept(&self, kind: KeptKind, id: &str) -> String {
        self.kept.get(&(kind, id.into())).cloned().unwrap_or_else(|| id.to_owned())
    }

    pub(super) fn project(&self, id: ProjectId) -> String {
        self.projects.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    pub(super) fn repository(&self, id: RepositoryId) -> String {
        self.repositories.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }
}
