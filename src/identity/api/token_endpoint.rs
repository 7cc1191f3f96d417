//! `GET` and `POST /token`: access tokens for the registry, by the distribution project's token authentication
//! specification and its OAuth2 form.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, web};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::access::{AccessError, Authority as _, Caller, Credentials, credentials};
use crate::http::Origin;
use crate::identity::model::{TokenSecret, scope_text};
use crate::identity::service::Identity;
use crate::identity::{ExchangeError, ExchangeRequest, TokenExchange};
use crate::types::{TokenScopeError, parse_scopes};

/// Largest form, in bytes: 32 scopes, and a password.
const FORM_LIMIT: usize = 32 * 1024;

/// The grant that exchanges tokens, and the types of those that it takes and gives (RFC 8693).
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const SUBJECTS: [&str; 2] =
    ["urn:ietf:params:oauth:token-type:id_token", "urn:ietf:params:oauth:token-type:jwt"];
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// Adds the endpoint.
pub fn configure(config: &mut web::ServiceConfig) {
    let form = web::FormConfig::default()
        .limit(FORM_LIMIT)
        .error_handler(|error, _| TokenError::Request(format!("the body must be a form: {error}")).into());
    config.service(
        web::resource("/token").app_data(form).route(web::get().to(by_query)).route(web::post().to(by_form)),
    );
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
enum TokenError {
    #[error("{0}")]
    Request(String),
    #[error("grant_type must be password, refresh_token or {EXCHANGE}")]
    GrantType,
    #[error(transparent)]
    Scope(#[from] TokenScopeError),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
}

/// The answer, as both forms of the specification name its fields.
#[derive(Serialize)]
struct Answer<'a> {
    token: &'a str,
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    issued_at: String,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

/// What a form may say.
#[derive(Deserialize)]
struct Form {
    grant_type: Option<String>,
    service: Option<String>,
    client_id: Option<String>,
    access_type: Option<String>,
    scope: Option<String>,
    refresh_token: Option<SecretString>,
    username: Option<String>,
    password: Option<SecretString>,
    subject_token: Option<SecretString>,
    subject_token_type: Option<String>,
    requested_token_type: Option<String>,
    rule: Option<String>,
}

/// GET: with Basic credentials, or for anybody. `scope` may be repeated; `offline_token=true` asks for a refresh token.
async fn by_query(
    request: HttpRequest,
    identity: web::Data<Identity>,
    query: web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse, TokenError> {
    let value = |key: &str| query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    for_us(&identity, value("service"))?;
    let scopes = query.iter().filter(|(name, _)| name == "scope").map(|(_, value)| value.as_str());
    let caller = identity.authenticate(credentials(request.headers())?, Origin::of(&request)).await?;
    let offline = value("offline_token") == Some("true");
    answer(&identity, &caller, scopes, offline.then(|| value("client_id")), None).await
}

/// POST: with a password or a refresh token. `access_type=offline` asks for a refresh token.
async fn by_form(
    request: HttpRequest,
    identity: web::Data<Identity>,
    exchange: web::Data<dyn TokenExchange>,
    form: web::Form<Form>,
) -> Result<HttpResponse, TokenError> {
    let form = form.into_inner();
    for_us(&identity, form.service.as_deref())?;
    if form.grant_type.as_deref() == Some(EXCHANGE) {
        return by_exchange(&request, &**exchange, form).await;
    }
    let origin = Origin::of(&request);
    let missing = |what: &str| TokenError::Request(format!("{what} is missing"));
    let offline = form.access_type.as_deref() == Some("offline");
    let (caller, refresh) = match form.grant_type.as_deref() {
        Some("password") => {
            let name = form.username.ok_or_else(|| missing("username"))?;
            let password = form.password.ok_or_else(|| missing("password"))?;
            (identity.authenticate(Credentials::Basic { name, password }, origin).await?, None)
        }
        Some("refresh_token") => {
            let token = form.refresh_token.ok_or_else(|| missing("refresh_token"))?;
            let secret = TokenSecret::parse(&token);
            (identity.log_in_by_refresh_token(secret.as_ref(), origin).await?, Some(token))
        }
        _ => return Err(TokenError::GrantType),
    };
    let client = offline.then_some(form.client_id.as_deref());
    answer(&identity, &caller, form.scope.as_deref().into_iter(), client, refresh).await
}

/// Exchanges an id token of somebody else's (RFC 8693, section 2).
async fn by_exchange(
    request: &HttpRequest,
    exchange: &dyn TokenExchange,
    form: Form,
) -> Result<HttpResponse, TokenError> {
    if !form.subject_token_type.as_deref().is_some_and(|kind| SUBJECTS.contains(&kind)) {
        let types = SUBJECTS.join(" or ");
        return Err(TokenError::Request(format!("subject_token_type must be {types}")));
    }
    if form.requested_token_type.as_deref().is_some_and(|kind| kind != ACCESS_TOKEN) {
        return Err(TokenError::Request(format!("requested_token_type can only be {ACCESS_TOKEN}")));
    }
    let subject_token =
        form.subject_token.ok_or_else(|| TokenError::Request("subject_token is missing".to_owned()))?;
    let asked = ExchangeRequest { subject_token, scope: form.scope, rule: form.rule };
    let exchanged = exchange.exchange(asked, Origin::of(request)).await?;
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(json!({
        "access_token": exchanged.token.expose_secret(),
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": exchanged.lifetime.as_secs(),
        "scope": exchanged.scope,
        "username": exchanged.username,
    })))
}

/// Refuses to answer for another service: its tokens would be of no use there.
fn for_us(identity: &Identity, service: Option<&str>) -> Result<(), TokenError> {
    match service {
        Some(service) if service != identity.service() => {
            let ours = identity.service();
            Err(TokenError::Request(format!(
                "service must be '{ours}': tokens for another are not to be had here"
            )))
        }
        _ => Ok(()),
    }
}

/// Issues the token; `client` is there when a refresh token is wanted, and `refresh` when it was shown.
async fn answer(
    identity: &Identity,
    caller: &Caller,
    scopes: impl Iterator<Item = &str>,
    client: Option<Option<&str>>,
    refresh: Option<SecretString>,
) -> Result<HttpResponse, TokenError> {
    // Whoever found one access token must not be able to live on it for ever.
    if caller.ceiling.is_of_access_token() {
        return Err(AccessError::InvalidToken.into());
    }
    let issued = identity.issue_access_token(caller, &parse_scopes(scopes)?).await?;
    let refresh = match (client, refresh) {
        (None, _) => None,
        (Some(_), Some(shown)) => Some(shown),
        (Some(client), None) => {
            identity.leave_refresh_token(caller, client).await?.map(|secret| secret.text().clone())
        }
    };
    let token = issued.token.expose_secret();
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(Answer {
        token,
        access_token: token,
        token_type: "Bearer",
        expires_in: issued.lifetime.as_secs(),
        issued_at: issued.issued_at.to_rfc3339(),
        scope: scope_text(&issued.scopes),
        refresh_token: refresh.as_ref().map(|secret| secret.expose_secret()),
    }))
}

impl actix_web::ResponseError for TokenError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Request(_) | Self::GrantType | Self::Scope(_) => StatusCode::BAD_REQUEST,
            Self::Access(error) => error.status(),
            Self::Exchange(ExchangeError::Unavailable(_) | ExchangeError::Failed(_)) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Exchange(_) => StatusCode::BAD_REQUEST,
        }
    }

    /// Both as RFC 6749, section 5.2, has it and as the registry protocol does: clients read one or the other.
    fn error_response(&self) -> HttpResponse {
        let (error, code) = match self {
            Self::Request(_) => ("invalid_request", "UNSUPPORTED"),
            Self::GrantType => ("unsupported_grant_type", "UNSUPPORTED"),
            Self::Scope(_) => ("invalid_scope", "NAME_INVALID"),
            Self::Access(AccessError::TooManyAttempts { .. }) => ("slow_down", "TOOMANYREQUESTS"),
            Self::Access(AccessError::Busy { .. } | AccessError::Failed(_)) => {
                ("temporarily_unavailable", "UNKNOWN")
            }
            Self::Access(_) => ("invalid_grant", "UNAUTHORIZED"),
            Self::Exchange(ExchangeError::Request(_)) => ("invalid_request", "UNSUPPORTED"),
            Self::Exchange(ExchangeError::Grant(_)) => ("invalid_grant", "UNAUTHORIZED"),
            Self::Exchange(ExchangeError::Scope(_)) => ("invalid_scope", "DENIED"),
            Self::Exchange(ExchangeError::Unavailable(_) | ExchangeError::Failed(_)) => {
                ("temporarily_unavailable", "UNKNOWN")
            }
        };
        let message = match self {
            Self::Access(error) => error.message(),
            Self::Exchange(ExchangeError::Failed(cause)) => {
                tracing::error!(%cause, "an id token could not be exchanged");
                "tokens can't be exchanged right now: try again".to_owned()
            }
            other => other.to_string(),
        };
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        response.insert_header((CACHE_CONTROL, "no-store"));
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"waybill\", charset=\"UTF-8\""));
        }
        if let Self::Access(error) = self
            && let Some(wait) = error.retry_after()
        {
            response.insert_header((actix_web::http::header::RETRY_AFTER, wait.as_secs().max(1).to_string()));
        }
        response.json(json!({
            "error": error,
            "error_description": message,
            "errors": [{ "code": code, "message": message }],
        }))
    }
}
