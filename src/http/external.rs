//! Where clients see this server.

use actix_web::HttpRequest;
use actix_web::http::header::HOST;

/// Longest host and port that is echoed, in bytes.
const MAX_HOST: usize = 262;

/// `<scheme>://<host>[:<port>]` as the client of this request wrote it. It comes from the client, so it may be told to
/// that client only, never to anybody else; where it is no host, the address that was connected to stands for it.
pub fn base_url(request: &HttpRequest) -> String {
    let config = request.app_config();
    let scheme = if config.secure() { "https" } else { "http" };
    let named = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let named = named.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    match named.filter(|host| is_host(host)) {
        Some(host) => format!("{scheme}://{host}"),
        None => format!("{scheme}://{}", config.local_addr()),
    }
}

/// A name or address with or without a port, and nothing that could end a quoted text or begin a path.
fn is_host(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b);
    !text.is_empty() && text.len() <= MAX_HOST && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_host_is_echoed_and_nothing_else() {
        let base =
            |host: &str| base_url(&TestRequest::default().insert_header((HOST, host)).to_http_request());
        for host in ["registry.example", "127.0.0.1:8080", "[::1]:8080", "a_b.example:1"] {
            assert_eq!(base(host), format!("http://{host}"));
        }
        let local = base_url(&TestRequest::default().to_http_request());
        for host in ["", "a\"b", "a/b", "a b", "user@host", "a,b", &"a".repeat(263)] {
            assert_eq!(base(host), local, "{host}");
        }
    }
}
