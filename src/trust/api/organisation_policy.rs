//! `/api/v1/trust-policy`: the organisation's, which holds in all projects that have none of their own.

use actix_web::{HttpRequest, HttpResponse, delete, get, post, put, web};

use super::view::{self, PolicyRevisionView, PolicyView, RevokeSigner};
use crate::access::{Allowed, SignedIn, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody, RequestBody};
use crate::http::{edited_revision, read_limited, revision_unsaid};
use crate::trust::error::TrustError;
use crate::trust::model::{POLICY_LIMIT, PolicyDocument, PolicyOwner};
use crate::trust::service::Trust;

/// What an edit must name the revision of.
const WHAT: &str = "the organisation's trust policy";
const OWNER: PolicyOwner = PolicyOwner::Organisation;

/// Shows the organisation's trust policy.
#[utoipa::path(tag = "trust", responses(
    (status = 200, description = "The policy", body = PolicyView, headers(("ETag" = String))),
    (status = 401, description = "Log in first", body = ProblemBody),
    (status = 404, description = "The organisation has no trust policy", body = ProblemBody),
))]
#[get("/trust-policy")]
pub async fn get_policy(_: SignedIn, trust: web::Data<Trust>) -> Result<HttpResponse, Problem> {
    view::policy(HttpResponse::Ok(), &OWNER, trust.policy(&OWNER).await?)
}

/// Sets the organisation's trust policy: the first without If-Match, each other on the revision that it succeeds. What
/// projects without a policy of their own hold is verified again.
#[utoipa::path(tag = "trust",
    params(
        ("If-Match" = Option<String>, Header, description = "The revision that is edited, as in ETag; absent for the first"),
    ),
    request_body = PolicyDocument,
    responses(
        (status = 200, description = "The policy as it is now", body = PolicyView, headers(("ETag" = String))),
        (status = 201, description = "The first policy", body = PolicyView, headers(("ETag" = String))),
        (status = 403, description = "Needs the role org-admin", body = ProblemBody),
        (status = 412, description = "Another revision holds", body = ProblemBody),
        (status = 413, description = "Longer than 1 MiB", body = ProblemBody),
        (status = 422, description = "It can't be used; the detail says why, and what to do", body = ProblemBody),
        (status = 428, description = "There is a policy, and If-Match is missing", body = ProblemBody),
    ),
)]
#[put("/trust-policy")]
pub async fn set_policy(
    allowed: Allowed<demands::AdministerOrganisation>,
    trust: web::Data<Trust>,
    request: HttpRequest,
    body: RequestBody,
) -> Result<HttpResponse, Problem> {
    let expected = edited_revision(&request, WHAT)?;
    let document = read_limited(body, POLICY_LIMIT).await.map_err(TrustError::from)?;
    let set = trust.set_policy(&allowed.caller, &OWNER, expected, document).await?;
    let response = if set.is_first { HttpResponse::Created() } else { HttpResponse::Ok() };
    view::policy(response, &OWNER, set.policy)
}

/// Removes the organisation's trust policy: in projects without one of their own nothing is verified any more.
#[utoipa::path(tag = "trust",
    params(("If-Match" = String, Header, description = "The revision that is removed, as in ETag")),
    responses(
        (status = 204, description = "It no longer holds"),
        (status = 403, description = "Needs the role org-admin", body = ProblemBody),
        (status = 404, description = "The organisation has no trust policy", body = ProblemBody),
        (status = 412, description = "Another revision holds", body = ProblemBody),
        (status = 428, description = "If-Match is missing", body = ProblemBody),
    ),
)]
#[delete("/trust-policy")]
pub async fn remove_policy(
    allowed: Allowed<demands::AdministerOrganisation>,
    trust: web::Data<Trust>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let expected = edited_revision(&request, WHAT)?.ok_or_else(|| revision_unsaid(WHAT))?;
    trust.remove_policy(&allowed.caller, &OWNER, expected).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Lists the revisions of the organisation's trust policy, newest first.
#[utoipa::path(tag = "trust", params(PageQuery), responses(
    (status = 200, description = "A page of revisions", body = Page<PolicyRevisionView>),
    (status = 401, description = "Log in first", body = ProblemBody),
))]
#[get("/trust-policy/revisions")]
pub async fn list_policy_revisions(
    _: SignedIn,
    trust: web::Data<Trust>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<PolicyRevisionView>>, Problem> {
    let page = view::revisions_asked(&page)?;
    Ok(view::revisions(trust.policy_revisions(&OWNER, &page).await?))
}

/// Shows a revision of the organisation's trust policy.
#[utoipa::path(tag = "trust", params(("revision" = i64, Path, description = "Which revision")), responses(
    (status = 200, description = "The revision", body = PolicyView),
    (status = 401, description = "Log in first", body = ProblemBody),
    (status = 404, description = "No such revision", body = ProblemBody),
))]
#[get("/trust-policy/revisions/{revision}")]
pub async fn get_policy_revision(
    _: SignedIn,
    trust: web::Data<Trust>,
    revision: web::Path<i64>,
) -> Result<web::Json<PolicyView>, Problem> {
    Ok(web::Json(trust.policy_revision(&OWNER, revision.into_inner()).await?.try_into()?))
}

/// Gives the document of a revision, byte for byte as it was set.
#[utoipa::path(tag = "trust", params(("revision" = i64, Path, description = "Which revision")), responses(
    (status = 200, description = "The document; its digest is the ETag", body = PolicyDocument, headers(("ETag" = String))),
    (status = 401, description = "Log in first", body = ProblemBody),
    (status = 404, description = "No such revision", body = ProblemBody),
))]
#[get("/trust-policy/revisions/{revision}/document")]
pub async fn get_policy_document(
    _: SignedIn,
    trust: web::Data<Trust>,
    revision: web::Path<i64>,
) -> Result<HttpResponse, Problem> {
    Ok(view::document(trust.policy_revision(&OWNER, revision.into_inner()).await?))
}

/// Revokes a signer of the organisation's trust policy since a moment, which makes a new revision. What relied on the signer
/// is verified again. The same again changes nothing; an earlier moment takes the place of a later one.
#[utoipa::path(tag = "trust",
    params(("signer" = String, Path, description = "The signer's name in the policy")),
    request_body = RevokeSigner,
    responses(
        (status = 200, description = "The policy as it is now", body = PolicyView, headers(("ETag" = String))),
        (status = 400, description = "No instant, or too long a reason", body = ProblemBody),
        (status = 403, description = "Needs the role org-admin", body = ProblemBody),
        (status = 404, description = "No such signer, or no trust policy", body = ProblemBody),
        (status = 409, description = "Revoked since an earlier moment already", body = ProblemBody),
    ),
)]
#[post("/trust-policy/signers/{signer}/revocation")]
pub async fn revoke_signer(
    allowed: Allowed<demands::AdministerOrganisation>,
    trust: web::Data<Trust>,
    signer: web::Path<String>,
    body: web::Json<RevokeSigner>,
) -> Result<HttpResponse, Problem> {
    let revocation = body.into_inner().parse()?;
    let shown = trust.revoke_signer(&allowed.caller, &OWNER, &signer, &revocation).await?;
    view::policy(HttpResponse::Ok(), &OWNER, shown)
}
