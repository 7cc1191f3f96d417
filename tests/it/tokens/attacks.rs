//! What somebody who means harm gains by a right or a token that is less than theirs.

use serde_json::json as value;

use super::kit::{access_token, instant, json};
use crate::registry::kit::{project, push_image, user};
use crate::support::{ADMIN_PASSWORD, TestServer, wait_until};

#[tokio::test]
async fn a_narrowed_token_lists_nothing_beyond_its_prefix_by_way_of_an_access_token() {
    let server = TestServer::start().await;
    let admin = server.client();
    push_image(&admin, "acme/app", "v1", 1).await;
    push_image(&admin, "secret/plans", "v1", 1).await;
    let body = value!({ "name": "puller", "prefix": "acme", "actions": ["pull"] });
    let made = json(admin.post("/api/v1/tokens").json(&body), 201).await;
    let secret = made["secret"].as_str().unwrap();
    let narrowed = server.client_of("admin", secret);
    assert_eq!(json(narrowed.get("/v2/_catalog"), 200).await["repositories"], value!(["acme/app"]));
    let access = access_token(&narrowed, &["registry:catalog:*"]).await;
    let listed = json(server.anonymous().get("/v2/_catalog").bearer_auth(&access), 200).await;
    assert_eq!(listed["repositories"], value!(["acme/app"]));
}

#[tokio::test]
async fn a_token_does_not_set_the_password_of_its_own_account() {
    let server = TestServer::start().await;
    let body = value!({ "name": "laptop", "expires_at": instant(3600) });
    let made = json(server.client().post("/api/v1/tokens").json(&body), 201).await;
    let by_token = server.client_of("admin", made["secret"].as_str().unwrap());
    let change = by_token.patch("/api/v1/users/admin").json(&value!({ "password": "the thief's password" }));
    assert_ne!(change.send().await.unwrap().status(), 200);
    let still = server.client_of("admin", ADMIN_PASSWORD).get("/api/v1/me").send().await.unwrap();
    assert_eq!(still.status(), 200);
}

#[tokio::test]
async fn a_role_with_an_end_does_not_give_itself_for_good() {
    let server = TestServer::start().await;
    project(&server, "acme", value!({})).await;
    let until = value!({ "project": "acme", "expires_at": instant(3600) });
    let owner = user(&server, "owner", "project-owner", until).await;
    for user in ["owner", "admin"] {
        let longer = value!({ "user": user, "role": "project-owner", "project": "acme" });
        let given = owner.post("/api/v1/role-bindings").json(&longer).send().await.unwrap();
        assert_ne!(given.status(), 201, "{user}");
    }
}

#[tokio::test]
async fn a_token_of_a_service_account_makes_no_other_that_outlives_it() {
    let server = TestServer::start().await;
    project(&server, "acme", value!({})).await;
    let admin = server.client();
    json(admin.post("/api/v1/service-accounts").json(&value!({ "name": "bot", "project": "acme" })), 201)
        .await;
    let role = value!({ "user": "bot", "role": "project-owner", "project": "acme" });
    json(admin.post("/api/v1/role-bindings").json(&role), 201).await;
    let path = "/api/v1/service-accounts/bot/tokens";
    let short = value!({ "name": "job", "expires_at": instant(3600) });
    let made = json(admin.post(path).json(&short), 201).await;
    let bot = server.client_of("bot", made["secret"].as_str().unwrap());
    let long = value!({ "name": "for long", "expires_at": instant(300 * 24 * 3600) });
    assert_ne!(bot.post(path).json(&long).send().await.unwrap().status(), 201);
}

#[tokio::test]
async fn a_narrowed_token_makes_no_project() {
    let server = TestServer::start().await;
    let admin = server.client();
    let body = value!({ "name": "pusher", "prefix": "fresh", "actions": ["push"] });
    let made = json(admin.post("/api/v1/tokens").json(&body), 201).await;
    let narrowed = server.client_of("admin", made["secret"].as_str().unwrap());
    let pushed = narrowed.post("/v2/fresh/app/blobs/uploads/").send().await.unwrap();
    assert_eq!(pushed.status(), 403);
}

/// Needs PostgreSQL to fail: `tests/with-postgres cargo test --test it attacks`.
#[tokio::test]
async fn a_nul_byte_is_the_clients_fault() {
    let server = TestServer::start().await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    let digest = format!("sha256:{}", "0".repeat(64));
    for path in [
        "/v2/acme/app/tags/list?last=%00".to_owned(),
        "/v2/_catalog?last=%00".to_owned(),
        format!("/v2/acme/app/referrers/{digest}?artifactType=%00"),
        "/api/v1/projects?cursor=YQBi".to_owned(),
        "/api/v1/users?cursor=YQBi".to_owned(),
        "/api/v1/service-accounts?cursor=YQBi".to_owned(),
        "/api/v1/projects/acme/repositories?cursor=YQBi".to_owned(),
    ] {
        let status = server.client().get(&path).send().await.unwrap().status().as_u16();
        assert!(status < 500, "{path}: {status}");
    }
}

/// Needs PostgreSQL: there are no replicas on SQLite.
#[tokio::test]
async fn a_right_that_was_taken_away_gives_nothing_for_good_on_another_replica() {
    if !crate::support::on_postgres() {
        return;
    }
    let first = TestServer::start().await;
    let second = first.replica().start().await;
    project(&first, "acme", value!({})).await;
    user(&first, "owner", "reader", value!({ "project": "acme" })).await;
    let role = value!({ "user": "owner", "role": "project-owner", "project": "acme" });
    let admin = first.client();
    let given = json(admin.post("/api/v1/role-bindings").json(&role), 201).await;
    let id = given["id"].as_str().unwrap().to_owned();
    let owner = second.client_of("owner", "owner-has-a-password");
    let list = "/api/v1/service-accounts?project=acme";
    wait_until("the other replica knows the role", async || {
        owner.get(list).send().await.unwrap().status() == 200
    })
    .await;
    json(admin.delete(&format!("/api/v1/role-bindings/{id}")), 204).await;
    let again = owner.post("/api/v1/role-bindings").json(&role).send().await.unwrap();
    assert_ne!(again.status(), 201, "a role came back by a right that was gone");
}
