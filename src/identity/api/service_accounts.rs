//! `/api/v1/service-accounts`.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, get, patch, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::tokens::{CreateToken, NewTokenView, TokenView, shown_once, token_page};
use crate::access::SignedIn;
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::identity::model::UserName;
use crate::identity::service::{Identity, NewToken, OwnedAccount};
use crate::types::ProjectName;

/// An account of a program.
#[derive(Serialize, ToSchema)]
pub struct ServiceAccountView {
    /// Opaque id: the `actor` of events.
    id: Uuid,
    /// Log-in name; one that no user has.
    #[schema(value_type = String)]
    name: UserName,
    /// The project whose owners rule it; absent, it is the organisation's.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<ProjectName>,
    /// When it was created, RFC 3339.
    created_at: String,
    /// Whether it can't log in.
    disabled: bool,
}

impl From<OwnedAccount> for ServiceAccountView {
    fn from((account, project): OwnedAccount) -> Self {
        Self {
            id: account.id.uuid(),
            created_at: account.created_at.to_rfc3339(),
            disabled: !account.is_enabled(),
            name: account.name,
            project,
        }
    }
}

/// A service account to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateServiceAccount {
    /// Log-in name: `[a-z0-9][a-z0-9._-]{0,62}`.
    #[schema(value_type = String)]
    name: UserName,
    /// The project whose owners rule it, and in which alone it can have roles; absent, it is the organisation's.
    #[schema(value_type = Option<String>)]
    project: Option<ProjectName>,
}

/// A change of a service account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateServiceAccount {
    /// Whether it can't log in.
    disabled: bool,
}

/// What narrows the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ServiceAccountFilter {
    /// One project's name; needed by all but org-admins.
    #[param(value_type = Option<String>)]
    project: Option<ProjectName>,
}

/// Lists service accounts, by name.
#[utoipa::path(tag = "service-accounts", params(ServiceAccountFilter, PageQuery), responses(
    (status = 200, description = "A page of service accounts", body = Page<ServiceAccountView>),
    (status = 403, description = "Needs the role project-owner there, or org-admin", body = ProblemBody),
))]
#[get("/service-accounts")]
pub async fn list_service_accounts(
    signed_in: SignedIn,
    identity: web::Data<Identity>,
    filter: web::Query<ServiceAccountFilter>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<ServiceAccountView>>, Problem> {
    let project = filter.into_inner().project;
    let found = identity.list_service_accounts(&signed_in.caller, project, &page.parse()?).await?;
    Ok(web::Json(found.map(ServiceAccountView::from)))
}

/// Creates a service account, which has neither roles nor tokens yet.
#[utoipa::path(tag = "service-accounts", request_body = CreateServiceAccount, responses(
    (status = 201, description = "The service account", body = ServiceAccountView),
    (status = 400, description = "Bad name", body = ProblemBody),
    (status = 403, description = "Needs the role project-owner there, or org-admin", body = ProblemBody),
    (status = 409, description = "The name is taken", body = ProblemBody),
))]
#[post("/service-accounts")]
pub async fn create_service_account(
    signed_in: SignedIn,
    identity: web::Data<Identity>,
    body: web::Json<CreateServiceAccount>,
) -> Result<HttpResponse, Problem> {
    let CreateServiceAccount { name, project } = body.into_inner();
    let created = identity.create_service_account(&signed_in.caller, &name, project).await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/api/v1/service-accounts/{name}")))
        .json(ServiceAccountView::from(created)))
}

/// Shows a service account.
#[utoipa::path(tag = "service-accounts", params(("name" = String, Path, description = "Its name")), responses(
    (status = 200, description = "The service account", body = ServiceAccountView),
    (status = 403, description = "Needs the role project-owner there, or org-admin", body = ProblemBody),
    (status = 404, description = "No such service account", body = ProblemBody),
))]
#[get("/service-accounts/{name}")]
pub async fn get_service_account(
    signed_in: SignedIn,
    identity: web::Data<Identity>,
    name: web::Path<String>,
) -> Result<web::Json<ServiceAccountView>, Problem> {
    let name = parse(&name)?;
    Ok(web::Json(identity.show_service_account(&signed_in.caller, &name).await?.into()))
}

/// Disables a service account, and all its tokens with it, or enables it again.
#[utoipa::path(tag = "service-accounts",
    params(("name" = String, Path, description = "Its name")),
    request_body = UpdateServiceAccount,
    responses(
        (status = 200, description = "The service account as it is now", body = ServiceAccountView),
        (status = 403, description = "Needs the role project-owner there, or org-admin", body = ProblemBody),
        (status = 404, description = "No such service account", body = ProblemBody),
        (status = 409, description = "The last org-admin can't be disabled", body = ProblemBody),
    ),
)]
#[patch("/service-accounts/{name}")]
pub async fn update_service_account(
    signed_in: SignedIn,
    identity: web::Data<Identity>,
    name: web::Path<String>,
    body: web::Json<UpdateServiceAccount>,
) -> Result<web::Json<ServiceAccountView>, Problem> {
    let name = parse(&name)?;
    let changed = identity.disable_service_account(&signed_in.caller, &name, body.disabled).await?;
    Ok(web::Json(changed.into()))
}

/// Lists a service account's tokens that are not revoked, oldest first.
#[utoipa::path(tag = "service-accounts",
    params(("name" = String, Path, description = "Its name"), PageQuery),
    responses(
        (status = 200, description = "A page of tokens", body = Page<TokenView>),
        (status = 403, description = "Needs the role project-owner there, or org-admin", body = ProblemBody),
        (status = 404, description = "No such service account", body = ProblemBody),
    ),
)]
#[get("/service-accounts/{name}/tokens")]
pub async fn list_service_tokens(
    signed_in: SignedIn,
    identity: web::Data<Identity>,
    name: web::Path<String>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<TokenView>>, Problem> {
    let (name, page) = (parse(&name)?, token_page(&page)?);
    let found = identity.list_service_tokens(&signed_in.caller, &name, &page).await?;
    Ok(web::Json(found.map(TokenView::from)))
}

/// Makes a token of a service account.
#[utoipa::path(tag = "service-accounts",
    params(("name" = String, Path, description = "Its name")),
    request_body = CreateToken,
    responses(
        (status = 201, description = "The token with its secret", body = NewTokenView),
        (status = 400, description = "Bad name, prefix, actions or expires_at", body = ProblemBody),
        (status = 403, description = "Needs the role project-owner there, or org-admin", body = ProblemBody),
        (status = 404, description = "No such service account", body = ProblemBody),
        (status = 409, description = "It is disabled, or has too many tokens", body = ProblemBody),
    ),
)]
#[post("/service-accounts/{name}/tokens")]
pub async fn create_service_token(
    signed_in: SignedIn,
    identity: web::Data<Identity>,
    name: web::Path<String>,
    body: web::Json<CreateToken>,
) -> Result<HttpResponse, Problem> {
    let name = parse(&name)?;
    let new = NewToken::try_from(body.into_inner()).map_err(Problem::invalid)?;
    Ok(shown_once(identity.create_service_token(&signed_in.caller, &name, new).await?))
}

fn parse(name: &str) -> Result<UserName, Problem> {
    name.parse().map_err(Problem::invalid)
}
