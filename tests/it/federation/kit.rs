//! A server that trusts in an issuer, and what is asked of it in a line.

use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::issuer::{CLIENT, Issuer};
use crate::registry::kit::project;
use crate::support::{Client, TestServer};
use crate::tokens::kit::form;

pub const EXTERNAL_URL: &str = "https://registry.test";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// A server that trusts in this issuer, called `ci`, for CI and for people; `login` adds to the settings of the latter.
pub async fn trusting(issuer: &Issuer, login: &str) -> TestServer {
    let (id, secret) = CLIENT;
    let oidc = format!(
        r#"[{{name = "ci", issuer = "{}", login = {{client_id = "{id}", client_secret = "{secret}"{login}}}}}]"#,
        issuer.url
    );
    let server = TestServer::builder().env("WAYBILL_EXTERNAL_URL", EXTERNAL_URL).env("WAYBILL_OIDC", &oidc);
    server.start().await
}

/// A server with the project `acme`, its service account `robot` that may push there, and a rule for that.
pub async fn with_rule(issuer: &Issuer) -> (TestServer, String) {
    let server = trusting(issuer, "").await;
    project(&server, "acme", json!({})).await;
    service_account(&server, "robot", "acme").await;
    grant(&server, "robot", "publisher", "acme").await;
    let rule = rule(&server.client(), json!({})).send().await.unwrap();
    assert_eq!(rule.status(), 201);
    let rule: Value = rule.json().await.unwrap();
    (server, rule["id"].as_str().unwrap().to_owned())
}

/// A rule for the issuer's good claims; `change` replaces what it names.
pub fn rule(client: &Client, change: Value) -> RequestBuilder {
    let mut body = json!({
        "project": "acme", "issuer": "ci", "service_account": "robot", "actions": ["pull", "push"],
        "claims": { "repository_id": "4711", "ref": "refs/heads/main" },
    });
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    client.post("/api/v1/federation-rules").json(&body)
}

/// Exchanges an id token.
pub fn exchange(server: &TestServer, token: &str, more: &[(&str, &str)]) -> RequestBuilder {
    let mut fields =
        vec![("grant_type", EXCHANGE), ("subject_token", token), ("subject_token_type", ID_TOKEN)];
    fields.extend(more);
    form(server, &fields)
}

/// Exchanges an id token; returns the status and the body.
pub async fn exchanged(server: &TestServer, token: &str) -> (u16, Value) {
    let answer = exchange(server, token, &[]).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Demands that an id token is refused as one that is not good.
pub async fn refused(server: &TestServer, token: &str, what: &str) {
    let (status, body) = exchanged(server, token).await;
    assert_eq!((status, body["error"].as_str()), (400, Some("invalid_grant")), "{what}: {body}");
    assert!(body["error_description"].as_str().unwrap().len() > 20, "{what}: {body}");
}

pub async fn grant(server: &TestServer, user: &str, role: &str, project: &str) -> String {
    let body = json!({ "user": user, "role": role, "project": project });
    let answer = server.client().post("/api/v1/role-bindings").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    answer.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned()
}

/// A service account of a project.
pub async fn service_account(server: &TestServer, name: &str, project: &str) {
    let body = json!({ "name": name, "project": project });
    let answer = server.client().post("/api/v1/service-accounts").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
}
