//! The closed list of what can happen. A kind and its fields, once written, are never changed: add another kind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

mod one_list;
mod release_fact;
mod releases;
mod verification;

pub use release_fact::ReleaseFact;
pub use releases::{
    FactActiveLifecycle, FactAdmission, FactApproval, FactArtifact, FactDecision, FactEnvironment,
    FactFreeze, FactGate, FactHold, FactLifecycle, FactNamed, FactPromotion, FactPromotionMove,
    FactQuarantine, FactRelease, FactReview, FactReviewGiven, FactTicketAnswer, FactWaiver,
};
pub use verification::FactVerification;

/// A project's settings as an event tells them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactSettings {
    /// Counts from 1.
    pub revision: i64,
    /// `private` or `public`.
    pub visibility: String,
    /// `immutable` or `mutable`.
    pub tags: String,
    /// `deny` or `allow`.
    pub sparse: String,
    /// Tags that stay mutable.
    pub mutable_patterns: Vec<String>,
    /// Shapes that a tag must have.
    pub required_patterns: Vec<String>,
}

/// What happened. Serialises to `kind` and `data`; numbers that may pass 2^53 are texts, and names of people
/// never stand here (design, rule 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data", remote = "Self")]
pub enum Fact {
    /// A project was created, with its first settings.
    #[serde(rename = "project.created")]
    ProjectCreated {
        /// Its name.
        name: String,
        /// Its settings.
        settings: FactSettings,
    },
    /// A project's settings were succeeded by another revision.
    #[serde(rename = "project.updated")]
    ProjectUpdated {
        /// The new settings.
        settings: FactSettings,
    },
    /// A repository came to be, by the first push to it.
    #[serde(rename = "repository.created")]
    RepositoryCreated {
        /// Opaque id.
        repository: String,
        /// Whole name.
        name: String,
    },
    /// A blob's bytes arrived, and the repository holds it.
    #[serde(rename = "blob.pushed")]
    BlobPushed {
        /// Bytes.
        size: String,
    },
    /// The repository holds a blob that another repository held already.
    #[serde(rename = "blob.mounted")]
    BlobMounted {
        /// Bytes.
        size: String,
        /// The repository that it was seen in: its name, or the opaque id of one in another project.
        from: String,
    },
    /// The repository no longer holds the blob.
    #[serde(rename = "blob.deleted")]
    BlobDeleted {},
    /// The repository holds a manifest.
    #[serde(rename = "manifest.pushed")]
    ManifestPushed {
        /// As pushed.
        media_type: String,
        /// By the referrers rules of the spec.
        #[serde(skip_serializing_if = "Option::is_none")]
        artifact_type: Option<String>,
        /// The digest that it refers to.
        #[serde(skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        /// Bytes.
        size: String,
        /// The same bytes by SHA-512.
        sha512: String,
    },
    /// The repository no longer holds the manifest.
    #[serde(rename = "manifest.deleted")]
    ManifestDeleted {},
    /// A tag was set for the first time, or again after it was deleted.
    #[serde(rename = "tag.created")]
    TagCreated {
        /// The tag.
        tag: String,
    },
    /// A mutable tag moved.
    #[serde(rename = "tag.moved")]
    TagMoved {
        /// The tag.
        tag: String,
        /// The digest that it pointed at before.
        from: String,
    },
    /// A tag was deleted.
    #[serde(rename = "tag.deleted")]
    TagDeleted {
        /// The tag.
        tag: String,
        /// Whether its name stays bound to its digest.
        bound: bool,
    },
    /// An account was created.
    #[serde(rename = "user.created")]
    UserCreated {
        /// Opaque id.
        account: String,
    },
    /// An account got another password.
    #[serde(rename = "user.password_changed")]
    UserPasswordChanged {
        /// Opaque id.
        account: String,
    },
    /// An account can't log in any more.
    #[serde(rename = "user.disabled")]
    UserDisabled {
        /// Opaque id.
        account: String,
    },
    /// An account can log in again.
    #[serde(rename = "user.enabled")]
    UserEnabled {
        /// Opaque id.
        account: String,
    },
    /// An account was given a role.
    #[serde(rename = "role.granted")]
    RoleGranted {
        /// Opaque id of the binding.
        binding: String,
        /// Opaque id of the account.
        account: String,
        /// Which role.
        role: String,
        /// `organisation`, or the project's id, or that and the repository prefix.
        scope: String,
    },
    /// An account was given a role that ends by itself.
    #[serde(rename = "role.granted_until")]
    RoleGrantedUntil {
        /// Opaque id of the binding.
        binding: String,
        /// Opaque id of the account.
        account: String,
        /// Which role.
        role: String,
        /// As in `role.granted`.
        scope: String,
        /// When it ends.
        expires_at_us: i64,
    },
    /// A role ended by itself. Told some time after it gave no right any more.
    #[serde(rename = "role.expired")]
    RoleExpired {
        /// Opaque id of the binding.
        binding: String,
        /// Opaque id of the account.
        account: String,
        /// Which role.
        role: String,
        /// As in `role.granted`.
        scope: String,
        /// When it ended.
        expired_at_us: i64,
    },
    /// An account was created for a program.
    #[serde(rename = "service_account.created")]
    ServiceAccountCreated {
        /// Opaque id.
        account: String,
    },
    /// A service account can't log in any more.
    #[serde(rename = "service_account.disabled")]
    ServiceAccountDisabled {
        /// Opaque id.
        account: String,
    },
    /// A service account can log in again.
    #[serde(rename = "service_account.enabled")]
    ServiceAccountEnabled {
        /// Opaque id.
        account: String,
    },
    /// A role was taken away.
    #[serde(rename = "role.revoked")]
    RoleRevoked {
        /// Opaque id of the binding.
        binding: String,
        /// Opaque id of the account.
        account: String,
        /// Which role.
        role: String,
        /// As in `role.granted`.
        scope: String,
    },
    /// A token was made that stands for an account.
    #[serde(rename = "token.created")]
    TokenCreated {
        /// Opaque id of the token.
        token: String,
        /// Opaque id of the account.
        account: String,
        /// `personal`, `service`, `refresh`, `log-in` or `federated`.
        token_kind: String,
        /// When it expires, if it does.
        #[serde(skip_serializing_if = "Option::is_none")]
        expires_at_us: Option<i64>,
        /// The repository prefix that it is narrowed to.
        #[serde(skip_serializing_if = "Option::is_none")]
        prefix: Option<String>,
        /// The actions that it is narrowed to.
        #[serde(skip_serializing_if = "Option::is_none")]
        actions: Option<Vec<String>>,
    },
    /// A token was revoked.
    #[serde(rename = "token.revoked")]
    TokenRevoked {
        /// Opaque id of the token.
        token: String,
        /// Opaque id of the account.
        account: String,
    },
    /// A token was succeeded by another, and ends soon.
    #[serde(rename = "token.rotated")]
    TokenRotated {
        /// Opaque id of the token.
        token: String,
        /// Opaque id of the account.
        account: String,
        /// Opaque id of the token that takes over.
        successor: String,
        /// When the one that was succeeded ends.
        ends_at_us: i64,
    },
    /// The first key of a purpose signs from now on.
    #[serde(rename = "key.created")]
    KeyCreated {
        /// Opaque id of the key.
        key: String,
        /// What it signs.
        purpose: String,
        /// 32 bytes of Ed25519, in hex.
        public_key: String,
    },
    /// Another key of a purpose signs from now on.
    #[serde(rename = "key.rotated")]
    KeyRotated {
        /// Opaque id of the key.
        key: String,
        /// What it signs.
        purpose: String,
        /// 32 bytes of Ed25519, in hex.
        public_key: String,
        /// Opaque id of the key before it.
        before: String,
    },
    /// Id tokens of an issuer become a service account from now on.
    #[serde(rename = "federation.rule_created")]
    FederationRuleCreated {
        /// Opaque id of the rule.
        rule: String,
        /// Opaque id of the service account.
        account: String,
        /// The issuer's identifier.
        issuer: String,
        /// What the id token must say; nothing that tells of people.
        claims: BTreeMap<String, String>,
        /// The repositories that it reaches are this or lie below it.
        prefix: String,
        /// What may be done there.
        actions: Vec<String>,
        /// How long a token lives.
        lifetime_seconds: u64,
    },
    /// They no longer do, and the tokens that they became were revoked.
    #[serde(rename = "federation.rule_removed")]
    FederationRuleRemoved {
        /// Opaque id of the rule.
        rule: String,
        /// Opaque id of the service account.
        account: String,
    },
    /// An id token was exchanged for a token.
    #[serde(rename = "federation.exchanged")]
    FederationExchanged {
        /// Opaque id of the rule that accepted it.
        rule: String,
        /// Opaque id of the token that it became.
        token: String,
        /// Opaque id of the service account.
        account: String,
    },
    /// Who logs in through an issuer as a certain subject gets this account from now on.
    #[serde(rename = "account.linked")]
    AccountLinked {
        /// Opaque id of the account.
        account: String,
        /// The issuer's identifier.
        issuer: String,
    },
    /// Recorded events were read. Told once per account, shape, project and hour.
    #[serde(rename = "ledger.read")]
    LedgerRead {
        /// What was asked, without its values: the endpoint and the names of the filters.
        shape: String,
    },
    /// Log-ins to an account were stopped for a while, after too many failures. Said once per stop.
    #[serde(rename = "login.limited")]
    LoginLimited {
        /// Opaque id of the account.
        account: String,
        /// How many failures.
        failures: String,
    },
    /// A trust policy was set, or succeeded by another revision: the project's, or the organisation's where there is none.
    #[serde(rename = "trust_policy.set")]
    TrustPolicySet {
        /// Counts from 1.
        revision: i64,
        /// SHA-256 of the document, which is too long for an event.
        digest: String,
        /// Bytes of the document.
        size: String,
    },
    /// A project's trust policy was removed, so that the organisation's holds there; or the organisation's.
    #[serde(rename = "trust_policy.removed")]
    TrustPolicyRemoved {
        /// The revision that held.
        revision: i64,
    },
    /// A signature or attestation was verified, for the first time or with the same result as before.
    #[serde(rename = "verification.recorded")]
    VerificationRecorded {
        /// What came of it.
        verification: FactVerification,
    },
    /// A signature or attestation was verified again, with another result than before.
    #[serde(rename = "verification.changed")]
    VerificationChanged {
        /// What came of it.
        verification: FactVerification,
        /// What had come of it before: `verified` or `refused`.
        before: String,
    },
    /// The ledger does not hold, as its audit of itself found.
    #[serde(rename = "ledger.alarm")]
    LedgerAlarm {
        /// What was found, and where.
        why: String,
        /// The first entry that does not hold, where one can be named.
        #[serde(skip_serializing_if = "Option::is_none")]
        index: Option<String>,
    },
    /// Something happened to a release: a kind of its own.
    #[serde(skip)]
    Release(ReleaseFact),
}

impl From<ReleaseFact> for Fact {
    fn from(fact: ReleaseFact) -> Self {
        Self::Release(fact)
    }
}
