//! The services that handlers ask for, composed once and shared by all workers.

use std::sync::Arc;

use actix_web::web;

use super::api_document::{DocumentJson, api_document};
use super::nobody::Nobody;
use super::readiness::{DatabaseProbe, Readiness};
use crate::access::Authority;
use crate::db::Db;
use crate::ledger::Events;
use crate::telemetry::Metrics;

/// What handlers find as application data.
#[derive(Clone)]
pub struct Services {
    authority: web::Data<dyn Authority>,
    document: web::Data<DocumentJson>,
    events: web::Data<Events>,
    metrics: web::Data<Metrics>,
    readiness: web::Data<Readiness>,
}

impl Services {
    /// Composes them over an open database.
    pub fn new(db: &Db, metrics: Metrics) -> Self {
        let authority: Arc<dyn Authority> = Arc::new(Nobody);
        Self {
            authority: web::Data::from(authority),
            document: web::Data::new(DocumentJson(api_document().to_json().unwrap_or_default())),
            events: web::Data::new(Events::new(db.clone())),
            metrics: web::Data::new(metrics),
            readiness: web::Data::new(Readiness::new(vec![Arc::new(DatabaseProbe(db.clone()))])),
        }
    }

    /// Hands them to an actix application.
    pub fn configure(self, config: &mut web::ServiceConfig) {
        config
            .app_data(self.authority)
            .app_data(self.document)
            .app_data(self.events)
            .app_data(self.metrics)
            .app_data(self.readiness);
    }
}
