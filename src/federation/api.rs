//! `/api/v1/oidc` and `/api/v1/federation-rules`.

mod issuers;
mod log_in;
mod page;
mod rules;

use actix_web::http::StatusCode;
use utoipa_actix_web::service_config::ServiceConfig;

use super::issuers::IssuerError;
use super::service::FederationError;
use crate::http::Problem;

/// Adds this room's routes.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(issuers::list_issuers)
        .service(log_in::begin_log_in)
        .service(log_in::finish_log_in)
        .service(rules::list_rules)
        .service(rules::create_rule)
        .service(rules::get_rule)
        .service(rules::remove_rule);
}

impl From<FederationError> for Problem {
    fn from(error: FederationError) -> Self {
        let detail = error.to_string();
        let new = |status, code| Self::new(status, code, detail.clone());
        match error {
            FederationError::Access(error) => error.into(),
            FederationError::Db(error) => error.into(),
            FederationError::NoSuchIssuer(_)
            | FederationError::NoSuchProject(_)
            | FederationError::NoSuchAccount
            | FederationError::NoSuchRule
            | FederationError::Issuer(IssuerError::NoLogIn(_)) => Self::not_found(detail),
            FederationError::Rule(_) => new(StatusCode::BAD_REQUEST, "invalid_rule"),
            FederationError::Reach(_) => new(StatusCode::BAD_REQUEST, "invalid_scope"),
            FederationError::Ambiguous => new(StatusCode::BAD_REQUEST, "ambiguous_rule"),
            FederationError::Issuer(IssuerError::Unavailable(_)) => {
                new(StatusCode::SERVICE_UNAVAILABLE, "issuer_unavailable").retry_after(RETRY)
            }
            FederationError::Issuer(_) => new(StatusCode::FORBIDDEN, "issuer_refused"),
            FederationError::Used | FederationError::NoRule => new(StatusCode::FORBIDDEN, "denied"),
            FederationError::LogInLost => new(StatusCode::BAD_REQUEST, "log_in_lost"),
            FederationError::LogInDenied => new(StatusCode::FORBIDDEN, "log_in_denied"),
            FederationError::NoAccount => new(StatusCode::FORBIDDEN, "no_account"),
            FederationError::Disabled => new(StatusCode::FORBIDDEN, "disabled"),
        }
    }
}

/// When to try again, if an issuer did not answer.
const RETRY: std::time::Duration = std::time::Duration::from_secs(10);
