//! Who makes rules, and which.

use serde_json::{Value, json};

use super::issuer::Issuer;
use super::kit::{grant, rule, service_account, trusting, with_rule};
use crate::registry::kit::{events, project, user};

#[tokio::test]
async fn a_rule_that_would_let_strangers_in_is_refused() {
    let issuer = Issuer::start().await;
    let (server, _) = with_rule(&issuer).await;
    project(&server, "other", json!({})).await;
    service_account(&server, "others", "other").await;
    let admin = server.client();
    for (change, status, code) in [
        (json!({ "claims": { "ref": "refs/heads/main" } }), 400, "invalid_rule"),
        (json!({ "claims": {} }), 400, "invalid_rule"),
        (json!({ "claims": { "repository_id": "*" } }), 400, "invalid_rule"),
        (json!({ "claims": { "repository_id": "1", "sub": "repo:acme/app" } }), 400, "invalid_rule"),
        (json!({ "claims": { "repository_id": "1", "actor": "ann" } }), 400, "invalid_rule"),
        (json!({ "claims": { "repository_id": "1", "aud": "x" } }), 400, "invalid_rule"),
        (json!({ "claims": { "repository_id": 1 } }), 400, "invalid_request"),
        (json!({ "actions": [] }), 400, "invalid_rule"),
        (json!({ "actions": ["rule"] }), 400, "invalid_request"),
        (json!({ "lifetime_seconds": 3601 }), 400, "invalid_rule"),
        (json!({ "lifetime_seconds": 59 }), 400, "invalid_rule"),
        (json!({ "prefix": "other/app" }), 400, "invalid_rule"),
        (json!({ "prefix": "acmes" }), 400, "invalid_rule"),
        (json!({ "issuer": "nobody" }), 404, "not_found"),
        (json!({ "project": "ghost" }), 404, "not_found"),
        (json!({ "service_account": "others" }), 404, "not_found"),
        (json!({ "service_account": "admin" }), 404, "not_found"),
        (json!({ "service_account": "ghost" }), 404, "not_found"),
        (json!({ "colour": "red" }), 400, "invalid_request"),
    ] {
        let answer = rule(&admin, change.clone()).send().await.unwrap();
        let got = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        // An organisation's admin sees that a project is not there; it is a denial for others.
        assert_eq!((got, body["code"].as_str()), (status, Some(code)), "{change}: {body}");
    }
}

#[tokio::test]
async fn owners_rule_their_project_alone() {
    let issuer = Issuer::start().await;
    let server = trusting(&issuer, "").await;
    project(&server, "acme", json!({})).await;
    project(&server, "other", json!({})).await;
    service_account(&server, "robot", "acme").await;
    grant(&server, "robot", "publisher", "acme").await;
    let owner = user(&server, "owner", "project-owner", json!({ "project": "acme" })).await;
    let other = user(&server, "other", "project-owner", json!({ "project": "other" })).await;
    let publisher = user(&server, "publisher", "publisher", json!({ "project": "acme" })).await;
    let made = rule(&owner, json!({})).send().await.unwrap();
    assert_eq!(made.status(), 201);
    let path = made.headers()["location"].to_str().unwrap().to_owned();
    let made: Value = made.json().await.unwrap();
    assert_eq!((&made["prefix"], &made["lifetime_seconds"]), (&json!("acme"), &json!(3600)));
    assert_eq!((&made["issuer"], &made["issuer_name"]), (&json!(issuer.url), &json!("ci")));
    assert_eq!((&made["project"], &made["service_account"]), (&json!("acme"), &json!("robot")));
    let list = "/api/v1/federation-rules?project=acme";
    for (client, expected) in
        [(&owner, 200), (&server.client(), 200), (&other, 403), (&publisher, 403), (&server.anonymous(), 401)]
    {
        assert_eq!(client.get(&path).send().await.unwrap().status(), expected);
        assert_eq!(client.get(list).send().await.unwrap().status(), expected);
        if expected > 400 {
            assert_eq!(rule(client, json!({})).send().await.unwrap().status(), expected);
            assert_eq!(client.delete(&path).send().await.unwrap().status(), expected);
        }
    }
    assert_eq!(owner.get("/api/v1/federation-rules").send().await.unwrap().status(), 403);
    // Another's rules are not told apart from none.
    let none = "/api/v1/federation-rules/00000000-0000-0000-0000-000000000000";
    assert_eq!(other.get(none).send().await.unwrap().status(), 403);
    assert_eq!(server.client().get(none).send().await.unwrap().status(), 404);
    // Pages.
    for _ in 0..2 {
        assert_eq!(rule(&owner, json!({})).send().await.unwrap().status(), 201);
    }
    let page: Value = owner.get(&format!("{list}&limit=2")).send().await.unwrap().json().await.unwrap();
    let next = page["next"].as_str().unwrap();
    let rest: Value = owner.get(&format!("{list}&cursor={next}")).send().await.unwrap().json().await.unwrap();
    assert_eq!((page["items"].as_array().unwrap().len(), rest["items"].as_array().unwrap().len()), (2, 1));
    assert_eq!(owner.delete(&path).send().await.unwrap().status(), 204);
    assert_eq!(server.client().get(&path).send().await.unwrap().status(), 404);
    let events = events(&server.client()).await;
    let kinds = events.iter().filter_map(|event| event["kind"].as_str());
    let kinds: Vec<&str> = kinds.filter(|kind| kind.starts_with("federation.")).collect();
    let (made, removed) = ("federation.rule_created", "federation.rule_removed");
    assert_eq!(kinds, [made, made, made, removed]);
}

#[tokio::test]
async fn issuers_are_told_to_anybody_who_wants_to_log_in() {
    let issuer = Issuer::start().await;
    let server = trusting(&issuer, "").await;
    let issuers: Value = server.anonymous().get("/api/v1/oidc").send().await.unwrap().json().await.unwrap();
    assert_eq!(issuers[0]["name"], "ci");
    assert_eq!(issuers[0]["login"], "/api/v1/oidc/ci/login");
    assert_eq!(issuers[0]["audience"], super::kit::EXTERNAL_URL);
    assert!(!issuers.to_string().contains("secret"), "{issuers}");
    assert_eq!(issuer.state().key_reads, 0, "nobody is asked before there is a reason");
}

/// Whoever owns some project must not be able to stop the pipelines of all others.
#[tokio::test]
async fn a_rule_of_another_project_is_in_nobodys_way() {
    let issuer = Issuer::start().await;
    let (server, own) = with_rule(&issuer).await;
    project(&server, "other", json!({})).await;
    service_account(&server, "others", "other").await;
    let elsewhere = json!({ "project": "other", "service_account": "others", "prefix": null });
    let made = rule(&server.client(), elsewhere).send().await.unwrap();
    assert_eq!(made.status(), 201, "{}", made.text().await.unwrap());
    for more in [[("scope", "repository:acme/app:pull")], [("rule", own.as_str())]] {
        let token = issuer.sign(&issuer.claims());
        let answer = super::kit::exchange(&server, &token, &more).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{more:?}: {}", answer.text().await.unwrap());
    }
}
