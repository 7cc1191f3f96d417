//! Reviews of emergency admissions.

use super::{Releases, place};
use crate::access::{AccessError, Caller, Permission};
use crate::db::Tx;
use crate::http::{Page, PageRequest};
use crate::ledger::{Event, FactReviewGiven, Record as _, ReleaseFact};
use crate::releases::error::ReleaseError;
use crate::releases::model::{LONGEST_REASON, Review, check_text};
use crate::releases::store;
use crate::types::{ProjectName, PromotionId};

impl Releases {
    /// Gives the review that an emergency admission owes: by an approver who did not break the glass.
    ///
    /// # Errors
    /// `Access`, `NoSuch`, `Field`, `Separation`, `Reviewed` when the other verdict was given, or `Db`.
    pub async fn give_review(
        &self,
        caller: &Caller,
        id: PromotionId,
        is_justified: bool,
        comment: Option<&str>,
    ) -> Result<Review, ReleaseError> {
        if let Some(comment) = comment {
            check_text("comment", comment, LONGEST_REASON)?;
        }
        let (standing, project) = self.standing(id).await?;
        let of = self.move_of(&standing).await?;
        let scope = place(&of.environment.name, &project);
        self.check(caller, Permission::PromotionApprove, &scope).await?;
        let account = caller.account.ok_or(AccessError::Unauthenticated)?;
        let (this, caller, comment) = (self.clone(), caller.clone(), comment.map(str::to_owned));
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, Permission::PromotionApprove, &scope).await?;
                let held = store::reviews::find(&**tx, id).await?;
                let review = held.ok_or(ReleaseError::NoSuch { what: "review" })?;
                if review.used_by == Some(account) {
                    return Err(ReleaseError::Separation(
                        "who broke the glass can't review it: somebody else has to",
                    ));
                }
                match review.given {
                    Some((_, _, said)) if said != is_justified => return Err(ReleaseError::Reviewed),
                    Some(_) => return Ok(review),
                    None => {}
                }
                let now = this.clock.now();
                let fact = ReleaseFact::ReviewGiven(FactReviewGiven {
                    review: id.to_string(),
                    verdict: Review::verdict(is_justified).to_owned(),
                });
                let event =
                    Event::new(&caller, now, Some(review.project), fact).commented(comment.as_deref());
                store::reviews::close(&**tx, id, Some(account), is_justified, now, event.id()).await?;
                tx.record(&[event]).await?;
                Ok(Review { given: Some((account, now, is_justified)), ..review })
            })
            .await
    }

    /// A page of a project's reviews, oldest first: those that are owed, or all.
    ///
    /// # Errors
    /// `NoSuchProject`, `BadCursor`, or `Db`.
    pub async fn list_reviews(
        &self,
        project: &ProjectName,
        owed: bool,
        page: &PageRequest,
    ) -> Result<Page<Review>, ReleaseError> {
        let id = self.project(project).await?.id;
        let after = super::cursor(page)?;
        let rows = store::reviews::list(self.db.read(), id, owed, after, page.limit + 1).await?;
        Ok(Page::of_rows(rows, page, |review| review.promotion.to_string()))
    }
}
