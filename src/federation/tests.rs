//! How long keys count: with a clock of our own, and an issuer that does as it is told.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::issuers::{IssuerError, Issuers, KnownIssuer};
use super::model::{IdTokenError, Issuer, Unverified};
use crate::projects::tests::TestClock;
use crate::types::Clock;

/// What an issuer answers with; nothing when it is down.
type Keys = Arc<Mutex<Option<String>>>;

/// An issuer that speaks just enough HTTP. Its thread ends with the process.
fn serve(keys: Keys) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let base = url.clone();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let _ = answer(connection.unwrap(), &base, keys.lock().unwrap().as_deref());
        }
    });
    url
}

fn answer(mut connection: TcpStream, base: &str, keys: Option<&str>) -> std::io::Result<()> {
    let Some(keys) = keys else { return Ok(()) };
    let mut head = [0; 2048];
    let read = connection.read(&mut head)?;
    let body = if head[..read].starts_with(b"GET /keys ") {
        keys.to_owned()
    } else {
        json!({ "issuer": base, "jwks_uri": format!("{base}/keys") }).to_string()
    };
    let length = body.len();
    write!(connection, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

fn key_set(id: &str, key: &Ed25519KeyPair) -> String {
    let x = URL_SAFE_NO_PAD.encode(key.public_key().as_ref());
    json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": id, "x": x }] }).to_string()
}

fn token(issuer: &str, id: &str, key: &Ed25519KeyPair) -> String {
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message =
        format!("{}.{}", part(json!({ "alg": "EdDSA", "kid": id })), part(json!({ "iss": issuer })));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes()));
    format!("{message}.{signature}")
}

async fn verify(known: &KnownIssuer, token: &str) -> Result<(), IssuerError> {
    known.verify(Unverified::read(token).unwrap()).await.map(drop)
}

#[tokio::test]
async fn keys_count_for_an_hour_without_their_issuer_and_ten_minutes_after_it_withdrew_them() {
    let (old, new) = (Ed25519KeyPair::generate().unwrap(), Ed25519KeyPair::generate().unwrap());
    let keys: Keys = Arc::new(Mutex::new(Some(key_set("old", &old))));
    let url = serve(Arc::clone(&keys));
    let settings = format!(r#"[{{"name":"ci","issuer":"{url}"}}]"#);
    let settings: Vec<super::IssuerSettings> = serde_json::from_str(&settings).unwrap();
    let clock = TestClock::new();
    let injected: Arc<dyn Clock> = Arc::new(clock.clone());
    let all = Issuer::all(&settings, Some(&"https://r.test".parse().unwrap())).unwrap();
    let issuers = Issuers::new(all, &injected).unwrap();
    let known = issuers.of_url(&url).unwrap();
    let (by_old, by_new) = (token(&url, "old", &old), token(&url, "new", &new));
    verify(known, &by_old).await.unwrap();
    // Withdrawn: noticed when the answer is no longer fresh.
    *keys.lock().unwrap() = Some(key_set("new", &new));
    clock.forward(Duration::from_secs(599));
    verify(known, &by_old).await.unwrap();
    clock.forward(Duration::from_secs(1));
    let withdrawn = verify(known, &by_old).await;
    assert!(matches!(withdrawn, Err(IssuerError::IdToken(IdTokenError::Signature))), "{withdrawn:?}");
    verify(known, &by_new).await.unwrap();
    // Down: what was read counts for an hour, and then nothing does.
    *keys.lock().unwrap() = None;
    clock.forward(Duration::from_secs(3599));
    verify(known, &by_new).await.unwrap();
    clock.forward(Duration::from_secs(1));
    let down = verify(known, &by_new).await;
    assert!(matches!(down, Err(IssuerError::Unavailable(_))), "{down:?}");
    // Up again: asked at once when the pause is over, not before.
    *keys.lock().unwrap() = Some(key_set("new", &new));
    assert!(verify(known, &by_new).await.is_err());
    clock.forward(Duration::from_secs(10));
    verify(known, &by_new).await.unwrap();
}
