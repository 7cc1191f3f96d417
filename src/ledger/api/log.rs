//! The log as any tlog client reads it (c2sp.org/tlog-tiles): `/ledger/checkpoint`, `/ledger/cosigned`, `/ledger/key`, `/ledger/tile/…`.

use actix_web::http::header::{self, CacheDirective, ContentType};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Resource};

use crate::access::{Allowed, demands};
use crate::http::Problem;
use crate::ledger::{AuditReads, Ledger, ReadShape, TileKind, TilePath};

/// What never changes may be kept for a year.
const FOR_GOOD: u32 = 31_536_000;

/// Adds the routes.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(readable("/ledger/checkpoint").get(checkpoint).head(checkpoint))
        .service(readable("/ledger/cosigned").get(cosigned).head(cosigned))
        .service(readable("/ledger/key").get(key).head(key))
        .service(readable("/ledger/tile/entries/{path:.+}").get(entries).head(entries))
        .service(readable("/ledger/tile/{path:.+}").get(tile).head(tile));
}

/// A resource that is only read.
fn readable(path: &str) -> Resource {
    web::resource(path).default_service(web::to(async || HttpResponse::MethodNotAllowed().finish()))
}

/// The newest checkpoint, a signed note with the cosignatures that it has.
async fn checkpoint(ledger: web::Data<Ledger>) -> Result<HttpResponse, Problem> {
    let published = ledger.published().await?;
    if published.checkpoint.is_empty() {
        return Err(Problem::not_found("no checkpoint was published yet: ask again in a second"));
    }
    Ok(changing(published.checkpoint))
}

/// The newest checkpoint that witnesses have cosigned; that of `/ledger/checkpoint` may be newer and have no cosignature yet.
async fn cosigned(ledger: web::Data<Ledger>) -> Result<HttpResponse, Problem> {
    let cosigned = ledger.cosigned().await?;
    Ok(changing(cosigned.ok_or_else(|| Problem::not_found("no witness has cosigned a checkpoint yet"))?))
}

/// The verifier keys that sign now, one a line, the newest first.
async fn key(ledger: web::Data<Ledger>) -> Result<HttpResponse, Problem> {
    let keys = ledger.verifier_keys().await?;
    Ok(changing(keys.iter().map(|key| format!("{key}\n")).collect()))
}

/// A text that must be asked for again each time.
fn changing(text: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::plaintext())
        .insert_header(header::CacheControl(vec![CacheDirective::NoCache]))
        .body(text)
}

async fn tile(ledger: web::Data<Ledger>, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let path: TilePath = format!("tile/{path}").parse().map_err(Problem::invalid)?;
    if path.kind == TileKind::Entries {
        // Only the route that asks who reads them leads to entries.
        return Err(Problem::not_found("the log has no such tile"));
    }
    bytes_of(&ledger, path, CacheDirective::Public).await
}

async fn entries(
    allowed: Allowed<demands::ReadEvents>,
    ledger: web::Data<Ledger>,
    reads: web::Data<AuditReads>,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let path = format!("tile/entries/{path}").parse().map_err(Problem::invalid)?;
    reads.record(&allowed.caller, ReadShape::of("ledger/tile/entries/{n}"), None).await?;
    bytes_of(&ledger, path, CacheDirective::Private).await
}

async fn bytes_of(ledger: &Ledger, path: TilePath, whose: CacheDirective) -> Result<HttpResponse, Problem> {
    let found = ledger.tile(path).await?;
    let bytes = found.ok_or_else(|| Problem::not_found("the published log has no such tile"))?;
    let immutable = CacheDirective::Extension("immutable".to_owned(), None);
    Ok(HttpResponse::Ok()
        .content_type(ContentType::octet_stream())
        .insert_header(header::CacheControl(vec![whose, CacheDirective::MaxAge(FOR_GOOD), immutable]))
        .body(bytes))
}
