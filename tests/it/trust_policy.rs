//! Trust policies: who sets them, what is refused, and what is kept of them.

use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::audit::assert_sound;
use crate::backup::base::Base;
use crate::backup::kit::{all_exported, run_with_password};
use crate::registry::kit::{events, header, project, sha256, user};
use crate::support::{Client, TestServer};
use crate::tokens::kit::json as answer;

const OWN: &str = "/api/v1/projects/acme/trust-policy";
const ORGANISATION: &str = "/api/v1/trust-policy";
const P256: &str = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9dfT6XqGuFTqFI806pEaQ37cl6mk\n0qblDET8Yc4G3UCyGQs6MSkh79GOk3cMW/vOzS0pa4JT4yM7mKUdr/TFKw==\n-----END PUBLIC KEY-----\n";
const ED25519: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAUO7+yqAPH/jiuov+Dr71v2tdBImThRBx/sTzk8MbYyY=\n-----END PUBLIC KEY-----\n";

/// A policy with one signer, as a person would write it: with blanks of their own.
pub fn policy(level: &str) -> String {
    let key = json!({ "key": { "pem": P256 } });
    format!(
        "\n{{ \"level\":   \"{level}\",\n  \"signers\": [ {{ \"name\": \"release\", \"by\": {key} }} ] }}\n"
    )
}

/// PUTs a policy on a revision, or as the first.
pub fn put(
    client: &Client,
    path: &str,
    on: Option<&str>,
    document: impl Into<reqwest::Body>,
) -> RequestBuilder {
    let put = client.put(path).header("content-type", "application/json").body(document);
    match on {
        Some(tag) => put.header("if-match", tag),
        None => put,
    }
}

/// Demands a problem: its status and its code; returns what it tells.
async fn refused(request: RequestBuilder, status: u16, code: &str) -> String {
    let problem = answer(request, status).await;
    assert_eq!(problem["code"], code, "{problem}");
    problem["detail"].as_str().unwrap().to_owned()
}

async fn sent(request: RequestBuilder, status: StatusCode) -> Response {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), status);
    response
}

async fn acme() -> (TestServer, Client) {
    let server = TestServer::start().await;
    project(&server, "acme", json!({})).await;
    let client = server.client();
    (server, client)
}

#[tokio::test]
async fn each_edit_is_a_revision_and_all_are_kept_to_the_byte() {
    let (server, client) = acme().await;
    assert_eq!(refused(client.get(OWN), 404, "no_trust_policy").await.matches("acme").count(), 1);
    let first = sent(put(&client, OWN, None, policy("warn")), StatusCode::CREATED).await;
    assert_eq!(header(&first, "etag"), "\"1\"");
    let shown: Value = first.json().await.unwrap();
    assert_eq!(shown["digest"], sha256(policy("warn").as_bytes()));
    assert_eq!((&shown["owner"], &shown["revision"]), (&json!("project"), &json!(1)));
    assert_eq!(shown["document"]["level"], "warn");

    let unsaid = refused(put(&client, OWN, None, policy("strict")), 428, "precondition_required").await;
    assert!(unsaid.contains("its revision is 1"), "{unsaid}");
    for tag in ["\"0\"", "\"2\"", "*", "1", "\"one\""] {
        refused(put(&client, OWN, Some(tag), policy("strict")), 412, "stale_revision").await;
    }
    let same = answer(put(&client, OWN, Some("\"1\""), policy("warn")), 200).await;
    assert_eq!(same, shown, "the same bytes make no revision");
    let second = sent(put(&client, OWN, Some("\"1\""), policy("strict")), StatusCode::OK).await;
    assert_eq!(header(&second, "etag"), "\"2\"");

    refused(client.delete(OWN), 428, "precondition_required").await;
    refused(client.delete(OWN).header("if-match", "\"1\""), 412, "stale_revision").await;
    answer(client.delete(OWN).header("if-match", "\"2\""), 204).await;
    refused(client.delete(OWN).header("if-match", "\"2\""), 404, "no_trust_policy").await;
    refused(put(&client, OWN, Some("\"2\""), policy("warn")), 412, "stale_revision").await;
    let third = sent(put(&client, OWN, None, policy("warn")), StatusCode::CREATED).await;
    assert_eq!(header(&third, "etag"), "\"3\"", "revisions are counted on");

    let page = answer(client.get(&format!("{OWN}/revisions?limit=2")), 200).await;
    let next = page["next"].as_str().unwrap();
    let rest = answer(client.get(&format!("{OWN}/revisions?limit=2&cursor={next}")), 200).await;
    let items: Vec<&Value> =
        [&page, &rest].iter().flat_map(|page| page["items"].as_array().unwrap()).collect();
    let told: Vec<_> =
        items.iter().map(|item| (item["revision"].as_i64().unwrap(), item["until"].is_string())).collect();
    assert_eq!(told, [(3, false), (2, true), (1, true)]);
    answer(client.get(&format!("{OWN}/revisions?cursor=eA")), 400).await;
    for (revision, level) in [(1, "warn"), (2, "strict"), (3, "warn")] {
        let path = format!("{OWN}/revisions/{revision}");
        let shown = answer(client.get(&path), 200).await;
        assert_eq!((&shown["revision"], &shown["document"]["level"]), (&json!(revision), &json!(level)));
        let document = sent(client.get(&format!("{path}/document")), StatusCode::OK).await;
        assert_eq!(header(&document, "etag"), format!("{}", shown["digest"]));
        assert_eq!(document.text().await.unwrap(), policy(level));
    }
    refused(client.get(&format!("{OWN}/revisions/4")), 404, "not_found").await;

    let told: Vec<Value> = events(&client)
        .await
        .into_iter()
        .filter(|event| event["kind"].as_str().unwrap().starts_with("trust_policy"))
        .collect();
    let kinds: Vec<&str> = told.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["trust_policy.set", "trust_policy.set", "trust_policy.removed", "trust_policy.set"]);
    assert_eq!(told[0]["data"]["digest"], shown["digest"]);
    assert_eq!(told[0]["data"]["size"], policy("warn").len().to_string());
    assert_eq!(items[2]["event"], told[0]["id"]);
    assert_eq!(told[2]["data"]["revision"], 2);
    assert_sound(&Base::of(&server)).await;
}

#[tokio::test]
async fn what_can_not_be_a_policy_is_refused_with_what_to_do() {
    let (_server, client) = acme().await;
    let signer = |by: Value| json!({ "signers": [{ "name": "a", "by": by }] }).to_string();
    let may = |may: Value| {
        let by = json!({ "key": { "pem": P256 } });
        json!({ "signers": [{ "name": "a", "by": by, "may": may }] }).to_string()
    };
    for (document, why) in [
        ("{".to_owned(), "EOF"),
        (r#"{"level":"warn","level":"audit"}"#.to_owned(), "stands twice: level"),
        (r#"{"signers":[{"name":"a","\u006eame":"b"}]}"#.to_owned(), "stands twice: name"),
        (r#"{"leve":"warn"}"#.to_owned(), "unknown field `leve`"),
        (r#"{"level":"harsh"}"#.to_owned(), "unknown variant `harsh`"),
        ("[]".to_owned(), "invalid type"),
        (signer(json!({ "key": { "pem": "not a key" } })), "signer \"a\""),
        (signer(json!({ "key": { "pem": P256.replace("MFkw", "MFkx") } })), "signer \"a\""),
        (
            signer(json!({ "identity": { "issuer": "i", "subject": "s", "trusted_root": "r" } })),
            "trusted_roots",
        ),
        (signer(json!({ "x509": { "trust_store": "t" } })), "trust store"),
        (signer(json!({ "key": { "pem": P256 }, "ssh": { "key": "k" } })), "`by` has `key` and `ssh`"),
        (
            may(json!({ "repository": ["acme/*"] })),
            "unknown field `repository`, expected one of `repositories`",
        ),
        (may(json!({ "repositories": ["Acme/*"] })), "no repository can have a name such as \"Acme/*\""),
        (json!({ "trust_stores": { "t": "not PEM" } }).to_string(), "PEM"),
        (json!({ "trusted_roots": { "r": {} } }).to_string(), "trusted root \"r\""),
    ] {
        let detail = refused(put(&client, OWN, None, document.clone()), 422, "invalid_policy").await;
        assert!(detail.contains(why), "{document}: {detail}");
    }
    let mut not_text = policy("warn").into_bytes();
    not_text[4] = 0xff;
    refused(put(&client, OWN, None, not_text), 422, "invalid_policy").await;
    let padded = |length: usize| format!("{}{}", policy("warn"), " ".repeat(length - policy("warn").len()));
    refused(put(&client, OWN, None, padded((1 << 20) + 1)), 413, "too_large").await;
    refused(client.get(OWN), 404, "no_trust_policy").await;
    answer(put(&client, OWN, None, padded(1 << 20)), 201).await;
    refused(put(&client, &OWN.replace("acme", "ghost"), None, policy("warn")), 404, "not_found").await;
}

#[tokio::test]
async fn the_organisations_holds_where_a_project_has_none() {
    let (_server, client) = acme().await;
    refused(client.get(ORGANISATION), 404, "no_trust_policy").await;
    answer(put(&client, ORGANISATION, None, policy("audit")), 201).await;
    let inherited = sent(client.get(OWN), StatusCode::OK).await;
    assert!(inherited.headers().get("etag").is_none(), "nobody edits the project's by it");
    let inherited: Value = inherited.json().await.unwrap();
    assert_eq!(
        (&inherited["owner"], &inherited["document"]["level"]),
        (&json!("organisation"), &json!("audit"))
    );
    let page = answer(client.get(&format!("{OWN}/revisions")), 200).await;
    assert_eq!(page["items"], json!([]), "it has none of its own");
    let revocation = json!({ "at": "2026-11-01T00:00:00Z" });
    let revoke = client.post(&format!("{OWN}/signers/release/revocation")).json(&revocation);
    refused(revoke, 404, "no_trust_policy").await;

    answer(put(&client, OWN, None, policy("strict")), 201).await;
    assert_eq!(answer(client.get(OWN), 200).await["owner"], "project");
    answer(client.delete(OWN).header("if-match", "\"1\""), 204).await;
    assert_eq!(answer(client.get(OWN), 200).await["owner"], "organisation");
    answer(put(&client, ORGANISATION, Some("\"1\""), policy("warn")), 200).await;
    assert_eq!(answer(client.get(OWN), 200).await["document"]["level"], "warn");
    answer(client.delete(ORGANISATION).header("if-match", "\"2\""), 204).await;
    refused(client.get(OWN), 404, "no_trust_policy").await;
    assert_eq!(
        answer(client.get(&format!("{ORGANISATION}/revisions")), 200).await["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let level =
        answer(client.get(&format!("{ORGANISATION}/revisions/1/document")), 200).await["level"].clone();
    assert_eq!(level, "audit");
}

#[tokio::test]
async fn who_may_do_what() {
    let (server, admin) = acme().await;
    project(&server, "open", json!({ "visibility": "public" })).await;
    answer(put(&admin, OWN, None, policy("warn")), 201).await;
    answer(put(&admin, ORGANISATION, None, policy("warn")), 201).await;
    let owner = user(&server, "ann", "project-owner", json!({ "project": "acme" })).await;
    let publisher = user(&server, "bob", "publisher", json!({ "project": "acme" })).await;
    let reader = user(&server, "eve", "reader", json!({ "project": "acme" })).await;
    let stranger = user(&server, "sam", "project-owner", json!({ "project": "open" })).await;
    let anonymous = server.anonymous();
    let revocation = json!({ "at": "2026-11-01T00:00:00Z" });
    for (who, own, edits_own, organisation) in [
        (&owner, 200, true, 200),
        (&publisher, 200, false, 200),
        (&reader, 200, false, 200),
        (&stranger, 403, false, 200),
        (&anonymous, 401, false, 401),
    ] {
        for path in ["", "/revisions", "/revisions/1", "/revisions/1/document"] {
            assert_eq!(who.get(&format!("{OWN}{path}")).send().await.unwrap().status(), own, "{path}");
            let path = format!("{ORGANISATION}{path}");
            assert_eq!(who.get(&path).send().await.unwrap().status(), organisation, "{path}");
        }
        for (path, edits) in [(OWN, edits_own), (ORGANISATION, false)] {
            // On a revision that never was, so that whoever may changes nothing.
            let denied = if own == 401 { 401 } else { 403 };
            let expected = |allowed: u16| if edits { allowed } else { denied };
            let put = put(who, path, Some("\"9\""), policy("audit")).send().await.unwrap();
            assert_eq!(put.status(), expected(412), "{path}");
            let delete = who.delete(path).header("if-match", "\"9\"").send().await.unwrap();
            assert_eq!(delete.status(), expected(412), "{path}");
            let revoke = who.post(&format!("{path}/signers/nobody/revocation")).json(&revocation);
            assert_eq!(revoke.send().await.unwrap().status(), expected(404), "{path}");
        }
    }
    // Of a public project everybody sees the own policy, and only who has logged in the organisation's.
    let open = OWN.replace("acme", "open");
    assert_eq!(reader.get(&open).send().await.unwrap().status(), 200);
    assert_eq!(anonymous.get(&open).send().await.unwrap().status(), 401);
    answer(put(&stranger, &open, None, policy("audit")), 201).await;
    assert_eq!(anonymous.get(&open).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_revoked_signer_stays_revoked_and_only_since_earlier() {
    let (server, client) = acme().await;
    let two = json!({
        "pull": "warn",
        "signers": [
            { "name": "release", "by": { "key": { "pem": P256 } } },
            { "name": "nightly", "by": { "key": { "pem": ED25519 } } },
        ],
    });
    answer(put(&client, OWN, None, two.to_string()), 201).await;
    let path = format!("{OWN}/signers/nightly/revocation");
    let revoke = |at: &str, reason: &str| client.post(&path).json(&json!({ "at": at, "reason": reason }));
    let shown = answer(revoke("2026-11-02T01:00:00+01:00", "laptop stolen"), 200).await;
    assert_eq!(shown["revision"], 2);
    let mut expected = two.clone();
    expected["signers"][1]["revoked"] = json!({ "at": "2026-11-02T00:00:00Z", "reason": "laptop stolen" });
    assert_eq!(shown["document"], expected);
    assert_eq!(answer(revoke("2026-11-02T00:00:00Z", "laptop stolen"), 200).await["revision"], 2);
    let later = refused(revoke("2026-11-03T00:00:00Z", "laptop stolen"), 409, "revoked_earlier").await;
    assert!(later.contains("2026-11-02T00:00:00Z"), "{later}");
    assert_eq!(answer(revoke("2026-11-01T00:00:00Z", "laptop stolen"), 200).await["revision"], 3);
    answer(revoke("yesterday", ""), 400).await;
    answer(revoke("2026-10-01T00:00:00Z", &"x".repeat(501)), 400).await;
    let unknown =
        client.post(&path.replace("nightly", "nobody")).json(&json!({ "at": "2026-11-01T00:00:00Z" }));
    refused(unknown, 404, "not_found").await;
    assert_eq!(answer(client.get(OWN), 200).await["revision"], 3);
    assert_sound(&Base::of(&server)).await;
}

#[tokio::test]
async fn edits_race_and_one_wins() {
    let (server, client) = acme().await;
    answer(put(&client, OWN, None, policy("warn")), 201).await;
    let edits = (0..20)
        .map(|n| put(&client, OWN, Some("\"1\""), format!("{}{}", policy("strict"), " ".repeat(n))).send());
    let edits = futures_util::future::join_all(edits).await;
    let count =
        |status: StatusCode| edits.iter().filter(|edit| edit.as_ref().unwrap().status() == status).count();
    assert_eq!((count(StatusCode::OK), count(StatusCode::PRECONDITION_FAILED)), (1, 19));
    // Revocations wait for nobody: each is made on what holds.
    let at = |n: u32| json!({ "at": format!("2026-11-{:02}T00:00:00Z", 20 - n) });
    let path = format!("{OWN}/signers/release/revocation");
    let revocations = (0..3).map(|n| client.post(&path).json(&at(n)).send());
    for revocation in futures_util::future::join_all(revocations).await {
        let status = revocation.unwrap().status();
        assert!([StatusCode::OK, StatusCode::CONFLICT].contains(&status), "{status}");
    }
    let shown = answer(client.get(OWN), 200).await;
    assert_eq!(shown["document"]["signers"][0]["revoked"]["at"], "2026-11-18T00:00:00Z");
    assert_sound(&Base::of(&server)).await;
}

#[tokio::test]
async fn the_storage_alone_brings_them_back() {
    let (mut server, client) = acme().await;
    answer(put(&client, OWN, None, policy("warn")), 201).await;
    answer(put(&client, OWN, Some("\"1\""), policy("strict")), 200).await;
    answer(put(&client, ORGANISATION, None, policy("audit")), 201).await;
    answer(client.delete(ORGANISATION).header("if-match", "\"1\""), 204).await;
    let before = [OWN, &format!("{OWN}/revisions"), &format!("{ORGANISATION}/revisions")].map(str::to_owned);
    let mut shown = Vec::new();
    for path in &before {
        let answer = client.get(path).send().await.unwrap();
        shown.push(answer.text().await.unwrap());
    }
    all_exported(&server).await;
    server.stop().await;
    Base::lose(&mut server).await;
    run_with_password(&server, &["restore", "--json", "--from-storage"]);
    assert_sound(&Base::of(&server)).await;
    server.restart().await;
    let client = server.client();
    for (path, shown) in before.iter().zip(shown) {
        assert_eq!(client.get(path).send().await.unwrap().text().await.unwrap(), shown, "{path}");
    }
    answer(put(&client, OWN, Some("\"2\""), policy("warn")), 200).await;
}
