//! The server and its workers, from start to stop.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::header::X_CONTENT_TYPE_OPTIONS;
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::{App, HttpServer, web};
use futures_util::future::join_all;
use rustls::ServerConfig;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};
use tracing_actix_web::TracingLogger;
use utoipa_actix_web::AppExt;

use super::services::{Background, Services, publish_last};
use super::tls::ServedCertificate;
use super::{DataDir, DatabaseLock, StartError, api_document, master_key, refusals, routes};
use crate::backup::{self, BackupError};
use crate::config::Settings;
use crate::db::{self, Db};
use crate::http::observe;
use crate::jobs::Worker;
use crate::ledger;
use crate::telemetry::{Metrics, RequestSpan, name_request};
use crate::types::SystemClock;

/// How long an idle connection is kept, longer than the 60 s of most load balancers, so that they close it first.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long the head of a request may take.
const REQUEST_HEAD: Duration = Duration::from_secs(10);
/// How long requests, and then a job in hand, may take to end after SIGTERM.
const DRAIN: Duration = Duration::from_secs(30);
const UPKEEP: Duration = Duration::from_secs(5);

/// A server that is bound to its address.
pub struct Application {
    address: SocketAddr,
    scheme: &'static str,
    server: Server,
    stop: watch::Sender<bool>,
    worker: JoinHandle<()>,
    sequencer: JoinHandle<()>,
    db: Db,
    settings: Settings,
    // Last, so that all else is gone when another process gets the database and the folder.
    _database_lock: DatabaseLock,
    _data_dir: DataDir,
}

impl Application {
    /// Locks the data folder and a SQLite file, migrates and opens the database, composes the services and binds the address.
    ///
    /// # Errors
    /// When any of that fails.
    pub async fn build(settings: &Settings, metrics: Metrics) -> Result<Self, StartError> {
        let data_dir = DataDir::lock(&settings.data_dir)?;
        // Before anything is changed, for without it nothing can be served.
        let master_key = master_key(settings)?;
        let database = settings.database_url();
        let database_lock = DatabaseLock::take(&database)?;
        db::migrate(&database).await?;
        let db = Db::open(&database).await?;
        if backup::is_restoring(db.read()).await? {
            return Err(BackupError::Unfinished.into());
        }
        let (services, background) = Services::new(&db, settings, master_key, metrics.clone()).await?;
        let Background { workers, guard, sequencer } = background;
        // Before anything is recorded: a database older than the storage must not go on by itself.
        if guard.check().await? && services.ledger_may_go_on().await? {
            services.first_start(settings).await?;
        }
        let certificate = settings.tls.files().map(ServedCertificate::open).transpose()?;
        let tls = certificate.as_ref().map(ServedCertificate::server_config).transpose()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (address, server) = listen(settings.listen, tls, services)
            .map_err(|cause| StartError::Listen { address: settings.listen, cause })?;
        let (stop, stopped) = watch::channel(false);
        let sequencer = tokio::spawn(sequencer.run(stopped.clone()));
        let worker = tokio::spawn(async move {
            tokio::select! {
                () = work(workers, stopped) => {}
                () = keep_up(&metrics) => {}
                () = keep_fresh(certificate) => {}
            }
        });
        Ok(Self {
            address,
            scheme,
            server,
            stop,
            worker,
            sequencer,
            db,
            settings: settings.clone(),
            _database_lock: database_lock,
            _data_dir: data_dir,
        })
    }

    /// The port that is served, also when the settings said 0.
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// The address that is served.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until SIGTERM or SIGINT. SIGTERM lets requests end first, for at most 30 s.
    ///
    /// # Errors
    /// When the server fails.
    pub async fn run_until_stopped(self) -> io::Result<()> {
        tracing::info!(address = %self.address, scheme = self.scheme, version = env!("CARGO_PKG_VERSION"), "listening");
        let outcome = self.server.await;
        self.stop.send_replace(true);
        // A job that is cut off here is leased again and done by the next process.
        if timeout(DRAIN, self.worker).await.is_err() {
            tracing::warn!("a job was still running and will be done again");
        }
        // A batch that is cut off here is made again.
        if timeout(DRAIN, self.sequencer).await.is_err() {
            tracing::warn!("the ledger was busy and will go on at the next start");
        }
        // What would be recorded from now on has been. A frozen database has nothing to tell.
        if !self.db.is_frozen() {
            match timeout(DRAIN, publish_last(&self.settings)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "the last events are not published yet"),
                Err(_) => tracing::warn!("the storage was too slow for the last events"),
            }
        }
        tracing::info!("stopped");
        outcome
    }
}

/// Binds the address and starts the workers. Plain HTTP is HTTP/1.1 only: to tell HTTP/2 without TLS from it, actix waits
/// for the first bytes without a time-out, and proxies speak HTTP/1.1 to what is behind them.
fn listen(
    address: SocketAddr,
    tls: Option<ServerConfig>,
    services: Services,
) -> io::Result<(SocketAddr, Server)> {
    let server = HttpServer::new(move || {
        App::new()
            .into_utoipa_app()
            .configure(routes::api)
            .into_app()
            .configure(routes::beside_api)
            .configure(api_document::configure)
            .configure(|config| services.clone().configure(config))
            .default_service(web::to(refusals::unknown_path))
            .wrap(from_fn(observe))
            .wrap(from_fn(ledger::tell_events))
            .wrap(from_fn(api_document::restrict_page))
            .wrap(DefaultHeaders::new().add((X_CONTENT_TYPE_OPTIONS, "nosniff")))
            .wrap(from_fn(name_request))
            .wrap(TracingLogger::<RequestSpan>::new())
    })
    .keep_alive(KEEP_ALIVE)
    .client_request_timeout(REQUEST_HEAD)
    .tcp_nodelay(true)
    .tls_handshake_timeout(REQUEST_HEAD)
    .shutdown_timeout(DRAIN.as_secs());
    let server = match tls {
        Some(tls) => server.bind_rustls_0_23(address, tls)?,
        None => server.bind(address)?,
    };
    // Exactly one address was bound.
    let bound = server.addrs().first().copied().unwrap_or(address);
    Ok((bound, server.run()))
}

/// Ends when all of them have.
async fn work(workers: [Worker; 5], stopped: watch::Receiver<bool>) {
    join_all(workers.map(|worker| worker.run(stopped.clone()))).await;
}

/// Never ends where there is no certificate.
async fn keep_fresh(certificate: Option<ServedCertificate>) {
    match certificate {
        Some(certificate) => certificate.keep_fresh(Arc::new(SystemClock)).await,
        None => pending().await,
    }
}

async fn keep_up(metrics: &Metrics) {
    let mut tick = interval(UPKEEP);
    loop {
        tick.tick().await;
        metrics.upkeep();
    }
}
