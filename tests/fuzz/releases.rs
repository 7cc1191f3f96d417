//! What of the model of releases reads what comes from outside, and what that needs.

#[path = "../../src/releases/model"]
pub mod model {
    //! As the server has it.

    mod evaluate;
    mod gates;
    mod image;
    mod inputs;
    mod instant;
    mod kubernetes;
    mod lifecycle;
    mod request;
    mod result;
    pub mod window;
    mod words;

    pub use evaluate::evaluate;
    pub use gates::{Gate, GateRule, Mode, Separation};
    pub use image::{Image, ImageError};
    pub use inputs::{ApprovalInput, FreezeInput, Inputs, WaiverInput};
    pub use kubernetes::{AdmissionAnswer, AdmissionReview, images_of};
    pub use lifecycle::{
        Document, LIFECYCLE_LIMIT, Lifecycle, LifecycleError, Stage, Template, apply_template, lifecycle_of,
        read_document, read_lifecycle, read_template,
    };
    pub use request::{Artifact, ArtifactKind, PromotionKind, Request};
    pub use result::{EvidenceRef, GateKind, GateResult, Outcome};
    pub use words::UnknownWord;
}
