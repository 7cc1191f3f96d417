//! `/api/v1/role-bindings`.

use actix_web::{HttpResponse, delete, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::access::SignedIn;
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::identity::model::{NamedBinding, NamedScope, Role, UserName};
use crate::identity::service::{BindingFilter, Identity, IdentityError};
use crate::types::{BindingId, EnvironmentSelector, InstantError, ProjectName, RepoName};

/// A role that an account has: for the organisation, unless a project, a prefix or environments narrow it.
#[derive(Serialize, ToSchema)]
pub struct BindingView {
    /// Opaque id.
    id: Uuid,
    /// Log-in name of who has it, a user or service account.
    #[schema(value_type = String)]
    user: UserName,
    /// Which.
    role: Role,
    /// In which project.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<ProjectName>,
    /// In the repositories of the project that are this or lie below it.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<RepoName>,
    /// In which environments only.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<EnvironmentSelector>,
    /// Since when, RFC 3339.
    since: String,
    /// When it ends by itself, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

impl From<NamedBinding> for BindingView {
    fn from(named: NamedBinding) -> Self {
        Self {
            id: named.binding.id.uuid(),
            user: named.user,
            role: named.binding.role,
            project: named.project,
            since: named.binding.since.to_rfc3339(),
            expires_at: named.binding.expires_at.map(|at| at.to_rfc3339()),
            prefix: named.binding.scope.base.prefix().cloned(),
            environment: named.binding.scope.environment,
        }
    }
}

/// What narrows the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListFilter {
    /// One project's name.
    #[param(value_type = Option<String>)]
    project: Option<ProjectName>,
    /// One user's log-in name.
    #[param(value_type = Option<String>)]
    user: Option<UserName>,
}

/// A role to give: for the organisation, unless a project, a prefix or environments narrow it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Grant {
    /// Log-in name of who gets it, a user or service account.
    #[schema(value_type = String)]
    user: UserName,
    /// Which.
    role: Role,
    /// In which project.
    #[schema(value_type = Option<String>)]
    project: Option<ProjectName>,
    /// In the repositories that are this or lie below it: a whole name, for example `acme/team`.
    #[schema(value_type = Option<String>)]
    prefix: Option<RepoName>,
    /// In which environments only: a name in which `*` stands for any characters, for example `production` or `prod-*`. For the
    /// roles promoter, approver, deployer and break-glass.
    #[schema(value_type = Option<String>)]
    environment: Option<EnvironmentSelector>,
    /// When it ends by itself, RFC 3339; absent, it holds until it is taken away.
    expires_at: Option<String>,
}

/// Lists role bindings, oldest first: org-admins all, owners those of their project, everybody their own.
#[utoipa::path(tag = "role-bindings", params(ListFilter, PageQuery), responses(
    (status = 200, description = "A page of role bindings", body = Page<BindingView>),
    (status = 403, description = "Narrow the list to yourself or a project that you own", body = ProblemBody),
))]
#[get("/role-bindings")]
pub async fn list_bindings(
    signed_in: SignedIn,
    identity: web::Data<Identity>,
    filter: web::Query<ListFilter>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<BindingView>>, Problem> {
    let page = page.parse()?;
    if page.after.as_ref().is_some_and(|after| after.parse::<BindingId>().is_err()) {
        return Err(Problem::invalid("cursor must be the 'next' of an earlier page, unchanged"));
    }
    let ListFilter { project, user } = filter.into_inner();
    let filter = BindingFilter { project, user };
    Ok(web::Json(identity.list_bindings(&signed_in.caller, &filter, &page).await?.map(BindingView::from)))
}

/// Gives a user or service account a role, for good or until `expires_at`. Giving it again changes nothing, but its end.
#[utoipa::path(tag = "role-bindings", request_body = Grant, responses(
    (status = 200, description = "The user has the role already", body = BindingView),
    (status = 201, description = "The role binding", body = BindingView),
    (status = 400, description = "The role can't be bound there, or not until then", body = ProblemBody),
    (status = 403, description = "Needs the role org-admin, or project-owner there for a role that owners give", body = ProblemBody),
    (status = 404, description = "No such account or project", body = ProblemBody),
    (status = 409, description = "The last org-admin can't get an end, or the account has 200 roles there", body = ProblemBody),
))]
#[post("/role-bindings")]
pub async fn grant(
    signed_in: SignedIn,
    identity: web::Data<Identity>,
    body: web::Json<Grant>,
) -> Result<HttpResponse, Problem> {
    let Grant { user, role, project, prefix, environment, expires_at } = body.into_inner();
    let expires_at = expires_at.map(|text| text.parse()).transpose();
    let expires_at = expires_at.map_err(|error: InstantError| Problem::invalid(error))?;
    let scope = NamedScope::of(project, prefix, environment).map_err(IdentityError::from)?;
    let (binding, is_new) = identity.grant(&signed_in.caller, &user, role, scope, expires_at).await?;
    let mut response = if is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    Ok(response.json(BindingView::from(binding)))
}

/// Takes a role away.
#[utoipa::path(tag = "role-bindings", params(("id" = Uuid, Path, description = "The binding's id")), responses(
    (status = 204, description = "It no longer holds"),
    (status = 403, description = "Needs the role org-admin, or project-owner there for a role that owners give", body = ProblemBody),
    (status = 404, description = "No such binding", body = ProblemBody),
    (status = 409, description = "The last org-admin can't lose the role", body = ProblemBody),
))]
#[delete("/role-bindings/{id}")]
pub async fn revoke(
    signed_in: SignedIn,
    identity: web::Data<Identity>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    identity.revoke(&signed_in.caller, id.into_inner().into()).await?;
    Ok(HttpResponse::NoContent().finish())
}
