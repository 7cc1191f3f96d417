//! Getting and using tokens in a line.

use reqwest::{RequestBuilder, Response};
use serde_json::Value;

use crate::support::{Client, TestServer};

/// The answer's body, which must be JSON, after a look at its status.
pub async fn json(request: RequestBuilder, status: u16) -> Value {
    let answer = request.send().await.unwrap();
    let (got, text) = (answer.status().as_u16(), answer.text().await.unwrap());
    assert_eq!(got, status, "{text}");
    serde_json::from_str(&text).unwrap_or_default()
}

/// An access token for these scopes.
pub async fn access_token(client: &Client, scopes: &[&str]) -> String {
    let query: Vec<String> = scopes.iter().map(|scope| format!("scope={scope}")).collect();
    let answer = json(client.get(&format!("/token?service=waybill&{}", query.join("&"))), 200).await;
    assert_eq!(answer["token"], answer["access_token"]);
    assert!(answer["expires_in"].as_i64().unwrap() >= 60);
    answer["token"].as_str().unwrap().to_owned()
}

/// GET as whoever the token stands for.
pub async fn get_by(server: &TestServer, token: &str, path: &str) -> Response {
    server.anonymous().get(path).bearer_auth(token).send().await.unwrap()
}

/// Its status alone.
pub async fn status_by(server: &TestServer, token: &str, path: &str) -> u16 {
    get_by(server, token, path).await.status().as_u16()
}

/// Its challenge.
pub fn challenge(answer: &Response) -> &str {
    answer.headers().get("www-authenticate").expect("a challenge").to_str().unwrap()
}

/// A POST to `/token` with a form.
pub fn form(server: &TestServer, fields: &[(&str, &str)]) -> RequestBuilder {
    let escape = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    let escaped = |text: &str| text.bytes().map(escape).collect::<String>();
    let pairs = fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    let body = pairs.collect::<Vec<_>>().join("&");
    let request = server.anonymous().post("/token");
    request.header("content-type", "application/x-www-form-urlencoded").body(body)
}

/// An instant so many seconds from now, in RFC 3339.
pub fn instant(seconds: i64) -> String {
    let now = waybill::types::Clock::now(&waybill::types::SystemClock);
    waybill::types::Timestamp::from_micros(now.micros() + seconds * 1_000_000).to_rfc3339()
}
