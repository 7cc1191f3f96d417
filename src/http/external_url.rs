//! Where clients reach this server: the beginning of every absolute URL that it gives out.

use std::fmt;
use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderName};
use actix_web::http::uri::Authority;
use actix_web::web::Data;
use serde::Deserialize;
use thiserror::Error;

use super::TrustedProxies;

const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Why a text is no [`ExternalUrl`]. The message is for who wrote the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be http:// or https:// with a host and at most a port, such as https://registry.example.org")]
pub struct ExternalUrlError;

/// `http://` or `https://`, a host and perhaps a port, without a slash at its end. There is no path, for OCI clients look
/// for `/v2/` at the top of a host (distribution spec, "Endpoints").
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct ExternalUrl(String);

impl ExternalUrl {
    /// The URL under which the client of a request reached this server: the one from the settings if there is one. Else
    /// what the request says of itself, and what a trusted proxy says of it in `X-Forwarded-Proto` and `X-Forwarded-Host`.
    pub fn of(request: &HttpRequest) -> Self {
        request.app_data::<Data<Self>>().map_or_else(|| Self::asked_for(request), |set| Self::clone(set))
    }

    fn asked_for(request: &HttpRequest) -> Self {
        let proxies = request.app_data::<Data<TrustedProxies>>();
        let proxied = proxies.is_some_and(|proxies| proxies.sent(request));
        // Each proxy adds its word at the right, so that is the one of the proxy which is trusted.
        let told = |name: &HeaderName| {
            let line = request.headers().get_all(name).last().filter(|_| proxied)?.to_str().ok()?;
            line.rsplit(',').next().map(str::trim)
        };
        let scheme = match told(&X_FORWARDED_PROTO) {
            Some(told) if told.eq_ignore_ascii_case("https") => "https",
            Some(told) if told.eq_ignore_ascii_case("http") => "http",
            _ if request.app_config().secure() => "https",
            _ => "http",
        };
        // HTTP/2 has the host in the URI.
        let named = request.uri().authority().map(Authority::as_str);
        let named = named.or_else(|| request.headers().get(HOST)?.to_str().ok());
        let url = |host: &str| format!("{scheme}://{host}").parse();
        let told = told(&X_FORWARDED_HOST).and_then(|host| url(host).ok());
        told.or_else(|| named.and_then(|host| url(host).ok()))
            .unwrap_or_else(|| Self(format!("{scheme}://{}", request.app_config().local_addr())))
    }

    /// Without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether clients speak TLS to this server, or to the proxy before it.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Host and port, if one is named: what clients call this registry.
    pub fn host(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, host)| host)
    }

    /// The URL of a path, which begins with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl FromStr for ExternalUrl {
    type Err = ExternalUrlError;

    fn from_str(text: &str) -> Result<Self, ExternalUrlError> {
        let text = text.strip_suffix('/').unwrap_or(text);
        let (scheme, host) = text.split_once("://").ok_or(ExternalUrlError)?;
        // No character that could end the URL in a header or a page; what remains is for the parser.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
        let authority = Some(host).filter(|host| host.bytes().all(plain)).ok_or(ExternalUrlError)?;
        let authority: Authority = authority.parse().map_err(|_| ExternalUrlError)?;
        let fits = matches!(scheme, "http" | "https") && !authority.host().is_empty();
        let port_fits = authority.port().is_none() == authority.as_str().ends_with(authority.host());
        if fits && port_fits { Ok(Self(text.to_ascii_lowercase())) } else { Err(ExternalUrlError) }
    }
}

impl TryFrom<String> for ExternalUrl {
    type Error = ExternalUrlError;

    fn try_from(text: String) -> Result<Self, ExternalUrlError> {
        text.parse()
    }
}

impl fmt::Display for ExternalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn of(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let proxies: TrustedProxies = serde_json::from_str(r#"["10.0.0.0/8"]"#).unwrap();
        let request = TestRequest::get().app_data(Data::new(proxies));
        let request = request.peer_addr(format!("{peer}:1").parse().unwrap());
        let request =
            headers.iter().fold(request, |request, (name, value)| request.append_header((*name, *value)));
        ExternalUrl::of(&request.to_http_request()).to_string()
    }

    #[test]
    fn is_what_the_request_says_of_itself() {
        assert_eq!(of("192.0.2.1", &[("host", "registry.test:5000")]), "http://registry.test:5000");
        assert_eq!(of("192.0.2.1", &[("host", "[::1]:80")]), "http://[::1]:80");
        for host in ["a b", "evil.test/x", "a\"b", "u@h", ""] {
            assert_eq!(of("192.0.2.1", &[("host", host)]), "http://127.0.0.1:8080", "{host}");
        }
    }

    #[test]
    fn only_trusted_proxies_say_otherwise() {
        let forwarded =
            [("host", "inner"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "outer.test")];
        assert_eq!(of("192.0.2.1", &forwarded), "http://inner");
        assert_eq!(of("10.1.2.3", &forwarded), "https://outer.test");
        let twice = [("x-forwarded-host", "made.up, outer.test"), ("x-forwarded-proto", "http,https")];
        assert_eq!(of("10.1.2.3", &twice), "https://outer.test");
        let broken = [("host", "inner"), ("x-forwarded-host", "a/b"), ("x-forwarded-proto", "javascript")];
        assert_eq!(of("10.1.2.3", &broken), "http://inner");
    }

    #[test]
    fn the_setting_beats_both() {
        let set: ExternalUrl = "https://registry.example.org/".parse().unwrap();
        let request = TestRequest::get().app_data(Data::new(set)).insert_header(("host", "inner"));
        let url = ExternalUrl::of(&request.to_http_request());
        assert_eq!(url.join("/token"), "https://registry.example.org/token");
        assert!(url.is_https());
        assert_eq!(url.host(), "registry.example.org");
    }

    #[test]
    fn refuses_what_is_no_origin() {
        for text in
            ["", "registry.example.org", "ftp://a", "https://", "https://a/b", "https://a?b", "https://u@a"]
        {
            assert!(text.parse::<ExternalUrl>().is_err(), "{text}");
        }
        for text in ["https://a", "http://127.0.0.1:5000", "https://[::1]", "https://[::1]:8443/"] {
            assert!(text.parse::<ExternalUrl>().is_ok(), "{text}");
        }
    }
}
