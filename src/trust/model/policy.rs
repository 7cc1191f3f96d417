//! A trust policy as it is written and kept: whose word counts, for what, and since when.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::Wildcard;

/// How far a policy goes, at gates and at reads: a policy can be tried before anybody is stopped by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// What is not vouched for is stopped, where the policy says so.
    #[default]
    Strict,
    /// It passes, with a warning.
    Warn,
    /// It passes; the outcome is only kept.
    Audit,
}

/// What reads do about an artifact that no signer signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PullRule {
    /// Nothing.
    #[default]
    Off,
    /// It is served with a warning.
    Warn,
    /// It is denied, but to who may push there.
    Deny,
}

/// A trust policy. Its digest is that of its bytes as they were set.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyDocument {
    /// How far the policy goes, at gates and at reads.
    #[serde(default)]
    pub level: Level,
    /// What reads do about an artifact that no signer signed.
    #[serde(default)]
    pub pull: PullRule,
    /// Whose word counts. At most 100.
    #[serde(default)]
    pub signers: Vec<SignerDocument>,
    /// Sigstore's `trusted_root.json`, whole, by a name of one's own. At most 10.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Object>)]
    pub trusted_roots: BTreeMap<String, Box<RawValue>>,
    /// PEM certificates of certificate authorities, by a name of one's own. At most 10.
    #[serde(default)]
    pub trust_stores: BTreeMap<String, String>,
}

impl PolicyDocument {
    /// What reads do: what `pull` says, as far as the level goes.
    pub fn pull_rule(&self) -> PullRule {
        match (self.level, self.pull) {
            (Level::Strict, rule) => rule,
            (Level::Warn, PullRule::Deny | PullRule::Warn) => PullRule::Warn,
            (Level::Warn, PullRule::Off) | (Level::Audit, _) => PullRule::Off,
        }
    }
}

/// A name of a signer within its policy: letters, digits, `.`, `_` and `-`, at most 64.
pub type SignerName = String;

/// Whose word counts, and for what.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignerDocument {
    /// What outcomes call the signer.
    pub name: SignerName,
    /// How the signer is told.
    pub by: SignedBy,
    /// What was signed before counts for nothing. RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<String>,
    /// What was signed from then on counts for nothing. RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<String>,
    /// Since when the signer is not to be trusted any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Revocation>,
    /// Whether a transparency log must hold the signature.
    #[serde(default)]
    pub transparency_log: LogRule,
    /// What the signer may vouch for.
    #[serde(default)]
    pub may: SignerScope,
}

/// How a signer is told.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SignedBy {
    /// A public key as PEM (`cosign.pub`, `waybill key generate`): ECDSA P-256, P-384, Ed25519 or RSA.
    Key {
        /// `-----BEGIN PUBLIC KEY-----`.
        pem: String,
        /// The trusted root whose log must hold what the key signs; needed where a log is required.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trusted_root: Option<String>,
    },
    /// A minisign public key.
    Minisign {
        /// The file, or its second line.
        key: String,
    },
    /// An SSH public key.
    Ssh {
        /// `ssh-ed25519 AAAA…`.
        key: String,
        /// What the signature must have been made for.
        #[serde(default = "file_namespace")]
        namespace: String,
    },
    /// Somebody whom an issuer of identities knows; the certificate says so.
    Identity {
        /// The issuer, exactly.
        issuer: String,
        /// The subject: an address of mail or a URI, with `*` for any characters but `@`; `*` alone for anybody.
        subject: Wildcard,
        /// Which of the policy's trusted roots the certificate must lead to.
        trusted_root: String,
    },
    /// Whoever has a certificate of an authority (notation).
    X509 {
        /// Which of the policy's trust stores it must lead to.
        trust_store: String,
        /// What its subject must have, one of them: attributes in any order, as `CN=a,O=b` (RFC 4514), with `*` within a value,
        /// and whatever others beside them; `*` by itself for any. An empty list accepts every certificate that leads to the
        /// trust store.
        #[serde(default)]
        subjects: Vec<Wildcard>,
    },
}

fn file_namespace() -> String {
    "file".to_owned()
}

/// Since when a signer is not to be trusted any more.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// What was signed from then on counts for nothing: the earliest moment at which it may have been in other hands. RFC 3339.
    pub at: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// Whether a transparency log must hold what a signer signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogRule {
    /// A proof that is there must hold; none need be there. Not for identities.
    #[default]
    Optional,
    /// There must be a proof, and it must hold.
    Required,
}

/// What a signer may vouch for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignerScope {
    /// In which repositories, whole names; with `*`.
    #[serde(default = "anywhere")]
    pub repositories: Vec<Wildcard>,
    /// Whether for artifacts themselves.
    #[serde(default = "yes")]
    pub signatures: bool,
    /// For which types of predicates; with `*`.
    #[serde(default)]
    pub predicate_types: Vec<Wildcard>,
    /// For which builders, and how good they are. Provenance of any other is refused.
    #[serde(default)]
    pub builders: Vec<BuilderRule>,
}

impl Default for SignerScope {
    fn default() -> Self {
        Self { repositories: anywhere(), signatures: true, predicate_types: Vec::new(), builders: Vec::new() }
    }
}

fn anywhere() -> Vec<Wildcard> {
    vec![Wildcard::any()]
}

const fn yes() -> bool {
    true
}

/// A builder that a signer may vouch for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BuilderRule {
    /// `runDetails.builder.id` of the provenance; with `*`.
    pub id: Wildcard,
    /// The highest SLSA build level that it is good for, 0 to 4.
    pub slsa_level: u8,
}
