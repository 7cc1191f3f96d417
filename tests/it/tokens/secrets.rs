//! No secret gets out: not into the log, not into an answer that did not have to show it, not into an event.

use serde_json::{Value, json as value};

use super::kit::{access_token, form, instant, json};
use crate::registry::kit::{events, project, push_image, user};
use crate::support::{ADMIN_PASSWORD, Client, TestServer};

const MASTER_KEY: &str = "Gg8EAgYLDAkBBwMNDgoFCAAPBAIGCwwJAQcDDQ4KBQg=";
const WRONG: &str = "a-wrong-password-that-nobody-has";

/// What is told to a client that does something wrong with every kind of secret.
async fn complaints(server: &TestServer, secrets: &[String]) -> Vec<String> {
    let mut told = Vec::new();
    for secret in secrets {
        let with = |name: &str| server.client_of(name, secret);
        let bearer = |path: &str| server.anonymous().get(path).bearer_auth(secret);
        let password = [("grant_type", "password"), ("username", "nobody"), ("password", secret.as_str())];
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", secret.as_str())];
        for request in [
            with("nobody").get("/v2/"),
            with("nobody").get("/api/v1/me"),
            with("nobody").get("/token"),
            with(secret).get("/v2/acme/app/tags/list"),
            bearer("/v2/ghost/app/manifests/v1"),
            bearer("/api/v1/users?cursor=x"),
            bearer("/token?scope=nonsense"),
            form(server, &password),
            form(server, &refresh),
            server.anonymous().get("/v2/").header("authorization", format!("Digest {secret}")),
            server.anonymous().post("/token").header("content-type", "text/plain").body(secret.clone()),
            server.client().post("/api/v1/users").json(&value!({ "name": "A", "password": secret })),
            server.client().post("/api/v1/tokens").json(&value!({ "name": "x", "expires_at": secret })),
        ] {
            let answer = request.send().await.unwrap();
            told.push(format!("{:?}", answer.headers()));
            told.push(answer.text().await.unwrap());
        }
    }
    told
}

async fn made(client: &Client, path: &str, body: Value) -> String {
    json(client.post(path).json(&body), 201).await["secret"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn of_every_secret_nothing_is_to_be_found() {
    let mut server = TestServer::builder()
        .env("WAYBILL_MASTER_KEY", MASTER_KEY)
        .env("WAYBILL_LOG__LEVEL", "trace")
        .start()
        .await;
    let admin = server.client();
    project(&server, "acme", value!({})).await;
    let ann = user(&server, "ann", "publisher", value!({ "project": "acme" })).await;
    push_image(&ann, "acme/app", "v1", 1).await;
    let name = value!({ "name": "a token", "expires_at": instant(3600) });
    let personal = made(&ann, "/api/v1/tokens", name.clone()).await;
    json(admin.post("/api/v1/service-accounts").json(&value!({ "name": "ci" })), 201).await;
    let service = made(&admin, "/api/v1/service-accounts/ci/tokens", name).await;
    let access = access_token(&ann, &["repository:acme/app:pull,push"]).await;
    let login = json(ann.get("/token?offline_token=true&client_id=docker"), 200).await;
    let refresh = login["refresh_token"].as_str().unwrap().to_owned();
    json(form(&server, &[("grant_type", "refresh_token"), ("refresh_token", &refresh)]), 200).await;
    let secrets: Vec<String> = [ADMIN_PASSWORD, "ann-has-a-password", MASTER_KEY, WRONG]
        .map(str::to_owned)
        .into_iter()
        .chain([personal, service, access, refresh, login["token"].as_str().unwrap().to_owned()])
        .collect();
    let mut told = complaints(&server, &secrets).await;
    for path in
        ["/api/v1/tokens", "/api/v1/tokens?user=ann", "/api/v1/service-accounts/ci/tokens", "/metrics"]
    {
        told.push(admin.get(path).send().await.unwrap().text().await.unwrap());
    }
    let recorded = events(&admin).await;
    assert!(recorded.len() > 10);
    told.extend(recorded.iter().map(Value::to_string));
    let log = server.stop().await.lines();
    assert!(log.len() > 100 && told.len() > 100);
    for secret in &secrets {
        // The digest stands in the database, and in no place that people read.
        for text in log.iter().chain(&told) {
            assert!(!text.contains(secret.as_str()), "{secret} in {text}");
        }
    }
}
