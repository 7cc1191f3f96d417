//! The append-only record of what happened: every change of a recorded fact writes its event in its own
//! transaction (design, rules 4 and 5), through [`Record::record`].
//!
//! An event's JSON bytes are fixed when it is written. The list of kinds is closed: [`Fact`].
//!
//! Events become the entries of a transparency log (c2sp.org/tlog-tiles): the [`Sequencer`] gives them their indexes and signs
//! checkpoints, [`Ledger`] shows tiles, proofs and receipts, and [`verify`] judges any such log.

mod api;
mod error;
mod fact;
mod model;
mod new_file;
mod service;
mod store;
pub mod verify;

pub use api::{configure, configure_log, tell_events};
pub use error::LedgerError;
pub use fact::{
    Fact, FactActiveLifecycle, FactAdmission, FactApproval, FactArtifact, FactDecision, FactEnvironment,
    FactFreeze, FactGate, FactHold, FactLifecycle, FactNamed, FactPromotion, FactPromotionMove,
    FactQuarantine, FactRelease, FactReview, FactReviewGiven, FactSettings, FactTicketAnswer,
    FactVerification, FactWaiver, ReleaseFact,
};
pub use model::{
    Checkpoint, CheckpointError, Entry, EntryQuery, Event, Grown, KeyUse, LedgerSettings, LedgerSight,
    LogOrigin, LogOriginError, NoteError, NoteSignature, Outcome, Proof, ReadShape, Receipt, ReceiptError,
    RecordedEvent, ReplayError, SignedNote, StoredEvent, Subject, TileHashes, TileKind, TilePath,
    TilePathError, Tiles, TreeError, VerifierKey, WIDTH, WholeTree, WitnessSettings, WitnessUrl, grow,
    hashes_of, leaf_hash,
};
pub use new_file::NewFile;
pub use service::{
    AuditReads, Cosigner, EventQuery, Events, ExportLines, ExportWriter, Exported, Ledger, LogKey,
    ReadNotRecorded, Record, Secure, SelfAudit, Sequencer, Signer, rebuild,
};
