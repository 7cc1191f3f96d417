//! What all handlers share: the two error forms, bodies with limits and time-outs, cursor paging, entity tags,
//! preferences.

mod body;
mod conditional;
mod external_url;
mod metrics;
mod oci_error;
mod origin;
mod outgoing;
mod paging;
mod prefer;
mod problem;
mod surface;
mod trusted_proxies;

pub use body::{BodyError, RequestBody, announced, read_limited};
pub use conditional::{edited_revision, etag, none_match, revision_unsaid};
pub use external_url::{ExternalUrl, ExternalUrlError};
pub use metrics::observe;
pub use oci_error::{OciCode, OciError};
pub use origin::Origin;
pub use outgoing::{AnswerError, is_safe, read_answer};
pub use paging::{Page, PageQuery, PageRequest};
pub use prefer::{PREFERENCE_APPLIED, preferred_wait};
pub use problem::{Problem, ProblemBody};
pub use surface::is_protocol;
pub use trusted_proxies::{Network, NetworkError, TrustedProxies};
