//! `/api/v1/ledger` and `/api/v1/ledger/proof`: the log's state and proofs about its tree, open to all: they hold hashes
//! only.

use actix_web::{get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::http::{Problem, ProblemBody};
use crate::ledger::{Ledger, Proof, SignedNote};

/// Adds the routes.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(get_ledger).service(prove_inclusion).service(prove_consistency);
}

/// The log as it is published.
#[derive(Serialize, ToSchema)]
pub struct LedgerView {
    /// Its name, for good.
    origin: String,
    /// By what its checkpoints are verified now, the newest first; `/api/v1/ledger/keys` has all that ever were.
    verifier_keys: Vec<String>,
    /// Published entries.
    size: String,
    /// The signed note over them; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
    /// When it was published, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<String>,
    /// The witnesses of the settings that cosigned it.
    cosigned_by: Vec<String>,
}

/// Shows how far the ledger is published, and under which keys. Open to all.
#[utoipa::path(tag = "ledger", responses(
    (status = 200, description = "The ledger", body = LedgerView),
    (status = 404, description = "It holds nothing yet", body = ProblemBody),
))]
#[get("/ledger")]
async fn get_ledger(ledger: web::Data<Ledger>) -> Result<web::Json<LedgerView>, Problem> {
    let head = ledger.head().await?;
    let (origin, published) = (head.origin.to_string(), head.published);
    let verifier_keys = ledger.verifier_keys().await?.iter().map(ToString::to_string).collect();
    let checkpoint = (!published.checkpoint.is_empty()).then_some(published.checkpoint);
    let note = checkpoint.as_deref().map(str::parse::<SignedNote>).transpose();
    let note = note.map_err(|error| Problem::internal(&error))?;
    let cosigners = note.iter().flat_map(|note| ledger.cosigners(note));
    Ok(web::Json(LedgerView {
        verifier_keys,
        size: published.size.to_string(),
        published_at: checkpoint.is_some().then(|| published.at.to_rfc3339()),
        checkpoint,
        cosigned_by: cosigners.map(|cosigner| cosigner.name).collect(),
        origin,
    }))
}

/// Of which entry, in which tree.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct InclusionQuery {
    /// The entry's place, from 0.
    index: u64,
    /// Entries in the tree; as many as are published unless named.
    size: Option<u64>,
}

/// That an entry is in a tree (RFC 6962, 2.1.1).
#[derive(Serialize, ToSchema)]
pub struct InclusionView {
    /// The entry's place, from 0.
    index: String,
    /// Entries in the tree.
    size: String,
    /// From the bottom up, in Base64.
    hashes: Vec<String>,
}

/// Proves that an entry is in the tree of a size. Open to all.
#[utoipa::path(tag = "ledger", params(InclusionQuery), responses(
    (status = 200, description = "The proof", body = InclusionView),
    (status = 400, description = "There is no such entry or tree", body = ProblemBody),
))]
#[get("/ledger/proof/inclusion")]
async fn prove_inclusion(
    ledger: web::Data<Ledger>,
    query: web::Query<InclusionQuery>,
) -> Result<web::Json<InclusionView>, Problem> {
    let published = ledger.published().await?.size;
    let (index, size) = (query.index, query.size.unwrap_or(published));
    demand_published("size", size, published)?;
    if index >= size {
        return Err(Problem::invalid(format_args!("index must be below size, which is {size}")));
    }
    let hashes = ledger.prove(Proof::Inclusion { index, size }).await?;
    let hashes = hashes.iter().map(ToString::to_string).collect();
    Ok(web::Json(InclusionView { index: index.to_string(), size: size.to_string(), hashes }))
}

/// Between which trees.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ConsistencyQuery {
    /// Entries in the earlier tree, at least 1.
    from: u64,
    /// Entries in the later one; as many as are published unless named.
    to: Option<u64>,
}

/// That a tree begins with all of an earlier one (RFC 6962, 2.1.2).
#[derive(Serialize, ToSchema)]
pub struct ConsistencyView {
    /// Entries in the earlier tree.
    from: String,
    /// Entries in the later one.
    to: String,
    /// In Base64.
    hashes: Vec<String>,
}

/// Proves that the tree of a size begins with all of an earlier one. Open to all.
#[utoipa::path(tag = "ledger", params(ConsistencyQuery), responses(
    (status = 200, description = "The proof", body = ConsistencyView),
    (status = 400, description = "There are no such trees", body = ProblemBody),
))]
#[get("/ledger/proof/consistency")]
async fn prove_consistency(
    ledger: web::Data<Ledger>,
    query: web::Query<ConsistencyQuery>,
) -> Result<web::Json<ConsistencyView>, Problem> {
    let published = ledger.published().await?.size;
    let (from, to) = (query.from, query.to.unwrap_or(published));
    demand_published("to", to, published)?;
    if from == 0 || from > to {
        return Err(Problem::invalid(format_args!("from must lie between 1 and to, which is {to}")));
    }
    let hashes = ledger.prove(Proof::Consistency { from, to }).await?;
    let hashes = hashes.iter().map(ToString::to_string).collect();
    Ok(web::Json(ConsistencyView { from: from.to_string(), to: to.to_string(), hashes }))
}

fn demand_published(name: &str, size: u64, published: u64) -> Result<(), Problem> {
    if size <= published {
        return Ok(());
    }
    Err(Problem::invalid(format_args!("{name} must not pass the {published} entries that are published")))
}
