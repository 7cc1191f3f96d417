//! What Waybill itself says of artifacts.

use std::time::Duration;

use serde_json::{Value, json};

use super::kit::{World, app};
use crate::http::PageRequest;
use crate::projects::tests::kinds;
use crate::trust::TrustError;
use crate::trust::signing::{PublicKey, VERIFICATION_SUMMARY};
use crate::types::{Algorithm, Digest, Timestamp};

const AT: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn summary(result: &str) -> String {
    let summary: Value = json!({
        "verifier": { "id": "https://registry.test" },
        "timeVerified": "2026-01-01T00:00:00Z",
        "resourceUri": "pkg:oci/app",
        "policy": { "uri": "https://registry.test/policy" },
        "verificationResult": result,
        "verifiedLevels": [],
    });
    summary.to_string()
}

#[tokio::test]
async fn the_same_summary_is_the_same_referrer() {
    let world = World::new().await;
    let bytes = world.image(1).await;
    let image = world.push(bytes.clone(), crate::trust::signing::MANIFEST, &[]).await;
    let write = async |subject: &Digest, text: &str, at| {
        world.trust.write_summary(&world.registry, &app(), subject, text, at).await.unwrap()
    };
    let before = kinds(&world.db).await.len();
    let first = write(&image, &summary("PASSED"), AT).await;
    // The empty config, the bundle, the manifest.
    assert_eq!(kinds(&world.db).await[before..], ["blob.pushed", "blob.pushed", "manifest.pushed"]);
    assert_eq!(write(&image, &summary("PASSED"), AT).await, first);
    assert_eq!(write(&Digest::of(Algorithm::Sha512, &bytes), &summary("PASSED"), AT).await, first);
    assert_eq!(kinds(&world.db).await.len(), before + 3, "nothing changed");
    assert_ne!(write(&image, &summary("FAILED"), AT).await, first);
    assert_ne!(write(&image, &summary("PASSED"), AT.after(Duration::from_secs(1))).await, first);
    let page = PageRequest { limit: 10, after: None };
    let artifacts = world.registry.list_artifacts(&app(), &page).await.unwrap().items;
    let made = artifacts.iter().find(|artifact| artifact.sha256 == first).unwrap();
    assert_eq!((made.subject.as_ref(), made.pushed_by), (Some(&image), None));
}

#[tokio::test]
async fn nonsense_is_not_signed() {
    let world = World::new().await;
    let image = world.push_image(1).await;
    let before = kinds(&world.db).await;
    let long = format!("{}{}", summary("PASSED"), " ".repeat(16 << 10));
    for text in [long.as_str(), "{}", "[]", "{"] {
        let refused = world.trust.write_summary(&world.registry, &app(), &image, text, AT).await;
        assert!(matches!(refused.unwrap_err(), TrustError::BadSummary(_)), "{text}");
    }
    let gone = Digest::of(Algorithm::Sha256, b"gone");
    let refused = world.trust.write_summary(&world.registry, &app(), &gone, &summary("PASSED"), AT).await;
    assert!(matches!(refused.unwrap_err(), TrustError::NoSuchArtifact(_)));
    assert_eq!(kinds(&world.db).await, before);
    let just_fits = format!("{}{}", summary("PASSED"), " ".repeat((16 << 10) - summary("PASSED").len()));
    world.trust.write_summary(&world.registry, &app(), &image, &just_fits, AT).await.unwrap();
}

#[tokio::test]
async fn one_key_signs_and_all_before_it_are_told() {
    let world = World::new().await;
    let World { trust, clock, .. } = &world;
    trust.ensure_summary_key().await.unwrap();
    let first = trust.summary_keys().await.unwrap();
    assert_eq!(first.len(), 1, "one is enough");
    assert!(!trust.rotate_summary_key().await.unwrap(), "it is young");
    clock.forward(Duration::from_secs(365 * 24 * 3600));
    assert!(trust.rotate_summary_key().await.unwrap());
    let keys = trust.summary_keys().await.unwrap();
    assert_eq!((keys.len(), keys[1].bytes, keys[0].retired_at), (2, first[0].bytes, None));
    assert!(keys[1].retired_at.is_some());
    // Each verifies what it signed.
    let image = world.push_image(1).await;
    let text = summary("PASSED");
    trust.write_summary(&world.registry, &app(), &image, &text, AT).await.unwrap();
    for (key, verifies) in [(&keys[0], true), (&keys[1], false)] {
        let pem = PublicKey::of_bytes(&key.bytes).unwrap().to_pem().to_owned();
        let may = json!({ "predicate_types": [VERIFICATION_SUMMARY] });
        world.set_policy(&[json!({ "name": "waybill", "by": { "key": { "pem": pem } }, "may": may })]).await;
        world.verify(&image).await;
        assert_eq!(world.known(&image).await.attestations[0].is_verified, verifies);
    }
}
