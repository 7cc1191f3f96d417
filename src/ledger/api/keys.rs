//! `/api/v1/ledger/keys`: the log's keys, and the way to another one.

use actix_web::{HttpResponse, get, post, web};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::access::{Allowed, demands};
use crate::http::{Problem, ProblemBody};
use crate::ledger::{Ledger, LogKey};

/// Adds the routes.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_keys).service(rotate_key);
}

/// A key of the log.
#[derive(Serialize, ToSchema)]
pub struct LogKeyView {
    /// Opaque id; the events `key.created` and `key.rotated` name it.
    id: Uuid,
    /// The signed-note verifier key that clients are configured with.
    verifier_key: String,
    /// Since when it signs.
    since: String,
    /// Since when it has a successor; it signs beside that for a while.
    #[serde(skip_serializing_if = "Option::is_none")]
    succeeded_at: Option<String>,
}

impl From<LogKey> for LogKeyView {
    fn from(key: LogKey) -> Self {
        Self {
            id: key.id.uuid(),
            verifier_key: key.verifier.to_string(),
            since: key.since.to_rfc3339(),
            succeeded_at: key.succeeded_at.map(|at| at.to_rfc3339()),
        }
    }
}

/// All keys that the log ever had.
#[derive(Serialize, ToSchema)]
pub struct LogKeysView {
    /// The newest first.
    items: Vec<LogKeyView>,
}

/// Lists the keys that the ledger's checkpoints are, and were, signed with. Open to all, as `/ledger/key` is.
#[utoipa::path(tag = "ledger", responses((status = 200, description = "The keys, newest first", body = LogKeysView)))]
#[get("/ledger/keys")]
async fn list_keys(ledger: web::Data<Ledger>) -> Result<web::Json<LogKeysView>, Problem> {
    let items = ledger.key_history().await?.into_iter().map(LogKeyView::from).collect();
    Ok(web::Json(LogKeysView { items }))
}

/// Has another key sign the ledger's checkpoints from now on. The one before signs beside it for the time of
/// `ledger.key_overlap_seconds`, within which every client must get to know the new one.
#[utoipa::path(tag = "ledger", responses(
    (status = 201, description = "The new key", body = LogKeyView),
    (status = 403, description = "Needs the role org-admin", body = ProblemBody),
    (status = 409, description = "Eight keys sign beside each other already", body = ProblemBody),
    (status = 503, description = "Another rotation is under way", body = ProblemBody),
))]
#[post("/ledger/keys")]
async fn rotate_key(
    allowed: Allowed<demands::AdministerOrganisation>,
    ledger: web::Data<Ledger>,
) -> Result<HttpResponse, Problem> {
    let key = ledger.rotate_key(&allowed.caller).await?;
    Ok(HttpResponse::Created().json(LogKeyView::from(key)))
}
