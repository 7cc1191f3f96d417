//! `/api/v1/projects/{project}/artifacts/{digest}/trust`, `…/verify` and `…/attestations`.

use actix_web::{HttpResponse, get, post, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::verification::VerificationView;
use crate::access::{Allowed, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody, RequestBody, read_limited};
use crate::registry::{QueriedRepository, Registry, RepositoryQuery};
use crate::trust::error::TrustError;
use crate::trust::model::{EvidenceKind, Level, MAX_CONTENT, PullRule};
use crate::trust::service::{HeldPolicy, Report, Told, Trust};
use crate::types::Digest;

/// The trust policy that an artifact was held against.
#[derive(Serialize, ToSchema)]
pub struct PolicyShown {
    /// `project` or `organisation`.
    owner: &'static str,
    /// Counts from 1.
    revision: i64,
    /// SHA-256 of its document.
    digest: String,
    /// How far the policy goes, at gates and at reads.
    level: Level,
    /// What reads do about one that no signer signed.
    pull: PullRule,
}

impl From<&HeldPolicy> for PolicyShown {
    fn from(policy: &HeldPolicy) -> Self {
        Self {
            owner: policy.owner.as_str(),
            revision: policy.revision,
            digest: policy.digest.to_string(),
            level: policy.document.level,
            pull: policy.document.pull,
        }
    }
}

/// Something that speaks of an artifact, and what it is worth.
#[derive(Serialize, ToSchema)]
pub struct EvidenceView {
    /// Opaque id.
    id: String,
    /// `signature`, `attestation` or `document`.
    kind: &'static str,
    /// How it is written down.
    format: &'static str,
    /// What an attestation or a document says.
    #[serde(skip_serializing_if = "Option::is_none")]
    predicate_type: Option<String>,
    /// The manifest that carries it.
    manifest: String,
    /// The legacy tag through which it speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<String>,
    /// The blob of it, and its bytes.
    blob: String,
    /// Bytes.
    size: u64,
    /// When it came, RFC 3339.
    seen_at: String,
    /// What came of verifying it under the policy that holds; absent while that was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<VerificationView>,
}

impl From<Told> for EvidenceView {
    fn from(Told { piece, verification, ledger_index }: Told) -> Self {
        Self {
            id: piece.id.to_string(),
            kind: piece.kind.as_str(),
            format: piece.format.as_str(),
            predicate_type: piece.predicate_type,
            manifest: piece.carrier.to_string(),
            tag: piece.tag.map(String::from),
            blob: piece.content.to_string(),
            size: piece.size,
            seen_at: piece.seen_at.to_rfc3339(),
            verification: verification.map(|kept| VerificationView::of(kept, ledger_index)),
        }
    }
}

/// What speaks of an artifact. Nothing counts for being listed here: `verification.result` says what does.
#[derive(Serialize, ToSchema)]
pub struct TrustView {
    /// The artifact by SHA-256.
    digest: String,
    /// And by SHA-512.
    sha512: String,
    /// Whether a signer of the policy signed the artifact itself.
    signed: bool,
    /// The policy that holds; absent when neither project nor organisation has one: nothing is verified then.
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<PolicyShown>,
    /// Signatures on this page.
    signatures: Vec<EvidenceView>,
    /// Attestations on this page, and documents that nobody signed.
    attestations: Vec<EvidenceView>,
    /// Cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<Report> for TrustView {
    fn from(report: Report) -> Self {
        let Report { names: [sha256, sha512], policy, is_signed, page: Page { items, next } } = report;
        let (signatures, attestations): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|told| told.piece.kind == EvidenceKind::Signature);
        Self {
            digest: sha256.into(),
            sha512: sha512.into(),
            signed: is_signed,
            policy: policy.as_deref().map(PolicyShown::from),
            signatures: signatures.into_iter().map(EvidenceView::from).collect(),
            attestations: attestations.into_iter().map(EvidenceView::from).collect(),
            next,
        }
    }
}

/// An attestation that the repository holds now.
#[derive(Serialize, ToSchema)]
pub struct AttestedView {
    /// The manifest that carries it, a referrer of the artifact.
    manifest: String,
    /// What it says.
    predicate_type: String,
    /// What speaks of the artifact now, this attestation included.
    trust: TrustView,
}

fn digest(text: &str) -> Result<Digest, Problem> {
    text.parse().map_err(Problem::invalid)
}

/// Shows what speaks of an artifact, named by either of its digests, and what it is worth under the trust policy that holds.
#[utoipa::path(tag = "trust",
    params(("project" = String, Path), ("digest" = String, Path), RepositoryQuery, PageQuery),
    responses(
        (status = 200, description = "A page of what speaks of it", body = TrustView),
        (status = 403, description = "Needs the role reader", body = ProblemBody),
        (status = 404, description = "No such artifact", body = ProblemBody),
    )
)]
#[get("/projects/{project}/artifacts/{digest}/trust")]
pub async fn get_trust(
    allowed: Allowed<demands::Pull, QueriedRepository>,
    trust: web::Data<Trust>,
    path: web::Path<(String, String)>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<TrustView>, Problem> {
    let report = trust.report(&allowed.scope.0, &digest(&path.1)?, &page.parse()?).await?;
    Ok(web::Json(report.into()))
}

/// Verifies again all that speaks of an artifact, and shows what came of it.
#[utoipa::path(tag = "trust",
    params(("project" = String, Path), ("digest" = String, Path), RepositoryQuery, PageQuery),
    responses(
        (status = 200, description = "A page of what speaks of it", body = TrustView),
        (status = 403, description = "Needs the role publisher", body = ProblemBody),
        (status = 404, description = "No such artifact", body = ProblemBody),
    )
)]
#[post("/projects/{project}/artifacts/{digest}/verify")]
pub async fn verify_artifact(
    allowed: Allowed<demands::Push, QueriedRepository>,
    trust: web::Data<Trust>,
    path: web::Path<(String, String)>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<TrustView>, Problem> {
    let (name, digest, page) = (&allowed.scope.0, digest(&path.1)?, page.parse()?);
    trust.verify(name, &digest).await?;
    Ok(web::Json(trust.report(name, &digest, &page).await?.into()))
}

/// Takes an attestation of an artifact: a DSSE envelope with an in-toto statement, or a Sigstore bundle with one. It is stored
/// as a referrer of the artifact, so that OCI tools see it too, and verified at once.
#[utoipa::path(tag = "trust",
    params(("project" = String, Path), ("digest" = String, Path), RepositoryQuery),
    request_body(content = Object, content_type = "application/vnd.dsse.envelope.v1+json"),
    responses(
        (status = 201, description = "Stored", body = AttestedView),
        (status = 403, description = "Needs the role publisher", body = ProblemBody),
        (status = 404, description = "No such artifact", body = ProblemBody),
        (status = 413, description = "Longer than 16 MiB", body = ProblemBody),
        (status = 422, description = "It can't be an attestation of this artifact; the code says why", body = ProblemBody),
    )
)]
#[post("/projects/{project}/artifacts/{digest}/attestations")]
pub async fn attest_artifact(
    allowed: Allowed<demands::Push, QueriedRepository>,
    trust: web::Data<Trust>,
    registry: web::Data<Registry>,
    path: web::Path<(String, String)>,
    body: RequestBody,
) -> Result<HttpResponse, Problem> {
    let (name, digest) = (&allowed.scope.0, digest(&path.1)?);
    let limit = usize::try_from(MAX_CONTENT).unwrap_or(usize::MAX);
    let bytes = read_limited(body, limit).await.map_err(TrustError::from)?;
    let attested = trust.attest(&registry, &allowed.caller, name, &digest, bytes).await?;
    let page = PageQuery::default().parse()?;
    let report = trust.report(name, &digest, &page).await?;
    Ok(HttpResponse::Created().json(AttestedView {
        manifest: attested.carrier.into(),
        predicate_type: attested.predicate_type,
        trust: report.into(),
    }))
}
