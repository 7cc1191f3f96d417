//! `/api/v1/projects/{project}/verifications`, and which artifacts rely on a signer.

use actix_web::{get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{Allowed, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::trust::model::Verdict;
use crate::trust::service::Trust;
use crate::trust::store::outcomes::{Filter, Kept};
use crate::types::{Digest, ProjectName, RepoName, Timestamp};

/// Why something was refused.
#[derive(Serialize, ToSchema)]
pub struct ReasonView {
    /// Stable name of the reason, for programs.
    code: String,
    /// What it means here, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// What came of verifying a signature or attestation.
#[derive(Serialize, ToSchema)]
pub struct VerificationView {
    /// Opaque id.
    id: String,
    /// `verified` or `refused`.
    result: &'static str,
    /// Which signer of the policy made it, as far as that can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<String>,
    /// Why it was refused; empty when it was verified.
    reasons: Vec<ReasonView>,
    /// The digest of the trust policy.
    policy: String,
    /// The digest of the trusted root or trust store that was needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    trusted_root: Option<String>,
    /// The highest SLSA level that its builder is good for.
    #[serde(skip_serializing_if = "Option::is_none")]
    slsa_level: Option<i32>,
    /// When it was signed, where a log or a timestamp tells, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_at: Option<String>,
    /// What verified it, with its version.
    verifier: String,
    /// When, RFC 3339.
    verified_at: String,
    /// Id of the event that tells of it.
    event: String,
    /// Its index in the ledger; absent until it is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    ledger_index: Option<i64>,
}

impl VerificationView {
    /// Of what is kept.
    pub fn of(kept: Kept, ledger_index: Option<i64>) -> Self {
        let mut details = kept.details.into_iter();
        let reasons =
            kept.reasons.into_iter().map(|code| ReasonView { code, detail: details.next() }).collect();
        Self {
            id: kept.id.to_string(),
            result: kept.verdict.as_str(),
            signer: kept.signer,
            reasons,
            policy: kept.policy,
            trusted_root: kept.trusted_root,
            slsa_level: kept.slsa_level,
            signed_at: kept.signed_at.map(Timestamp::to_rfc3339),
            verifier: kept.verifier,
            verified_at: kept.at.to_rfc3339(),
            event: kept.event.to_string(),
            ledger_index,
        }
    }
}

/// A verification, and of what.
#[derive(Serialize, ToSchema)]
pub struct ListedVerification {
    /// In which repository.
    repository: String,
    /// The artifact, as the signature or attestation names it.
    digest: String,
    /// Opaque id of what was verified.
    evidence: String,
    /// What came of it.
    verification: VerificationView,
}

impl From<(Kept, RepoName, Digest)> for ListedVerification {
    fn from((kept, repository, digest): (Kept, RepoName, Digest)) -> Self {
        Self {
            repository: repository.to_string(),
            digest: digest.into(),
            evidence: kept.evidence.to_string(),
            verification: VerificationView::of(kept, None),
        }
    }
}

/// `verified` or `refused`.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ResultFilter {
    /// What counts.
    Verified,
    /// What does not.
    Refused,
}

/// What narrows a list of verifications.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VerificationFilter {
    /// Of one signer only.
    signer: Option<String>,
    /// Of one result only.
    #[param(inline)]
    result: Option<ResultFilter>,
}

impl From<VerificationFilter> for Filter {
    fn from(filter: VerificationFilter) -> Self {
        let verdict = filter.result.map(|result| match result {
            ResultFilter::Verified => Verdict::Verified,
            ResultFilter::Refused => Verdict::Refused,
        });
        Self { signer: filter.signer, verdict }
    }
}

/// Lists what came of verifying in a project, as it holds now.
#[utoipa::path(tag = "trust",
    params(("project" = String, Path), VerificationFilter, PageQuery),
    responses(
        (status = 200, description = "A page of verifications", body = Page<ListedVerification>),
        (status = 403, description = "Needs the role reader in the whole project", body = ProblemBody),
    )
)]
#[get("/projects/{project}/verifications")]
pub async fn list_verifications(
    allowed: Allowed<demands::Pull, ProjectName>,
    trust: web::Data<Trust>,
    filter: web::Query<VerificationFilter>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<ListedVerification>>, Problem> {
    let page = trust.list_verifications(&allowed.scope, &filter.into_inner().into(), &page.parse()?).await?;
    Ok(web::Json(page.map(ListedVerification::from)))
}

/// An artifact that a signer ever vouched for.
#[derive(Serialize, ToSchema)]
pub struct ReliantView {
    /// In which repository.
    repository: String,
    /// The artifact.
    digest: String,
    /// Whether any signer vouches for it now.
    vouched_for: bool,
}

/// Lists the artifacts that a signer ever vouched for: those to look at when its key was in other hands. Whether anybody still
/// vouches for each is said under the policy that holds.
#[utoipa::path(tag = "trust",
    params(("project" = String, Path), ("signer" = String, Path), PageQuery),
    responses(
        (status = 200, description = "A page of artifacts", body = Page<ReliantView>),
        (status = 403, description = "Needs the role reader in the whole project", body = ProblemBody),
    )
)]
#[get("/projects/{project}/trust-policy/signers/{signer}/artifacts")]
pub async fn list_reliant(
    allowed: Allowed<demands::Pull, ProjectName>,
    trust: web::Data<Trust>,
    path: web::Path<(String, String)>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<ReliantView>>, Problem> {
    let page = trust.reliant_on(&allowed.scope, &path.1, &page.parse()?).await?;
    Ok(web::Json(page.map(|(repository, digest, verdict)| ReliantView {
        repository: repository.to_string(),
        digest: digest.into(),
        vouched_for: verdict == Verdict::Verified,
    })))
}
