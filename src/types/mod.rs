//! Pure values, parsed once at the edge: whatever holds one of these types need not check it again.
//!
//! Nothing here does IO or knows of HTTP, SQL or storage.

mod byte_range;
mod clock;
mod digest;
mod environment;
mod id;
mod media_type;
mod reference;
mod release_name;
mod repo_name;
mod tag;
mod tag_pattern;
mod token_scope;

pub use byte_range::{ByteRange, ChunkRange, RangeError, ResolvedRange};
pub use clock::{Clock, InstantError, SystemClock, Timestamp};
pub use digest::{Algorithm, Digest, DigestError, Sha256Hex};
pub use environment::{EnvironmentName, EnvironmentNameError, EnvironmentSelector};
pub use id::{
    AccountId, AdmissionId, ApprovalId, BindingId, EnvironmentId, EventId, EvidenceId, FreezeId, JobId,
    KeyId, ManifestId, ObjectKey, ProjectId, PromotionId, QuarantineId, ReleaseId, RepositoryId, RuleId,
    TagId, TokenId, UploadId, VerificationId, WaiverId,
};
pub use media_type::{MediaType, MediaTypeError};
pub use reference::{Reference, ReferenceError};
pub use release_name::{ReleaseName, ReleaseNameError};
pub use repo_name::{NameError, ProjectName, RepoName};
pub use tag::{Tag, TagError};
pub use tag_pattern::{PatternError, TagPattern};
pub use token_scope::{Action, TokenScope, TokenScopeError, parse_scopes};
