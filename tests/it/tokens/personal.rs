//! Personal tokens.

use serde_json::{Value, json as value};

use super::kit::{access_token, form, get_by, instant, json, status_by};
use crate::registry::kit::{events, project, push_image, user};
use crate::support::{Client, TestServer, wait_until};

async fn personal(client: &Client, body: Value) -> (String, String) {
    let made = json(client.post("/api/v1/tokens").json(&body), 201).await;
    (made["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn it_is_its_owner_wherever_it_is_shown() {
    let server = TestServer::start().await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    let ann = user(&server, "ann", "publisher", value!({ "project": "acme" })).await;
    let (id, secret) = personal(&ann, value!({ "name": "laptop" })).await;
    assert!(secret.starts_with("wbp_"));
    for path in ["/v2/", "/v2/acme/app/manifests/v1", "/api/v1/me", "/api/v1/projects/acme"] {
        assert_eq!(status_by(&server, &secret, path).await, 200, "{path}");
        let as_password = server.client_of("ann", &secret).get(path).send().await.unwrap();
        assert_eq!(as_password.status(), 200, "{path}");
        let as_other = server.client_of("admin", &secret).get(path).send().await.unwrap();
        assert_eq!(as_other.status(), 401, "{path}: the name must be its owner's");
    }
    let me: Value = get_by(&server, &secret, "/api/v1/me").await.json().await.unwrap();
    assert_eq!((&me["name"], &me["token"]), (&value!("ann"), &value!(id)));
    // It gets access tokens, which end with it, and leaves no refresh token.
    let by_token = server.client_of("ann", &secret);
    let access = access_token(&by_token, &["repository:acme/app:pull"]).await;
    let fields =
        [("grant_type", "password"), ("username", "ann"), ("password", &secret), ("access_type", "offline")];
    let answer = json(form(&server, &fields), 200).await;
    assert_eq!(answer["refresh_token"], Value::Null);
    assert_eq!(status_by(&server, &access, "/v2/acme/app/manifests/v1").await, 200);
    wait_until("its use is noted", async || {
        let tokens = json(ann.get("/api/v1/tokens"), 200).await;
        tokens["items"][0]["last_used_at"].is_string()
    })
    .await;
    let tokens = json(ann.get("/api/v1/tokens"), 200).await;
    assert!(!tokens.to_string().contains(&secret));
    json(ann.delete(&format!("/api/v1/tokens/{id}")), 204).await;
    for token in [&secret, &access] {
        assert_eq!(status_by(&server, token, "/v2/acme/app/manifests/v1").await, 401);
    }
    assert_eq!(by_token.get("/api/v1/me").send().await.unwrap().status(), 401);
    json(ann.delete(&format!("/api/v1/tokens/{id}")), 404).await;
    assert_eq!(json(ann.get("/api/v1/tokens"), 200).await["items"], value!([]));
    let kinds = events(&server.client()).await;
    let told: Vec<_> =
        kinds.iter().filter(|event| event["data"]["token"] == *id).map(|event| &event["kind"]).collect();
    assert_eq!(told, ["token.created", "token.revoked"]);
}

#[tokio::test]
async fn it_reaches_no_further_than_it_was_narrowed() {
    let server = TestServer::start().await;
    let admin = server.client();
    push_image(&admin, "acme/team/app", "v1", 1).await;
    push_image(&admin, "acme/other", "v1", 1).await;
    push_image(&admin, "beta/app", "v1", 1).await;
    let narrowed = value!({ "name": "puller", "prefix": "acme/team", "actions": ["pull", "pull"] });
    let (id, secret) = personal(&admin, narrowed).await;
    for (path, status) in [
        ("/v2/acme/team/app/manifests/v1", 200),
        ("/v2/acme/other/manifests/v1", 403),
        ("/v2/beta/app/manifests/v1", 403),
        ("/api/v1/projects/acme", 200),
        ("/api/v1/projects/beta", 403),
        ("/api/v1/users", 403),
        ("/api/v1/events", 403),
        ("/api/v1/tokens", 403),
        ("/api/v1/service-accounts", 403),
        ("/api/v1/role-bindings", 403),
    ] {
        assert_eq!(status_by(&server, &secret, path).await, status, "{path}");
    }
    let push = server.anonymous().post("/v2/acme/team/app/blobs/uploads/").bearer_auth(&secret).send().await;
    assert_eq!(push.unwrap().status(), 403);
    let catalog: Value = get_by(&server, &secret, "/v2/_catalog").await.json().await.unwrap();
    assert_eq!(catalog["repositories"], value!(["acme/team/app"]));
    let projects: Value = get_by(&server, &secret, "/api/v1/projects").await.json().await.unwrap();
    assert_eq!(projects["items"].as_array().unwrap().len(), 1);
    // What is got with it reaches no further.
    let by_token = server.client_of("admin", &secret);
    let asked = "scope=repository:acme/team/app:*&scope=repository:beta/app:pull";
    let answer = json(by_token.get(&format!("/token?{asked}")), 200).await;
    assert_eq!(answer["scope"], "repository:acme/team/app:pull");
    // It may end itself, and nothing else.
    json(by_token.delete(&format!("/api/v1/tokens/{id}")), 204).await;
    assert_eq!(status_by(&server, &secret, "/v2/").await, 401);
}

#[tokio::test]
async fn a_token_makes_no_tokens() {
    let server = TestServer::start().await;
    let (id, secret) = personal(&server.client(), value!({ "name": "one" })).await;
    let by_token = server.client_of("admin", &secret);
    let answer = json(by_token.post("/api/v1/tokens").json(&value!({ "name": "two" })), 403).await;
    assert_eq!(answer["code"], "password_needed");
    let answer = json(by_token.post(&format!("/api/v1/tokens/{id}/rotate")), 403).await;
    assert_eq!(answer["code"], "password_needed");
}

#[tokio::test]
async fn it_is_rotated_with_an_overlap() {
    let server = TestServer::start().await;
    let admin = server.client();
    let body = value!({ "name": "laptop", "actions": ["pull"], "expires_at": instant(3600) });
    let (id, secret) = personal(&admin, body).await;
    let path = |overlap: u64| format!("/api/v1/tokens/{id}/rotate?overlap_seconds={overlap}");
    json(admin.post(&path(604_801)), 400).await;
    let next = json(admin.post(&path(600)), 201).await;
    assert_eq!((&next["name"], &next["actions"]), (&value!("laptop"), &value!(["pull"])));
    let successor = next["secret"].as_str().unwrap();
    for token in [secret.as_str(), successor] {
        assert_eq!(status_by(&server, token, "/v2/").await, 200);
    }
    json(admin.post(&path(0)), 201).await;
    assert_eq!(status_by(&server, &secret, "/v2/").await, 401);
    assert_eq!(status_by(&server, successor, "/v2/").await, 200);
    json(admin.post(&path(0)), 404).await;
}

#[tokio::test]
async fn it_expires() {
    let server = TestServer::start().await;
    let (_, secret) = personal(&server.client(), value!({ "name": "short", "expires_at": instant(2) })).await;
    let access = access_token(&server.client_of("admin", &secret), &[]).await;
    wait_until("it has expired", async || status_by(&server, &secret, "/v2/").await == 401).await;
    assert_eq!(status_by(&server, &access, "/v2/").await, 401);
}

#[tokio::test]
async fn a_disabled_owner_takes_it_along() {
    let server = TestServer::start().await;
    let ann = user(&server, "ann", "reader", value!({})).await;
    let (_, secret) = personal(&ann, value!({ "name": "laptop" })).await;
    let admin = server.client();
    for (disabled, status) in [(true, 401), (false, 200)] {
        json(admin.patch("/api/v1/users/ann").json(&value!({ "disabled": disabled })), 200).await;
        assert_eq!(status_by(&server, &secret, "/api/v1/me").await, status);
    }
}

#[tokio::test]
async fn only_its_owner_and_admins_see_and_end_it() {
    let server = TestServer::start().await;
    project(&server, "acme", value!({})).await;
    let ann = user(&server, "ann", "reader", value!({})).await;
    let bob = user(&server, "bob", "project-owner", value!({ "project": "acme" })).await;
    let (id, _) = personal(&ann, value!({ "name": "laptop" })).await;
    let one = format!("/api/v1/tokens/{id}");
    for (request, status) in [
        (bob.get("/api/v1/tokens?user=ann"), 403),
        (bob.get("/api/v1/tokens?user=ghost"), 403),
        (bob.delete(&one), 403),
        (bob.post(&format!("{one}/rotate")), 403),
        (server.client().post(&format!("{one}/rotate")), 403),
        (bob.delete("/api/v1/tokens/00000000-0000-0000-0000-000000000000"), 403),
        (server.client().delete("/api/v1/tokens/00000000-0000-0000-0000-000000000000"), 404),
        (server.client().get("/api/v1/tokens?user=ghost"), 404),
        (server.anonymous().get("/api/v1/tokens"), 401),
        (ann.get("/api/v1/tokens?cursor=x"), 400),
        (ann.post("/api/v1/tokens").json(&value!({ "name": "" })), 400),
        (ann.post("/api/v1/tokens").json(&value!({ "name": "a", "actions": ["fly"] })), 400),
        (ann.post("/api/v1/tokens").json(&value!({ "name": "a", "prefix": "A" })), 400),
        (ann.post("/api/v1/tokens").json(&value!({ "name": "a", "expires_at": "soon" })), 400),
        (
            ann.post("/api/v1/tokens").json(&value!({ "name": "a", "expires_at": "2020-01-01T00:00:00Z" })),
            400,
        ),
        (server.client().delete(&one), 204),
    ] {
        json(request, status).await;
    }
}
