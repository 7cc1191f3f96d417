//! Showing promotions, with what their gates said and who said yes or no.

use std::collections::HashMap;

use super::Releases;
use crate::access::{AccessError, Caller, Permission, ReadableProjects, Scope};
use crate::http::{Page, PageRequest};
use crate::identity::UserName;
use crate::releases::error::ReleaseError;
use crate::releases::model::{Approval, GateResult, InState, PromotionNow, PromotionState, Release};
use crate::releases::store;
use crate::types::{AccountId, EnvironmentName, ProjectId, ProjectName, PromotionId, ReleaseName, Timestamp};

/// Which promotions are wanted; every field that is set narrows the list.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of one project.
    pub project: Option<ProjectName>,
    /// Into one environment.
    pub environment: Option<EnvironmentName>,
    /// Of one line.
    pub line: Option<ReleaseName>,
    /// In one state.
    pub state: Option<PromotionState>,
}

/// A promotion with all that explains it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The promotion, as it stands.
    pub standing: PromotionNow,
    /// The project's name.
    pub project: ProjectName,
    /// The environment's name.
    pub environment: EnvironmentName,
    /// What it moves.
    pub release: Release,
    /// What the gates said last, and when; empty until they were asked.
    pub gates: Vec<GateResult>,
    /// When they were asked.
    pub checked_at: Option<Timestamp>,
    /// Who said yes or no, and what they said beside it.
    pub approvals: Vec<(Approval, Option<String>)>,
    /// All states that it was in, oldest first.
    pub history: Vec<InState>,
    /// Names of the accounts.
    pub names: HashMap<AccountId, UserName>,
}

impl Releases {
    /// A promotion that the caller may see, with all that explains it. One that they may not looks like one that is not there.
    ///
    /// # Errors
    /// `Access`, `NoSuch`, or `Db`.
    pub async fn promotion(&self, caller: &Caller, id: PromotionId) -> Result<Shown, ReleaseError> {
        let (_, project) = self.standing(id).await?;
        match self.check(caller, Permission::ProjectRead, &Scope::Project(project)).await {
            Err(ReleaseError::Access(AccessError::Denied)) => Err(ReleaseError::NoSuch { what: "promotion" }),
            checked => checked,
        }?;
        self.shown(id).await
    }

    /// A promotion, of whatever project.
    pub(super) async fn standing(
        &self,
        id: PromotionId,
    ) -> Result<(PromotionNow, ProjectName), ReleaseError> {
        let found = store::promotions::find(self.db.read(), id).await?;
        let standing = found.ok_or(ReleaseError::NoSuch { what: "promotion" })?;
        let project = self.project_name(standing.promotion.project).await?;
        Ok((standing, project))
    }

    /// A promotion with all that explains it.
    pub(super) async fn shown(&self, id: PromotionId) -> Result<Shown, ReleaseError> {
        let (standing, project) = self.standing(id).await?;
        let db = self.db.read();
        let of = self.move_of(&standing).await?;
        let check = store::checks::find(db, id).await?;
        let given = store::approvals::list(db, id).await?;
        let events: Vec<_> = given.iter().map(|approval| approval.event).collect();
        let mut comments: HashMap<_, _> =
            store::approvals::comments(db, &events).await?.into_iter().collect();
        let mut accounts: Vec<AccountId> = given.iter().map(|approval| approval.account).collect();
        accounts.extend(standing.promotion.requested_by);
        let names = self.identity.names(&accounts).await?;
        let approvals = given.into_iter().map(|approval| {
            let comment = comments.remove(&approval.event);
            (approval, comment)
        });
        Ok(Shown {
            project,
            environment: of.environment.name,
            release: of.release,
            checked_at: check.as_ref().map(|check| check.at),
            gates: check.map(|check| check.gates).unwrap_or_default(),
            approvals: approvals.collect(),
            history: store::states::history(db, id).await?,
            names,
            standing,
        })
    }

    /// A page of promotions that the caller may see, newest first.
    ///
    /// # Errors
    /// What is not there, `BadCursor`, or `Db`.
    pub async fn list_promotions(
        &self,
        readable: &ReadableProjects,
        wanted: &Wanted,
        page: &PageRequest,
    ) -> Result<Page<PromotionNow>, ReleaseError> {
        let mut projects = match readable {
            ReadableProjects::All => None,
            ReadableProjects::Only(projects) => Some(projects.clone()),
        };
        if let Some(name) = &wanted.project {
            let found = self.projects.recall(name).await?.map(|project| project.id);
            // One that is not there looks like one that may not be seen.
            let seen = |id: &ProjectId| projects.as_ref().is_none_or(|projects| projects.contains(id));
            projects = Some(found.into_iter().filter(seen).collect());
        }
        let environment = match &wanted.environment {
            Some(name) => Some(self.environment(name).await?.id),
            None => None,
        };
        let filter = store::promotions::Filter {
            projects,
            environment,
            release: None,
            line: wanted.line.clone(),
            state: wanted.state,
            before: super::cursor(page)?,
        };
        let rows = store::promotions::list(self.db.read(), &filter, page.limit + 1).await?;
        Ok(Page::of_rows(rows, page, |standing| standing.promotion.id.to_string()))
    }
}
