//! Repositories, tags and artifacts for API clients, under `/api/v1`.

mod artifacts;
mod repositories;
mod scope;
mod tags;

use utoipa_actix_web::service_config::ServiceConfig;

pub use scope::{QueriedRepository, RepositoryQuery};

/// Adds this room's routes.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(repositories::list_repositories)
        .service(tags::list_tags)
        .service(tags::delete_tag)
        .service(artifacts::list_artifacts)
        .service(artifacts::get_artifact)
        .service(artifacts::delete_artifact)
        .service(artifacts::list_referrers);
}
