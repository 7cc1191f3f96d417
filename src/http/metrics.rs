//! Counts and times every request by route, never by path: names stay out of the metrics.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use tokio::time::Instant;

/// Middleware: `waybill_http_requests_total` and `waybill_http_request_seconds`.
///
/// # Errors
/// Passes on what the handler returned.
pub async fn observe<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let started = Instant::now();
    let method = known(request.method());
    let response = next.call(request).await?;
    let route = response.request().match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let status = response.status().as_u16().to_string();
    let seconds = started.elapsed().as_secs_f64();
    metrics::histogram!("waybill_http_request_seconds", "method" => method, "route" => route.clone())
        .record(seconds);
    metrics::counter!("waybill_http_requests_total", "method" => method, "route" => route, "status" => status)
        .increment(1);
    Ok(response)
}

/// A client may invent methods; each would be a series of its own.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}
