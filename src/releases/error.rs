//! What can go wrong in this room.

use thiserror::Error;

use super::model::{FieldError, LifecycleError, PromotionState, ReleaseRef, ReleaseShapeError};
use crate::access::AccessError;
use crate::blobs::BlobError;
use crate::db::DbError;
use crate::http::BodyError;
use crate::registry::RegistryError;
use crate::trust::TrustError;
use crate::types::{Digest, EnvironmentName, ProjectName, PromotionId, ReleaseName, RepoName, Timestamp};

/// Why nothing was made, changed or found. The messages go to clients, but for those that are for the log.
#[derive(Debug, Error)]
pub enum ReleaseError {
    /// The caller may not do it.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// There is no project of this name.
    #[error("there is no project '{0}'")]
    NoSuchProject(ProjectName),
    /// There is no environment of this name.
    #[error("there is no environment '{0}': create it, or list those that there are")]
    NoSuchEnvironment(EnvironmentName),
    /// The name is taken.
    #[error("there is an environment '{0}' already: choose another name, or change that one")]
    EnvironmentExists(EnvironmentName),
    /// The project has no such release.
    #[error(
        "the project has no release {0}: name it by its id, by name@version, or by the digest of its content"
    )]
    NoSuchRelease(ReleaseRef),
    /// There is no template of this name.
    #[error("there is no lifecycle template '{0}': set it, or list those that there are")]
    NoSuchTemplate(String),
    /// Nothing that is kept has this id.
    #[error("there is no {what} with this id, or it has ended")]
    NoSuch {
        /// What was sought.
        what: &'static str,
    },
    /// The edit was made on a revision that no longer holds.
    #[error("it was changed meanwhile, its revision is {current}: read it and edit again")]
    Stale {
        /// The revision that holds.
        current: i64,
    },
    /// An edit that does not say what it edits.
    #[error("there is one already, its revision is {current}: read it, and send its ETag as If-Match")]
    RevisionUnsaid {
        /// The revision that holds.
        current: i64,
    },
    /// A text or labels out of bounds.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The artifacts can't be a release.
    #[error(transparent)]
    Shape(#[from] ReleaseShapeError),
    /// The repository is another project's.
    #[error("the repository {0} is not in this project: a release consists of what its own project holds")]
    ForeignRepository(RepoName),
    /// A release is immutable.
    #[error("there is another release {0} already: releases never change, so choose another version")]
    VersionExists(ReleaseRef),
    /// The repository belongs to another line.
    #[error(
        "the repository {repository} belongs to the line '{line}': a repository is part of one line only"
    )]
    OtherLine {
        /// Which repository.
        repository: RepoName,
        /// Whose it is.
        line: ReleaseName,
    },
    /// The document can't be a lifecycle.
    #[error(transparent)]
    Lifecycle(#[from] LifecycleError),
    /// A template that lifecycles build on does not fit them any more.
    #[error("the lifecycle of the project '{project}' does not fit the template any more: {why}")]
    TemplateMisfit {
        /// Whose lifecycle.
        project: String,
        /// Why.
        why: LifecycleError,
    },
    /// A document names an environment that is not there.
    #[error("the lifecycle names the environment '{0}', which does not exist: create it first")]
    UnknownEnvironment(EnvironmentName),
    /// Nothing says how releases get anywhere.
    #[error("the project has no lifecycle: set one, for without it nothing can be promoted")]
    NoLifecycle,
    /// No stage has the environment.
    #[error("the project's lifecycle has no stage with the environment '{0}': add it there first")]
    NotInLifecycle(EnvironmentName),
    /// There was never such a revision.
    #[error("the lifecycle never had the revision {0}: list its revisions")]
    NoSuchRevision(i64),
    /// An emergency must be explained.
    #[error("say why in 'justification': breaking the glass is recorded, and somebody will review it")]
    JustificationMissing,
    /// A time that can't be.
    #[error("{0}")]
    Time(&'static str),
    /// An earlier emergency is not reviewed.
    #[error(
        "the emergency admission {promotion} owes a review since {due}: somebody else has to give it before the next"
    )]
    ReviewOverdue {
        /// Which.
        promotion: PromotionId,
        /// Since when.
        due: Timestamp,
    },
    /// A rollback goes back.
    #[error("a rollback goes to a release that was verified in '{0}' before: list its rollback targets")]
    NeverVerified(EnvironmentName),
    /// A redeployment of what is not there.
    #[error("the environment '{0}' does not point at this release: promote it first")]
    NotCurrent(EnvironmentName),
    /// The promotion is in no state for that.
    #[error("the promotion is {}: {why}", .state.as_str())]
    State {
        /// The state.
        state: PromotionState,
        /// What it would have to be.
        why: &'static str,
    },
    /// One person counts once.
    #[error("you have said so already: each person counts once")]
    AlreadyApproved,
    /// A review is given once.
    #[error("it was reviewed already, with the other verdict: a review is not taken back")]
    Reviewed,
    /// Nobody approves what they asked for, built or broke.
    #[error("{0}")]
    Separation(&'static str),
    /// The key stands for another request.
    #[error("this Idempotency-Key was used for another request: choose a new one")]
    KeyReused,
    /// The key can't be one.
    #[error("an Idempotency-Key has 1 to 200 visible ASCII characters")]
    BadKey,
    /// A ticket that the lifecycle does not ask about.
    #[error("the promotion has no ticket: there is nothing to answer")]
    NoTicket,
    /// It is in quarantine already.
    #[error("{0} is in quarantine already: lift that first to say another reason")]
    Quarantined(Digest),
    /// A digest that is of no use here.
    #[error("an artifact is quarantined by its SHA-256 digest")]
    NotSha256,
    /// Too much at once.
    #[error("others change what decides here all the time: try again")]
    Contended,
    /// A question that can't be answered. Says what to send.
    #[error("{0}")]
    Question(String),
    /// A cursor of another list.
    #[error("cursor must be the 'next' of an earlier page of the same list, unchanged")]
    BadCursor,
    /// The body could not be read.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The storage did not take it.
    #[error(transparent)]
    Storage(#[from] BlobError),
    /// The registry has no such thing, or did not take it.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Trust could not tell.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The database did not do as it was told.
    #[error(transparent)]
    Db(#[from] DbError),
}
