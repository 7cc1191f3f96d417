//! Releases, the environments that they run in, and what has to hold before one enters: lifecycles with their gates,
//! promotions, and the exceptions from both.
//!
//! What may enter is decided by rules over facts that are given, without IO, so that a decision can be made again from what
//! it was made of.

mod model;

pub use model::{
    Advance, ApprovalInput, ApprovalsRule, Artifact, ArtifactKind, AttestationRule, Document, EvidenceRef,
    FreezeInput, Gate, GateKind, GateResult, GateRule, Group, IllegalStep, Inputs, Judgement,
    LIFECYCLE_LIMIT, Lifecycle, LifecycleError, Limits, Mode, Outcome, PredicateType, PromotionEvent,
    PromotionKind, PromotionState, ProvenanceRule, Report, Request, Risk, Separation, SeverityName,
    SignatureRule, SoakRule, Stage, Template, TestsRule, TicketPattern, TicketRule, UnknownWord,
    VulnerabilitiesRule, WaiverInput, When, Window, WindowError, WindowKind, WindowVerdict, WindowsRule,
    apply_template, evaluate, judge, lifecycle_of, next_at, read_document, read_lifecycle, read_template,
};
