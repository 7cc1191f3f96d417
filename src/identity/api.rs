//! `/api/v1/users`, `/api/v1/service-accounts`, `/api/v1/tokens`, `/api/v1/role-bindings` and `/api/v1/me`; `/token`.

mod bindings;
mod me;
mod service_accounts;
mod token_endpoint;
mod tokens;
mod users;

use actix_web::http::StatusCode;
use utoipa_actix_web::service_config::ServiceConfig;

pub use token_endpoint::configure as configure_token;

use super::service::IdentityError;
use crate::http::Problem;

/// Adds this room's routes.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(users::list_users)
        .service(users::create_user)
        .service(users::get_user)
        .service(users::update_user)
        .service(bindings::list_bindings)
        .service(bindings::grant)
        .service(bindings::revoke)
        .service(service_accounts::list_service_accounts)
        .service(service_accounts::create_service_account)
        .service(service_accounts::get_service_account)
        .service(service_accounts::update_service_account)
        .service(service_accounts::list_service_tokens)
        .service(service_accounts::create_service_token)
        .service(tokens::list_tokens)
        .service(tokens::create_token)
        .service(tokens::revoke_token)
        .service(tokens::rotate_token)
        .service(me::me);
}

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        let detail = error.to_string();
        match error {
            IdentityError::Access(error) => error.into(),
            IdentityError::UserExists => Self::new(StatusCode::CONFLICT, "user_exists", detail),
            IdentityError::NoSuchUser | IdentityError::NoSuchBinding | IdentityError::NoSuchProject(_) => {
                Self::not_found(detail)
            }
            IdentityError::NoSuchServiceAccount | IdentityError::NoSuchToken => Self::not_found(detail),
            IdentityError::PasswordNeeded => Self::new(StatusCode::FORBIDDEN, "password_needed", detail),
            IdentityError::NotRotated => Self::new(StatusCode::CONFLICT, "not_rotated", detail),
            IdentityError::Disabled => Self::new(StatusCode::CONFLICT, "disabled", detail),
            IdentityError::TooManyTokens { .. } => Self::new(StatusCode::CONFLICT, "too_many_tokens", detail),
            IdentityError::TooManyBindings { .. } => {
                Self::new(StatusCode::CONFLICT, "too_many_bindings", detail)
            }
            IdentityError::OwnToken => Self::new(StatusCode::FORBIDDEN, "own_token", detail),
            IdentityError::OutlivesOwn => Self::new(StatusCode::FORBIDDEN, "outlives_own", detail),
            IdentityError::Expiry(_) => Self::new(StatusCode::BAD_REQUEST, "invalid_expiry", detail),
            IdentityError::LastAdmin => Self::new(StatusCode::CONFLICT, "last_admin", detail),
            IdentityError::Password(_) => Self::new(StatusCode::BAD_REQUEST, "invalid_password", detail),
            IdentityError::CurrentPasswordMissing => {
                Self::new(StatusCode::BAD_REQUEST, "current_password_missing", detail)
            }
            IdentityError::CurrentPasswordWrong => {
                Self::new(StatusCode::FORBIDDEN, "current_password_wrong", detail)
            }
            IdentityError::Scope(_) => Self::new(StatusCode::BAD_REQUEST, "invalid_scope", detail),
            IdentityError::Db(error) => error.into(),
        }
    }
}
