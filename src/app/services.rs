//! The services that handlers ask for, composed once and shared by all workers; and the background work.

use std::sync::Arc;

use actix_web::web;

use super::api_document::{DocumentJson, api_document};
use super::readiness::{DatabaseProbe, Readiness, StorageProbe};
use super::{StartError, admin_password, master_key};
use crate::access::Authority;
use crate::backup::{ExportEvents, Guard};
use crate::blobs::{Blobs, Storage, SweepUploads};
use crate::config::Settings;
use crate::db::Db;
use crate::federation::Federation;
use crate::http::{ExternalUrl, TrustedProxies};
use crate::identity::{CloseExpiredBindings, Identity, LoginLimits, RotateTokenKey, TokenExchange};
use crate::jobs::{Handler, Worker};
use crate::keys::{Keys, MasterKey};
use crate::ledger::{AuditReads, Events, Ledger, SelfAudit, Sequencer};
use crate::projects::Projects;
use crate::registry::{Asked, KeepManifests, Limits, Registry};
use crate::releases::{
    AutoPromote, Releases, ReleasesParts, ReopenPromotions, Standings, TendPromotions, WriteSummaries,
};
use crate::telemetry::Metrics;
use crate::trust::{CatchUp, InspectEvidence, RotateSummaryKey, Trust, VerifyAgain};
use crate::types::{Clock, SystemClock};

/// What tokens are for: the same at whatever name or replica the server is reached.
const SERVICE: &str = "waybill";

/// What handlers find as application data.
#[derive(Clone)]
pub struct Services {
    audit_reads: web::Data<AuditReads>,
    authority: web::Data<dyn Authority>,
    document: web::Data<DocumentJson>,
    events: web::Data<Events>,
    external_url: Option<web::Data<ExternalUrl>>,
    federation: web::Data<Federation>,
    identity: web::Data<Identity>,
    ledger: web::Data<Ledger>,
    metrics: web::Data<Metrics>,
    projects: web::Data<Projects>,
    readiness: web::Data<Readiness>,
    registry: web::Data<Registry>,
    releases: web::Data<Releases>,
    token_exchange: web::Data<dyn TokenExchange>,
    trust: web::Data<Trust>,
    trusted_proxies: web::Data<TrustedProxies>,
}

/// What works beside the handlers.
pub struct Background {
    /// Empty the queue, each the jobs of its kinds.
    pub workers: [Worker; 5],
    /// Compares the database with the storage; first of all at the start.
    pub guard: Arc<Guard>,
    /// Makes the ledger's entries of events.
    pub sequencer: Sequencer,
}

impl Services {
    /// Composes them over an open database, with what does their background work.
    ///
    /// # Errors
    /// When the storage can't be opened, or the issuers of the settings can't be used.
    pub async fn new(
        db: &Db,
        settings: &Settings,
        master_key: MasterKey,
        metrics: Metrics,
    ) -> Result<(Self, Background), StartError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let storage = Storage::open(&settings.storage_url(), settings.limits.reserve_bytes()).await?;
        let blobs = Blobs::new(db.clone(), clock.clone(), storage.clone(), settings.limits.upload_expiry())
            .redirecting(settings.storage_redirects)?;
        let projects = Projects::new(db.clone(), clock.clone(), settings.project_defaults.clone());
        let keys = Keys::new(db.clone(), master_key);
        let identity = Identity::new(
            db.clone(),
            clock.clone(),
            projects.clone(),
            keys.clone(),
            LoginLimits::default(),
            SERVICE.to_owned(),
        );
        let authority: Arc<dyn Authority> = Arc::new(identity.clone());
        let federation = Federation::new(
            db.clone(),
            clock.clone(),
            identity.clone(),
            projects.clone(),
            &settings.oidc,
            settings.external_url.as_ref(),
        )?;
        let token_exchange: Arc<dyn TokenExchange> = Arc::new(federation.clone());
        let limits = Limits { manifest_bytes: settings.limits.manifest_bytes() };
        let trust = Trust::new(
            db.clone(),
            clock.clone(),
            projects.clone(),
            identity.clone(),
            storage.clone(),
            blobs.clone(),
            keys.clone(),
        );
        let standings = Standings::new(db.clone(), clock.clone(), projects.clone());
        let asked = Asked {
            gate: Arc::new(trust.clone()),
            view: Arc::new(standings.clone()),
            protector: Arc::new(standings.clone()),
        };
        let registry = Registry::new(
            db.clone(),
            clock.clone(),
            blobs.clone(),
            projects.clone(),
            authority.clone(),
            asked,
            limits,
        );
        let releases = Releases::new(ReleasesParts {
            db: db.clone(),
            clock: clock.clone(),
            projects: projects.clone(),
            identity: identity.clone(),
            authority: authority.clone(),
            registry: registry.clone(),
            trust: trust.clone(),
            storage: storage.clone(),
            standings,
        });
        let guard = Arc::new(Guard::new(db.clone(), storage.clone()));
        let ledger = log(db, &storage, keys, settings);
        let sequencer = Sequencer::new(ledger.clone(), Arc::new(exporter(db, &storage, &blobs, &guard)));
        let handlers: Vec<Arc<dyn Handler>> = vec![
            Arc::new(CloseExpiredBindings(identity.clone())),
            Arc::new(RotateSummaryKey(trust.clone())),
            Arc::new(RotateTokenKey(identity.clone())),
            Arc::new(SelfAudit::new(ledger.clone())),
            Arc::new(SweepUploads::new(blobs, guard.clone())),
        ];
        let inspecting: Vec<Arc<dyn Handler>> = vec![Arc::new(InspectEvidence(trust.clone()))];
        let verifying_again: Vec<Arc<dyn Handler>> =
            vec![Arc::new(VerifyAgain(trust.clone())), Arc::new(CatchUp(trust.clone()))];
        let promoting: Vec<Arc<dyn Handler>> = vec![
            Arc::new(TendPromotions(releases.clone())),
            Arc::new(AutoPromote(releases.clone())),
            Arc::new(ReopenPromotions(releases.clone())),
        ];
        let writing: Vec<Arc<dyn Handler>> = vec![Arc::new(WriteSummaries(releases.clone()))];
        let read_only = {
            let db = db.clone();
            move || db.is_frozen()
        };
        let readiness = Readiness::new(
            read_only,
            vec![Arc::new(DatabaseProbe(db.clone())), Arc::new(StorageProbe(storage))],
        );
        let services = Self {
            audit_reads: web::Data::new(AuditReads::new(db.clone(), clock.clone())),
            authority: web::Data::from(authority),
            document: web::Data::new(DocumentJson(api_document().to_json().unwrap_or_default())),
            events: web::Data::new(Events::new(db.clone())),
            external_url: settings.external_url.clone().map(web::Data::new),
            federation: web::Data::new(federation),
            identity: web::Data::new(identity),
            ledger: web::Data::new(ledger),
            metrics: web::Data::new(metrics),
            projects: web::Data::new(projects),
            readiness: web::Data::new(readiness),
            registry: web::Data::new(registry),
            releases: web::Data::new(releases),
            token_exchange: web::Data::from(token_exchange),
            trust: web::Data::new(trust),
            trusted_proxies: web::Data::new(settings.trusted_proxies.clone()),
        };
        // What takes long must not stand in the way of what somebody waits for.
        let workers = [handlers, inspecting, verifying_again, promoting, writing]
            .map(|handlers| Worker::new(db.clone(), clock.clone(), handlers));
        Ok((services, Background { workers, guard, sequencer }))
    }

    /// Whether the ledger may go on: the database was not put back to before its newest checkpoint, in the storage or copied.
    ///
    /// # Errors
    /// When database or storage do not answer.
    pub async fn ledger_may_go_on(&self) -> Result<bool, StartError> {
        Ok(self.ledger.may_go_on().await? && self.ledger.copies_agree().await)
    }

    /// Makes the first keys, the ledger's name, and the first user, `admin`, when there are none yet. Tries the master key.
    ///
    /// # Errors
    /// When the master key or the ledger's origin is another one, the password is unfit or can't be kept, or the database does
    /// not answer.
    pub async fn first_start(&self, settings: &Settings) -> Result<(), StartError> {
        self.ledger.ensure(settings.external_url.as_ref()).await?;
        self.identity.ensure_token_key().await?;
        self.trust.ensure_summary_key().await?;
        if self.identity.has_accounts().await? {
            return Ok(());
        }
        let first = admin_password(settings)?;
        if self.identity.bootstrap_admin(&first.password).await? {
            let file = first.file.map(|file| file.display().to_string());
            tracing::info!(user = "admin", password_file = file, "the first user was made");
        }
        Ok(())
    }

    /// Hands them to an actix application.
    pub fn configure(self, config: &mut web::ServiceConfig) {
        if let Some(external_url) = self.external_url {
            config.app_data(external_url);
        }
        config
            .app_data(self.audit_reads)
            .app_data(self.authority)
            .app_data(self.document)
            .app_data(self.events)
            .app_data(self.federation)
            .app_data(self.identity)
            .app_data(self.ledger)
            .app_data(self.metrics)
            .app_data(self.projects)
            .app_data(self.readiness)
            .app_data(self.registry)
            .app_data(self.releases)
            .app_data(self.token_exchange)
            .app_data(self.trust)
            .app_data(self.trusted_proxies);
    }
}

/// What copies events into the storage.
fn exporter(db: &Db, storage: &Storage, blobs: &Blobs, guard: &Arc<Guard>) -> ExportEvents {
    let manifests = KeepManifests::new(db.clone(), blobs.clone());
    ExportEvents::new(
        db.clone(),
        Events::new(db.clone()),
        storage.clone(),
        blobs.clone(),
        manifests,
        guard.clone(),
    )
}

/// The transparency log.
fn log(db: &Db, storage: &Storage, keys: Keys, settings: &Settings) -> Ledger {
    let settings = Arc::new(settings.ledger.clone());
    Ledger::new(db.clone(), storage.clone(), keys, Arc::new(SystemClock), settings)
}

/// Publishes the last events, when all else has stopped. By connections of its own: those that requests made went with the
/// threads that served them.
///
/// # Errors
/// When database or storage do not answer; the next start publishes them then.
pub async fn publish_last(settings: &Settings) -> Result<(), StartError> {
    let db = Db::open(&settings.database_url()).await?;
    let storage = Storage::open(&settings.storage_url(), settings.limits.reserve_bytes()).await?;
    let expiry = settings.limits.upload_expiry();
    let blobs = Blobs::new(db.clone(), Arc::new(SystemClock), storage.clone(), expiry);
    let guard = Arc::new(Guard::new(db.clone(), storage.clone()));
    let ledger = log(&db, &storage, Keys::new(db.clone(), master_key(settings)?), settings);
    let secure = exporter(&db, &storage, &blobs, &guard);
    Ok(Sequencer::new(ledger, Arc::new(secure)).finish().await?)
}
