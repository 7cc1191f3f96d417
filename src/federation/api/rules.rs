//! `/api/v1/federation-rules`.

use std::collections::BTreeMap;

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, delete, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::access::SignedIn;
use crate::federation::service::{Federation, NamedRule, NewRule};
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::identity::UserName;
use crate::types::{Action, ProjectName, RepoName, RuleId};

/// A rule by which id tokens of an issuer become a service account.
#[derive(Serialize, ToSchema)]
pub struct RuleView {
    /// Opaque id.
    id: Uuid,
    /// The project whose owners rule it, and that its tokens never leave.
    #[schema(value_type = Option<String>)]
    project: Option<ProjectName>,
    /// The issuer's identifier.
    issuer: String,
    /// Its name in the settings; without one the rule accepts nothing.
    issuer_name: Option<String>,
    /// What the id token must say, exactly.
    claims: BTreeMap<String, String>,
    /// The service account that it becomes.
    #[schema(value_type = Option<String>)]
    service_account: Option<UserName>,
    /// The repositories that are this or lie below it.
    #[schema(value_type = String)]
    prefix: RepoName,
    /// What may be done there, as far as the service account may.
    #[schema(value_type = Vec<String>)]
    actions: Vec<Action>,
    /// How long a token lives.
    lifetime_seconds: u64,
    /// Since when, RFC 3339.
    since: String,
}

impl From<NamedRule> for RuleView {
    fn from(named: NamedRule) -> Self {
        let rule = named.rule;
        Self {
            id: rule.id.uuid(),
            project: named.project,
            issuer: rule.issuer,
            issuer_name: named.issuer,
            claims: rule.claims.all().clone(),
            service_account: named.service_account,
            prefix: rule.reach.prefix,
            actions: rule.reach.actions,
            lifetime_seconds: rule.lifetime.seconds(),
            since: rule.since.to_rfc3339(),
        }
    }
}

/// A rule to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateRule {
    /// The project.
    #[schema(value_type = String)]
    project: ProjectName,
    /// Name of the issuer in the settings.
    issuer: String,
    /// What the id token must say: compared as a whole, without patterns. One at least must be an id, such as GitHub's
    /// `repository_id` or GitLab's `project_id`. Numbers and booleans are written as texts.
    claims: BTreeMap<String, String>,
    /// A service account of the project.
    #[schema(value_type = String)]
    service_account: UserName,
    /// Narrows it to repositories of the project; all of them unless named.
    #[schema(value_type = Option<String>)]
    prefix: Option<RepoName>,
    /// Of `pull`, `push` and `delete`.
    #[schema(value_type = Vec<String>)]
    actions: Vec<Action>,
    /// How long a token lives, 60 to 3600; 3600 unless named.
    lifetime_seconds: Option<u64>,
}

/// Which rules to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListFilter {
    /// In one project.
    #[param(value_type = Option<String>)]
    project: Option<ProjectName>,
}

/// Lists the rules of a project, oldest first; org-admins may leave the project out.
#[utoipa::path(tag = "federation-rules", params(ListFilter, PageQuery), responses(
    (status = 200, description = "A page of rules", body = Page<RuleView>),
    (status = 403, description = "Needs the role project-owner there, or org-admin", body = ProblemBody),
))]
#[get("/federation-rules")]
pub async fn list_rules(
    signed_in: SignedIn,
    federation: web::Data<Federation>,
    filter: web::Query<ListFilter>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<RuleView>>, Problem> {
    let page = page.parse()?;
    if page.after.as_ref().is_some_and(|after| after.parse::<RuleId>().is_err()) {
        return Err(Problem::invalid("cursor must be the 'next' of an earlier page, unchanged"));
    }
    let rules = federation.list_rules(&signed_in.caller, filter.project.as_ref(), &page).await?;
    Ok(web::Json(rules.map(RuleView::from)))
}

/// Makes a rule. To change one, make another and remove it.
#[utoipa::path(tag = "federation-rules", request_body = CreateRule, responses(
    (status = 201, description = "The rule", body = RuleView),
    (status = 400, description = "Bad claims, reach or lifetime", body = ProblemBody),
    (status = 403, description = "Needs the role project-owner there, or org-admin", body = ProblemBody),
    (status = 404, description = "No such project, issuer, or service account of the project", body = ProblemBody),
))]
#[post("/federation-rules")]
pub async fn create_rule(
    signed_in: SignedIn,
    federation: web::Data<Federation>,
    body: web::Json<CreateRule>,
) -> Result<HttpResponse, Problem> {
    let CreateRule { project, issuer, claims, service_account, prefix, actions, lifetime_seconds } =
        body.into_inner();
    let new = NewRule { project, issuer, claims, service_account, prefix, actions, lifetime_seconds };
    let rule = RuleView::from(federation.create_rule(&signed_in.caller, new).await?);
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/api/v1/federation-rules/{}", rule.id)))
        .json(rule))
}

/// Shows a rule.
#[utoipa::path(tag = "federation-rules", params(("id" = Uuid, Path, description = "The rule's id")), responses(
    (status = 200, description = "The rule", body = RuleView),
    (status = 403, description = "Needs the role project-owner there, or org-admin", body = ProblemBody),
    (status = 404, description = "No such rule", body = ProblemBody),
))]
#[get("/federation-rules/{id}")]
pub async fn get_rule(
    signed_in: SignedIn,
    federation: web::Data<Federation>,
    id: web::Path<Uuid>,
) -> Result<web::Json<RuleView>, Problem> {
    Ok(web::Json(federation.rule(&signed_in.caller, id.into_inner().into()).await?.into()))
}

/// Removes a rule, and revokes the tokens that came of it.
#[utoipa::path(tag = "federation-rules", params(("id" = Uuid, Path, description = "The rule's id")), responses(
    (status = 204, description = "It no longer holds"),
    (status = 403, description = "Needs the role project-owner there, or org-admin", body = ProblemBody),
    (status = 404, description = "No such rule", body = ProblemBody),
))]
#[delete("/federation-rules/{id}")]
pub async fn remove_rule(
    signed_in: SignedIn,
    federation: web::Data<Federation>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    federation.remove_rule(&signed_in.caller, id.into_inner().into()).await?;
    Ok(HttpResponse::NoContent().finish())
}
