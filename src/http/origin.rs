//! Where a request came from.

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use serde::Serialize;

/// Longest agent that is kept, in characters.
const MAX_AGENT: usize = 200;

/// Address and agent of a request: personal data, so only in the log and in erasable tables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The peer's address, without its port.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What the client calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

impl Origin {
    /// Reads it off a request. Forwarding headers are not believed.
    pub fn of(request: &HttpRequest) -> Self {
        Self {
            address: request.peer_addr().map(|address| address.ip().to_string()),
            agent: request
                .headers()
                .get(USER_AGENT)
                .and_then(|agent| agent.to_str().ok())
                .map(|agent| agent.chars().take(MAX_AGENT).collect()),
        }
    }
}
