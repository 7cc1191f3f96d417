//! Who sees which entries.

use serde_json::{Value, json};

use super::kit::{get, list, settled, told};
use crate::registry::kit::{image, project, put, user};
use crate::support::{Client, TestServer};

/// The events that somebody sees: the last ids of a few, by name.
struct World {
    server: TestServer,
    admin: Client,
    /// In `acme`, by admin.
    in_acme: String,
    /// In `open`, which is public, by admin.
    in_open: String,
    /// About no project, by admin.
    in_none: String,
}

impl World {
    async fn new() -> Self {
        let server = TestServer::start().await;
        let admin = server.client();
        project(&server, "acme", json!({})).await;
        project(&server, "open", json!({ "visibility": "public" })).await;
        let push = async |repo: &str| {
            let manifest = image(&admin, repo, 1).await;
            told(&put(&admin, repo, "v1", &manifest).await)[0].clone()
        };
        let (in_acme, in_open) = (push("acme/app").await, push("open/app").await);
        let body = json!({ "name": "somebody", "password": "somebody-has-a-password" });
        let made = admin.post("/api/v1/users").json(&body).send().await.unwrap();
        let in_none = told(&made)[0].clone();
        Self { server, admin, in_acme, in_open, in_none }
    }

    /// Which of the three somebody sees, by every way that leads to them.
    async fn seen_by(&self, client: &Client) -> [bool; 3] {
        settled(&self.server).await;
        let listed = list(client, "/api/v1/ledger/entries", 50).await;
        let mut seen = [false; 3];
        for (seen, id) in seen.iter_mut().zip([&self.in_acme, &self.in_open, &self.in_none]) {
            *seen = listed.iter().any(|item| item["event"]["id"] == id.as_str());
            let index = get(&self.admin, &format!("/api/v1/ledger/events/{id}"), 200).await["index"].clone();
            let index = index.as_str().unwrap();
            let status = if *seen { 200 } else { 404 };
            get(client, &format!("/api/v1/ledger/events/{id}"), status).await;
            get(client, &format!("/api/v1/ledger/entries/{index}"), status).await;
            let proof =
                client.get(&format!("/api/v1/ledger/entries/{index}.tlog-proof")).send().await.unwrap();
            assert_eq!(proof.status(), status);
        }
        seen
    }
}

#[tokio::test]
async fn roles_decide_what_is_seen() {
    let world = World::new().await;
    for (name, role, scope, seen) in [
        ("auditor", "auditor", json!({}), [true, true, true]),
        ("p-auditor", "auditor", json!({ "project": "acme" }), [true, false, false]),
        ("reader", "reader", json!({ "project": "acme" }), [true, false, false]),
        ("publisher", "publisher", json!({ "project": "open" }), [false, true, false]),
        ("below", "project-owner", json!({ "prefix": "acme/app" }), [false, false, false]),
        ("everywhere", "reader", json!({}), [true, true, false]),
        ("ruler", "org-admin", json!({}), [true, true, false]),
    ] {
        let client = user(&world.server, name, role, scope).await;
        assert_eq!(world.seen_by(&client).await, seen, "{name}");
    }
    assert_eq!(world.seen_by(&world.admin).await, [true; 3]);
    for path in ["entries", "entries/0", "entries/0.tlog-proof"] {
        let refused = get(&world.server.anonymous(), &format!("/api/v1/ledger/{path}"), 401).await;
        assert_eq!(refused["code"], "unauthenticated");
    }
}

#[tokio::test]
async fn a_role_that_ends_takes_the_sight_with_it() {
    let world = World::new().await;
    let ann = user(&world.server, "ann", "reader", json!({ "project": "acme" })).await;
    assert_eq!(world.seen_by(&ann).await, [true, false, false]);
    let bindings = get(&world.admin, "/api/v1/role-bindings?user=ann", 200).await;
    let binding = bindings["items"].as_array().unwrap().iter().find(|one| one["user"] == "ann").unwrap();
    let path = format!("/api/v1/role-bindings/{}", binding["id"].as_str().unwrap());
    assert_eq!(world.admin.delete(&path).send().await.unwrap().status(), 204);
    assert_eq!(world.seen_by(&ann).await, [false; 3]);
}

#[tokio::test]
async fn everybody_sees_what_they_did_themselves() {
    let world = World::new().await;
    let bob = user(&world.server, "bob", "publisher", json!({ "prefix": "acme/team" })).await;
    let manifest = image(&bob, "acme/team/app", 7).await;
    let pushed = told(&put(&bob, "acme/team/app", "v1", &manifest).await);
    settled(&world.server).await;
    let own = list(&bob, "/api/v1/ledger/entries", 2).await;
    let actors: Vec<&Value> = own.iter().map(|item| &item["event"]["actor"]).collect();
    assert!(own.len() >= 5 && actors.iter().all(|actor| **actor == *actors[0]), "{own:?}");
    assert!(own.iter().any(|item| item["event"]["id"] == pushed[0].as_str()));
    get(&bob, &format!("/api/v1/ledger/events/{}", pushed[0]), 200).await;
    let narrowed = list(&bob, "/api/v1/ledger/entries?project=acme&kind=tag.created", 50).await;
    assert_eq!(narrowed.len(), 1);
    // A project of which they see nothing looks like one that is not there.
    for name in ["open", "ghost"] {
        let none = get(&bob, &format!("/api/v1/ledger/entries?project={name}"), 200).await;
        assert_eq!(none, json!({ "items": [] }), "{name}");
    }
    let body = json!({ "name": "ci", "prefix": "acme/team", "actions": ["push"] });
    let token: Value = bob.post("/api/v1/tokens").json(&body).send().await.unwrap().json().await.unwrap();
    let by_token = async |path: String| {
        let request = world.server.anonymous().get(&path).bearer_auth(token["secret"].as_str().unwrap());
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(by_token(format!("/api/v1/ledger/events/{}", pushed[0])).await, 200);
    assert_eq!(by_token("/api/v1/ledger/entries".to_owned()).await, 403, "it is narrowed to less");
    let made = told(&bob.post("/api/v1/tokens").json(&json!({ "name": "all" })).send().await.unwrap());
    get(&bob, &format!("/api/v1/ledger/events/{}", made[0]), 202).await;
    assert_eq!(by_token(format!("/api/v1/ledger/events/{}", made[0])).await, 404);
}
