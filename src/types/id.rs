//! Opaque ids: random or time-ordered UUIDs, one type per thing, never used again (design, rule 5).

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id. Version 7, so that rows written together lie together in an index.
            #[expect(clippy::new_without_default, reason = "each call gives another value")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// As the database keeps it.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

impl ObjectKey {
    /// A new id whose last byte is that of the second. Files lie in a folder by that byte, so those that are written
    /// together lie together, and one sync of their folder serves them all.
    pub fn of_this_second() -> Self {
        let id = Uuid::now_v7();
        let mut bytes = id.into_bytes();
        let seconds = id.get_timestamp().map_or(0, |timestamp| timestamp.to_unix().0);
        [.., bytes[15]] = seconds.to_be_bytes();
        Self(Uuid::from_bytes(bytes))
    }
}

ids! {
    /// A user or service account.
    AccountId,
    /// One span of an environment's pointer at a release.
    AdmissionId,
    /// A person's yes or no to a promotion.
    ApprovalId,
    /// A role binding.
    BindingId,
    /// An environment.
    EnvironmentId,
    /// An event.
    EventId,
    /// A piece of evidence: made of where it stands and whom it speaks of.
    EvidenceId,
    /// A stop on promotions.
    FreezeId,
    /// A job in the queue.
    JobId,
    /// A key pair that signs.
    KeyId,
    /// A manifest in a repository.
    ManifestId,
    /// The random key of a stored object's bytes.
    ObjectKey,
    /// A project.
    ProjectId,
    /// A request to admit a release into an environment.
    PromotionId,
    /// A stop on one artifact.
    QuarantineId,
    /// A release.
    ReleaseId,
    /// A repository.
    RepositoryId,
    /// One span of a tag pointing at one digest.
    TagId,
    /// A token of an account.
    TokenId,
    /// A federation rule.
    RuleId,
    /// An upload session.
    UploadId,
    /// What came of a verification.
    VerificationId,
    /// A time-boxed exception.
    WaiverId,
}
