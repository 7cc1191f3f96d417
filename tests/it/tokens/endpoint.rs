//! `/token` as clients use it, and the challenges that lead there.

use serde_json::{Value, json as value};

use super::kit::{access_token, challenge, form, get_by, json, status_by};
use crate::registry::kit::{project, push_blob, push_image, user};
use crate::support::TestServer;

#[tokio::test]
async fn a_token_pulls_what_it_was_asked_for() {
    let server = TestServer::start().await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    push_image(&server.client(), "acme/other", "v1", 2).await;
    let reader = user(&server, "reader", "reader", value!({ "project": "acme" })).await;
    let token = access_token(&reader, &["repository:acme/app:pull,push"]).await;
    assert_eq!(status_by(&server, &token, "/v2/").await, 200);
    assert_eq!(status_by(&server, &token, "/v2/acme/app/manifests/v1").await, 200);
    // The account could read this one: another token would help, and the challenge says which.
    let answer = get_by(&server, &token, "/v2/acme/other/manifests/v1").await;
    assert_eq!(answer.status(), 401);
    let expected = format!(
        "Bearer realm=\"{}/token\",service=\"waybill\",scope=\"repository:acme/other:pull\",error=\"insufficient_scope\"",
        server.base()
    );
    assert_eq!(challenge(&answer), expected);
    // It can't push, with whatever token.
    let push = server.anonymous().post("/v2/acme/app/blobs/uploads/").bearer_auth(&token).send().await;
    assert_eq!(push.unwrap().status(), 403);
    // The API is not for it.
    for path in ["/api/v1/me", "/api/v1/projects/acme", "/api/v1/projects"] {
        let answer = get_by(&server, &token, path).await;
        assert_eq!(answer.status(), 401, "{path}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "registry_only");
    }
    let answer = get_by(&server, "forged", "/v2/acme/app/manifests/v1").await;
    assert_eq!(answer.status(), 401);
    assert!(challenge(&answer).ends_with(",error=\"invalid_token\""), "{}", challenge(&answer));
}

#[tokio::test]
async fn a_right_taken_away_is_gone_though_the_token_lives() {
    let server = TestServer::start().await;
    let admin = server.client();
    push_image(&admin, "acme/app", "v1", 1).await;
    let reader = user(&server, "reader", "reader", value!({ "project": "acme" })).await;
    let token = access_token(&reader, &["repository:acme/app:pull"]).await;
    let path = "/v2/acme/app/manifests/v1";
    assert_eq!(status_by(&server, &token, path).await, 200);
    let bindings = json(admin.get("/api/v1/role-bindings?user=reader"), 200).await;
    let id = bindings["items"][0]["id"].as_str().unwrap();
    json(admin.delete(&format!("/api/v1/role-bindings/{id}")), 204).await;
    assert_eq!(status_by(&server, &token, path).await, 403);
    json(admin.patch("/api/v1/users/reader").json(&value!({ "disabled": true })), 200).await;
    assert_eq!(status_by(&server, &token, path).await, 401);
    assert_eq!(status_by(&server, &token, "/v2/").await, 401);
}

#[tokio::test]
async fn anybody_pulls_what_is_public_and_nobody_pushes_it() {
    let server = TestServer::start().await;
    project(&server, "open", value!({ "visibility": "public" })).await;
    push_image(&server.client(), "open/app", "v1", 1).await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    let nobody = server.anonymous();
    let scopes = ["repository:open/app:pull,push", "repository:acme/app:pull", "registry:catalog:*"];
    let query = scopes.map(|scope| format!("scope={scope}")).join("&");
    let answer = json(nobody.get(&format!("/token?{query}")), 200).await;
    assert_eq!(answer["scope"], "repository:open/app:pull");
    let token = answer["token"].as_str().unwrap();
    assert_eq!(status_by(&server, token, "/v2/open/app/manifests/v1").await, 200);
    assert_eq!(status_by(&server, token, "/v2/acme/app/manifests/v1").await, 401);
    assert_eq!(status_by(&server, token, "/v2/_catalog").await, 401);
    assert_eq!(status_by(&server, token, "/v2/").await, 401, "nobody has logged in");
    let push = nobody.post("/v2/open/app/blobs/uploads/").bearer_auth(token).send().await.unwrap();
    assert_eq!(push.status(), 401);
    assert!(challenge(&push).contains("scope=\"repository:open/app:pull,push\""));
}

#[tokio::test]
async fn the_catalogue_is_granted_as_a_whole() {
    let server = TestServer::start().await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    push_image(&server.client(), "other/app", "v1", 1).await;
    let reader = user(&server, "reader", "reader", value!({ "project": "acme" })).await;
    let token = access_token(&reader, &["registry:catalog:*"]).await;
    let catalog: Value = get_by(&server, &token, "/v2/_catalog").await.json().await.unwrap();
    assert_eq!(catalog["repositories"], value!(["acme/app"]));
    assert_eq!(status_by(&server, &token, "/v2/acme/app/manifests/v1").await, 401);
    let token = access_token(&reader, &["repository:acme/app:pull"]).await;
    let answer = get_by(&server, &token, "/v2/_catalog").await;
    assert_eq!(answer.status(), 401);
    assert!(challenge(&answer).contains("scope=\"registry:catalog:*\""));
}

#[tokio::test]
async fn a_mount_comes_from_the_project_or_from_where_the_token_reaches() {
    let server = TestServer::start().await;
    let admin = server.client();
    let near = push_blob(&admin, "acme/base", b"a layer").await;
    let far = push_blob(&admin, "other/base", b"another layer").await;
    let mount = |digest: &str, from: &str| format!("/v2/acme/app/blobs/uploads/?mount={digest}{from}");
    let answer = server.anonymous().post(&mount(&near, "&from=acme/base")).send().await.unwrap();
    let both = "scope=\"repository:acme/app:pull,push repository:acme/base:pull\"";
    assert!(challenge(&answer).contains(both), "{}", challenge(&answer));
    let mounted = async |token: &str, path: String| {
        let answer = server.anonymous().post(&path).bearer_auth(token).send().await.unwrap();
        answer.status().as_u16()
    };
    let one = access_token(&admin, &["repository:acme/app:pull,push"]).await;
    assert_eq!(mounted(&one, mount(&far, "&from=other/base")).await, 202, "the source is out of its reach");
    assert_eq!(mounted(&one, mount(&far, "")).await, 202);
    assert_eq!(mounted(&one, mount(&near, "&from=acme/base")).await, 201);
    let both = access_token(&admin, &["repository:acme/app:pull,push repository:other/base:pull"]).await;
    assert_eq!(mounted(&both, mount(&far, "")).await, 201);
    // Who may not read the source mounts nothing from it, in the same project neither.
    let secret = push_blob(&admin, "acme/secret", b"a secret layer").await;
    let publisher = user(&server, "publisher", "publisher", value!({ "prefix": "acme/app" })).await;
    let token = access_token(&publisher, &["repository:acme/app:pull,push"]).await;
    assert_eq!(mounted(&token, mount(&secret, "&from=acme/secret")).await, 202);
    assert_eq!(mounted(&token, mount(&secret, "")).await, 202);
}

#[tokio::test]
async fn the_form_of_oauth2_with_refresh_tokens() {
    let server = TestServer::start().await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    user(&server, "reader", "reader", value!({ "project": "acme" })).await;
    let post = |fields: &[(&str, &str)]| form(&server, fields);
    let scope = ("scope", "repository:acme/app:pull repository:acme/app:push");
    let by_password = [
        ("grant_type", "password"),
        ("service", "waybill"),
        ("client_id", "containerd"),
        ("username", "reader"),
        ("password", "reader-has-a-password"),
        scope,
    ];
    let answer = json(post(&by_password), 200).await;
    assert_eq!(
        (&answer["scope"], &answer["refresh_token"]),
        (&value!("repository:acme/app:pull"), &Value::Null)
    );
    let offline = [by_password.as_slice(), &[("access_type", "offline")]].concat();
    let refresh = json(post(&offline), 200).await["refresh_token"].as_str().unwrap().to_owned();
    let by_refresh = [("grant_type", "refresh_token"), ("refresh_token", &refresh), scope];
    for _ in 0..2 {
        let answer = json(post(&by_refresh), 200).await;
        let token = answer["access_token"].as_str().unwrap();
        assert_eq!(status_by(&server, token, "/v2/acme/app/manifests/v1").await, 200);
    }
    // It is good for nothing else.
    assert_eq!(status_by(&server, &refresh, "/v2/").await, 401);
    let as_password = server.client_of("reader", &refresh).get("/v2/").send().await.unwrap();
    assert_eq!(as_password.status(), 401);
    // Another password ends it, and the tokens that were got with it.
    let token = json(post(&by_refresh), 200).await["token"].as_str().unwrap().to_owned();
    let change = value!({ "password": "another-long-password", "current_password": "reader-has-a-password" });
    let reader = server.client_of("reader", "reader-has-a-password");
    json(reader.patch("/api/v1/users/reader").json(&change), 200).await;
    assert_eq!(json(post(&by_refresh), 401).await["error"], "invalid_grant");
    assert_eq!(status_by(&server, &token, "/v2/acme/app/manifests/v1").await, 401);
}

#[tokio::test]
async fn docker_login_is_left_a_refresh_token() {
    let server = TestServer::start().await;
    let path = "/token?account=admin&client_id=docker&offline_token=true&service=waybill";
    let answer = json(server.client().get(path), 200).await;
    assert!(answer["refresh_token"].as_str().unwrap().starts_with("wbr_"));
    let answer = json(server.anonymous().get(path), 200).await;
    assert_eq!(answer["refresh_token"], Value::Null);
}

#[tokio::test]
async fn bad_requests_are_told_what_is_wrong() {
    let server = TestServer::start().await;
    let (admin, nobody) = (server.client(), server.anonymous());
    let token = access_token(&admin, &["repository:acme/app:pull"]).await;
    let form = |fields: &[(&str, &str)]| form(&server, fields);
    let many = vec!["scope=repository:a:pull"; 33].join("&");
    for (request, status, error) in [
        (admin.get("/token?service=other"), 400, "invalid_request"),
        (admin.get("/token?scope=repository:A:pull"), 400, "invalid_scope"),
        (admin.get("/token?scope=nonsense"), 400, "invalid_scope"),
        (admin.get(&format!("/token?{many}")), 400, "invalid_scope"),
        (server.client_of("admin", "wrong").get("/token"), 401, "invalid_grant"),
        (nobody.get("/token").bearer_auth("forged"), 401, "invalid_grant"),
        (nobody.get("/token").bearer_auth(&token), 401, "invalid_grant"),
        (form(&[]), 400, "unsupported_grant_type"),
        (form(&[("grant_type", "implicit")]), 400, "unsupported_grant_type"),
        (form(&[("grant_type", "password"), ("username", "admin")]), 400, "invalid_request"),
        (form(&[("grant_type", "refresh_token")]), 400, "invalid_request"),
        (form(&[("grant_type", "refresh_token"), ("refresh_token", "x")]), 401, "invalid_grant"),
        (form(&[("grant_type", "password"), ("username", "admin"), ("password", "x")]), 401, "invalid_grant"),
        (nobody.post("/token").json(&value!({})), 400, "invalid_request"),
        (form(&[("x", &"y".repeat(40_000))]), 400, "invalid_request"),
    ] {
        let answer = json(request, status).await;
        assert_eq!(answer["error"], error, "{answer}");
        assert!(answer["error_description"].as_str().unwrap().len() > 10, "{answer}");
        assert_eq!(answer["errors"][0]["message"], answer["error_description"]);
    }
}

#[tokio::test]
async fn guessing_is_limited_here_too() {
    let server = TestServer::start().await;
    user(&server, "victim", "reader", value!({})).await;
    let guess = [("grant_type", "password"), ("username", "victim"), ("password", "guess-guess")];
    for _ in 0..10 {
        json(form(&server, &guess), 401).await;
    }
    let answer = form(&server, &guess).send().await.unwrap();
    assert_eq!(answer.status(), 429);
    assert!(answer.headers().contains_key("retry-after"));
    assert_eq!(server.client_of("victim", "guess-guess").get("/token").send().await.unwrap().status(), 429);
}
