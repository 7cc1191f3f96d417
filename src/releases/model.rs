//! Lifecycles and their gates, promotions, and what is decided about them.

mod evaluate;
mod gates;
mod inputs;
mod instant;
mod judgement;
mod lifecycle;
mod promotion;
mod request;
mod result;
mod window;
mod words;

pub use evaluate::evaluate;
pub use gates::{
    ApprovalsRule, AttestationRule, Gate, GateRule, Group, Limits, Mode, PredicateType, ProvenanceRule, Risk,
    Separation, SeverityName, SignatureRule, SoakRule, TestsRule, TicketPattern, TicketRule,
    VulnerabilitiesRule, When, WindowsRule,
};
pub use inputs::{ApprovalInput, FreezeInput, Inputs, WaiverInput};
pub use judgement::{Judgement, judge, next_at};
pub use lifecycle::{
    Advance, Document, LIFECYCLE_LIMIT, Lifecycle, LifecycleError, Stage, Template, apply_template,
    lifecycle_of, read_document, read_lifecycle, read_template,
};
pub use promotion::{IllegalStep, PromotionEvent, PromotionState, Report};
pub use request::{Artifact, ArtifactKind, PromotionKind, Request};
pub use result::{EvidenceRef, GateKind, GateResult, Outcome};
pub use window::{Window, WindowError, WindowKind, WindowVerdict};
pub use words::UnknownWord;
