//! `GET /api/v1/summary-key`: by what Waybill's own verification summaries are verified.

use actix_web::{get, web};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::SignedIn;
use crate::http::{Problem, ProblemBody};
use crate::keys;
use crate::trust::error::TrustError;
use crate::trust::service::Trust;
use crate::trust::signing::PublicKey;

/// A key that signs, or signed, what Waybill itself says of artifacts.
#[derive(Serialize, ToSchema)]
pub struct SummaryKeyView {
    /// Opaque id; the events `key.created` and `key.rotated` name it.
    key_id: Uuid,
    /// What bundles name it by: base64 of the SHA-256 of its DER.
    hint: String,
    /// SubjectPublicKeyInfo in PEM: what `cosign verify-attestation --key` takes, and a trust policy.
    public_key: String,
    /// Since when it signs, RFC 3339.
    since: String,
    /// Since when it signs no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    retired_at: Option<String>,
}

impl TryFrom<keys::PublicKey> for SummaryKeyView {
    type Error = TrustError;

    fn try_from(key: keys::PublicKey) -> Result<Self, TrustError> {
        let public = PublicKey::of_bytes(&key.bytes);
        let public = public.map_err(|error| TrustError::BadSummary(error.to_string()))?;
        Ok(Self {
            key_id: key.id.uuid(),
            hint: public.hint(),
            public_key: public.to_pem().to_owned(),
            since: key.since.to_rfc3339(),
            retired_at: key.retired_at.map(|at| at.to_rfc3339()),
        })
    }
}

/// All keys that ever signed what Waybill itself says of artifacts.
#[derive(Serialize, ToSchema)]
pub struct SummaryKeysView {
    /// The newest first.
    items: Vec<SummaryKeyView>,
}

/// Lists the keys by which Waybill's own verification summaries of artifacts are verified.
#[utoipa::path(tag = "trust", responses(
    (status = 200, description = "The keys, newest first", body = SummaryKeysView),
    (status = 401, description = "Needs a log-in", body = ProblemBody),
))]
#[get("/summary-key")]
pub async fn list_summary_keys(
    _: SignedIn,
    trust: web::Data<Trust>,
) -> Result<web::Json<SummaryKeysView>, Problem> {
    let keys = trust.summary_keys().await.map_err(TrustError::from)?;
    let items: Result<_, TrustError> = keys.into_iter().map(SummaryKeyView::try_from).collect();
    Ok(web::Json(SummaryKeysView { items: items? }))
}
