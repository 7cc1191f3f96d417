//! Logs on stdout, one root span per request, and the recorder behind `/metrics`.

mod quiet;

use std::io::{self, IsTerminal as _};

use actix_web::HttpMessage;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use thiserror::Error;
use tokio::time::Instant;
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

use crate::config::{Log, LogFormat};
use crate::http::Origin;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Upper bounds in seconds, from a cached read to a large push.
const SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0];
/// Upper bounds for how many things were done at once.
const COUNTS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
/// Asked every few seconds by machines: their requests are logged at debug only.
const ROUTINE: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Why logs or metrics can't be set up.
#[derive(Debug, Error)]
pub enum TelemetryError {
    /// The log can't be set up, or was before.
    #[error("can't set up the log: {0}")]
    Log(#[from] TryInitError),
    /// The metrics can't be set up, or were before.
    #[error("can't set up the metrics: {0}")]
    Metrics(#[from] BuildError),
}

/// Sends the log of this process to stdout from here on.
///
/// # Errors
/// When that was done before.
pub fn start_log(log: &Log) -> Result<(), TelemetryError> {
    let level = log.level.as_str();
    let registry = tracing_subscriber::registry()
        .with(EnvFilter::new(quiet::directives(level)))
        .with(quiet::Strangers::new(level));
    let lines =
        tracing_subscriber::fmt::layer().with_writer(io::stdout).with_ansi(io::stdout().is_terminal());
    match log.format {
        LogFormat::Json => {
            registry.with(lines.json().flatten_event(true).with_span_list(false)).try_init()?
        }
        LogFormat::Text => registry.with(lines).try_init()?,
    }
    Ok(())
}

/// What `/metrics` shows.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Collects the metrics of this process from here on.
    ///
    /// # Errors
    /// When that was done before.
    pub fn start() -> Result<Self, TelemetryError> {
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
            .set_buckets_for_metric(Matcher::Suffix("_changes".to_owned()), &COUNTS)?
            .install_recorder()?;
        metrics::gauge!("waybill_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        Ok(Self(handle))
    }

    /// In Prometheus' text form.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Moves what histograms have gathered into their buckets. Due every few seconds, or they grow until somebody
    /// asks for `/metrics`.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

/// The span of a request: id, method, path, client. Never headers, for they hold credentials, and never the query, for
/// it may.
pub struct RequestSpan;

struct Started(Instant);

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        request.extensions_mut().insert(Started(Instant::now()));
        let id = request.extensions().get::<RequestId>().map(ToString::to_string);
        let client = Origin::address_of(request.request());
        tracing::info_span!("request", id, method = %request.method(), path = request.path(), client)
    }

    fn on_request_end<B: MessageBody>(_: Span, outcome: &Result<ServiceResponse<B>, actix_web::Error>) {
        let Ok(response) = outcome else { return };
        let status = response.status().as_u16();
        // Until the head of the answer; its body may take as long as the client does.
        let millis = response
            .request()
            .extensions()
            .get::<Started>()
            .map(|started| u64::try_from(started.0.elapsed().as_millis()).unwrap_or(u64::MAX));
        if ROUTINE.contains(&response.request().path()) {
            tracing::debug!(status, millis, "answered");
        } else {
            tracing::info!(status, millis, "answered");
        }
    }
}

/// Middleware: answers with `x-request-id`, by which a person finds their request in the log.
///
/// # Errors
/// Passes on what the handler returned.
pub async fn name_request<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let id = request.extensions().get::<RequestId>().map(ToString::to_string);
    let mut response = next.call(request).await?;
    if let Some(value) = id.and_then(|id| HeaderValue::from_str(&id).ok()) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    Ok(response)
}
