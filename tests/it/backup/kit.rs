//! What these tests share: an installation in which everything happened.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::registry::kit::{
    INDEX, bytes, descriptor, image, push_blob, push_image, put, sha256, sha512, user,
};
use crate::support::{ADMIN_PASSWORD, Builder, Client, Ended, TestServer, run, wait_until};

use super::base::Base;
use crate::tokens::kit::instant;
use crate::trust::kit::Signer;

/// Runs a command over the server's data, to its end.
pub fn command(server: &TestServer, arguments: &[&str]) -> Ended {
    run(server.command().args(arguments))
}

/// Runs a command that must succeed; returns the JSON that it prints.
pub fn succeed(server: &TestServer, arguments: &[&str]) -> Value {
    let ended = command(server, arguments);
    assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.stdout))
}

/// Runs a command that makes an administrator, who gets the usual password; returns what it tells.
pub fn run_with_password(server: &TestServer, arguments: &[&str]) -> Value {
    let ended = run(server.command().args(arguments).env("WAYBILL_ADMIN_PASSWORD", ADMIN_PASSWORD));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

/// Writes a backup; returns what it tells.
pub fn back_up(server: &TestServer, name: &str) -> Value {
    succeed(server, &["backup", "--json", "--to", name])
}

/// A server whose new projects have mutable tags, and which trusts in an issuer that nobody ever asks.
pub fn server() -> Builder {
    TestServer::builder()
        .env("WAYBILL_PROJECT_DEFAULTS__TAGS", "mutable")
        .env("WAYBILL_EXTERNAL_URL", "https://registry.test")
        .env("WAYBILL_OIDC", r#"[{name = "ci", issuer = "https://issuer.test"}]"#)
}

async fn ok(request: reqwest::RequestBuilder) -> reqwest::Response {
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success(), "{}: {}", answer.status(), answer.text().await.unwrap());
    answer
}

/// Brings about every kind of event that can be brought about, in repositories of its own.
pub async fn everything(server: &TestServer, round: u64) {
    let (client, repo, seed) = (server.client(), format!("p{round}/app"), round * 100);
    let first = push_image(&client, &repo, "v1", seed).await;
    let second = push_image(&client, &repo, "v2", seed + 1).await;
    // An index, a referrer, and a tag that moves.
    let size = |manifest: &Value| manifest.to_string().len();
    let inner = image(&client, &repo, seed).await;
    let list = json!({
        "schemaVersion": 2, "mediaType": INDEX,
        "manifests": [descriptor(crate::registry::kit::IMAGE, &first, size(&inner))],
    });
    assert_eq!(put(&client, &repo, "all", &list).await.status(), StatusCode::CREATED);
    let outer = json!({
        "schemaVersion": 2, "mediaType": INDEX,
        "manifests": [descriptor(INDEX, &sha256(list.to_string().as_bytes()), size(&list))],
    });
    assert_eq!(put(&client, &repo, "outer", &outer).await.status(), StatusCode::CREATED);
    let mut referrer = image(&client, &repo, seed + 2).await;
    referrer["subject"] = descriptor(crate::registry::kit::IMAGE, &first, size(&inner));
    referrer["artifactType"] = json!("test/referrer");
    referrer["annotations"] = json!({ "round": round.to_string() });
    let by_digest = sha256(referrer.to_string().as_bytes());
    assert_eq!(put(&client, &repo, &by_digest, &referrer).await.status(), StatusCode::CREATED);
    for seed in [seed + 3, seed + 4, seed] {
        push_image(&client, &repo, "moving", seed).await;
    }
    // A tag and a manifest that go, and come back.
    ok(client.delete(&format!("/v2/{repo}/manifests/v2"))).await;
    push_image(&client, &repo, "gone", seed + 5).await;
    let gone = push_image(&client, &repo, "gone", seed + 6).await;
    ok(client.delete(&format!("/v2/{repo}/manifests/{gone}"))).await;
    push_image(&client, &repo, "gone", seed + 6).await;
    ok(client.delete(&format!("/v2/{repo}/manifests/{second}"))).await;
    // Blobs: by the other algorithm, mounted, deleted.
    let content = bytes(seed + 7, 5000);
    let path = format!("/v2/{repo}/blobs/uploads/?digest={}", sha512(&content));
    ok(client.post(&path).body(content)).await;
    let blob = push_blob(&client, &repo, &bytes(seed + 8, 700)).await;
    let mount = format!("/v2/p{round}/other/blobs/uploads/?mount={blob}&from={repo}");
    assert_eq!(client.post(&mount).send().await.unwrap().status(), StatusCode::CREATED);
    ok(client.delete(&format!("/v2/{repo}/blobs/{blob}"))).await;
    // A session that is never finished.
    crate::registry::kit::start(&client, &repo).await;
    people(server, &client, round).await;
    programs(&client, round).await;
    trust(server, &client, round).await;
}

/// A trust policy that is set, edited by a revocation and removed; and a signature that counts, and then does not.
async fn trust(server: &TestServer, admin: &Client, round: u64) {
    let (repo, signer) = (format!("p{round}/signed"), Signer::new("release"));
    let digest = push_image(admin, &repo, "v1", round * 100 + 9).await;
    let path = format!("/api/v1/projects/p{round}/trust-policy");
    ok(admin.put(&path).json(&json!({ "signers": [signer.entry(&json!({}))] }))).await;
    let carrier = signer.sign(admin, &repo, &digest).await;
    let base = Base::of(server);
    let became = async |result: &str, policy: &str| {
        let held = format!(
            "SELECT carrier FROM verification WHERE carrier = '{carrier}' AND result = '{result}'
             AND policy {policy} 'none' AND valid_to_us IS NULL"
        );
        wait_until("it is verified", async || base.query(&held).await.len() == 1).await;
    };
    became("verified", "<>").await;
    let revocation = json!({ "at": "2026-01-01T00:00:00Z", "reason": "lost" });
    ok(admin.post(&format!("{path}/signers/release/revocation")).json(&revocation)).await;
    became("refused", "<>").await;
    ok(admin.delete(&path).header("if-match", "\"2\"")).await;
    became("refused", "=").await;
}

/// Service accounts, tokens, roles that end, and rules for an issuer.
async fn programs(admin: &Client, round: u64) {
    let (project, robot) = (format!("p{round}"), format!("robot{round}"));
    let post = async |path: &str, body: Value| -> Value {
        ok(admin.post(path).json(&body)).await.json().await.unwrap()
    };
    post("/api/v1/service-accounts", json!({ "name": robot, "project": project })).await;
    let account = format!("/api/v1/service-accounts/{robot}");
    for disabled in [true, false] {
        ok(admin.patch(&account).json(&json!({ "disabled": disabled }))).await;
    }
    let until = json!({ "user": format!("one{round}"), "role": "reader", "expires_at": instant(3600) });
    post("/api/v1/role-bindings", until).await;
    let body = json!({ "name": "pipeline", "expires_at": instant(3600) });
    let token = post(&format!("{account}/tokens"), body).await;
    let token = format!("/api/v1/tokens/{}", token["id"].as_str().unwrap());
    post(&format!("{token}/rotate"), json!({})).await;
    ok(admin.delete(&token)).await;
    for branch in ["main", "next"] {
        let rule = json!({
            "project": project, "issuer": "ci", "service_account": robot, "actions": ["pull", "push"],
            "claims": { "repository_id": "4711", "ref": format!("refs/heads/{branch}") },
        });
        let rule = post("/api/v1/federation-rules", rule).await;
        if branch == "next" {
            let id = rule["id"].as_str().unwrap();
            ok(admin.delete(&format!("/api/v1/federation-rules/{id}"))).await;
        }
    }
}

async fn people(server: &TestServer, admin: &Client, round: u64) {
    let (one, two) = (format!("one{round}"), format!("two{round}"));
    user(server, &one, "publisher", json!({ "project": format!("p{round}") })).await;
    user(server, &two, "reader", json!({ "prefix": format!("p{round}/app") })).await;
    let deploys =
        json!({ "user": two, "role": "deployer", "project": format!("p{round}"), "environment": "prod-*" });
    ok(admin.post("/api/v1/role-bindings").json(&deploys)).await;
    for change in [json!({ "disabled": true }), json!({ "disabled": false })] {
        ok(admin.patch(&format!("/api/v1/users/{one}")).json(&change)).await;
    }
    let change = json!({ "password": "another long password" });
    ok(admin.patch(&format!("/api/v1/users/{two}")).json(&change)).await;
    ok(admin.patch(&format!("/api/v1/users/{two}")).json(&json!({ "disabled": true }))).await;
    let body = json!({ "user": one, "role": "auditor" });
    let binding: Value = ok(admin.post("/api/v1/role-bindings").json(&body)).await.json().await.unwrap();
    let id = binding["id"].as_str().unwrap();
    ok(admin.delete(&format!("/api/v1/role-bindings/{id}"))).await;
    let settings = json!({ "visibility": "public", "mutable_patterns": ["latest"] });
    let path = format!("/api/v1/projects/p{round}");
    ok(admin.patch(&path).header("if-match", "\"1\"").json(&settings)).await;
    // Too many failures stop the log-ins to an account.
    let stranger = server.client_of(&one, "not the right password");
    for _ in 0..10 {
        stranger.get("/v2/").send().await.unwrap();
    }
}

/// The last event that the storage tells of; 0 when it tells of none.
pub fn exported(server: &TestServer) -> i64 {
    // A bucket has the folder once it is needed.
    let Ok(names) = std::fs::read_dir(server.storage().join("events")) else { return 0 };
    let last = |name: String| name.split('-').nth(1).and_then(|last| last.parse().ok());
    // One may still be on its way to its name.
    let names = names.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter(|name| name.ends_with(".ndjson")).filter_map(last).max().unwrap_or(0)
}

/// Waits until all that happened is in the storage too.
pub async fn all_exported(server: &TestServer) {
    let base = Base::of(server);
    wait_until("all events are in the storage", async || exported(server) == base.newest().await).await;
}
