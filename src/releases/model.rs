//! This room's values and rules, pure: lifecycles and their gates, releases, promotions, and what is decided about them.

mod artifact_kind;
mod decision;
mod environment;
mod evaluate;
mod exceptions;
mod gates;
mod image;
mod inputs;
mod instant;
mod judgement;
mod kubernetes;
mod lifecycle;
mod lifecycle_owner;
mod promotion;
mod record;
mod release;
mod request;
mod result;
mod standing;
mod window;
mod words;

pub use decision::{Action, Decision, DecisionReason, GOOD_FOR, REOPENED, decide};
pub use environment::{
    Environment, EnvironmentSettings, FieldError, Labels, Sensitivity, Tier, USUAL_DRAIN, check_labels,
    check_text,
};
pub use evaluate::evaluate;
pub use exceptions::{Freeze, Hold, LONGEST_LINK, LONGEST_REASON, Quarantine, REVIEW_DAYS, Review, Waiver};
pub use gates::{Gate, GateRule, Mode, Separation};
pub use image::{Image, ImageError};
pub use inputs::{ApprovalInput, FreezeInput, Inputs, WaiverInput};
pub use judgement::{Judgement, judge, judge_under_glass, next_at, next_eligible_at};
pub use kubernetes::{AdmissionAnswer, AdmissionReview, images_of};
pub use lifecycle::{
    Document, LIFECYCLE_LIMIT, Lifecycle, LifecycleError, Stage, Template, apply_template, lifecycle_of,
    read_document, read_lifecycle, read_template,
};
pub use lifecycle_owner::{LifecycleOwner, LifecycleRevision, lifecycle_object};
pub use promotion::{PromotionEvent, PromotionState, Report};
pub use record::{Admission, Approval, InState, NO_POLICY, Promotion, PromotionNow, Rules, Verdict};
pub use release::{Release, ReleaseArtifact, ReleaseRef, ReleaseRefError, ReleaseShapeError, content_of};
pub use request::{Artifact, ArtifactKind, PromotionKind, Request};
pub use result::{EvidenceRef, GateKind, GateResult, Outcome};
pub use standing::{Held, HeldArtifact, Reliance, Standing, StandingEnvironment};
pub use words::UnknownWord;
