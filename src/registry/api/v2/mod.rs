//! The OCI distribution protocol under `/v2`.
//!
//! Names are matched loosely by the routes and parsed by the handlers, so that a bad one is a 400 with a reason.

mod base;
mod blobs;
mod catalog;
mod delete;
mod environment_view;
mod manifests;
mod mount;
mod params;
mod push_manifest;
mod referrers;
mod tags;
mod uploads;

use actix_web::Resource;
use actix_web::http::header::HeaderName;
use actix_web::middleware::DefaultHeaders;
use actix_web::web::{self, ServiceConfig};

pub use params::received_range;

const API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");

/// Adds the routes, in the order in which they must be tried: a repository may have `blobs` in its name, and none begins with
/// `env/`.
pub fn configure(config: &mut ServiceConfig) {
    let protocol = web::scope("/v2")
        .wrap(DefaultHeaders::new().add((API_VERSION, "registry/2.0")))
        .service(resource(&["", "/"]).get(base::check).head(base::check))
        .service(resource(&["/_catalog"]).get(catalog::list))
        .configure(environment_view::configure)
        .service(resource(&["/{name:.+}/blobs/uploads", "/{name:.+}/blobs/uploads/"]).post(uploads::start))
        .service(
            resource(&["/{name:.+}/blobs/uploads/{upload}"])
                .get(uploads::status)
                .patch(uploads::append)
                .put(uploads::finish)
                .delete(uploads::cancel),
        )
        .service(
            resource(&["/{name:.+}/blobs/{digest}"]).get(blobs::get).head(blobs::head).delete(delete::blob),
        )
        .service(
            resource(&["/{name:.+}/manifests/{reference}"])
                .get(manifests::get)
                .head(manifests::head)
                .put(push_manifest::put)
                .delete(delete::manifest),
        )
        .service(resource(&["/{name:.+}/tags/list"]).get(tags::list))
        .service(resource(&["/{name:.+}/referrers/{digest}"]).get(referrers::list))
        .default_service(web::to(base::unknown_path));
    config.service(protocol);
}

/// A resource that refuses other methods in the protocol's own form.
fn resource(paths: &[&str]) -> Resource {
    web::resource(paths.to_vec()).default_service(web::to(base::unknown_method))
}
