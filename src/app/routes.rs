//! Which room answers where.

use actix_web::web;
use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{ops, refusals};
use crate::{federation, identity, ledger, projects, registry, releases, trust};

/// What the API description covers: the rooms' routes under `/api/v1`.
pub fn api(config: &mut ServiceConfig<'_>) {
    config.service(
        scope("/api/v1")
            .configure(projects::configure)
            .configure(identity::configure)
            .configure(federation::configure)
            .configure(registry::configure)
            .configure(trust::configure)
            .configure(releases::configure)
            .configure(ledger::configure),
    );
}

/// Everything else.
pub fn beside_api(config: &mut web::ServiceConfig) {
    config
        .configure(identity::configure_token)
        .configure(registry::configure_v2)
        .configure(ledger::configure_log)
        .configure(ops::configure)
        .configure(refusals::configure);
}
