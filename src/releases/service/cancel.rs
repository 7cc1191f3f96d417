//! Taking a promotion back, and judging it again on demand.

use super::tend::moved;
use super::{Releases, Shown, place};
use crate::access::{Caller, Permission};
use crate::db::Tx;
use crate::ledger::Record as _;
use crate::releases::error::ReleaseError;
use crate::releases::model::{InState, PromotionEvent};
use crate::releases::store;
use crate::types::PromotionId;

impl Releases {
    /// Takes back a promotion that is on its way.
    ///
    /// # Errors
    /// `Access`, `NoSuch`, `State` when it is not on its way any more, or `Db`.
    pub async fn cancel(&self, caller: &Caller, id: PromotionId) -> Result<Shown, ReleaseError> {
        let (standing, project) = self.standing(id).await?;
        let of = self.move_of(&standing).await?;
        let scope = place(&of.environment.name, &project);
        self.check(caller, Permission::PromotionRequest, &scope).await?;
        let (this, caller) = (self.clone(), caller.clone());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, Permission::PromotionRequest, &scope).await?;
                let held = store::promotions::find(&**tx, id).await?;
                let standing = held.ok_or(ReleaseError::NoSuch { what: "promotion" })?;
                let state = standing.now.state.step(PromotionEvent::Cancel).map_err(|_| {
                    let why =
                        "only what is on its way can be taken back; promote another release, or roll back";
                    ReleaseError::State { state: standing.now.state, why }
                })?;
                if state == standing.now.state {
                    return Ok::<_, ReleaseError>(());
                }
                let (why, rules) = ("cancelled".to_owned(), standing.now.rules.clone());
                let next = InState { state, why, rules, since: this.clock.now() };
                let event = moved(tx, &caller, &standing, &next, &[]).await?;
                Ok(tx.record(&[event]).await?)
            })
            .await?;
        self.shown(id).await
    }

    /// Asks the gates of a promotion again, at once.
    ///
    /// # Errors
    /// `Access`, `NoSuch`, or when it can't be judged.
    pub async fn reevaluate(&self, caller: &Caller, id: PromotionId) -> Result<Shown, ReleaseError> {
        let (standing, project) = self.standing(id).await?;
        let of = self.move_of(&standing).await?;
        let scope = place(&of.environment.name, &project);
        self.check(caller, Permission::PromotionRequest, &scope).await?;
        self.tend(id).await?;
        self.shown(id).await
    }
}
