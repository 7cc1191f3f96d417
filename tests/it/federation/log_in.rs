//! People log in through an issuer.

use reqwest::Response;
use serde_json::{Value, json};

use super::issuer::{Issuer, pairs};
use super::kit::{EXTERNAL_URL, trusting};
use crate::audit::assert_sound;
use crate::backup::base::Base;
use crate::registry::kit::{events, header};
use crate::support::TestServer;

/// A browser that was sent to the issuer.
struct Browser {
    /// Where to.
    url: String,
    cookie: String,
}

impl Browser {
    async fn begin(server: &TestServer) -> Self {
        let answer = server.anonymous().get("/api/v1/oidc/ci/login").send().await.unwrap();
        assert_eq!(answer.status(), 302);
        assert_eq!(header(&answer, "cache-control"), "no-store");
        let cookie = header(&answer, "set-cookie").to_owned();
        for flag in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Max-Age=600", "; Path=/api/v1/oidc"] {
            assert!(cookie.contains(flag), "{cookie}");
        }
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { url: header(&answer, "location").to_owned(), cookie }
    }

    fn state(&self) -> String {
        pairs(self.url.split_once('?').unwrap().1)["state"].clone()
    }

    async fn come_back(&self, server: &TestServer, query: &str) -> Response {
        come_back(server, Some(&self.cookie), query).await
    }
}

async fn come_back(server: &TestServer, cookie: Option<&str>, query: &str) -> Response {
    let mut request = server.anonymous().get(&format!("/api/v1/oidc/ci/callback?{query}"));
    if let Some(cookie) = cookie {
        request = request.header("cookie", format!("theme=dark; {cookie}"));
    }
    request.send().await.unwrap()
}

/// Logs somebody in; returns name and token.
async fn log_in(server: &TestServer, issuer: &Issuer, claims: Value) -> (String, String) {
    let browser = Browser::begin(server).await;
    let code = issuer.log_in(&browser.url, claims);
    let answer = browser.come_back(server, &format!("state={}&code={code}", browser.state())).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "cache-control"), "no-store");
    assert!(header(&answer, "set-cookie").contains("; Max-Age=0;"));
    let told: Value = answer.json().await.unwrap();
    let text = |name: &str| told[name].as_str().unwrap().to_owned();
    (text("name"), text("token"))
}

async fn refused(answer: Response, status: u16, code: &str) {
    let got = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    assert_eq!((got, body["code"].as_str()), (status, Some(code)), "{body}");
    assert!(body.get("token").is_none());
}

#[tokio::test]
async fn a_person_logs_in_and_gets_a_token() {
    let issuer = Issuer::start().await;
    let server = trusting(&issuer, "").await;
    let ann = json!({ "sub": "s-1", "preferred_username": "Ann", "email": "ann@person.test" });
    let (name, token) = log_in(&server, &issuer, ann.clone()).await;
    assert_eq!(name, "ann");
    let me = async |token: &str| -> Value {
        let answer = server.client_of("ann", token).get("/api/v1/me").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    };
    let first = me(&token).await;
    assert_eq!((&first["name"], &first["bindings"]), (&json!("ann"), &json!([])));
    // The same person again: the same account, another token, and the first is still good.
    let renamed = json!({ "sub": "s-1", "preferred_username": "annette" });
    let (name, again) = log_in(&server, &issuer, renamed).await;
    assert_eq!(name, "ann");
    assert_ne!(token, again);
    assert_eq!(me(&again).await["account"], first["account"]);
    me(&token).await;
    // It makes personal tokens as a password does, which make no others; itself it ends when it ends.
    let post = async |token: &str, path: &str| {
        let request = server.client_of("ann", token).post(path).json(&json!({ "name": "laptop" }));
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, made) = post(&again, "/api/v1/tokens").await;
    assert_eq!(status, 201, "{made}");
    let (status, problem) = post(made["secret"].as_str().unwrap(), "/api/v1/tokens").await;
    assert_eq!((status, &problem["code"]), (403, &json!("password_needed")));
    let shown = me(&again).await["token"].as_str().unwrap().to_owned();
    let (status, problem) = post(&again, &format!("/api/v1/tokens/{shown}/rotate")).await;
    assert_eq!((status, &problem["code"]), (409, &json!("not_rotated")));
    // Another person of the same name or address is another person; so is who calls themselves as the admin is called.
    let (name, _) = log_in(
        &server,
        &issuer,
        json!({ "sub": "s-2", "preferred_username": "ann", "email": "ann@person.test" }),
    )
    .await;
    assert_eq!(name, "ann-2");
    let (name, token) =
        log_in(&server, &issuer, json!({ "sub": "s-3", "preferred_username": "admin" })).await;
    assert_eq!(name, "admin-2");
    let users = server.client_of("admin-2", &token).get("/api/v1/users").send().await.unwrap();
    assert_eq!(users.status(), 403, "a first log-in brings no right");
    // No password lets them in.
    for password in ["", "ann", "s-1"] {
        let guess = server.client_of("ann", password).get("/api/v1/me").send().await.unwrap();
        assert_eq!(guess.status(), 401);
    }
    let events = events(&server.client()).await;
    let linked = events.iter().filter(|event| event["kind"] == "account.linked");
    assert_eq!(linked.count(), 3);
    for text in [format!("{events:?}"), server.log().lines().join("\n")] {
        for secret in [token.as_str(), "person.test", "s-1", "a client's secret"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    assert_sound(&Base::of(&server)).await;
}

#[tokio::test]
async fn a_browser_is_shown_a_page() {
    let issuer = Issuer::start().await;
    let server = trusting(&issuer, "").await;
    let browser = Browser::begin(&server).await;
    let asked = pairs(browser.url.split_once('?').unwrap().1);
    assert_eq!(asked["redirect_uri"], format!("{EXTERNAL_URL}/api/v1/oidc/ci/callback"));
    let code = issuer.log_in(&browser.url, json!({ "sub": "s-1", "preferred_username": "<b>" }));
    let path = format!("/api/v1/oidc/ci/callback?state={}&code={code}&iss={}", browser.state(), issuer.url);
    let request =
        server.anonymous().get(&path).header("cookie", &browser.cookie).header("accept", "text/html,*/*");
    // Neither is believed of a stranger.
    let request = request.header("x-forwarded-host", "evil.test").header("x-forwarded-proto", "http");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "content-type"), "text/html; charset=utf-8");
    assert!(header(&answer, "content-security-policy").starts_with("default-src 'none'"));
    assert_eq!(header(&answer, "referrer-policy"), "no-referrer");
    let page = answer.text().await.unwrap();
    assert!(page.contains("docker login registry.test -u b") && page.contains("wbl_"), "{page}");
}

#[tokio::test]
async fn only_the_browser_that_began_finishes_and_once() {
    let issuer = Issuer::start().await;
    let mut server = trusting(&issuer, "").await;
    let who = || json!({ "sub": "s-1" });
    let browser = Browser::begin(&server).await;
    let other = Browser::begin(&server).await;
    let code = issuer.log_in(&browser.url, who());
    let query = format!("state={}&code={code}", browser.state());
    refused(come_back(&server, None, &query).await, 400, "log_in_lost").await;
    refused(other.come_back(&server, &query).await, 400, "log_in_lost").await;
    refused(come_back(&server, Some("waybill_log_in=AAAA"), &query).await, 400, "log_in_lost").await;
    refused(
        browser.come_back(&server, &format!("state={}&code={code}", other.state())).await,
        400,
        "log_in_lost",
    )
    .await;
    refused(browser.come_back(&server, &format!("code={code}")).await, 400, "log_in_lost").await;
    // Nothing is kept of those that nobody finishes, so a stranger fills nothing by beginning them.
    let kept = Base::of(&server).query("SELECT secret FROM log_in").await;
    assert!(kept.is_empty(), "{kept:?}");
    // Any replica finishes it, so one that was started since does too.
    server.restart().await;
    assert_eq!(browser.come_back(&server, &query).await.status(), 200);
    refused(browser.come_back(&server, &query).await, 400, "log_in_lost").await;
    // A code that was redeemed is refused by the issuer, whoever brings it.
    refused(
        other.come_back(&server, &format!("state={}&code={code}", other.state())).await,
        403,
        "issuer_refused",
    )
    .await;
    // One that was asked for by another browser fails for want of the verifier.
    let (victim, thief) = (Browser::begin(&server).await, Browser::begin(&server).await);
    let stolen = issuer.log_in(&victim.url, who());
    refused(
        thief.come_back(&server, &format!("state={}&code={stolen}", thief.state())).await,
        403,
        "issuer_refused",
    )
    .await;
}

#[tokio::test]
async fn what_the_issuer_says_must_fit() {
    let issuer = Issuer::start().await;
    let server = trusting(&issuer, "").await;
    let attempt = async |claims: Value, more: &str| {
        let browser = Browser::begin(&server).await;
        let code = issuer.log_in(&browser.url, claims);
        browser.come_back(&server, &format!("state={}&code={code}{more}", browser.state())).await
    };
    for claims in [
        json!({ "sub": "s", "nonce": "another" }),
        json!({ "sub": "s", "aud": "another" }),
        json!({ "sub": "s", "aud": ["waybill", "another"] }),
        json!({ "sub": "s", "aud": EXTERNAL_URL }),
        json!({ "sub": "s", "iss": "https://other.test" }),
        json!({ "sub": "s", "exp": 1 }),
        json!({ "sub": "" }),
        json!({}),
    ] {
        refused(attempt(claims.clone(), "").await, 403, "issuer_refused").await;
    }
    refused(attempt(json!({ "sub": "s" }), "&iss=https://other.test").await, 400, "log_in_lost").await;
    let browser = Browser::begin(&server).await;
    let denied = format!("state={}&error=access_denied", browser.state());
    refused(browser.come_back(&server, &denied).await, 403, "log_in_denied").await;
    issuer.state().nonce_instead = Some("of another log-in".to_owned());
    refused(attempt(json!({ "sub": "s" }), "").await, 403, "issuer_refused").await;
    issuer.state().nonce_instead = None;
    assert_eq!(attempt(json!({ "sub": "s" }), "").await.status(), 200, "nothing else was wrong");
    let nobody = server.anonymous().get("/api/v1/oidc/nobody/login").send().await.unwrap();
    refused(nobody, 404, "not_found").await;
}

#[tokio::test]
async fn who_has_no_account_gets_none_where_none_are_made() {
    let issuer = Issuer::start().await;
    let server = trusting(&issuer, ", create_users = false").await;
    let browser = Browser::begin(&server).await;
    let code = issuer.log_in(&browser.url, json!({ "sub": "s-1", "preferred_username": "admin" }));
    let answer = browser.come_back(&server, &format!("state={}&code={code}", browser.state())).await;
    refused(answer, 403, "no_account").await;
}

#[tokio::test]
async fn a_disabled_account_stays_out() {
    let issuer = Issuer::start().await;
    let server = trusting(&issuer, "").await;
    let (name, token) = log_in(&server, &issuer, json!({ "sub": "s-1", "preferred_username": "ann" })).await;
    let path = format!("/api/v1/users/{name}");
    let disabled = server.client().patch(&path).json(&json!({ "disabled": true })).send().await.unwrap();
    assert_eq!(disabled.status(), 200);
    assert_eq!(server.client_of("ann", &token).get("/api/v1/me").send().await.unwrap().status(), 401);
    let browser = Browser::begin(&server).await;
    let code = issuer.log_in(&browser.url, json!({ "sub": "s-1" }));
    let answer = browser.come_back(&server, &format!("state={}&code={code}", browser.state())).await;
    refused(answer, 403, "disabled").await;
}
