//! The OCI distribution protocol under `/v2`.
//!
//! Names are matched loosely by the routes and parsed by the handlers, so that a bad one is a 400 with a reason.

mod base;
mod blobs;
mod catalog;
mod delete;
mod manifests;
mod mount;
mod params;
mod push_manifest;
mod referrers;
mod tags;
mod uploads;

use actix_web::web::{self, ServiceConfig};

pub use params::received_range;

/// Adds the routes, in the order in which they must be tried: a repository may have `blobs` in its name.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(web::resource(["/v2", "/v2/"]).get(base::check).head(base::check))
        .service(web::resource("/v2/_catalog").get(catalog::list))
        .service(
            web::resource(["/v2/{name:.+}/blobs/uploads", "/v2/{name:.+}/blobs/uploads/"])
                .post(uploads::start),
        )
        .service(
            web::resource("/v2/{name:.+}/blobs/uploads/{upload}")
                .get(uploads::status)
                .patch(uploads::append)
                .put(uploads::finish)
                .delete(uploads::cancel),
        )
        .service(
            web::resource("/v2/{name:.+}/blobs/{digest}")
                .get(blobs::get)
                .head(blobs::head)
                .delete(delete::blob),
        )
        .service(
            web::resource("/v2/{name:.+}/manifests/{reference}")
                .get(manifests::get)
                .head(manifests::head)
                .put(push_manifest::put)
                .delete(delete::manifest),
        )
        .service(web::resource("/v2/{name:.+}/tags/list").get(tags::list))
        .service(web::resource("/v2/{name:.+}/referrers/{digest}").get(referrers::list));
}
