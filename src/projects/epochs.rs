//! Counters of what may alter a gate (design, rule 7; the releases room). Each change that may alter what gates say counts
//! one up in its own transaction; who decides compares them before and in the transaction of the decision, so that nothing
//! that was decided on has changed meanwhile. Working rows: they say nothing of what happened.

use super::store;
use crate::db::{DbError, Topic, Tx};
use crate::types::{EnvironmentId, ProjectId};

/// What a change may alter the gates of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Epoch {
    /// All projects.
    Organisation,
    /// A project, in all environments: its evidence, its policies.
    Project(ProjectId),
    /// A project in one environment.
    Environment(ProjectId, EnvironmentId),
}

impl Epoch {
    /// As the database keeps it.
    pub(super) fn key(self) -> String {
        match self {
            Self::Organisation => "organisation".to_owned(),
            Self::Project(project) => project.to_string(),
            Self::Environment(project, environment) => format!("{project}:{environment}"),
        }
    }

    /// Counts one up, as part of a change; who decides at the same time decides anew.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn pass(self, tx: &Tx) -> Result<(), DbError> {
        store::count_up(&**tx, &self.key()).await?;
        tx.changes(match self {
            Self::Organisation => Topic::OrganisationGates,
            Self::Project(project) | Self::Environment(project, _) => Topic::Gates(project),
        })
        .await
    }
}
