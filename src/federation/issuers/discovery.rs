//! What an issuer says of itself (OpenID Connect Discovery, section 3).

use reqwest::Url;
use serde::Deserialize;
use thiserror::Error;

use crate::federation::model::IssuerUrl;
use crate::http::is_safe;

/// Why a description can't be used. For the log.
#[derive(Debug, Error)]
pub enum DiscoveryError {
    /// No JSON, or without what it must have.
    #[error("its description can't be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// It is somebody else's.
    #[error("its description is that of '{0}'")]
    OtherIssuer(String),
    /// A URL that nothing is sent to.
    #[error("its {0} is not https")]
    Unsafe(&'static str),
}

/// The part of the description that is used.
#[derive(Debug, Clone, Deserialize)]
pub struct Document {
    issuer: String,
    /// Where its keys are.
    pub jwks_uri: String,
    /// Where people log in.
    pub authorization_endpoint: Option<String>,
    /// Where codes are redeemed.
    pub token_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl Document {
    /// Reads the description that an issuer gave.
    pub fn read(text: &[u8], issuer: &IssuerUrl) -> Result<Self, DiscoveryError> {
        let document: Self = serde_json::from_slice(text)?;
        if document.issuer != issuer.as_str() {
            return Err(DiscoveryError::OtherIssuer(document.issuer.chars().take(200).collect()));
        }
        // Who is asked by TLS leads nobody elsewhere, this machine's own ports least of all.
        let by_tls = issuer.as_str().starts_with("https:");
        let fits = |url: &str| {
            Url::parse(url).is_ok_and(|url| is_safe(&url) && (!by_tls || url.scheme() == "https"))
        };
        let all = [
            ("jwks_uri", Some(&document.jwks_uri)),
            ("authorization_endpoint", document.authorization_endpoint.as_ref()),
            ("token_endpoint", document.token_endpoint.as_ref()),
        ];
        if let Some((name, _)) = all.into_iter().find(|(_, url)| url.is_some_and(|url| !fits(url))) {
            return Err(DiscoveryError::Unsafe(name));
        }
        Ok(document)
    }

    /// Whether the client's secret goes into the form, not into a header, which is what holds unless it says otherwise.
    pub fn wants_secret_in_form(&self) -> bool {
        let methods = self.token_endpoint_auth_methods_supported.as_deref().unwrap_or_default();
        let has = |method: &str| methods.iter().any(|supported| supported == method);
        has("client_secret_post") && !has("client_secret_basic")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(issuer: &str, text: &str) -> Result<Document, String> {
        Document::read(text.as_bytes(), &issuer.parse().unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn must_be_the_issuers_own() {
        let of = |issuer: &str, keys: &str| format!(r#"{{"issuer":"{issuer}","jwks_uri":"{keys}"}}"#);
        assert!(read("https://a.test", &of("https://a.test", "https://keys.test/x")).is_ok());
        for other in ["https://a.test/", "https://A.test", "https://b.test"] {
            assert!(
                read("https://a.test", &of(other, "https://a.test/k")).unwrap_err().contains("that of"),
                "{other}"
            );
        }
        for keys in ["http://a.test/k", "http://127.0.0.1/k", "file:///k", ""] {
            assert!(
                read("https://a.test", &of("https://a.test", keys)).unwrap_err().contains("not https"),
                "{keys}"
            );
        }
        let loopback = "http://127.0.0.1:1";
        assert!(read(loopback, &of(loopback, "http://127.0.0.1:1/k")).is_ok());
        assert!(read(loopback, "{}").is_err());
    }

    #[test]
    fn the_secret_goes_where_the_issuer_wants_it() {
        let wants = |methods: &str| {
            let text = format!(r#"{{"issuer":"https://a.test","jwks_uri":"https://a.test/k"{methods}}}"#);
            read("https://a.test", &text).unwrap().wants_secret_in_form()
        };
        let list = |methods: &str| format!(r#","token_endpoint_auth_methods_supported":{methods}"#);
        assert!(!wants("") && !wants(&list(r#"["client_secret_post","client_secret_basic"]"#)));
        assert!(wants(&list(r#"["client_secret_post"]"#)));
    }
}
