//! Who is asking, from where, and what they may.

use reqwest::Method;

use crate::support::TestServer;

/// Fails to log in as many users, from one address as a proxy tells it, until that is turned away.
async fn guess_from(server: &TestServer, address: &str) -> u16 {
    let mut status = 0;
    for guess in 0..=50 {
        let guesser = server.client_of(&format!("nobody{guess}"), "a wrong password");
        let request = guesser.get("/api/v1/me").header("x-forwarded-for", address);
        status = request.send().await.unwrap().status().as_u16();
    }
    status
}

async fn admin_from(server: &TestServer, address: &str) -> u16 {
    let request = server.client().get("/api/v1/me").header("x-forwarded-for", address);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_guesser_behind_a_trusted_proxy_stops_only_themselves() {
    let server = TestServer::builder().env("WAYBILL_TRUSTED_PROXIES", r#"["127.0.0.1"]"#).start().await;
    assert_eq!(guess_from(&server, "203.0.113.9, 198.51.100.1").await, 429);
    assert_eq!(admin_from(&server, "192.0.2.1").await, 200);
    assert!(server.log().events().iter().any(|event| event["span"]["client"] == "198.51.100.1"));
}

#[tokio::test]
async fn a_header_from_anywhere_else_is_not_believed() {
    let server = TestServer::start().await;
    assert_eq!(guess_from(&server, "198.51.100.1").await, 429);
    assert_eq!(admin_from(&server, "192.0.2.1").await, 429);
}

#[tokio::test]
async fn two_authorization_headers_are_refused() {
    let server = TestServer::start().await;
    for path in ["/api/v1/me", "/v2/"] {
        let request = server.client().request(Method::GET, path).header("authorization", "Basic YTpi");
        assert_eq!(request.send().await.unwrap().status(), 401, "{path}");
    }
}
