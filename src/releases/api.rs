//! `/api/v1`: environments, lifecycles, releases, promotions, and what decides over them.

mod decisions;
mod environments;
mod freezes;
mod lifecycle_templates;
mod lifecycles;
mod path;
mod promotion_actions;
mod promotion_views;
mod promotions;
mod quarantines;
mod releases;
mod reviews;
mod rollback;
mod waivers;

use actix_web::http::StatusCode;
use utoipa_actix_web::service_config::ServiceConfig;

use super::error::ReleaseError;
use crate::http::{BodyError, Problem};

/// When to try again, if others were faster.
const RETRY: std::time::Duration = std::time::Duration::from_secs(1);

/// Adds this room's routes.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(environments::list_environments)
        .service(environments::create_environment)
        .service(environments::get_environment)
        .service(environments::update_environment)
        .service(rollback::list_rollback_targets)
        .service(lifecycles::get_lifecycle)
        .service(lifecycles::set_lifecycle)
        .service(lifecycles::list_lifecycle_revisions)
        .service(lifecycles::get_lifecycle_revision)
        .service(lifecycles::activate_lifecycle)
        .service(lifecycle_templates::list_templates)
        .service(lifecycle_templates::get_template)
        .service(lifecycle_templates::set_template)
        .service(releases::create_release)
        .service(releases::list_releases)
        .service(releases::get_release)
        .service(promotions::request_promotion)
        .service(promotions::list_promotions)
        .service(promotions::get_promotion)
        .service(promotion_actions::approve)
        .service(promotion_actions::cancel)
        .service(promotion_actions::reevaluate)
        .service(promotion_actions::report)
        .service(promotion_actions::answer_ticket)
        .service(freezes::list_freezes)
        .service(freezes::set_freeze)
        .service(freezes::lift_freeze)
        .service(waivers::list_waivers)
        .service(waivers::ask_waiver)
        .service(waivers::approve_waiver)
        .service(waivers::withdraw_waiver)
        .service(quarantines::list_quarantines)
        .service(quarantines::set_quarantine)
        .service(quarantines::lift_quarantine)
        .service(reviews::list_reviews)
        .service(reviews::give_review)
        .service(decisions::decide)
        .service(decisions::review_admission);
}

impl From<ReleaseError> for Problem {
    fn from(error: ReleaseError) -> Self {
        use ReleaseError as E;
        let detail = error.to_string();
        let new = |status, code| Self::new(status, code, detail.clone());
        match error {
            E::Access(error) => error.into(),
            E::Db(error) => error.into(),
            E::Registry(error) => error.into(),
            E::Trust(error) => error.into(),
            E::NoSuchProject(_)
            | E::NoSuchEnvironment(_)
            | E::NoSuchRelease(_)
            | E::NoSuchTemplate(_)
            | E::NoSuch { .. } => Self::not_found(detail),
            E::NoSuchRevision(_) => Self::not_found(detail),
            E::NoLifecycle => new(StatusCode::CONFLICT, "no_lifecycle"),
            E::NotInLifecycle(_) => new(StatusCode::CONFLICT, "not_in_lifecycle"),
            E::EnvironmentExists(_) => new(StatusCode::CONFLICT, "environment_exists"),
            E::VersionExists(_) => new(StatusCode::CONFLICT, "version_exists"),
            E::OtherLine { .. } => new(StatusCode::CONFLICT, "other_line"),
            E::Stale { .. } => new(StatusCode::PRECONDITION_FAILED, "stale_revision"),
            E::RevisionUnsaid { .. } => new(StatusCode::PRECONDITION_REQUIRED, "precondition_required"),
            E::Lifecycle(_) => new(StatusCode::UNPROCESSABLE_ENTITY, "bad_lifecycle"),
            E::TemplateMisfit { .. } => new(StatusCode::CONFLICT, "template_misfit"),
            E::UnknownEnvironment(_) => new(StatusCode::UNPROCESSABLE_ENTITY, "unknown_environment"),
            E::JustificationMissing => new(StatusCode::BAD_REQUEST, "justification_missing"),
            E::ReviewOverdue { .. } => new(StatusCode::CONFLICT, "review_overdue"),
            E::NeverVerified(_) => new(StatusCode::CONFLICT, "never_verified"),
            E::NotCurrent(_) => new(StatusCode::CONFLICT, "not_current"),
            E::State { .. } => new(StatusCode::CONFLICT, "promotion_state"),
            E::AlreadyApproved => new(StatusCode::CONFLICT, "already_approved"),
            E::Reviewed => new(StatusCode::CONFLICT, "already_reviewed"),
            E::Separation(_) => new(StatusCode::FORBIDDEN, "separation_of_duties"),
            E::KeyReused => new(StatusCode::CONFLICT, "idempotency_key_reused"),
            E::NoTicket => new(StatusCode::CONFLICT, "no_ticket"),
            E::Quarantined(_) => new(StatusCode::CONFLICT, "quarantined"),
            E::Contended => Self::busy().retry_after(RETRY),
            E::Body(BodyError::TooLarge { .. }) => new(StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            E::Body(BodyError::Stalled) => new(StatusCode::REQUEST_TIMEOUT, "stalled_body"),
            E::Body(BodyError::Incomplete) => new(StatusCode::BAD_REQUEST, "incomplete_body"),
            E::Storage(error) => crate::registry::RegistryError::from(error).into(),
            E::Field(_)
            | E::Shape(_)
            | E::ForeignRepository(_)
            | E::Time(_)
            | E::BadKey
            | E::NotSha256
            | E::Question(_)
            | E::BadCursor => Self::invalid(detail),
        }
    }
}
