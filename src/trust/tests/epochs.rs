//! When those who decide are told that something changed.

use entity::job;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::kit::{Signer, World, app};
use crate::registry::{PushManifest, Registry};
use crate::trust::signing::{self, MANIFEST, VERIFICATION_SUMMARY};
use crate::trust::{PolicyOwner, VERIFICATION_CHANGED, VerificationChanged};
use crate::types::{Digest, Timestamp};

const OTHER: &str = "https://example.test/other/v1";

fn all() -> Value {
    json!({ "predicate_types": ["https://*"] })
}

fn summary() -> Value {
    json!({
        "verifier": { "id": "https://registry.test" },
        "timeVerified": "2026-01-01T00:00:00Z",
        "resourceUri": "pkg:oci/app",
        "policy": { "uri": "https://registry.test/policy" },
        "verificationResult": "PASSED",
        "verifiedLevels": ["SLSA_BUILD_LEVEL_3"],
    })
}

/// Says whether something passed.
async fn passes(world: &World, change: impl AsyncFnOnce()) -> bool {
    let before = world.epoch().await;
    change().await;
    world.epoch().await > before
}

async fn delete(registry: &Registry, world: &World, digest: &Digest) {
    registry.delete_manifest(&world.admin, &app(), digest).await.unwrap();
}

#[tokio::test]
async fn pushes_of_what_nobody_speaks_of_pass_nothing() {
    let world = World::new().await;
    let before = world.epoch().await;
    let image = world.push_image(1).await;
    world.push_index(&image).await;
    let bytes = world.image(2).await;
    world.push(bytes, MANIFEST, &["1", "latest"]).await;
    let bytes = world.image(3).await;
    world.push(bytes, MANIFEST, &["latest"]).await;
    world.registry.delete_tag(&world.admin, &app(), &"latest".parse().unwrap()).await.unwrap();
    // What waits to be looked at is told of when it was.
    world.sign(&Signer::new("ci"), &image).await;
    assert_eq!(world.epoch().await, before);
}

#[tokio::test]
async fn what_is_found_read_and_verified_passes_once() {
    let world = World::new().await;
    let ci = Signer::new("ci");
    world.set_policy(&[ci.entry(&all())]).await;
    let (image, plain) = (world.push_image(1).await, world.push_image(2).await);
    for signed in [true, false] {
        if signed {
            world.sign(&ci, &image).await;
        } else {
            world.attest(&ci, &image, OTHER, &json!({})).await;
        }
        assert!(passes(&world, async || world.verify(&image).await).await);
        assert!(!passes(&world, async || world.verify(&image).await).await, "it is the same as before");
    }
    assert!(!passes(&world, async || world.verify(&plain).await).await);
    // Nobody vouches for anything by this one, but it was waited for.
    let manifest = json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": "application/vnd.example",
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": world.push_blob(signing::EMPTY).await, "size": 2 },
        "layers": [], "subject": { "mediaType": MANIFEST, "digest": image, "size": 1 },
    });
    world.push(manifest.to_string(), MANIFEST, &[]).await;
    assert!(world.known(&image).await.is_pending);
    assert!(passes(&world, async || world.verify(&image).await).await);
    assert!(!world.known(&image).await.is_pending);
}

#[tokio::test]
async fn policies_pass_for_whom_they_hold() {
    let world = World::new().await;
    let ci = Signer::new("ci");
    assert!(passes(&world, async || world.set_policy(&[ci.entry(&all())]).await).await);
    assert!(!passes(&world, async || world.set_policy(&[ci.entry(&all())]).await).await, "the same again");
    let World { trust, admin, .. } = &world;
    let acme = PolicyOwner::Project("acme".parse().unwrap());
    assert!(passes(&world, async || trust.remove_policy(admin, &acme, 1).await.unwrap()).await);
    let document = json!({ "signers": [ci.entry(&all())] }).to_string();
    let set = async || {
        trust.set_policy(admin, &PolicyOwner::Organisation, None, document.into()).await.unwrap();
    };
    assert!(passes(&world, set).await);
}

#[tokio::test]
async fn what_waybill_says_itself_passes_nothing() {
    let world = World::new().await;
    let ci = Signer::new("ci");
    let key = world.trust.summary_keys().await.unwrap().remove(0);
    let pem = signing::PublicKey::of_bytes(&key.bytes).unwrap().to_pem().to_owned();
    let own = json!({ "name": "waybill", "by": { "key": { "pem": pem } }, "may": all() });
    world.set_policy(&[ci.entry(&all()), own.clone()]).await;
    let image = world.push_image(1).await;
    let before = world.epoch().await;
    let (registry, text) = (&world.registry, summary().to_string());
    let at = Timestamp::from_micros(1);
    let carrier = world.trust.write_summary(registry, &app(), &image, &text, at).await.unwrap();
    assert!(!world.known(&image).await.is_pending, "nobody waits for it");
    world.verify(&image).await;
    let known = world.known(&image).await;
    assert_eq!(known.attestations[0].signer.as_deref(), Some("waybill"), "{known:?}");
    assert_eq!(world.epoch().await, before);
    // Another's summary may be what a gate asks for.
    world.attest(&ci, &image, VERIFICATION_SUMMARY, &summary()).await;
    assert!(world.known(&image).await.is_pending);
    assert!(passes(&world, async || world.verify(&image).await).await);
    // Whoever takes it back decides that they do.
    assert!(passes(&world, async || delete(registry, &world, &carrier).await).await);
}

#[tokio::test]
async fn what_goes_passes() {
    let world = World::new().await;
    let ci = Signer::new("ci");
    world.set_policy(&[ci.entry(&all())]).await;
    let image = world.push_image(1).await;
    let tag = format!("sha256-{}.att", image.hex());
    let carrier = async |n: u8| {
        let (_, layer) = world.attestation(&ci, &image, OTHER, &json!({ "n": n })).await;
        let layer = json!({ "mediaType": layer.media_type, "digest": layer.digest, "size": layer.size });
        let config = json!({
            "mediaType": "application/vnd.oci.empty.v1+json", "digest": world.push_blob(signing::EMPTY).await, "size": 2,
        });
        json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer] }).to_string()
    };
    let (one, two) = (carrier(1).await, carrier(2).await);
    let push = async |bytes: &str| drop(world.push(bytes.to_owned(), MANIFEST, &[&tag]).await);
    assert!(!passes(&world, async || push(&one).await).await, "nothing was there before");
    assert!(passes(&world, async || push(&two).await).await, "the tag moved");
    assert!(!passes(&world, async || push(&two).await).await, "the tag stayed");
    let World { registry, admin, .. } = &world;
    let name = tag.parse().unwrap();
    assert!(passes(&world, async || registry.delete_tag(admin, &app(), &name).await.unwrap()).await);
    let signature = world.sign(&ci, &image).await;
    assert!(passes(&world, async || delete(registry, &world, &signature).await).await);
}

#[tokio::test]
async fn an_index_that_comes_after_its_signature_passes() {
    let world = World::new().await;
    let ci = Signer::new("ci");
    world.set_policy(&[ci.entry(&all())]).await;
    let image = world.push_image(1).await;
    let index = world.push_index(&image).await;
    world.sign(&ci, &index).await;
    world.verify(&index).await;
    delete(&world.registry, &world, &index).await;
    assert!(world.known(&image).await.signers.is_empty());
    assert!(passes(&world, async || drop(world.push_index(&image).await)).await);
    assert_eq!(world.known(&image).await.signers, ["ci"]);
}

#[tokio::test]
async fn who_relied_on_what_turned_is_told() {
    let world = World::new().await;
    let ci = Signer::new("ci");
    world.set_policy(&[ci.entry(&all())]).await;
    let image = world.push_image(1).await;
    world.sign(&ci, &image).await;
    world.verify(&image).await;
    let left = async || {
        let jobs = job::Entity::find().filter(job::Column::Kind.eq(VERIFICATION_CHANGED));
        jobs.all(world.db.read()).await.unwrap()
    };
    assert!(left().await.is_empty());
    world.set_policy(&[Signer::new("ci").entry(&all())]).await;
    world.verify(&image).await;
    let left = left().await;
    assert_eq!(left.len(), 1);
    let told: VerificationChanged = serde_json::from_str(&left[0].payload).unwrap();
    let place = world.registry.repository_by_id(told.repository).await.unwrap().unwrap();
    assert_eq!((place.name, place.project, told.subject), (app(), world.project, image));
}

/// Nobody but Waybill itself can make a manifest that nobody pushed.
#[tokio::test]
async fn who_is_not_logged_in_pushes_nothing() {
    let world = World::new().await;
    let bytes = world.image(1).await;
    let push = PushManifest { bytes: bytes.into(), content_type: None, digest: None, tags: Vec::new() };
    let nobody = crate::access::Caller::system();
    world.registry.push_manifest(&nobody, &app(), push).await.unwrap_err();
}
