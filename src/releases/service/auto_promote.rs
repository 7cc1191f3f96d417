//! Promotions that nobody asks for, where a stage chose so.

use super::Releases;
use crate::releases::error::ReleaseError;
use crate::releases::model::{Environment, LifecycleOwner, PromotionKind, Release, ReleaseRef};
use crate::releases::store;
use crate::types::{ProjectId, ReleaseId};

impl Releases {
    /// Asks for a release to be admitted wherever it may go by itself: into the environments of stages that chose so, once the
    /// stage before holds it verified. Never where something was rolled back, nor in the place of a newer release.
    pub(super) async fn go_on(&self, project: ProjectId, release: ReleaseId) -> Result<(), ReleaseError> {
        let name = self.project_name(project).await?;
        let release = self.release(&name, &ReleaseRef::Id(release)).await?;
        let owner = LifecycleOwner::Project(project);
        let Some(kept) = store::lifecycles::active(self.db.read(), &owner).await? else { return Ok(()) };
        let lifecycle = self.read_lifecycle(&owner, kept.revision, &kept.effective)?;
        for stage in lifecycle.stages.iter().filter(|stage| stage.auto_promote) {
            let environments = store::environments::of_names(self.db.read(), &stage.environments).await?;
            for environment in environments {
                let names = lifecycle.upstream(&environment.name, PromotionKind::Forward);
                let upstream = self.upstream(&release, &names).await?;
                if lifecycle.is_upstream_met(&environment.name, &upstream)
                    && self.may_come(&release, &environment).await?
                {
                    let id = self.request_by_itself(&release, &environment, &name).await?;
                    self.tend(id).await?;
                }
            }
        }
        Ok(())
    }

    /// Whether a release may come to an environment by itself.
    async fn may_come(&self, release: &Release, environment: &Environment) -> Result<bool, ReleaseError> {
        let (db, project, line) = (self.db.read(), release.project, &release.name);
        if store::holds::find(db, project, environment.id, line).await?.is_some() {
            return Ok(false);
        }
        // Whoever asked for something else on purpose is not overtaken.
        if store::promotions::pending(db, project, environment.id, line).await?.is_some_and(|pending| {
            pending.promotion.requested_by.is_some() || pending.promotion.release == release.id
        }) {
            return Ok(false);
        }
        let Some(current) = store::admissions::current(db, project, environment.id, line).await? else {
            return Ok(true);
        };
        let held = store::releases::by_ids(db, &[current.release]).await?.pop();
        Ok(held.is_none_or(|held| held.id < release.id))
    }
}
