//! What the machines that run Waybill ask: `/healthz`, `/readyz`, `/metrics`.

use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, get, web};
use serde_json::json;

use super::readiness::Readiness;
use crate::telemetry::Metrics;

/// Adds the routes.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(get_healthz).service(get_readyz).service(get_metrics);
}

/// The process runs. Nothing is asked, so that a broken database does not get a healthy process killed.
#[get("/healthz")]
async fn get_healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// Requests can be served; if not, what fails. A frozen database is ready, for pulls are served from it: with 503 a
/// balancer would take every replica out, and what runs could not be pulled.
#[get("/readyz")]
async fn get_readyz(readiness: web::Data<Readiness>) -> HttpResponse {
    let failing = readiness.failing().await;
    if failing.is_empty() && readiness.is_read_only() {
        let reason = "the database is older than the storage: stop the server and run `waybill restore`";
        HttpResponse::Ok().json(json!({ "status": "read-only", "reason": reason }))
    } else if failing.is_empty() {
        HttpResponse::Ok().json(json!({ "status": "ready" }))
    } else {
        HttpResponse::ServiceUnavailable().json(json!({ "status": "unready", "failing": failing }))
    }
}

#[get("/metrics")]
async fn get_metrics(metrics: web::Data<Metrics>) -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::plaintext()).body(metrics.render())
}
