//! The two surfaces of the server, each with an error form of its own.

use actix_web::HttpRequest;

/// Whether a request went to the OCI protocol, `/v2`. All else answers with problem+json.
pub fn is_protocol(request: &HttpRequest) -> bool {
    request.path() == "/v2" || request.path().starts_with("/v2/")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn what_only_begins_like_the_protocol_is_something_else() {
        let protocol = |path: &str| is_protocol(&TestRequest::with_uri(path).to_http_request());
        assert!(protocol("/v2") && protocol("/v2/") && protocol("/v2/a/tags/list?n=1"));
        assert!(!protocol("/v2foo") && !protocol("/v2foo/") && !protocol("/api/v2/"));
    }
}
