//! Where a request came from.

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use actix_web::web::Data;
use serde::Serialize;

use super::TrustedProxies;

/// Longest agent that is kept, in characters.
const MAX_AGENT: usize = 200;

/// Address and agent of a request: personal data, so only in the log and in erasable tables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The client's address, without its port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What the client calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

impl Origin {
    /// Reads it off a request.
    pub fn of(request: &HttpRequest) -> Self {
        Self {
            address: Self::address_of(request),
            agent: request
                .headers()
                .get(USER_AGENT)
                .and_then(|agent| agent.to_str().ok())
                .map(|agent| agent.chars().take(MAX_AGENT).collect()),
        }
    }

    /// The address alone. Forwarding headers are believed of [`TrustedProxies`] only, of nobody where there are none.
    pub fn address_of(request: &HttpRequest) -> Option<String> {
        let proxies = request.app_data::<Data<TrustedProxies>>();
        let nobody = TrustedProxies::default();
        proxies.map_or(&nobody, |proxies| proxies).client_of(request).map(|address| address.to_string())
    }
}
