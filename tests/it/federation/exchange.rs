//! CI exchanges its id token: what is accepted, once, and everything that is not.

use std::time::Duration;

use serde_json::{Value, json};

use super::issuer::{Issuer, State, now};
use super::keys::{Signer, by_hmac, message};
use super::kit::{exchange, exchanged, grant, refused, rule, service_account, trusting, with_rule};
use crate::audit::assert_sound;
use crate::backup::base::Base;
use crate::registry::kit::{events, project, push_image};
use crate::support::{TestServer, wait_until};
use crate::tokens::kit::{access_token, form, status_by};

/// What an issuer does wrong.
type Change<'a> = &'a dyn Fn(&mut State);

async fn metric(server: &TestServer, line: &str) -> bool {
    server.anonymous().get("/metrics").send().await.unwrap().text().await.unwrap().contains(line)
}

#[tokio::test]
async fn a_job_pushes_with_what_its_token_became() {
    let issuer = Issuer::start().await;
    let (server, rule) = with_rule(&issuer).await;
    let id_token = issuer.sign(&issuer.claims());
    let (status, body) = exchanged(&server, &id_token).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["issued_token_type"], "urn:ietf:params:oauth:token-type:access_token");
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!((&body["username"], &body["scope"]), (&json!("robot"), &json!("repository:acme:pull,push")));
    let token = body["access_token"].as_str().unwrap();
    assert!(token.starts_with("wbf_"), "scanners know it by its beginning");
    // As a password, as every client of the registry uses it; and as it is.
    let robot = server.client_of("robot", token);
    push_image(&robot, "acme/app", "v1", 1).await;
    assert_eq!(status_by(&server, token, "/v2/acme/app/manifests/v1").await, 200);
    let access = access_token(&robot, &["repository:acme/app:pull,push,delete"]).await;
    assert_eq!(status_by(&server, &access, "/v2/acme/app/manifests/v1").await, 200);
    // It leaves nothing behind that would outlive it.
    let offline =
        [("grant_type", "password"), ("username", "robot"), ("password", token), ("access_type", "offline")];
    let left: Value = form(&server, &offline).send().await.unwrap().json().await.unwrap();
    assert!(left["access_token"].is_string() && left["refresh_token"].is_null(), "{left}");
    // The ledger tells of it, and of no secret.
    let events = events(&server.client()).await;
    let told = events.iter().find(|event| event["kind"] == "federation.exchanged").unwrap();
    assert_eq!(told["data"]["rule"], rule.as_str());
    assert_eq!(told["actor"], told["data"]["account"]);
    let created = events.iter().find(|event| event["data"]["token"] == told["data"]["token"]).unwrap();
    assert_eq!(created["kind"], "token.created");
    let rotate = format!("/api/v1/tokens/{}/rotate", told["data"]["token"].as_str().unwrap());
    for client in [server.client(), server.client_of("robot", token)] {
        let rotated = client.post(&rotate).json(&json!({})).send().await.unwrap();
        assert!([403, 409].contains(&rotated.status().as_u16()), "{}", rotated.text().await.unwrap());
    }
    for text in [format!("{events:?}"), server.log().lines().join("\n")] {
        assert!(
            !text.contains(token) && !text.contains(&id_token) && !text.contains("repo:acme/app"),
            "{text}"
        );
    }
    assert!(metric(&server, r#"waybill_federation_exchanges_total{outcome="success"} 1"#).await);
    assert_sound(&Base::of(&server)).await;
}

#[tokio::test]
async fn every_way_of_signing_that_is_allowed_works() {
    let issuer = Issuer::start().await;
    let signers = [("rsa", Signer::rsa()), ("p256", Signer::p256())];
    issuer.state().keys.extend(signers.map(|(id, signer)| (id.to_owned(), signer)));
    let (server, _) = with_rule(&issuer).await;
    for id in ["rsa", "p256", "first"] {
        let (status, body) = exchanged(&server, &issuer.sign_by(id, &issuer.claims())).await;
        assert_eq!(status, 200, "{id}: {body}");
    }
}

#[tokio::test]
async fn a_token_that_is_not_good_is_refused() {
    let issuer = Issuer::start().await;
    issuer.state().keys.insert("rsa".to_owned(), Signer::rsa());
    let (server, _) = with_rule(&issuer).await;
    for (name, value) in [
        ("aud", json!("https://other.test")),
        ("aud", json!([super::kit::EXTERNAL_URL, "https://other.test"])),
        ("aud", json!(format!("{}/", super::kit::EXTERNAL_URL))),
        ("aud", json!(null)),
        ("iss", json!(format!("{}/", issuer.url))),
        ("iss", json!("https://other.test")),
        ("iss", json!(null)),
        ("exp", json!(now() - 1)),
        ("exp", json!(now() + 25 * 3600)),
        ("exp", json!(null)),
        ("iat", json!(now() - 25 * 3600)),
        ("iat", json!(now() + 120)),
        ("iat", json!(null)),
        ("nbf", json!(now() + 120)),
        ("repository_id", json!("4712")),
        ("repository_id", json!(" 4711")),
        ("repository_id", json!(["4711"])),
        ("repository_id", json!(null)),
        ("ref", json!("refs/heads/main2")),
        ("ref", json!("refs/heads/mai")),
        ("ref", json!("REFS/HEADS/MAIN")),
        ("ref", json!(null)),
    ] {
        let mut claims = issuer.claims();
        claims[name] = value.clone();
        refused(&server, &issuer.sign(&claims), &format!("{name} {value}")).await;
    }
    // A number is the same id as its text.
    let mut claims = issuer.claims();
    claims["repository_id"] = json!(4711);
    assert_eq!(exchanged(&server, &issuer.sign(&claims)).await.0, 200);
}

#[tokio::test]
async fn a_token_that_the_issuer_did_not_sign_is_refused() {
    let issuer = Issuer::start().await;
    issuer.state().keys.insert("rsa".to_owned(), Signer::rsa());
    let (server, _) = with_rule(&issuer).await;
    let (claims, header) = (issuer.claims(), json!({ "alg": "EdDSA", "kid": "first" }));
    let good = issuer.sign(&claims);
    for alg in ["none", "None", "NONE", ""] {
        let header = json!({ "alg": alg, "kid": "first" });
        refused(&server, &format!("{}.", message(&header, &claims)), alg).await;
        let signature = good.rsplit('.').next().unwrap();
        refused(&server, &format!("{}.{signature}", message(&header, &claims)), alg).await;
    }
    for id in ["rsa", "first"] {
        let secret = issuer.state().keys[id].as_secret();
        for alg in ["HS256", "RS256", "EdDSA"] {
            let header = json!({ "alg": alg, "kid": id });
            refused(&server, &by_hmac(&header, &claims, &secret), "HMAC by a public key").await;
        }
    }
    let foreign = Signer::ed25519();
    for header in [
        header.clone(),
        json!({ "alg": "EdDSA", "kid": "other" }),
        json!({ "alg": "EdDSA" }),
        json!({ "alg": "EdDSA", "kid": "first", "jwk": foreign.jwk("first") }),
        json!({ "alg": "EdDSA", "kid": "first", "jku": format!("{}/keys", issuer.url) }),
        json!({ "alg": "EdDSA", "kid": "first", "x5u": "http://127.0.0.1:1/" }),
    ] {
        refused(&server, &foreign.sign(&header, &claims), &format!("a foreign key, {header}")).await;
    }
    // The right key, under another's name or by another algorithm, and with what must be understood.
    for header in [
        json!({ "alg": "EdDSA", "kid": "rsa" }),
        json!({ "alg": "RS256", "kid": "first" }),
        json!({ "alg": "EdDSA", "kid": "first", "crit": ["b64"], "b64": false }),
    ] {
        let token = issuer.state().keys["first"].sign(&header, &claims);
        refused(&server, &token, &header.to_string()).await;
    }
    let mut changed = claims.clone();
    changed["repository_id"] = json!("1");
    let signature = good.rsplit('.').next().unwrap();
    refused(&server, &format!("{}.{signature}", message(&header, &changed)), "changed claims").await;
    for token in ["", "a.b.c", "..", &"a".repeat(20_000), &good[1..]] {
        let (status, _) = exchanged(&server, token).await;
        assert_eq!(status, 400, "{token}");
    }
    assert_eq!(exchanged(&server, &good).await.0, 200, "it was good all along");
}

#[tokio::test]
async fn a_token_is_exchanged_once() {
    let issuer = Issuer::start().await;
    let (mut server, _) = with_rule(&issuer).await;
    let mut without_id = issuer.claims();
    without_id.as_object_mut().unwrap().remove("jti");
    let mut same_id = issuer.claims();
    let claims = issuer.claims();
    same_id["jti"] = claims["jti"].clone();
    let (token, other) = (issuer.sign(&claims), issuer.sign(&without_id));
    let racing = futures_util::future::join_all((0..8).map(|_| exchanged(&server, &token))).await;
    assert_eq!(racing.iter().filter(|(status, _)| *status == 200).count(), 1, "{racing:?}");
    assert_eq!(exchanged(&server, &other).await.0, 200);
    for round in 0..2 {
        refused(&server, &token, "replayed").await;
        refused(&server, &other, "replayed without jti").await;
        refused(&server, &issuer.sign(&same_id), "another token of the same jti").await;
        if round == 0 {
            server.restart().await;
        }
    }
    assert!(metric(&server, r#"waybill_federation_exchanges_total{outcome="replayed"} 3"#).await);
}

#[tokio::test]
async fn what_is_taken_away_is_gone_at_the_next_request() {
    let issuer = Issuer::start().await;
    let (server, rule_id) = with_rule(&issuer).await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    let token = async || {
        let (status, body) = exchanged(&server, &issuer.sign(&issuer.claims())).await;
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    };
    let path = "/v2/acme/app/manifests/v1";
    // The role.
    let first = token().await;
    assert_eq!(status_by(&server, &first, path).await, 200);
    let page: Value =
        server.client().get("/api/v1/role-bindings?user=robot").send().await.unwrap().json().await.unwrap();
    let binding = page["items"][0]["id"].as_str().unwrap();
    let revoked = server.client().delete(&format!("/api/v1/role-bindings/{binding}")).send().await.unwrap();
    assert_eq!(revoked.status(), 204);
    assert_eq!(status_by(&server, &first, path).await, 403);
    grant(&server, "robot", "reader", "acme").await;
    assert_eq!(status_by(&server, &first, path).await, 200);
    // The rule, and with it what came of it.
    let removed =
        server.client().delete(&format!("/api/v1/federation-rules/{rule_id}")).send().await.unwrap();
    assert_eq!(removed.status(), 204);
    assert_eq!(status_by(&server, &first, path).await, 401);
    refused(&server, &issuer.sign(&issuer.claims()), "its rule was removed").await;
    // The account.
    assert_eq!(rule(&server.client(), json!({})).send().await.unwrap().status(), 201);
    let second = token().await;
    let disabled = server
        .client()
        .patch("/api/v1/service-accounts/robot")
        .json(&json!({ "disabled": true }))
        .send()
        .await;
    assert_eq!(disabled.unwrap().status(), 200);
    assert_eq!(status_by(&server, &second, path).await, 401);
    refused(&server, &issuer.sign(&issuer.claims()), "its account is disabled").await;
    assert_sound(&Base::of(&server)).await;
}

#[tokio::test]
async fn a_token_reaches_no_further_than_rule_account_and_request() {
    let issuer = Issuer::start().await;
    let server = trusting(&issuer, "").await;
    for name in ["acme", "other"] {
        project(&server, name, json!({})).await;
        push_image(&server.client(), &format!("{name}/team/app"), "v1", 1).await;
    }
    push_image(&server.client(), "acme/app", "v1", 1).await;
    service_account(&server, "robot", "acme").await;
    grant(&server, "robot", "project-owner", "acme").await;
    let narrow = json!({ "prefix": "acme/team", "actions": ["pull"], "lifetime_seconds": 60 });
    assert_eq!(rule(&server.client(), narrow).send().await.unwrap().status(), 201);
    let (status, body) = exchanged(&server, &issuer.sign(&issuer.claims())).await;
    assert_eq!((status, &body["expires_in"]), (200, &json!(60)), "{body}");
    let token = body["access_token"].as_str().unwrap();
    for (path, expected) in [
        ("/v2/acme/team/app/manifests/v1", 200),
        ("/v2/acme/app/manifests/v1", 401),
        ("/v2/other/team/app/manifests/v1", 401),
        ("/api/v1/federation-rules?project=acme", 403),
    ] {
        let got = status_by(&server, token, path).await;
        assert!(got == expected || (expected >= 400 && [401, 403].contains(&got)), "{path}: {got}");
    }
    let push =
        server.anonymous().post("/v2/acme/team/app/blobs/uploads/").bearer_auth(token).send().await.unwrap();
    assert!([401, 403].contains(&push.status().as_u16()), "{push:?}");
    // Less is had for the asking, more is not.
    let ask = async |scope: &str| {
        let token = issuer.sign(&issuer.claims());
        let answer = exchange(&server, &token, &[("scope", scope)]).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap())
    };
    let (status, body) = ask("repository:acme/team/app:pull,push").await;
    assert_eq!((status, &body["scope"]), (200, &json!("repository:acme/team/app:pull")), "{body}");
    for scope in [
        "repository:acme/app:pull",
        "repository:acme/team/app:push",
        "repository:env/production/acme/team/app:pull",
        "repository:env/production/acme/team/app:push",
        "a",
        "registry:catalog:*",
    ] {
        let (status, body) = ask(scope).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_scope")), "{scope}: {body}");
    }
    // Of two rules that fit the one is used that is named.
    let second: Value = rule(&server.client(), json!({})).send().await.unwrap().json().await.unwrap();
    let (status, body) = exchanged(&server, &issuer.sign(&issuer.claims())).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_request")), "{body}");
    let named = [("rule", second["id"].as_str().unwrap())];
    let answer = exchange(&server, &issuer.sign(&issuer.claims()), &named).send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap()["scope"], "repository:acme:pull,push");
}

#[tokio::test]
async fn a_new_key_is_asked_for_and_nobody_is_made_to_ask_all_the_time() {
    let issuer = Issuer::start().await;
    let (server, _) = with_rule(&issuer).await;
    assert_eq!(exchanged(&server, &issuer.sign(&issuer.claims())).await.0, 200);
    let reads = || issuer.state().key_reads;
    assert_eq!(reads(), 1);
    assert_eq!(exchanged(&server, &issuer.sign(&issuer.claims())).await.0, 200);
    assert_eq!(reads(), 1, "keys are remembered");
    issuer.state().keys.insert("second".to_owned(), Signer::ed25519());
    let by = |id: &str| issuer.sign_by(id, &issuer.claims());
    wait_until("the new key is believed", async || exchanged(&server, &by("second")).await.0 == 200).await;
    assert_eq!(reads(), 2, "one question finds it");
    let foreign = Signer::ed25519();
    for guess in 0..20 {
        let header = json!({ "alg": "EdDSA", "kid": format!("guess{guess}") });
        refused(&server, &foreign.sign(&header, &issuer.claims()), "a key that is nobody's").await;
    }
    assert!(reads() <= 3, "{} questions", reads());
    // The issuer is down: what is remembered counts for a while.
    issuer.state().broken = true;
    assert_eq!(exchanged(&server, &by("second")).await.0, 200);
}

#[tokio::test]
async fn an_issuer_that_misbehaves_is_not_believed() {
    let issuer = Issuer::start().await;
    let reset = |change: Change| {
        let mut state = issuer.state();
        (state.broken, state.keys_instead, state.says_it_is, state.delay) =
            (false, None, None, Duration::ZERO);
        change(&mut state);
    };
    let misbehaviours: [(&str, Change); 6] = [
        ("down", &|state| state.broken = true),
        ("another's description", &|state| state.says_it_is = Some("http://127.0.0.1:1".to_owned())),
        ("too large", &|state| state.keys_instead = Some(vec![b' '; 600 * 1024])),
        ("no JSON", &|state| state.keys_instead = Some(b"<html>".to_vec())),
        ("no keys", &|state| state.keys_instead = Some(b"{}".to_vec())),
        ("slow", &|state| state.delay = Duration::from_secs(60)),
    ];
    for (what, change) in misbehaviours {
        reset(change);
        // Nothing is remembered by a server that has just started.
        let (server, _) = with_rule(&issuer).await;
        let (status, body) = exchanged(&server, &issuer.sign(&issuer.claims())).await;
        assert_eq!((status, &body["error"]), (503, &json!("temporarily_unavailable")), "{what}: {body}");
        let logged = "the issuer's keys could not be read";
        wait_until(logged, async || server.log().last_event(logged).is_some()).await;
        if what == "down" {
            reset(&|_| {});
            let good = async || exchanged(&server, &issuer.sign(&issuer.claims())).await.0 == 200;
            wait_until("it is asked again", good).await;
        }
    }
}
