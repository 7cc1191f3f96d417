//! Verification runs by itself, whenever evidence, artifact and policy come, and by whatever name.

use serde_json::{Value, json};
use waybill::types::{Clock as _, SystemClock};

use super::kit::{Signer, evidence, outcome, set_policy, trust, verified};
use crate::backup::base::Base;
use crate::registry::kit::{events, image, push_image, put, sha256, sha512};
use crate::support::{TestServer, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn signed_before_the_policy_or_after_it_both_end_up_right() {
    let server = TestServer::start().await;
    let (client, signer) = (server.client(), Signer::new("ci"));
    let early = push_image(&client, "acme/app", "1", 1).await;
    let late = push_image(&client, "acme/app", "2", 2).await;
    signer.sign(&client, "acme/app", &early).await;
    wait_until("it was looked at", async || evidence(&trust(&client, "acme/app", &early).await).len() == 1)
        .await;
    let before = trust(&client, "acme/app", &early).await;
    assert_eq!((&before["signed"], &before["policy"]), (&json!(false), &Value::Null), "there is no policy");
    assert_eq!(before["signatures"][0]["verification"], Value::Null, "never verified for being there");
    set_policy(&client, "acme", &json!({ "signers": [signer.entry(&json!({}))] })).await;
    signer.sign(&client, "acme/app", &late).await;
    for digest in [&early, &late] {
        let told = verified(&client, "acme/app", digest, 1).await;
        assert_eq!(told["signed"], true, "{told}");
        let verification = &told["signatures"][0]["verification"];
        assert_eq!((&verification["result"], &verification["signer"]), (&json!("verified"), &json!("ci")));
        assert_eq!(verification["policy"], told["policy"]["digest"]);
        assert_eq!(told["attestations"], json!([]));
    }
    let indexed = async || {
        trust(&client, "acme/app", &late).await["signatures"][0]["verification"]["ledger_index"].is_u64()
    };
    wait_until("the ledger has it", indexed).await;
    let kinds: Vec<Value> = events(&client).await.into_iter().map(|event| event["kind"].clone()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "verification.recorded").count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn either_name_gets_the_same_answer() {
    let server = TestServer::start().await;
    let (client, signer) = (server.client(), Signer::new("ci"));
    set_policy_of_new_project(&server, &signer).await;
    let manifest = image(&client, "acme/app", 1).await;
    let bytes = manifest.to_string().into_bytes();
    let (short, long) = (sha256(&bytes), sha512(&bytes));
    // The signature comes first, and names the artifact by the other digest than its statement: nobody can tell yet.
    let bundle = signer.bundle(&short, "https://sigstore.dev/cosign/sign/v1", &json!({}));
    super::kit::push_bundle(&client, "acme/app", &long, "https://sigstore.dev/cosign/sign/v1", &bundle).await;
    assert!(put(&client, "acme/app", "1", &manifest).await.status().is_success());
    let path = format!("/api/v1/projects/acme/artifacts/{short}/verify?repository=acme/app");
    let told: Value = client.post(&path).send().await.unwrap().json().await.unwrap();
    assert_eq!(outcome(&told["signatures"][0]), "verified", "{told}");
    let (mut by_short, mut by_long) =
        (trust(&client, "acme/app", &short).await, trust(&client, "acme/app", &long).await);
    for told in [&mut by_short, &mut by_long] {
        told["signatures"][0]["verification"]["ledger_index"].take();
    }
    assert_eq!(by_short, by_long);
    assert_eq!((&by_short["digest"], &by_short["sha512"]), (&json!(short), &json!(long)));
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_in_another_project_or_repository_counts_for_nothing() {
    let server = TestServer::start().await;
    let (client, signer) = (server.client(), Signer::new("ci"));
    set_policy_of_new_project(&server, &signer).await;
    let here = push_image(&client, "acme/app", "1", 1).await;
    for elsewhere in ["other/app", "acme/other"] {
        assert_eq!(push_image(&client, elsewhere, "1", 1).await, here);
        signer.sign(&client, elsewhere, &here).await;
    }
    verified(&client, "acme/other", &here, 1).await;
    let told = trust(&client, "acme/app", &here).await;
    assert_eq!((&told["signed"], evidence(&told).len()), (&json!(false), 0), "{told}");
    let elsewhere = trust(&client, "other/app", &here).await;
    assert_eq!(elsewhere["signed"], false, "no policy holds there: {elsewhere}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_repository_let_go_counts_no_more() {
    let server = TestServer::start().await;
    let (client, signer) = (server.client(), Signer::new("ci"));
    set_policy_of_new_project(&server, &signer).await;
    let digest = push_image(&client, "acme/app", "1", 1).await;
    let signature = signer.sign(&client, "acme/app", &digest).await;
    assert_eq!(verified(&client, "acme/app", &digest, 1).await["signed"], true);
    let gone = client.delete(&format!("/v2/acme/app/manifests/{signature}")).send().await.unwrap();
    assert!(gone.status().is_success());
    let told = trust(&client, "acme/app", &digest).await;
    assert_eq!((&told["signed"], evidence(&told).len()), (&json!(false), 0));
    signer.sign(&client, "acme/app", &digest).await;
    assert_eq!(verified(&client, "acme/app", &digest, 1).await["signed"], true, "and counts when it is back");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_while_its_predecessor_is_looked_at_counts() {
    // The job for the first is slow; so is the one for the second, behind it.
    let steps = "evidence-read=1*sleep(1500)->1*off->1*sleep(1500)->off";
    let server = TestServer::builder().env("FAILPOINTS", steps).start().await;
    let (client, signer) = (server.client(), Signer::new("ci"));
    set_policy_of_new_project(&server, &signer).await;
    let digest = push_image(&client, "acme/app", "1", 1).await;
    let signature = signer.sign(&client, "acme/app", &digest).await;
    let running = "SELECT kind FROM job WHERE kind = 'trust.inspect' AND state = 'running'";
    let base = Base::of(&server);
    wait_until("the first is looked at", async || !base.query(running).await.is_empty()).await;
    let gone = client.delete(&format!("/v2/acme/app/manifests/{signature}")).send().await.unwrap();
    assert!(gone.status().is_success());
    assert_eq!(signer.sign(&client, "acme/app", &digest).await, signature);
    let verify = format!("/api/v1/projects/acme/artifacts/{digest}/verify?repository=acme/app");
    let told: Value = client.post(&verify).send().await.unwrap().json().await.unwrap();
    assert_eq!(told["signed"], true, "{told}");
    let waiting = "SELECT kind FROM job WHERE kind = 'trust.inspect'";
    wait_until("all was looked at", async || base.query(waiting).await.is_empty()).await;
    assert_eq!(trust(&client, "acme/app", &digest).await["signed"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_told_of_what_is_let_go_while_it_is_judged() {
    let server = TestServer::builder().env("FAILPOINTS", "evidence-judged=1*sleep(1500)->off").start().await;
    let (client, signer) = (server.client(), Signer::new("ci"));
    set_policy_of_new_project(&server, &signer).await;
    let digest = push_image(&client, "acme/app", "1", 1).await;
    let signature = signer.sign(&client, "acme/app", &digest).await;
    let base = Base::of(&server);
    let found = "SELECT carrier FROM evidence";
    wait_until("it is judged", async || !base.query(found).await.is_empty()).await;
    let gone = client.delete(&format!("/v2/acme/app/manifests/{signature}")).send().await.unwrap();
    assert!(gone.status().is_success());
    let jobs = "SELECT kind FROM job WHERE kind = 'trust.inspect'";
    wait_until("all is judged", async || base.query(jobs).await.is_empty()).await;
    let kinds: Vec<Value> = events(&client).await.into_iter().map(|event| event["kind"].clone()).collect();
    let told_after = kinds.iter().skip_while(|kind| **kind != "manifest.deleted").skip(1).collect::<Vec<_>>();
    assert!(!told_after.contains(&&json!("verification.recorded")), "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_in_time_stays_so_when_it_comes_back() {
    let server = TestServer::start().await;
    let (client, signer) = (server.client(), Signer::new("ci"));
    set_policy_of_new_project(&server, &signer).await;
    let digest = push_image(&client, "acme/app", "1", 1).await;
    let signature = signer.sign(&client, "acme/app", &digest).await;
    let now = SystemClock.now();
    let until = signer.entry(&json!({ "valid_until": now.to_rfc3339() }));
    let other = push_image(&client, "acme/app", "2", 2).await;
    signer.sign(&client, "acme/app", &other).await;
    let gone = client.delete(&format!("/v2/acme/app/manifests/{signature}")).send().await.unwrap();
    assert!(gone.status().is_success());
    assert_eq!(signer.sign(&client, "acme/app", &digest).await, signature);
    set_policy(&client, "acme", &json!({ "signers": [until] })).await;
    assert_eq!(verified(&client, "acme/app", &digest, 1).await["signed"], true);
    assert_eq!(outcome(&evidence(&verified(&client, "acme/app", &other, 1).await)[0]), "key_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_organisations_policy_holds_where_there_is_no_other() {
    let server = TestServer::start().await;
    let (client, [ours, theirs]) = (server.client(), ["ours", "theirs"].map(Signer::new));
    let digest = push_image(&client, "acme/app", "1", 1).await;
    ours.sign(&client, "acme/app", &digest).await;
    let policy = json!({ "signers": [ours.entry(&json!({}))] });
    let set = client.put("/api/v1/trust-policy").json(&policy).send().await.unwrap();
    assert!(set.status().is_success(), "{}", set.text().await.unwrap());
    assert_eq!(verified(&client, "acme/app", &digest, 1).await["policy"]["owner"], "organisation");
    set_policy(&client, "acme", &json!({ "signers": [theirs.entry(&json!({}))] })).await;
    let told = verified(&client, "acme/app", &digest, 1).await;
    assert_eq!((&told["policy"]["owner"], &told["signed"]), (&json!("project"), &json!(false)));
    assert_eq!(outcome(&told["signatures"][0]), "signature_invalid", "there is but one whom it could be of");
    let path = "/api/v1/projects/acme/trust-policy";
    let held = client.get(path).send().await.unwrap();
    let revision = held.headers()["etag"].clone();
    let removed = client.delete(path).header("if-match", revision).send().await.unwrap();
    assert!(removed.status().is_success(), "{}", removed.text().await.unwrap());
    let told = verified(&client, "acme/app", &digest, 1).await;
    assert_eq!((&told["policy"]["owner"], &told["signed"]), (&json!("organisation"), &json!(true)));
}

/// An image in a project that trusts this signer.
pub async fn set_policy_of_new_project(server: &TestServer, signer: &Signer) {
    crate::registry::kit::project(server, "acme", json!({ "tags": "mutable" })).await;
    set_policy(&server.client(), "acme", &json!({ "signers": [signer.entry(&json!({}))] })).await;
}
