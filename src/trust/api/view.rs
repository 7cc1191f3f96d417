//! How trust policies are shown and asked for.

use actix_web::http::header::{ContentType, ETAG};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::http::{Page, PageQuery, PageRequest, Problem, etag};
use crate::trust::model::{PolicyDocument, PolicyOwner, PolicyRevision, Revocation};
use crate::trust::service::ShownPolicy;
use crate::types::Timestamp;

/// Most characters of the reason of a revocation.
const MAX_REASON: usize = 500;

/// A revision of a trust policy.
#[derive(Serialize, ToSchema)]
pub struct PolicyRevisionView {
    /// Counts from 1.
    revision: i64,
    /// SHA-256 of the document as it was set; outcomes name it.
    digest: String,
    /// Since when it holds, RFC 3339.
    since: String,
    /// Until when it held; absent while it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// The event that tells of it.
    event: String,
}

impl From<PolicyRevision> for PolicyRevisionView {
    fn from(revision: PolicyRevision) -> Self {
        Self {
            revision: revision.revision,
            digest: revision.digest.to_string(),
            since: revision.since.to_rfc3339(),
            until: revision.until.map(Timestamp::to_rfc3339),
            event: revision.event.to_string(),
        }
    }
}

/// A trust policy.
#[derive(Serialize, ToSchema)]
pub struct PolicyView {
    /// Whose it is: `project`, or `organisation` where the project has none of its own.
    owner: &'static str,
    #[serde(flatten)]
    revision: PolicyRevisionView,
    /// The document. Blanks around it aside it is as it was set; `…/revisions/{revision}/document` gives the very bytes.
    #[schema(value_type = PolicyDocument)]
    document: Box<RawValue>,
}

impl TryFrom<ShownPolicy> for PolicyView {
    type Error = Problem;

    fn try_from(shown: ShownPolicy) -> Result<Self, Problem> {
        // It was read when it was set.
        let document = serde_json::from_str(&shown.document).map_err(|error| Problem::internal(&error))?;
        Ok(Self { owner: shown.owner.as_str(), revision: shown.revision.into(), document })
    }
}

/// A revocation of a signer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeSigner {
    /// What was signed from then on counts for nothing: the earliest moment at which the key may have been in other hands,
    /// RFC 3339.
    at: String,
    /// Why; at most 500 characters.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: String,
}

impl RevokeSigner {
    /// Checks it.
    ///
    /// # Errors
    /// 400 that names what is wrong.
    pub fn parse(self) -> Result<Revocation, Problem> {
        let at: Timestamp = self.at.parse().map_err(|error| Problem::invalid(format_args!("at: {error}")))?;
        if self.reason.chars().count() > MAX_REASON {
            return Err(Problem::invalid(format_args!("reason may have {MAX_REASON} characters at most")));
        }
        Ok(Revocation { at: at.to_rfc3339(), reason: self.reason })
    }
}

/// A policy as an answer. Its entity tag is the revision, unless it is another owner's: an edit can't be made on that.
///
/// # Errors
/// When the document does not read any more.
pub fn policy(
    mut response: HttpResponseBuilder,
    asked: &PolicyOwner,
    shown: ShownPolicy,
) -> Result<HttpResponse, Problem> {
    if shown.owner == *asked {
        response.insert_header((ETAG, etag(shown.revision.revision)));
    }
    Ok(response.json(PolicyView::try_from(shown)?))
}

/// A document as an answer, byte for byte.
pub fn document(shown: ShownPolicy) -> HttpResponse {
    let tag = etag(shown.revision.digest);
    HttpResponse::Ok().content_type(ContentType::json()).insert_header((ETAG, tag)).body(shown.document)
}

/// A page of revisions as an answer.
pub fn revisions(page: Page<PolicyRevision>) -> actix_web::web::Json<Page<PolicyRevisionView>> {
    actix_web::web::Json(page.map(PolicyRevisionView::from))
}

/// Checks which page of revisions is asked for.
///
/// # Errors
/// 400 that names what is wrong.
pub fn revisions_asked(page: &PageQuery) -> Result<PageRequest, Problem> {
    let page = page.parse()?;
    if page.after.as_ref().is_some_and(|after| after.parse::<i64>().is_err()) {
        return Err(Problem::invalid("cursor must be the 'next' of an earlier page, unchanged"));
    }
    Ok(page)
}
