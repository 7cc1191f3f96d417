//! Facts that were changed without an event are found, and named; and what the server itself did never is.

use reqwest::StatusCode;
use serde_json::{Value, json};
use waybill::audit::{Findings, facts};
use waybill::db::Db;

use crate::backup::base::Base;
use crate::backup::kit::{everything, server};
use crate::registry::kit::{mutable_server, project, push_blob, push_image, sha256, user};
use crate::support::{Client, TestServer};
use crate::tokens::kit::{instant, json as answer};
use crate::trust::kit::{Signer, set_policy, verified};

/// What is wrong with the facts of a database.
async fn audit(base: &Base) -> Findings {
    let db = Db::open(&base.url().parse().unwrap()).await.unwrap();
    let done = std::sync::Mutex::new((0, 0));
    let findings = facts(&db, &|now, total| *done.lock().unwrap() = (now, total)).await.unwrap();
    let (done, total) = *done.lock().unwrap();
    assert!(done == total && total > 0, "{done} of {total}");
    findings
}

/// Demands that nothing was changed without an event.
pub async fn assert_sound(base: &Base) {
    let findings: Vec<String> = audit(base).await.kept.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{findings:#?}");
}

/// The facts of a server that has stopped.
pub struct Stopped {
    base: Base,
    _server: TestServer,
}

impl Stopped {
    /// Stops a server, whose facts must be sound.
    pub async fn of(mut server: TestServer) -> Self {
        server.stop().await;
        let base = Base::of(&server);
        assert_sound(&base).await;
        Self { base, _server: server }
    }

    /// Changes one row behind the server's back; returns what is found then.
    pub async fn tamper(&self, statement: &str) -> Vec<String> {
        let hit = self.base.query(&format!("{statement} RETURNING CAST(1 AS TEXT)")).await;
        assert_eq!(hit.len(), 1, "{statement}");
        audit(&self.base).await.kept.iter().map(ToString::to_string).collect()
    }

    /// The newest event of a kind, as messages name it.
    async fn event(&self, kind: &str) -> String {
        let seq = format!("SELECT CAST(MAX(seq) AS TEXT) FROM event WHERE kind = '{kind}'");
        format!("the event {} ({kind})", self.base.query(&seq).await[0])
    }
}

/// A repository with the tags `v1` and `v2`; returns their digests.
async fn two_tags() -> (TestServer, String, String) {
    let server = TestServer::start().await;
    let first = push_image(&server.client(), "acme/app", "v1", 1).await;
    let second = push_image(&server.client(), "acme/app", "v2", 2).await;
    (server, first, second)
}

async fn id_of(client: &Client, path: &str) -> String {
    let found: Value = client.get(path).send().await.unwrap().json().await.unwrap();
    found["id"].as_str().unwrap_or_else(|| panic!("{path}: {found}")).to_owned()
}

#[tokio::test]
async fn what_the_server_did_is_sound() {
    let server = server().start().await;
    everything(&server, 1).await;
    everything(&server, 2).await;
    assert_sound(&Base::of(&server)).await;
    Stopped::of(server).await;
}

#[tokio::test]
async fn a_tag_pointed_elsewhere() {
    let (server, first, second) = two_tags().await;
    let stopped = Stopped::of(server).await;
    let seq = "SELECT CAST(MIN(seq) AS TEXT) FROM event WHERE kind = 'tag.created'";
    let event = stopped.base.query(seq).await.remove(0);
    let found = stopped
        .tamper(&format!(
            "UPDATE tag SET digest = '{second}', manifest_id = (SELECT id FROM manifest WHERE sha256 = '{second}')
             WHERE name = 'v1'"
        ))
        .await;
    let told = format!("the event {event} (tag.created) says {first}");
    assert_eq!(found, [format!("tag acme/app:v1: the table says {second}, {told}")]);
    let found = stopped.tamper(&format!("UPDATE tag SET digest = '{first}' WHERE name = 'v1'")).await;
    let both = format!("{second} by the name {first}");
    assert_eq!(found, [format!("tag acme/app:v1: the table says {both}, {told}")]);
}

#[tokio::test]
async fn a_move_taken_back() {
    let server = mutable_server().await;
    let first = push_image(&server.client(), "acme/app", "v1", 1).await;
    let second = push_image(&server.client(), "acme/app", "v1", 2).await;
    let stopped = Stopped::of(server).await;
    let found = stopped
        .tamper(&format!(
            "UPDATE tag SET digest = '{first}', manifest_id = (SELECT id FROM manifest WHERE sha256 = '{first}')
             WHERE name = 'v1' AND valid_to_us IS NULL"
        ))
        .await;
    let told = stopped.event("tag.moved").await;
    assert_eq!(found, [format!("tag acme/app:v1: the table says {first}, {told} says {second}")]);
}

#[tokio::test]
async fn a_tag_removed() {
    let (server, _, second) = two_tags().await;
    let stopped = Stopped::of(server).await;
    let found = stopped.tamper("DELETE FROM tag WHERE name = 'v2'").await;
    let told = stopped.event("tag.created").await;
    assert_eq!(found, [format!("tag acme/app:v2: the table says nothing, {told} says {second}")]);
}

#[tokio::test]
async fn a_tag_added() {
    let (server, first, _) = two_tags().await;
    let stopped = Stopped::of(server).await;
    // Some id that no tag has.
    let id = "(SELECT id FROM event WHERE kind = 'user.created')";
    let found = stopped
        .tamper(&format!(
            "INSERT INTO tag (id, repository_id, name, manifest_id, digest, bound, valid_from_us, from_event)
             SELECT {id}, repository_id, 'v3', manifest_id, digest, bound, valid_from_us, from_event
             FROM tag WHERE name = 'v1'"
        ))
        .await;
    assert_eq!(found, [format!("tag acme/app:v3: the table says {first}, no event says so")]);
}

#[tokio::test]
async fn a_deleted_tag_brought_back() {
    let (server, _, second) = two_tags().await;
    let path = "/v2/acme/app/manifests/v2";
    assert_eq!(server.client().delete(path).send().await.unwrap().status(), StatusCode::ACCEPTED);
    let stopped = Stopped::of(server).await;
    let at = "SELECT CAST(valid_to_us AS TEXT) FROM tag WHERE name = 'v2'";
    let at = stopped.base.query(at).await[0].parse().unwrap();
    let at = waybill::types::Timestamp::from_micros(at).to_rfc3339();
    let told = stopped.event("tag.deleted").await;
    let found = stopped.tamper("UPDATE tag SET bound = 1 = 0 WHERE name = 'v2'").await;
    let unbound = "that the name is not bound";
    let bound = "that the name stays bound";
    assert_eq!(found, [format!("tag acme/app:v2: the table says {unbound}, {told} says {bound}")]);
    let found = stopped
        .tamper("UPDATE tag SET valid_to_us = NULL, to_event = NULL, bound = 1 = 1 WHERE name = 'v2'")
        .await;
    let ended = format!("that it ended {at}");
    assert_eq!(found, [format!("tag acme/app:v2: the table says {second}, {told} says {ended}")]);
}

#[tokio::test]
async fn a_role_widened_and_one_added() {
    let server = TestServer::start().await;
    project(&server, "acme", json!({})).await;
    user(&server, "ann", "reader", json!({ "prefix": "acme/app" })).await;
    let project = id_of(&server.client(), "/api/v1/projects/acme").await;
    let ann = id_of(&server.client(), "/api/v1/users/ann").await;
    let list = "/api/v1/role-bindings?user=ann";
    let list: Value = server.client().get(list).send().await.unwrap().json().await.unwrap();
    let binding = list["items"][0]["id"].as_str().unwrap().to_owned();
    let stopped = Stopped::of(server).await;
    let told = stopped.event("role.granted").await;
    let what = format!("role binding {binding}: the table says");
    let found = stopped.tamper("UPDATE role_binding SET prefix = '' WHERE role = 'reader'").await;
    assert_eq!(
        found,
        [format!(
            "{what} the scope {project}, the key {project}:acme/app, {told} says the scope {project}:acme/app, \
             the key of its scope"
        )]
    );
    let widened =
        format!("UPDATE role_binding SET prefix = '', scope_key = '{project}' WHERE role = 'reader'");
    let found = stopped.tamper(&widened).await;
    assert_eq!(found, [format!("{what} the scope {project}, {told} says the scope {project}:acme/app")]);
    let found = stopped
        .tamper(&format!(
            "UPDATE role_binding SET prefix = 'acme/app', scope_key = '{project}:acme/app', role = 'project-owner'
             WHERE role = 'reader'"
        ))
        .await;
    assert_eq!(found, [format!("{what} the role project-owner, {told} says the role reader")]);
    stopped.tamper("UPDATE role_binding SET role = 'reader' WHERE role = 'project-owner'").await;
    let found = stopped
        .tamper(
            "INSERT INTO role_binding (id, account_id, role, prefix, scope_key, valid_from_us, from_event)
             SELECT from_event, account_id, 'org-admin', '', 'organisation', valid_from_us, from_event
             FROM role_binding WHERE role = 'reader'",
        )
        .await;
    let id = stopped.base.query("SELECT LOWER(hex(id)) FROM role_binding WHERE id = from_event").await;
    let id = uuid::Uuid::parse_str(&id[0]).unwrap();
    let says = format!("the account {ann}, the role org-admin, the scope organisation, the key of its scope");
    assert_eq!(found, [format!("role binding {id}: the table says {says}, no end, no event says so")]);
}

#[tokio::test]
async fn a_right_in_more_environments() {
    let server = TestServer::start().await;
    project(&server, "acme", json!({})).await;
    user(&server, "ann", "deployer", json!({ "project": "acme", "environment": "prod-*" })).await;
    let project = id_of(&server.client(), "/api/v1/projects/acme").await;
    let stopped = Stopped::of(server).await;
    let told = stopped.event("role.granted").await;
    let says = format!("{told} says the scope {project}@prod-*");
    for (tampered, is) in [("'*'", format!("{project}@*")), ("NULL", project.to_string())] {
        let change = format!("UPDATE role_binding SET environment = {tampered} WHERE role = 'deployer'");
        let found = stopped.tamper(&change).await;
        assert_eq!(found.len(), 1, "{found:?}");
        let row =
            format!("the table says the scope {is}, the key {project}@prod-*, {says}, the key of its scope");
        assert!(found[0].ends_with(&row), "{}", found[0]);
    }
}

#[tokio::test]
async fn an_end_put_off() {
    let server = TestServer::start().await;
    let end = instant(3600);
    user(&server, "ann", "reader", json!({ "expires_at": end })).await;
    let stopped = Stopped::of(server).await;
    let found =
        stopped.tamper("UPDATE role_binding SET expires_at_us = NULL WHERE expires_at_us IS NOT NULL").await;
    let told = stopped.event("role.granted_until").await;
    assert_eq!(found.len(), 1);
    assert!(
        found[0].ends_with(&format!(": the table says no end, {told} says the end {end}")),
        "{}",
        found[0]
    );
}

#[tokio::test]
async fn a_disabled_account_let_in() {
    let server = TestServer::start().await;
    user(&server, "ann", "reader", json!({})).await;
    let change = server.client().patch("/api/v1/users/ann").json(&json!({ "disabled": true }));
    let disabled = answer(change, 200).await;
    let id = disabled["id"].as_str().unwrap().to_owned();
    let stopped = Stopped::of(server).await;
    let at = "SELECT CAST(disabled_at_us AS TEXT) FROM account WHERE disabled_at_us IS NOT NULL";
    let at = stopped.base.query(at).await[0].parse().unwrap();
    let at = waybill::types::Timestamp::from_micros(at).to_rfc3339();
    let found =
        stopped.tamper("UPDATE account SET disabled_at_us = NULL WHERE disabled_at_us IS NOT NULL").await;
    let told = stopped.event("user.disabled").await;
    let says = format!("that it is enabled, {told} says that it is disabled since {at}");
    assert_eq!(found, [format!("account {id}: the table says {says}")]);
}

#[tokio::test]
async fn a_manifest_with_other_bytes() {
    let (server, first, second) = two_tags().await;
    let stopped = Stopped::of(server).await;
    let other = format!("(SELECT bytes FROM manifest WHERE sha256 = '{first}')");
    let found =
        stopped.tamper(&format!("UPDATE manifest SET bytes = {other} WHERE sha256 = '{second}'")).await;
    let told = stopped.event("manifest.pushed").await;
    let says = format!("bytes of {first}, {told} says bytes of {second}");
    assert_eq!(found, [format!("manifest acme/app@{second}: the table says {says}")]);
}

#[tokio::test]
async fn a_project_made_public() {
    let server = TestServer::start().await;
    project(&server, "acme", json!({})).await;
    let stopped = Stopped::of(server).await;
    let found = stopped.tamper("UPDATE project_settings SET visibility = 'public'").await;
    let told = stopped.event("project.created").await;
    let says = format!("the visibility public, {told} says the visibility private");
    assert_eq!(found, [format!("settings of the project acme: the table says {says}")]);
}

#[tokio::test]
async fn a_blob_taken_away_and_a_blob_cut_short() {
    let server = TestServer::start().await;
    push_blob(&server.client(), "acme/app", b"one").await;
    let stopped = Stopped::of(server).await;
    let (digest, told) = (sha256(b"one"), stopped.event("blob.pushed").await);
    let found = stopped.tamper("UPDATE blob SET size = 2").await;
    let says = format!("2 bytes, {told} says 3 bytes");
    assert_eq!(found, [format!("blob acme/app@{digest}: the table says {says}")]);
    stopped.tamper("UPDATE blob SET size = 3").await;
    let found = stopped.tamper("DELETE FROM repository_blob").await;
    let says = format!("nothing, {told} says that it is there");
    assert_eq!(found, [format!("blob acme/app@{digest}: the table says {says}")]);
}

#[tokio::test]
async fn a_revoked_token_made_good() {
    let server = TestServer::start().await;
    let made = server.client().post("/api/v1/tokens").json(&json!({ "name": "laptop" }));
    let id = answer(made, 201).await["id"].as_str().unwrap().to_owned();
    answer(server.client().delete(&format!("/api/v1/tokens/{id}")), 204).await;
    let stopped = Stopped::of(server).await;
    let at = stopped.base.query("SELECT CAST(valid_to_us AS TEXT) FROM token").await[0].parse().unwrap();
    let at = waybill::types::Timestamp::from_micros(at).to_rfc3339();
    let account = stopped.base.query("SELECT LOWER(hex(account_id)) FROM token").await;
    let account = uuid::Uuid::parse_str(&account[0]).unwrap();
    let found = stopped.tamper("UPDATE token SET valid_to_us = NULL, to_event = NULL").await;
    let told = stopped.event("token.revoked").await;
    let says = format!(
        "the kind personal, the account {account}, no prefix, no actions, the maker {account}, no end"
    );
    assert_eq!(found, [format!("token {id}: the table says {says}, {told} says that it ended {at}")]);
}

#[tokio::test]
async fn what_is_read_out_of_a_manifest_and_who_asked() {
    let (server, _, second) = two_tags().await;
    let stopped = Stopped::of(server).await;
    let told = stopped.event("manifest.pushed").await;
    let what = format!("manifest acme/app@{second}: the table says");
    let says = format!("that its bytes do not have, {told} says bytes of {second}");
    let annotations =
        format!("UPDATE manifest SET annotations = '{{\"a\":\"b\"}}' WHERE sha256 = '{second}'");
    assert_eq!(stopped.tamper(&annotations).await, [format!("{what} annotations {says}")]);
    stopped.tamper(&format!("UPDATE manifest SET annotations = '{{}}' WHERE sha256 = '{second}'")).await;
    let unlinked = format!(
        "DELETE FROM manifest_link WHERE position = 1
         AND manifest_id = (SELECT id FROM manifest WHERE sha256 = '{second}')"
    );
    assert_eq!(stopped.tamper(&unlinked).await.last(), Some(&format!("{what} links {says}")));
    let newest = stopped.base.newest().await;
    let salt = "(SELECT salt FROM personal_data LIMIT 1)";
    let found = stopped
        .tamper(&format!(
            "UPDATE personal_data SET content = {salt}
             WHERE event_id = (SELECT id FROM event WHERE seq = {newest})"
        ))
        .await;
    let why = "its personal data is not what its leaf commits to";
    assert_eq!(found[0], format!("event {newest}: {why}"));
    let erased =
        format!("DELETE FROM personal_data WHERE event_id = (SELECT id FROM event WHERE seq = {newest})");
    assert_eq!(stopped.tamper(&erased).await, [format!("{what} links {says}")]);
}

/// The others of a kind that the tests above look at, one after the other in one installation.
#[tokio::test]
async fn every_table_is_looked_at() {
    let server = server().start().await;
    everything(&server, 1).await;
    let stopped = Stopped::of(server).await;
    let closed = "valid_to_us IS NOT NULL";
    for (at, (statement, message)) in [
        (
            format!(
                "role_binding SET valid_to_us = NULL, to_event = NULL WHERE role = 'auditor' AND {closed}"
            ),
            "(role.revoked) says that it ended",
        ),
        (
            format!("federation_rule SET valid_to_us = NULL, to_event = NULL WHERE {closed}"),
            "(federation.rule_removed) says that it ended",
        ),
        (
            "federation_rule SET key = 'repository_id=1' WHERE claims LIKE '%heads/main%'".to_owned(),
            " found by repository_id=1, the event",
        ),
        (
            "token SET expires_at_us = NULL WHERE kind = 'service' AND valid_to_us IS NULL".to_owned(),
            ": the table says no end, the event",
        ),
        (
            "signing_key SET public_key = wrapped_key WHERE purpose = 'token'".to_owned(),
            ": the table says the public key ",
        ),
        (
            "repository SET name = 'p1/stolen' WHERE name = 'p1/other'".to_owned(),
            "repository p1/other: the table says the name p1/stolen, the event",
        ),
        ("project SET name = 'p9'".to_owned(), "project p1: the table says the name p9, the event"),
        (
            "account SET kind = 'user' WHERE kind = 'service'".to_owned(),
            ": the table says the kind user, the event",
        ),
        (
            "account SET created_at_us = 0 WHERE name = 'admin'".to_owned(),
            ": the table says since 1970-01-01T00:00:00Z, the event",
        ),
        (
            "manifest SET valid_to_us = 0 WHERE artifact_type = 'test/referrer'".to_owned(),
            ": the table says that it ended 1970-01-01T00:00:00Z, the event",
        ),
        (
            format!("project_settings SET revision = 7 WHERE {closed}"),
            "settings of the project p1: the table says the revision 7, the event",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let found = stopped.tamper(&format!("UPDATE {statement}")).await;
        assert_eq!(found.len(), at + 1, "{statement}: {found:#?}");
        assert!(found.iter().any(|line| line.contains(message)), "{statement}: {found:#?}");
    }
}

#[tokio::test]
async fn history_rewritten() {
    let server = mutable_server().await;
    let first = push_image(&server.client(), "acme/app", "v1", 1).await;
    let second = push_image(&server.client(), "acme/app", "v1", 2).await;
    let stopped = Stopped::of(server).await;
    let told = stopped.event("tag.created").await;
    let found = stopped
        .tamper(&format!(
            "UPDATE tag SET digest = '{second}', manifest_id = (SELECT id FROM manifest WHERE sha256 = '{second}')
             WHERE valid_to_us IS NOT NULL"
        ))
        .await;
    assert_eq!(found, [format!("tag acme/app:v1: the table says {second}, {told} says {first}")]);
    let found = stopped.tamper("DELETE FROM tag WHERE valid_to_us IS NOT NULL").await;
    assert_eq!(found, [format!("tag acme/app:v1: the table says nothing, {told} says {first}")]);
}

#[tokio::test]
async fn events_that_say_another_thing_than_their_columns_or_nothing() {
    let (server, _, second) = two_tags().await;
    let stopped = Stopped::of(server).await;
    let newest = stopped.base.newest().await;
    let found = stopped.tamper(&format!("UPDATE event SET kind = 'tag.moved' WHERE seq = {newest}")).await;
    let why = "its row has the kind tag.moved, its leaf tag.created";
    assert_eq!(found, [format!("event {newest}: {why}")]);
    let leaf = "(SELECT leaf FROM event WHERE kind = 'user.created')";
    let found = stopped
        .tamper(&format!("UPDATE event SET kind = 'tag.created', leaf = {leaf} WHERE seq = {newest}"))
        .await;
    // It is another event now, and the tag's is gone.
    assert!(found[0].starts_with(&format!("event {newest}: its row has the id ")), "{found:#?}");
    let last = format!("tag acme/app:v2: the table says {second}, no event says so");
    assert_eq!(found.last(), Some(&last), "{found:#?}");
    let salt = "(SELECT salt FROM personal_data LIMIT 1)";
    let found = stopped.tamper(&format!("UPDATE event SET leaf = {salt} WHERE seq = {newest}")).await;
    assert!(found[0].starts_with(&format!("event {newest}: its leaf can't be read: ")), "{found:#?}");
    assert_eq!(found[1..], [last.as_str()]);
    let found = stopped.tamper(&format!("DELETE FROM event WHERE seq = {newest}")).await;
    assert_eq!(found, [last]);
}

#[tokio::test]
async fn a_trust_policy_slackened() {
    let server = TestServer::start().await;
    project(&server, "acme", json!({})).await;
    let (strict, slack) = (r#"{"pull":"deny"}"#, r#"{"pull":"off"}"#);
    answer(server.client().put("/api/v1/projects/acme/trust-policy").body(strict), 201).await;
    let stopped = Stopped::of(server).await;
    let told = stopped.event("trust_policy.set").await;
    let what = "trust policy of the project acme: the table says";
    let found = stopped.tamper(&format!("UPDATE trust_policy SET document = '{slack}'")).await;
    let (was, is) = (sha256(strict.as_bytes()), sha256(slack.as_bytes()));
    assert_eq!(found, [format!("{what} bytes of {is}, {told} says bytes of {was}")]);
    let found = stopped.tamper(&format!("UPDATE trust_policy SET digest = '{is}'")).await;
    let says = format!("the digest {was}, bytes of {was}");
    assert_eq!(found, [format!("{what} the digest {is}, bytes of {is}, {told} says {says}")]);
    let found = stopped
        .tamper(&format!(
            "UPDATE trust_policy SET document = '{strict}', digest = '{was}', project_id = NULL,
             scope_key = 'organisation'"
        ))
        .await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with("trust policy of the organisation: the table says the revision 1, "),
        "{found:?}"
    );
    assert!(found[1].starts_with(&format!("{what} nothing, {told} says the revision 1, ")), "{found:?}");
}

#[tokio::test]
async fn a_refused_signature_made_good() {
    let server = TestServer::start().await;
    let client = server.client();
    let digest = push_image(&client, "acme/app", "v1", 1).await;
    let (known, unknown) = (Signer::new("release"), Signer::new("stranger"));
    set_policy(&client, "acme", &json!({ "signers": [known.entry(&json!({}))] })).await;
    unknown.sign(&client, "acme/app", &digest).await;
    verified(&client, "acme/app", &digest, 1).await;
    let stopped = Stopped::of(server).await;
    let told = stopped.event("verification.recorded").await;
    let found = stopped
        .tamper("UPDATE verification SET result = 'verified', signer = 'release', reasons = '[]'")
        .await;
    assert_eq!(found.len(), 1);
    let says = format!(
        "the table says the result verified, the signer release, the reasons [], {told} says the result refused, \
         no signer, the reasons [\"signature_invalid\"]"
    );
    assert!(found[0].ends_with(&says), "{found:?}");
    let undone =
        "UPDATE verification SET result = 'refused', signer = NULL, reasons = '[\"signature_invalid\"]'";
    let other = sha256(b"another artifact");
    let found = stopped.tamper(&format!("{undone}, subject = '{other}'")).await;
    let says = format!("the table says the subject {other}, {told} says the subject {digest}");
    assert!(found.len() == 1 && found[0].ends_with(&says), "{found:?}");
}
