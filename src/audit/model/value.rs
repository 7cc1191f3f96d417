//! What a fact says.

use crate::ledger::FactSettings;
use crate::types::{AccountId, ProjectId, Timestamp};

pub mod kept;
mod trust;

pub use kept::Kept;
pub use trust::{TrustPolicy, Verification};

/// What a fact says. Texts stand as a row or an event has them: one that was tampered with need not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A project's name.
    Project(String),
    /// A revision of its settings.
    Settings(Box<FactSettings>),
    /// A repository.
    Repository {
        /// Whole name.
        name: String,
        /// Its project.
        project: ProjectId,
    },
    /// A manifest that is held.
    Manifest(Box<Manifest>),
    /// A blob that is held: its bytes, none when there is no such blob.
    Blob(Option<i64>),
    /// Where a tag points.
    Tag {
        /// The manifest's sha256 digest, and what the row gets wrong besides.
        digest: String,
        /// Whether the name stayed bound when it was deleted.
        bound: bool,
    },
    /// An account.
    Account(Account),
    /// A role.
    Binding(Box<Binding>),
    /// A token.
    Token(Box<Token>),
    /// A federation rule.
    Rule(Box<Rule>),
    /// A key pair.
    SigningKey {
        /// What it signs.
        purpose: String,
        /// In hex.
        public_key: String,
    },
    /// A revision of a trust policy.
    TrustPolicy(TrustPolicy),
    /// What came of a verification.
    Verification(Box<Verification>),
    /// What is known of releases, and of what decides over them.
    Kept(Kept),
    /// An account that is linked. By what subject stands in no event.
    AccountLink,
}

/// What a manifest's row says beside its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// As pushed.
    pub media_type: String,
    /// By the referrers rules of the spec.
    pub artifact_type: Option<String>,
    /// The digest that it refers to.
    pub subject: Option<String>,
    /// Bytes.
    pub size: i64,
    /// Its other digest.
    pub sha512: String,
    /// The account.
    pub pushed_by: Option<AccountId>,
    /// The first thing about the bytes that is not as the row says.
    pub damage: Option<String>,
}

/// What an account's row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// `user` or `service`.
    pub kind: String,
    /// The project whose owners rule it.
    pub project: Option<ProjectId>,
    /// Since when it can't log in.
    pub disabled_at: Option<Timestamp>,
}

/// What a role binding's row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Who has it.
    pub account: AccountId,
    /// Which.
    pub role: String,
    /// Where: as `role.granted` has it.
    pub scope: String,
    /// The same, as the row is unique by.
    pub scope_key: String,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// What a token's row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// `personal`, `service`, `refresh`, `log-in` or `federated`.
    pub kind: String,
    /// Whom it stands for.
    pub account: AccountId,
    /// The repository prefix that it is narrowed to.
    pub prefix: Option<String>,
    /// The actions that it is narrowed to, parted by commas.
    pub actions: Option<String>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// The account that made it.
    pub created_by: Option<AccountId>,
}

/// What a federation rule's row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The project whose owners rule it.
    pub project: ProjectId,
    /// The service account.
    pub account: AccountId,
    /// The issuer's identifier.
    pub issuer: String,
    /// A JSON object of texts.
    pub claims: String,
    /// The repositories that it reaches.
    pub prefix: String,
    /// What may be done there, parted by commas.
    pub actions: String,
    /// How long a token lives.
    pub lifetime_seconds: i64,
}

/// Which event of a span told of a part of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Teller {
    /// The one that opened it.
    Opening,
    /// The last that changed it while it held.
    Change,
    /// The one that closed it.
    End,
}

/// A part of a value, in people's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it says.
    pub text: String,
    /// Who told of it.
    pub teller: Teller,
}

impl Value {
    /// Its parts: as many, and in the same order, for all values of a kind. `named` is the digest in the key.
    pub fn parts(&self, named: &str) -> Vec<Part> {
        let opening = |text: String| Part { text, teller: Teller::Opening };
        let changed = |text: String| Part { text, teller: Teller::Change };
        match self {
            Self::Project(name) => vec![opening(format!("the name {name}"))],
            Self::Settings(settings) => settings_parts(settings).into_iter().map(opening).collect(),
            Self::Repository { name, project } => {
                vec![opening(format!("the name {name}")), opening(format!("the project {project}"))]
            }
            Self::Manifest(manifest) => manifest_parts(manifest, named).into_iter().map(opening).collect(),
            Self::Blob(size) => {
                vec![opening(size.map_or_else(|| "no bytes".to_owned(), |size| format!("{size} bytes")))]
            }
            Self::Tag { digest, bound } => {
                let text = if *bound { "that the name stays bound" } else { "that the name is not bound" };
                vec![opening(digest.clone()), Part { text: text.to_owned(), teller: Teller::End }]
            }
            Self::Account(Account { kind, project, disabled_at }) => vec![
                opening(format!("the kind {kind}")),
                opening(or_none("project", project.as_ref())),
                changed(disabled_at.map_or_else(
                    || "that it is enabled".to_owned(),
                    |at| format!("that it is disabled since {}", at.to_rfc3339()),
                )),
            ],
            Self::Binding(binding) => binding_parts(binding).into_iter().map(opening).collect(),
            Self::Token(token) => {
                let Token { kind, account, prefix, actions, expires_at, created_by } = &**token;
                vec![
                    opening(format!("the kind {kind}")),
                    opening(format!("the account {account}")),
                    opening(or_none("prefix", prefix.as_ref())),
                    opening(or_none("actions", actions.as_ref())),
                    opening(or_none("maker", created_by.as_ref())),
                    changed(or_none("end", expires_at.map(Timestamp::to_rfc3339).as_ref())),
                ]
            }
            Self::Rule(rule) => rule_parts(rule).into_iter().map(opening).collect(),
            Self::SigningKey { purpose, public_key } => {
                vec![
                    opening(format!("the purpose {purpose}")),
                    opening(format!("the public key {public_key}")),
                ]
            }
            Self::TrustPolicy(policy) => policy.parts().into_iter().map(opening).collect(),
            Self::Verification(verification) => verification.parts().into_iter().map(opening).collect(),
            Self::Kept(kept) => kept.parts(),
            Self::AccountLink => Vec::new(),
        }
    }

    /// The parts of a fact of releases.
    pub const fn kept(&mut self) -> Option<&mut Kept> {
        match self {
            Self::Kept(kept) => Some(kept),
            _ => None,
        }
    }

    /// All that it says, for a fact that stands on one side only.
    pub fn summary(&self) -> String {
        match self {
            Self::Tag { digest, .. } => digest.clone(),
            Self::Manifest(_) | Self::Blob(_) | Self::AccountLink => "that it is there".to_owned(),
            other => {
                let parts: Vec<String> = other.parts("").into_iter().map(|part| part.text).collect();
                parts.join(", ")
            }
        }
    }
}

fn or_none(what: &str, value: Option<&impl ToString>) -> String {
    value.map_or_else(|| format!("no {what}"), |value| format!("the {what} {}", value.to_string()))
}

fn settings_parts(settings: &FactSettings) -> Vec<String> {
    let FactSettings { revision, visibility, tags, sparse, mutable_patterns, required_patterns } = settings;
    vec![
        format!("the revision {revision}"),
        format!("the visibility {visibility}"),
        format!("{tags} tags"),
        format!("{sparse} for sparse manifests"),
        format!("the mutable patterns {mutable_patterns:?}"),
        format!("the required patterns {required_patterns:?}"),
    ]
}

fn manifest_parts(manifest: &Manifest, named: &str) -> Vec<String> {
    let Manifest { media_type, artifact_type, subject, size, sha512, pushed_by, damage } = manifest;
    vec![
        format!("the media type {media_type}"),
        or_none("artifact type", artifact_type.as_ref()),
        or_none("subject", subject.as_ref()),
        format!("the size {size}"),
        format!("the other digest {sha512}"),
        or_none("pusher", pushed_by.as_ref()),
        damage.clone().unwrap_or_else(|| format!("bytes of {named}")),
    ]
}

fn binding_parts(binding: &Binding) -> Vec<String> {
    let Binding { account, role, scope, scope_key, expires_at } = binding;
    let key = if scope_key == scope { "the key of its scope" } else { &format!("the key {scope_key}") };
    vec![
        format!("the account {account}"),
        format!("the role {role}"),
        format!("the scope {scope}"),
        key.to_owned(),
        or_none("end", expires_at.map(Timestamp::to_rfc3339).as_ref()),
    ]
}

fn rule_parts(rule: &Rule) -> Vec<String> {
    let Rule { project, account, issuer, claims, prefix, actions, lifetime_seconds } = rule;
    vec![
        format!("the project {project}"),
        format!("the account {account}"),
        format!("the issuer {issuer}"),
        format!("the claims {claims}"),
        format!("the prefix {prefix}"),
        format!("the actions {actions}"),
        format!("a lifetime of {lifetime_seconds} s"),
    ]
}
