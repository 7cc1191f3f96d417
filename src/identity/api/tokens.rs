//! `/api/v1/tokens`.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, delete, get, post, web};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::access::{Narrowing, SignedIn};
use crate::http::{Page, PageQuery, PageRequest, Problem, ProblemBody};
use crate::identity::model::{Token, TokenName, TokenSecret, UserName};
use crate::identity::service::{Identity, NewToken};
use crate::types::{Action, InstantError, RepoName, TokenId};

/// Longest that a token which was succeeded may still be used, in seconds.
const MAX_OVERLAP: u64 = 7 * 24 * 3600;
/// What holds if nothing is said.
const OVERLAP: u64 = 3600;

/// A token, without its secret.
#[derive(Serialize, ToSchema)]
pub struct TokenView {
    /// Opaque id.
    id: Uuid,
    /// `personal`; `service`, of a service account; `refresh`, left with a client by a log-in; `log-in`, of a person who
    /// came through an issuer; `federated`, for an id token of CI.
    kind: &'static str,
    /// What its owner calls it; of a refresh token, the client.
    name: String,
    /// The repositories that it is narrowed to are this or lie below it.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<RepoName>,
    /// The actions that it is narrowed to.
    #[schema(value_type = Option<Vec<String>>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    actions: Option<Vec<Action>>,
    /// When it was made, RFC 3339.
    created_at: String,
    /// When it expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    /// When it was used last, to within ten minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
}

impl From<Token> for TokenView {
    fn from(token: Token) -> Self {
        let (prefix, actions) = match token.narrowing {
            Some(Narrowing { prefix, actions }) => (prefix, Some(actions)),
            None => (None, None),
        };
        Self {
            id: token.id.uuid(),
            kind: token.kind.as_str(),
            name: token.name,
            prefix,
            actions,
            created_at: token.created_at.to_rfc3339(),
            expires_at: token.expires_at.map(|at| at.to_rfc3339()),
            last_used_at: token.last_used_at.map(|at| at.to_rfc3339()),
        }
    }
}

/// A token, just made.
#[derive(Serialize, ToSchema)]
pub struct NewTokenView {
    #[serde(flatten)]
    token: TokenView,
    /// The secret. It is shown this once.
    secret: String,
}

/// A token to make. Without `prefix` and `actions` it may do all that its account may.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// What you call it, 1 to 100 characters.
    #[schema(value_type = String)]
    name: TokenName,
    /// Narrows it to the repositories that are this or lie below it: a whole name, for example `acme` or `acme/team`.
    #[schema(value_type = Option<String>)]
    prefix: Option<RepoName>,
    /// Narrows it to these of `pull`, `push` and `delete`.
    #[schema(value_type = Option<Vec<String>>)]
    actions: Option<Vec<Action>>,
    /// When it expires, RFC 3339. A token of a service account must expire, within 366 days.
    expires_at: Option<String>,
}

impl TryFrom<CreateToken> for NewToken {
    type Error = InstantError;

    fn try_from(body: CreateToken) -> Result<Self, InstantError> {
        let CreateToken { name, prefix, actions, expires_at } = body;
        let narrowing = (prefix.is_some() || actions.is_some()).then(|| {
            let mut actions = actions.unwrap_or_else(|| Action::ALL.to_vec());
            actions.sort_unstable();
            actions.dedup();
            Narrowing { prefix, actions }
        });
        Ok(Self { name, narrowing, expires_at: expires_at.map(|text| text.parse()).transpose()? })
    }
}

/// What narrows the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TokenFilter {
    /// Another user's log-in name; for org-admins.
    #[param(value_type = Option<String>)]
    user: Option<UserName>,
}

/// How a token is succeeded.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Rotation {
    /// For how many seconds the old token is still good, at most 604800. Default 3600.
    overlap_seconds: Option<u64>,
}

/// Lists your tokens that are not revoked, oldest first.
#[utoipa::path(tag = "tokens", params(TokenFilter, PageQuery), responses(
    (status = 200, description = "A page of tokens", body = Page<TokenView>),
    (status = 403, description = "Tokens of others need the role org-admin", body = ProblemBody),
    (status = 404, description = "No such user", body = ProblemBody),
))]
#[get("/tokens")]
pub async fn list_tokens(
    signed_in: SignedIn,
    identity: web::Data<Identity>,
    filter: web::Query<TokenFilter>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<TokenView>>, Problem> {
    let page = token_page(&page)?;
    let found = identity.list_tokens(&signed_in.caller, filter.user.as_ref(), &page).await?;
    Ok(web::Json(found.map(TokenView::from)))
}

/// Makes a personal token: a password for programs that work in your name. Log in yourself for this, with your password or
/// through an issuer.
#[utoipa::path(tag = "tokens", request_body = CreateToken, responses(
    (status = 201, description = "The token with its secret", body = NewTokenView),
    (status = 400, description = "Bad name, prefix, actions or expires_at", body = ProblemBody),
    (status = 403, description = "Log in yourself", body = ProblemBody),
    (status = 409, description = "You have too many tokens", body = ProblemBody),
))]
#[post("/tokens")]
pub async fn create_token(
    signed_in: SignedIn,
    identity: web::Data<Identity>,
    body: web::Json<CreateToken>,
) -> Result<HttpResponse, Problem> {
    let new = NewToken::try_from(body.into_inner()).map_err(Problem::invalid)?;
    Ok(shown_once(identity.create_own_token(&signed_in.caller, new).await?))
}

/// Revokes a token: one of yours, the one that you show, one of a service account that you rule, or as org-admin anybody's.
#[utoipa::path(tag = "tokens", params(("id" = Uuid, Path, description = "The token's id")), responses(
    (status = 204, description = "It is good for nothing any more"),
    (status = 403, description = "Not yours to revoke", body = ProblemBody),
    (status = 404, description = "No such token", body = ProblemBody),
))]
#[delete("/tokens/{id}")]
pub async fn revoke_token(
    signed_in: SignedIn,
    identity: web::Data<Identity>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    identity.revoke_token(&signed_in.caller, id.into_inner().into()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Makes a token's successor, with its name and reach, good for as long as it was. The old one ends a little later.
#[utoipa::path(tag = "tokens",
    params(("id" = Uuid, Path, description = "The token's id"), Rotation),
    responses(
        (status = 201, description = "The successor with its secret", body = NewTokenView),
        (status = 400, description = "Bad overlap_seconds", body = ProblemBody),
        (status = 403, description = "Not yours to rotate, or log in yourself", body = ProblemBody),
        (status = 404, description = "No such token, or it is good no more", body = ProblemBody),
        (status = 409, description = "A token that is not rotated, or the account has too many", body = ProblemBody),
    ),
)]
#[post("/tokens/{id}/rotate")]
pub async fn rotate_token(
    signed_in: SignedIn,
    identity: web::Data<Identity>,
    id: web::Path<Uuid>,
    rotation: web::Query<Rotation>,
) -> Result<HttpResponse, Problem> {
    let seconds = rotation.overlap_seconds.unwrap_or(OVERLAP);
    if seconds > MAX_OVERLAP {
        return Err(Problem::invalid(format!("overlap_seconds must be at most {MAX_OVERLAP}")));
    }
    let overlap = Duration::from_secs(seconds);
    Ok(shown_once(identity.rotate_token(&signed_in.caller, id.into_inner().into(), overlap).await?))
}

/// The page of a list of tokens.
pub fn token_page(query: &PageQuery) -> Result<PageRequest, Problem> {
    let page = query.parse()?;
    if page.after.as_ref().is_some_and(|after| after.parse::<TokenId>().is_err()) {
        return Err(Problem::invalid("cursor must be the 'next' of an earlier page, unchanged"));
    }
    Ok(page)
}

/// 201 with the secret, which no cache may keep.
pub fn shown_once((token, secret): (Token, TokenSecret)) -> HttpResponse {
    let secret = secret.text().expose_secret().to_owned();
    HttpResponse::build(StatusCode::CREATED)
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(NewTokenView { token: token.into(), secret })
}
