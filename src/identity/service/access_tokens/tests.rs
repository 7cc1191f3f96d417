//! Access tokens against a real database: what is believed, and everything that is not.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;
use crate::access::Authority as _;
use crate::identity::Role;
use crate::identity::tests::World;
use crate::keys::{Keys, MasterKey, Purpose};

async fn issue(world: &World, caller: &Caller, scope: &str) -> IssuedToken {
    let asked = crate::types::parse_scopes(std::iter::once(scope)).unwrap();
    world.identity.issue_access_token(caller, &asked).await.unwrap()
}

async fn believed(world: &World, token: &str) -> Result<Caller, AccessError> {
    world.identity.believe(&token.to_owned().into(), Origin::default()).await
}

async fn refused(world: &World, token: &str, what: &str) {
    let outcome = believed(world, token).await;
    assert!(matches!(outcome, Err(AccessError::InvalidToken)), "{what}: {outcome:?}");
}

/// A world with the project `acme`, and somebody who may push there.
async fn world() -> (World, Caller) {
    let world = World::new().await;
    world.add_project("acme").await;
    let ann = world.add_user("ann").await;
    world.give("ann", Role::Publisher, "acme").await;
    (world, ann)
}

fn part(token: &str, at: usize) -> Value {
    let part = token.split('.').nth(at).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[tokio::test]
async fn grants_what_is_asked_and_held() {
    let (world, ann) = world().await;
    let asked =
        "repository:acme/app:* repository:other/app:pull registry:catalog:* repository:env/x/acme/app:pull";
    let issued = issue(&world, &ann, asked).await;
    assert_eq!(
        crate::identity::model::scope_text(&issued.scopes),
        "repository:acme/app:pull,push,delete repository:env/x/acme/app:pull registry:catalog:*"
    );
    let caller = believed(&world, issued.token.expose_secret()).await.unwrap();
    assert_eq!(caller.account, ann.account);
    assert_eq!(caller.ceiling, Ceiling::Scopes(issued.scopes));
    let nobody = Caller::anonymous(Origin::default());
    let issued = issue(&world, &nobody, asked).await;
    assert_eq!(issued.scopes, AccessScopes { whole: true, ..AccessScopes::default() });
    assert!(believed(&world, issued.token.expose_secret()).await.unwrap().is_anonymous());
    let claims = part(issued.token.expose_secret(), 1);
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!("waybill"), &json!("waybill")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
}

#[tokio::test]
async fn a_token_is_a_ceiling_and_rights_are_looked_up_anew() {
    let (world, ann) = world().await;
    let binding = world.identity.me(&ann).await.unwrap().1.items[0].binding.id;
    let issued = issue(&world, &ann, "repository:acme/app:pull").await;
    let check = async |permission, name: &str| {
        let caller = believed(&world, issued.token.expose_secret()).await.unwrap();
        world.identity.check(&caller, permission, &Scope::Repository(name.parse().unwrap())).await
    };
    check(Permission::RepositoryRead, "acme/app").await.unwrap();
    let push = check(Permission::RepositoryPush, "acme/app").await;
    assert!(matches!(push, Err(AccessError::InsufficientScope)));
    let other = check(Permission::RepositoryRead, "acme/other").await;
    assert!(matches!(other, Err(AccessError::InsufficientScope)));
    let ghost = check(Permission::RepositoryRead, "ghost/app").await;
    assert!(matches!(ghost, Err(AccessError::Denied)), "no other token would help");
    world.identity.revoke(&world.admin().await, binding).await.unwrap();
    let gone = check(Permission::RepositoryRead, "acme/app").await;
    assert!(matches!(gone, Err(AccessError::Denied)));
}

#[tokio::test]
async fn it_ends_with_its_time_and_with_its_account() {
    let (world, ann) = world().await;
    let issued = issue(&world, &ann, "repository:acme/app:pull").await;
    let token = issued.token.expose_secret();
    world.clock.forward(Duration::from_secs(329));
    believed(&world, token).await.unwrap();
    world.clock.forward(Duration::from_secs(1));
    refused(&world, token, "expired").await;
    let issued = issue(&world, &ann, "repository:acme/app:pull").await;
    let change = crate::identity::UserChange { disabled: Some(true), ..Default::default() };
    world.identity.update_user(&world.admin().await, &"ann".parse().unwrap(), change).await.unwrap();
    refused(&world, issued.token.expose_secret(), "a disabled account").await;
}

#[tokio::test]
async fn what_is_forged_is_refused() {
    let (world, ann) = world().await;
    let issued = issue(&world, &ann, "repository:acme/app:pull").await;
    let token = issued.token.expose_secret();
    let (header, claims) = (part(token, 0), part(token, 1));
    let signature = token.rsplit('.').next().unwrap();
    let with = |header: &Value, claims: &Value, signature: &str| {
        format!("{}.{}.{signature}", encoded(header), encoded(claims))
    };
    assert_eq!(with(&header, &claims, signature).len(), token.len(), "the helper builds the same form");
    // Another scope, person or time under the old signature.
    for (claim, value) in [
        ("access", json!([{ "type": "repository", "name": "acme/app", "actions": ["pull", "push"] }])),
        ("sub", json!(world.admin().await.account.unwrap())),
        ("exp", json!(claims["exp"].as_i64().unwrap() + 1)),
    ] {
        let mut changed = claims.clone();
        changed[claim] = value;
        refused(&world, &with(&header, &changed, signature), claim).await;
    }
    // Without a signature.
    for alg in ["none", "None", "NONE", "HS256", "RS256", "ES256"] {
        let mut changed = header.clone();
        changed["alg"] = json!(alg);
        refused(&world, &with(&changed, &claims, ""), alg).await;
        refused(&world, &with(&changed, &claims, signature), alg).await;
    }
    // The public key as the secret of a symmetric algorithm.
    let public = world.identity.signing_key().await.unwrap().public();
    let mut forged =
        Header { kid: Some(header["kid"].as_str().unwrap().to_owned()), ..Header::new(Algorithm::HS256) };
    let by_public = encode(&forged, &claims, &EncodingKey::from_secret(&public)).unwrap();
    refused(&world, &by_public, "HS256 by the public key").await;
    // Another's key, under our key's name, its own name, no name, and brought along in the header.
    let stranger = World::new().await;
    let key = stranger.identity.signing_key().await.unwrap();
    let pkcs8 = key.to_pkcs8().unwrap();
    let foreign = EncodingKey::from_ed_der(pkcs8.expose_secret());
    forged.alg = Algorithm::EdDSA;
    for kid in [forged.kid.clone(), Some(key.id.to_string()), Some("../key".to_owned()), None] {
        let jwk = serde_json::from_value(json!({
            "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(key.public()),
        }));
        let header =
            Header { kid, jwk: jwk.ok(), jku: Some("http://127.0.0.1/keys".to_owned()), ..forged.clone() };
        assert!(header.jwk.is_some());
        refused(&world, &encode(&header, &claims, &foreign).unwrap(), "a foreign key").await;
    }
    for token in ["", ".", "..", "a.b.c", &token[..token.len() - 1], &"a".repeat(20_000)] {
        refused(&world, token, token).await;
    }
}

#[tokio::test]
async fn our_own_key_does_not_make_any_claim_good() {
    let (world, ann) = world().await;
    let issued = issue(&world, &ann, "repository:acme/app:pull").await;
    let claims: Claims = serde_json::from_value(part(issued.token.expose_secret(), 1)).unwrap();
    let resigned = world.identity.sign(&claims).await.unwrap();
    believed(&world, resigned.expose_secret()).await.unwrap();
    for (what, claims) in [
        ("another audience", Claims { aud: "other".to_owned(), ..claims.clone() }),
        ("another issuer", Claims { iss: "other".to_owned(), ..claims.clone() }),
        ("not yet good", Claims { nbf: claims.nbf + 31, ..claims.clone() }),
        ("no account", Claims { sub: AccountId::new().to_string(), ..claims.clone() }),
        ("no id", Claims { sub: "admin".to_owned(), ..claims.clone() }),
        ("no token", Claims { via: Some(TokenId::new().to_string()), ..claims.clone() }),
    ] {
        refused(&world, world.identity.sign(&claims).await.unwrap().expose_secret(), what).await;
    }
    // A token of another type, signed for another use.
    let key = world.identity.signing_key().await.unwrap();
    let header = Header {
        typ: Some("checkpoint".to_owned()),
        kid: Some(key.id.to_string()),
        ..Header::new(Algorithm::EdDSA)
    };
    let pkcs8 = key.to_pkcs8().unwrap();
    let other = encode(&header, &claims, &EncodingKey::from_ed_der(pkcs8.expose_secret())).unwrap();
    refused(&world, &other, "another type").await;
    let mut partial = serde_json::to_value(&claims).unwrap();
    partial.as_object_mut().unwrap().remove("exp");
    let header = Header { typ: Some(TYPE.to_owned()), ..header };
    let endless = encode(&header, &partial, &EncodingKey::from_ed_der(pkcs8.expose_secret())).unwrap();
    refused(&world, &endless, "no end").await;
}

#[tokio::test]
async fn a_rotated_key_verifies_until_its_last_token_has_expired() {
    let (world, ann) = world().await;
    assert!(!world.identity.rotate_token_key().await.unwrap(), "it is young");
    let before = issue(&world, &ann, "repository:acme/app:pull").await;
    world.clock.forward(Duration::from_secs(90 * 24 * 3600));
    let issued = issue(&world, &ann, "repository:acme/app:pull").await;
    assert!(world.identity.rotate_token_key().await.unwrap());
    assert!(!world.identity.rotate_token_key().await.unwrap(), "one is enough");
    refused(&world, before.token.expose_secret(), "expired long ago").await;
    let next = issue(&world, &ann, "repository:acme/app:pull").await;
    for token in [&issued, &next] {
        believed(&world, token.token.expose_secret()).await.unwrap();
    }
    let kid = |issued: &IssuedToken| part(issued.token.expose_secret(), 0)["kid"].clone();
    assert_ne!(kid(&issued), kid(&next));
    // What a stolen old key signs later is not believed.
    let old = kid(&issued).as_str().unwrap().parse().unwrap();
    assert!(world.identity.verifying_key(old).await.unwrap().is_some());
    world.clock.forward(Duration::from_secs(421));
    assert!(world.identity.verifying_key(old).await.unwrap().is_none());
}

#[tokio::test]
async fn another_master_key_is_noticed() {
    let (world, _) = world().await;
    let keys = Keys::new(world.identity.db.clone(), MasterKey::generate());
    let stranger = Identity { keys, ..world.identity.clone() };
    let outcome = stranger.ensure_token_key().await;
    assert!(matches!(outcome, Err(crate::keys::KeyError::WrongMasterKey)));
    assert!(stranger.keys.signing(Purpose::Token).await.is_err());
}
