//! Answering admission webhooks: an object may come to be if all images that it would run may be deployed.

use super::{AskedImage, Question, Releases};
use crate::access::{AccessError, Caller};
use crate::releases::error::ReleaseError;
use crate::releases::model::{Action, AdmissionAnswer, AdmissionReview, images_of};
use crate::types::EnvironmentName;

/// The one version that is spoken.
const VERSION: &str = "admission.k8s.io/v1";
const DELETE: &str = "DELETE";

impl Releases {
    /// Answers a webhook. What can't be told is a no with the reason, but for a caller without rights.
    ///
    /// # Errors
    /// `Question` for another version of the protocol, and `Access`.
    pub async fn review_admission(
        &self,
        caller: &Caller,
        environment: &EnvironmentName,
        review: AdmissionReview,
    ) -> Result<AdmissionAnswer, ReleaseError> {
        if review.api_version != VERSION {
            let why =
                format!("apiVersion must be {VERSION}: set admissionReviewVersions of the webhook to [v1]");
            return Err(ReleaseError::Question(why));
        }
        let request = review.request;
        if request.operation == DELETE {
            return Ok(AdmissionAnswer::to(&request.uid, Ok(())));
        }
        let images = match images_of(&request.object) {
            Ok(images) => images,
            Err(why) => return Ok(AdmissionAnswer::to(&request.uid, Err(why))),
        };
        let mut denied = Vec::new();
        for image in images {
            let dry_run = request.dry_run.unwrap_or(false);
            denied.extend(self.may_run(caller, environment, &image, dry_run).await?);
        }
        let outcome = if denied.is_empty() { Ok(()) } else { Err(denied.join("; ")) };
        Ok(AdmissionAnswer::to(&request.uid, outcome))
    }

    /// Why an image may not run, if it may not.
    async fn may_run(
        &self,
        caller: &Caller,
        environment: &EnvironmentName,
        image: &str,
        dry_run: bool,
    ) -> Result<Option<String>, ReleaseError> {
        let asked = match image.parse() {
            Ok(asked) => AskedImage::Image(asked),
            Err(error) => {
                let error: crate::releases::model::ImageError = error;
                return Ok(Some(error.to_string()));
            }
        };
        let environment = environment.clone();
        let question =
            Question { asked, environment, action: Action::Deploy, dry_run, lifecycle_revision: None };
        match self.decide(caller, &question).await {
            Ok(decided) if decided.decision.allow => Ok(None),
            Ok(decided) => {
                let reasons: Vec<&str> =
                    decided.decision.reasons.iter().map(|reason| reason.message.as_str()).collect();
                Ok(Some(format!("{image}: {}", reasons.join(", "))))
            }
            // That nobody may ask is for whoever set the webhook up.
            Err(ReleaseError::Access(error @ AccessError::Unauthenticated)) => Err(error.into()),
            Err(ReleaseError::Access(_)) => {
                Ok(Some(format!("{image}: the webhook's account may not ask about its project here")))
            }
            Err(error @ (ReleaseError::NoSuchProject(_) | ReleaseError::NoSuchEnvironment(_))) => {
                Ok(Some(format!("{image}: {error}")))
            }
            Err(error) => {
                tracing::error!(%error, "a webhook could not be answered");
                Ok(Some(format!("{image}: it could not be decided; the log of the registry says why")))
            }
        }
    }
}
