//! Work that trust does beside requests: looking at what came, verifying again when the policy changed, and catching up.

use std::time::Duration;

use async_trait::async_trait;

use super::{Lane, POLICY_CHANGED, PolicyChanged, Trust};
use crate::jobs::{Done, Handler, Job, JobError};
use crate::projects::Project;
use crate::registry::{INSPECT, Inspect};
use crate::trust::error::TrustError;
use crate::trust::store::carriers;
use crate::trust::store::evidence::{self, Piece};
use crate::types::{Digest, EvidenceId, ProjectId};

/// How often what jobs missed is looked for: what was there before this version, what a restore brought back, and what
/// spoke of an artifact before that came.
const CATCH_UP_EVERY: Duration = Duration::from_secs(30);
/// How much is taken on in one go.
const PAGE: u64 = 200;

fn failed(error: TrustError) -> JobError {
    match error {
        TrustError::Db(error) => error.into(),
        error => JobError::Other(error.to_string()),
    }
}

impl Trust {
    /// Looks at a manifest and verifies what was found there.
    pub(super) async fn take_in(&self, inspect: &Inspect) -> Result<(), TrustError> {
        self.inspect(inspect).await?;
        // Only what still speaks: a tag may have moved on.
        let pieces = evidence::of_manifest(self.db.read(), inspect.manifest).await?;
        self.verify_if_wanted(&pieces, Lane::Common).await
    }

    /// Verifies pieces of one project, if a policy holds there.
    pub(super) async fn verify_if_wanted(&self, pieces: &[Piece], lane: Lane) -> Result<(), TrustError> {
        let Some(first) = pieces.first() else { return Ok(()) };
        let Some(project) = self.projects.find_by_id(first.project).await? else { return Ok(()) };
        self.verify_pieces(&project, pieces, lane).await
    }

    /// Verifies again what was verified under another policy than the one that holds in a project: first what counted, since
    /// readers wait for that. Begins anew when the policy is edited meanwhile.
    async fn verify_project(&self, id: ProjectId) -> Result<(), TrustError> {
        let Some(project) = self.projects.find_by_id(id).await? else { return Ok(()) };
        loop {
            let policy = self.policy_that_holds(&project).await?.map(|policy| policy.digest.clone());
            if self.verify_lane(&project, policy.as_ref(), Lane::Proven).await?
                && self.verify_lane(&project, policy.as_ref(), Lane::Common).await?
            {
                return Ok(());
            }
        }
    }

    /// Says whether it came to the end under this policy.
    async fn verify_lane(
        &self,
        project: &Project,
        policy: Option<&Digest>,
        lane: Lane,
    ) -> Result<bool, TrustError> {
        let mut after: Option<EvidenceId> = None;
        loop {
            let holds = self.policy_that_holds(project).await?;
            if holds.as_ref().map(|policy| &policy.digest) != policy {
                return Ok(false);
            }
            let pieces = evidence::of_project(self.db.read(), project.id, after, PAGE).await?;
            let Some(last) = pieces.last() else { return Ok(true) };
            after = Some(last.id);
            let mut stale = self.stale_of(pieces, policy).await?;
            stale.retain(|stale| stale.lane == lane);
            let stale: Vec<Piece> = stale.into_iter().map(|stale| stale.piece).collect();
            self.verify_pieces(project, &stale, lane).await?;
        }
    }
}

/// Looks at what a push left, and verifies it.
pub struct InspectEvidence(pub Trust);

#[async_trait]
impl Handler for InspectEvidence {
    fn kind(&self) -> &'static str {
        INSPECT
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let inspect =
            serde_json::from_str(&job.payload).map_err(|error| JobError::Other(error.to_string()))?;
        self.0.take_in(&inspect).await.map_err(failed)?;
        Ok(Done::Finished)
    }
}

/// Verifies again after a trust policy was changed: in its project, or everywhere.
pub struct VerifyAgain(pub Trust);

#[async_trait]
impl Handler for VerifyAgain {
    fn kind(&self) -> &'static str {
        POLICY_CHANGED
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let PolicyChanged { project } =
            serde_json::from_str(&job.payload).map_err(|error| JobError::Other(error.to_string()))?;
        if let Some(project) = project {
            self.0.verify_project(project).await.map_err(failed)?;
            return Ok(Done::Finished);
        }
        // Projects with a policy of their own find nothing to do.
        let mut next = evidence::next_project(self.0.db.read(), None).await?;
        while let Some(project) = next {
            self.0.verify_project(project).await.map_err(failed)?;
            next = evidence::next_project(self.0.db.read(), Some(project)).await?;
        }
        Ok(Done::Finished)
    }
}

/// Catches up on what no job told of.
pub struct CatchUp(pub Trust);

#[async_trait]
impl Handler for CatchUp {
    fn kind(&self) -> &'static str {
        "trust.catch-up"
    }

    fn recurring(&self) -> bool {
        true
    }

    async fn run(&self, _: &Job) -> Result<Done, JobError> {
        let waiting = carriers::waiting(self.0.db.read(), PAGE).await?;
        let more = waiting.len() as u64 >= PAGE;
        for inspect in waiting {
            self.0.take_in(&inspect).await.map_err(failed)?;
        }
        for piece in evidence::with_new_subject(self.0.db.read(), PAGE).await? {
            self.0
                .take_in(&Inspect { manifest: piece.manifest, tag: piece.tag.clone() })
                .await
                .map_err(failed)?;
        }
        Ok(Done::Again(if more { Duration::ZERO } else { CATCH_UP_EVERY }))
    }
}
