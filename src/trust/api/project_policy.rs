//! `/api/v1/projects/{project}/trust-policy`.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, put, web};

use super::view::{self, PolicyRevisionView, PolicyView, RevokeSigner};
use crate::access::{AccessError, Allowed, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody, RequestBody};
use crate::http::{edited_revision, read_limited, revision_unsaid};
use crate::trust::error::TrustError;
use crate::trust::model::{POLICY_LIMIT, PolicyDocument, PolicyOwner};
use crate::trust::service::Trust;
use crate::types::ProjectName;

/// What an edit must name the revision of.
const WHAT: &str = "the project's own trust policy";

/// Shows the trust policy that holds in a project: its own, else the organisation's, which only who has logged in sees.
#[utoipa::path(tag = "trust", params(("project" = String, Path, description = "The project's name")), responses(
    (status = 200, description = "The policy; an ETag only if it is the project's own", body = PolicyView, headers(("ETag" = String))),
    (status = 403, description = "Needs a role in the project", body = ProblemBody),
    (status = 404, description = "No such project, or no trust policy", body = ProblemBody),
))]
#[get("/projects/{project}/trust-policy")]
pub async fn get_project_policy(
    allowed: Allowed<demands::ReadProject, ProjectName>,
    trust: web::Data<Trust>,
) -> Result<HttpResponse, Problem> {
    let owner = PolicyOwner::Project(allowed.scope);
    let shown = trust.policy(&owner).await?;
    // That a project is public says nothing of whom the organisation trusts.
    if shown.owner != owner && allowed.caller.is_anonymous() {
        return Err(AccessError::Unauthenticated.into());
    }
    view::policy(HttpResponse::Ok(), &owner, shown)
}

/// Sets a project's own trust policy: the first without If-Match, each other on the revision that it succeeds. What the
/// project holds is verified again.
#[utoipa::path(tag = "trust",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("If-Match" = Option<String>, Header, description = "The revision that is edited, as in ETag; absent for the first"),
    ),
    request_body = PolicyDocument,
    responses(
        (status = 200, description = "The policy as it is now", body = PolicyView, headers(("ETag" = String))),
        (status = 201, description = "The project's first policy", body = PolicyView, headers(("ETag" = String))),
        (status = 403, description = "Needs the role project-owner", body = ProblemBody),
        (status = 404, description = "No such project", body = ProblemBody),
        (status = 412, description = "Another revision holds", body = ProblemBody),
        (status = 413, description = "Longer than 1 MiB", body = ProblemBody),
        (status = 422, description = "It can't be used; the detail says why, and what to do", body = ProblemBody),
        (status = 428, description = "There is a policy, and If-Match is missing", body = ProblemBody),
    ),
)]
#[put("/projects/{project}/trust-policy")]
pub async fn set_project_policy(
    allowed: Allowed<demands::AdministerProject, ProjectName>,
    trust: web::Data<Trust>,
    request: HttpRequest,
    body: RequestBody,
) -> Result<HttpResponse, Problem> {
    let expected = edited_revision(&request, WHAT)?;
    let document = read_limited(body, POLICY_LIMIT).await.map_err(TrustError::from)?;
    let owner = PolicyOwner::Project(allowed.scope);
    let set = trust.set_policy(&allowed.caller, &owner, expected, document).await?;
    let response = if set.is_first { HttpResponse::Created() } else { HttpResponse::Ok() };
    view::policy(response, &owner, set.policy)
}

/// Removes a project's own trust policy, so that the organisation's holds there.
#[utoipa::path(tag = "trust",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("If-Match" = String, Header, description = "The revision that is removed, as in ETag"),
    ),
    responses(
        (status = 204, description = "It no longer holds"),
        (status = 403, description = "Needs the role project-owner", body = ProblemBody),
        (status = 404, description = "No such project, or it has no trust policy of its own", body = ProblemBody),
        (status = 412, description = "Another revision holds", body = ProblemBody),
        (status = 428, description = "If-Match is missing", body = ProblemBody),
    ),
)]
#[delete("/projects/{project}/trust-policy")]
pub async fn remove_project_policy(
    allowed: Allowed<demands::AdministerProject, ProjectName>,
    trust: web::Data<Trust>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let expected = edited_revision(&request, WHAT)?.ok_or_else(|| revision_unsaid(WHAT))?;
    trust.remove_policy(&allowed.caller, &PolicyOwner::Project(allowed.scope), expected).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Lists the revisions of a project's own trust policy, newest first.
#[utoipa::path(tag = "trust",
    params(("project" = String, Path, description = "The project's name"), PageQuery),
    responses(
        (status = 200, description = "A page of revisions", body = Page<PolicyRevisionView>),
        (status = 403, description = "Needs a role in the project", body = ProblemBody),
        (status = 404, description = "No such project", body = ProblemBody),
    ),
)]
#[get("/projects/{project}/trust-policy/revisions")]
pub async fn list_project_policy_revisions(
    allowed: Allowed<demands::ReadProject, ProjectName>,
    trust: web::Data<Trust>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<PolicyRevisionView>>, Problem> {
    let page = view::revisions_asked(&page)?;
    Ok(view::revisions(trust.policy_revisions(&PolicyOwner::Project(allowed.scope), &page).await?))
}

/// Shows a revision of a project's own trust policy.
#[utoipa::path(tag = "trust",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("revision" = i64, Path, description = "Which revision"),
    ),
    responses(
        (status = 200, description = "The revision", body = PolicyView),
        (status = 403, description = "Needs a role in the project", body = ProblemBody),
        (status = 404, description = "No such project or revision", body = ProblemBody),
    ),
)]
#[get("/projects/{project}/trust-policy/revisions/{revision}")]
pub async fn get_project_policy_revision(
    allowed: Allowed<demands::ReadProject, ProjectName>,
    trust: web::Data<Trust>,
    path: web::Path<(String, i64)>,
) -> Result<web::Json<PolicyView>, Problem> {
    let shown = trust.policy_revision(&PolicyOwner::Project(allowed.scope), path.1).await?;
    Ok(web::Json(shown.try_into()?))
}

/// Gives the document of a revision, byte for byte as it was set.
#[utoipa::path(tag = "trust",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("revision" = i64, Path, description = "Which revision"),
    ),
    responses(
        (status = 200, description = "The document; its digest is the ETag", body = PolicyDocument, headers(("ETag" = String))),
        (status = 403, description = "Needs a role in the project", body = ProblemBody),
        (status = 404, description = "No such project or revision", body = ProblemBody),
    ),
)]
#[get("/projects/{project}/trust-policy/revisions/{revision}/document")]
pub async fn get_project_policy_document(
    allowed: Allowed<demands::ReadProject, ProjectName>,
    trust: web::Data<Trust>,
    path: web::Path<(String, i64)>,
) -> Result<HttpResponse, Problem> {
    Ok(view::document(trust.policy_revision(&PolicyOwner::Project(allowed.scope), path.1).await?))
}

/// Revokes a signer of a project's own trust policy since a moment, which makes a new revision. What relied on the signer
/// is verified again. The same again changes nothing; an earlier moment takes the place of a later one.
#[utoipa::path(tag = "trust",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("signer" = String, Path, description = "The signer's name in the policy"),
    ),
    request_body = RevokeSigner,
    responses(
        (status = 200, description = "The policy as it is now", body = PolicyView, headers(("ETag" = String))),
        (status = 400, description = "No instant, or too long a reason", body = ProblemBody),
        (status = 403, description = "Needs the role project-owner", body = ProblemBody),
        (status = 404, description = "No such project or signer, or no trust policy of its own", body = ProblemBody),
        (status = 409, description = "Revoked since an earlier moment already", body = ProblemBody),
    ),
)]
#[post("/projects/{project}/trust-policy/signers/{signer}/revocation")]
pub async fn revoke_project_signer(
    allowed: Allowed<demands::AdministerProject, ProjectName>,
    trust: web::Data<Trust>,
    path: web::Path<(String, String)>,
    body: web::Json<RevokeSigner>,
) -> Result<HttpResponse, Problem> {
    let (revocation, owner) = (body.into_inner().parse()?, PolicyOwner::Project(allowed.scope));
    let shown = trust.revoke_signer(&allowed.caller, &owner, &path.1, &revocation).await?;
    view::policy(HttpResponse::Ok(), &owner, shown)
}
