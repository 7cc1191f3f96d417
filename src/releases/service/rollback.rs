//! What an environment could go back to.

use super::Releases;
use super::quarantines::quarantined_among;
use crate::access::{Caller, Permission, Scope};
use crate::releases::error::ReleaseError;
use crate::releases::model::{Release, ReleaseRef};
use crate::releases::store;
use crate::types::{Digest, EnvironmentName, ProjectName, Timestamp};

/// Most targets that are shown: nobody goes back further.
const MOST: u64 = 50;

/// A release that an environment could go back to.
#[derive(Debug, Clone)]
pub struct RollbackTarget {
    /// The release.
    pub release: Release,
    /// When it was verified there last.
    pub verified_at: Timestamp,
    /// Artifacts of it that are in quarantine: it can't be gone back to.
    pub quarantined: Vec<Digest>,
}

impl Releases {
    /// The releases of a line that were verified in an environment before, the last first, without the one that it points at.
    /// `release` names any release of the line.
    ///
    /// # Errors
    /// `Access`, what is not there, or `Db`.
    pub async fn rollback_targets(
        &self,
        caller: &Caller,
        project: &ProjectName,
        environment: &EnvironmentName,
        release: &ReleaseRef,
    ) -> Result<Vec<RollbackTarget>, ReleaseError> {
        self.check(caller, Permission::ProjectRead, &Scope::Project(project.clone())).await?;
        let environment = self.environment(environment).await?;
        let release = self.release(project, release).await?;
        let (db, line) = (self.db.read(), &release.name);
        let current = store::admissions::current(db, release.project, environment.id, line).await?;
        let verified = store::states::verified_releases(
            db,
            None,
            Some(release.project),
            Some(line),
            environment.id,
            MOST + 1,
        )
        .await?;
        let mut targets = Vec::new();
        for (id, verified_at) in verified {
            if current.as_ref().is_some_and(|current| current.release == id) {
                continue;
            }
            let Some(release) = store::releases::by_ids(db, &[id]).await?.pop() else { continue };
            let quarantined = quarantined_among(&self.db, release.project, &release.members()).await?;
            let quarantined = quarantined.into_iter().map(|(digest, _)| digest).collect();
            targets.push(RollbackTarget { release, verified_at, quarantined });
        }
        Ok(targets)
    }
}
