//! `GET /api/v1/oidc`.

use actix_web::{get, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::federation::model::Issuer;
use crate::federation::service::Federation;

/// An issuer that is trusted in.
#[derive(Serialize, ToSchema)]
pub struct IssuerView {
    /// Its name here.
    name: String,
    /// Its identifier.
    issuer: String,
    /// What its id tokens must be made for, to be exchanged at `/token`.
    audience: String,
    /// The claims of which a federation rule must name one.
    id_claims: Vec<String>,
    /// Where people begin to log in through it, if they can.
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<String>,
}

impl From<&Issuer> for IssuerView {
    fn from(issuer: &Issuer) -> Self {
        let login = issuer.log_in.as_ref().map(|_| format!("/api/v1/oidc/{}/login", issuer.name));
        Self {
            name: issuer.name.to_string(),
            issuer: issuer.url.to_string(),
            audience: issuer.audience.clone(),
            id_claims: issuer.id_claims.iter().cloned().collect(),
            login,
        }
    }
}

/// Lists the issuers that the settings name, for anybody: who wants to log in must know where.
#[utoipa::path(tag = "oidc", security(()), responses(
    (status = 200, description = "All issuers", body = Vec<IssuerView>),
))]
#[get("/oidc")]
pub async fn list_issuers(federation: web::Data<Federation>) -> web::Json<Vec<IssuerView>> {
    web::Json(federation.issuers().map(IssuerView::from).collect())
}
