//! An issuer: discovery, keys, and the authorization code flow; and whatever an issuer may do wrong.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::keys::Signer;

/// How the issuer knows Waybill.
pub const CLIENT: (&str, &str) = ("waybill", "a client's secret & more");

/// What the issuer does and has seen.
#[derive(Default)]
pub struct State {
    pub keys: HashMap<String, Signer>,
    /// Answers instead of the key set.
    pub keys_instead: Option<Vec<u8>>,
    /// How long it waits before it shows its keys.
    pub delay: Duration,
    /// Answers 500 to everything.
    pub broken: bool,
    /// What `issuer` says in the discovery document, where it lies.
    pub says_it_is: Option<String>,
    /// How often the keys were asked for.
    pub key_reads: usize,
    /// What each code stands for: the query of its request, and claims.
    codes: HashMap<String, (HashMap<String, String>, Value)>,
    /// What is changed in the next id token.
    pub nonce_instead: Option<String>,
}

/// An issuer on a port of its own, until it is dropped.
pub struct Issuer {
    pub url: String,
    state: Arc<Mutex<State>>,
    handle: ServerHandle,
}

impl Issuer {
    /// With one key of Ed25519, `first`.
    pub async fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        state.lock().unwrap().keys.insert("first".to_owned(), Signer::ed25519());
        let (data, base) = (web::Data::from(Arc::clone(&state)), url.clone());
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = move || {
                    App::new()
                        .app_data(data.clone())
                        .app_data(web::Data::new(base.clone()))
                        .route("/.well-known/openid-configuration", web::get().to(discovery))
                        .route("/keys", web::get().to(keys))
                        .route("/token", web::post().to(token))
                };
                let server =
                    HttpServer::new(app).workers(2).disable_signals().listen(listener).unwrap().run();
                tell.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self { url, state, handle: told.recv().unwrap() }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Good claims of a job, as GitHub writes them.
    pub fn claims(&self) -> Value {
        let now = now();
        json!({
            "iss": self.url, "aud": super::kit::EXTERNAL_URL, "sub": "repo:acme/app:ref:refs/heads/main",
            "iat": now, "nbf": now, "exp": now + 300, "jti": unique(),
            "repository_id": "4711", "repository_owner_id": "17", "ref": "refs/heads/main", "environment": "production",
        })
    }

    /// A token with these claims, signed by the issuer's first key.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_by("first", claims)
    }

    /// By another of its keys.
    pub fn sign_by(&self, id: &str, claims: &Value) -> String {
        let state = self.state();
        let key = &state.keys[id];
        key.sign(&json!({ "alg": key.algorithm(), "kid": id, "typ": "JWT" }), claims)
    }

    /// What a person does who was sent to log in at `url`: returns the code that their browser takes back.
    pub fn log_in(&self, url: &str, claims: Value) -> String {
        let (endpoint, query) = url.split_once('?').unwrap();
        assert_eq!(endpoint, format!("{}/authorize", self.url));
        let query: HashMap<String, String> = pairs(query);
        for (name, expected) in
            [("response_type", "code"), ("code_challenge_method", "S256"), ("client_id", CLIENT.0)]
        {
            assert_eq!(query[name], expected);
        }
        assert!(query["scope"].split(' ').any(|scope| scope == "openid"), "{query:?}");
        let code = unique();
        self.state().codes.insert(code.clone(), (query, claims));
        code
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        // The issuer's own thread does the rest.
        drop(self.handle.stop(false));
    }
}

pub fn now() -> i64 {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

fn unique() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// The pairs of a query or a form.
pub fn pairs(text: &str) -> HashMap<String, String> {
    let url = reqwest::Url::parse(&format!("http://localhost/?{text}")).unwrap();
    url.query_pairs().into_owned().collect()
}

async fn discovery(state: web::Data<Mutex<State>>, url: web::Data<String>) -> HttpResponse {
    let state = state.lock().unwrap();
    if state.broken {
        return HttpResponse::InternalServerError().finish();
    }
    HttpResponse::Ok().json(json!({
        "issuer": state.says_it_is.as_ref().unwrap_or(&url),
        "jwks_uri": format!("{}/keys", **url),
        "authorization_endpoint": format!("{}/authorize", **url),
        "token_endpoint": format!("{}/token", **url),
    }))
}

async fn keys(state: web::Data<Mutex<State>>) -> HttpResponse {
    let (delay, answer) = {
        let mut state = state.lock().unwrap();
        state.key_reads += 1;
        let keys: Vec<Value> = state.keys.iter().map(|(id, key)| key.jwk(id)).collect();
        let body =
            state.keys_instead.clone().unwrap_or_else(|| json!({ "keys": keys }).to_string().into_bytes());
        (state.delay, body)
    };
    actix_web::rt::time::sleep(delay).await;
    HttpResponse::Ok().content_type("application/json").body(answer)
}

/// Redeems a code, as strictly as issuers do.
async fn token(
    request: HttpRequest,
    body: String,
    state: web::Data<Mutex<State>>,
    url: web::Data<String>,
) -> HttpResponse {
    let refuse = |error: &str| HttpResponse::BadRequest().json(json!({ "error": error }));
    let escaped = |text: &str| {
        let url = reqwest::Url::parse_with_params("http://localhost", [("", text)]).unwrap();
        url.query().unwrap()[1..].to_owned()
    };
    let expected = STANDARD.encode(format!("{}:{}", escaped(CLIENT.0), escaped(CLIENT.1)));
    let given = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
    if given != Some(format!("Basic {expected}")) {
        return refuse("invalid_client");
    }
    let form = pairs(&body);
    let mut state = state.lock().unwrap();
    let Some((asked, mut claims)) = state.codes.remove(&form["code"]) else { return refuse("invalid_grant") };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
    if challenge != asked["code_challenge"] || form["redirect_uri"] != asked["redirect_uri"] {
        return refuse("invalid_grant");
    }
    let now = now();
    for (name, value) in [
        ("iss", json!(**url)),
        ("aud", json!(CLIENT.0)),
        ("nonce", json!(state.nonce_instead.as_ref().unwrap_or(&asked["nonce"]))),
        ("iat", json!(now)),
        ("exp", json!(now + 300)),
    ] {
        if claims.get(name).is_none() {
            claims[name] = value;
        }
    }
    let key = &state.keys["first"];
    let token = key.sign(&json!({ "alg": key.algorithm(), "kid": "first" }), &claims);
    HttpResponse::Ok().json(json!({ "access_token": "x", "token_type": "Bearer", "id_token": token }))
}
