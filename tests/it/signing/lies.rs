//! `waybill verify artifact` against a registry in other hands.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use waybill::trust::signing::{
    BUNDLE, Descriptor, MANIFEST, Predicate, SigningKey, bundle, referrer_manifest, sign, statement,
};
use waybill::types::Timestamp;

use super::kit::codes;
use super::liar::{Answer, Liar};
use crate::support::{run, waybill};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// An artifact with a good signature, all of it as an honest registry holds it.
struct Signed {
    folder: TempDir,
    artifact: Vec<u8>,
    bundle: Vec<u8>,
    carrier: Vec<u8>,
}

impl Signed {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = SigningKey::generate();
        std::fs::write(folder.path().join("ci.pub"), key.public().unwrap().to_pem()).unwrap();
        let artifact = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "layers": [],
            "config": { "mediaType": "a/b", "size": 2, "digest": digest(b"{}") },
        });
        let artifact = artifact.to_string().into_bytes();
        let subject = Descriptor::of(MANIFEST, &artifact);
        let statement = statement(std::slice::from_ref(&subject.digest), &Predicate::signature());
        let bundle = bundle(&sign(&key, statement), &key.public().unwrap());
        let layer = Descriptor::of(BUNDLE, &bundle);
        let carrier = referrer_manifest(&subject, &layer, "x:y", Timestamp::from_micros(0));
        Self { folder, artifact, bundle, carrier }
    }

    fn path(&self) -> String {
        format!("/v2/acme/app/manifests/{}", digest(&self.artifact))
    }

    fn list(&self) -> String {
        format!("/v2/acme/app/referrers/{}", digest(&self.artifact))
    }

    fn blob(&self) -> String {
        format!("/v2/acme/app/blobs/{}", digest(&self.bundle))
    }

    /// Lets a registry tell all of it but the list of referrers and the bundle.
    fn tell(&self, registry: &Liar) {
        registry.tell(&self.path(), Answer::of(MANIFEST, self.artifact.clone()));
        let carrier = format!("/v2/acme/app/manifests/{}", digest(&self.carrier));
        registry.tell(&carrier, Answer::of(MANIFEST, self.carrier.clone()));
    }

    /// A list of referrers that names its carrier.
    fn listed(&self) -> Answer {
        Answer::of(INDEX, json!({ "manifests": [{ "digest": digest(&self.carrier) }] }).to_string())
    }

    /// Verifies the artifact; returns the exit code and what is told to programs.
    fn verify(&self, registry: &Liar) -> (Option<i32>, Value) {
        let artifact = format!("{}/acme/app@{}", registry.host, digest(&self.artifact));
        verify(self.folder.path(), &artifact)
    }
}

fn verify(folder: &Path, artifact: &str) -> (Option<i32>, Value) {
    let mut command = waybill(folder);
    command.args(["verify", "artifact", "--plain-http", "--json", "--key", "ci.pub", artifact]);
    let ended = run(command.env("WAYBILL_TOKEN", "secret").env("DOCKER_CONFIG", folder));
    (ended.code, serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}")))
}

fn digest(bytes: &[u8]) -> String {
    crate::registry::kit::sha256(bytes)
}

#[test]
fn a_busy_registry_is_asked_again_and_a_bucket_gets_no_secret() {
    let (signed, registry, bucket) = (Signed::new(), Liar::start(), Liar::start());
    signed.tell(&registry);
    registry.tell(&signed.list(), Answer::status(503));
    registry.tell(&signed.list(), signed.listed());
    registry
        .tell(&signed.blob(), Answer::status(307).with("location", format!("http://{}/bundle", bucket.host)));
    bucket.tell("/bundle", Answer::of(BUNDLE, signed.bundle.clone()));
    let (code, told) = signed.verify(&registry);
    assert_eq!((code, &told["verified"]), (Some(0), &json!(true)), "{told}");
    assert_eq!(registry.asked(&signed.list()), 2);
    assert!(registry.got_secret(&signed.blob()) && !bucket.got_secret("/bundle"));
}

#[test]
fn a_registry_that_answers_with_other_bytes_is_caught() {
    let (signed, registry) = (Signed::new(), Liar::start());
    registry.tell(&signed.path(), Answer::of(MANIFEST, [signed.artifact.as_slice(), b" "].concat()));
    let ended = {
        let artifact = format!("{}/acme/app@{}", registry.host, digest(&signed.artifact));
        let arguments = ["verify", "artifact", "--plain-http", "--key", "ci.pub", &artifact];
        run(waybill(signed.folder.path()).args(arguments))
    };
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("answered with bytes whose digest is"), "{}", ended.stderr);
    // And a tag that was moved to what nobody signed is that, whatever the list says.
    let other = [signed.artifact.as_slice(), b" "].concat();
    registry.tell("/v2/acme/app/manifests/v1", Answer::of(MANIFEST, other.clone()));
    registry.tell(&format!("/v2/acme/app/referrers/{}", digest(&other)), signed.listed());
    signed.tell(&registry);
    registry.tell(&signed.blob(), Answer::of(BUNDLE, signed.bundle.clone()));
    let (code, told) = verify(signed.folder.path(), &format!("{}/acme/app:v1", registry.host));
    assert_eq!((code, codes(&told)), (Some(1), vec!["other_subject"]), "{told}");
}

#[test]
fn a_list_that_never_ends_or_goes_elsewhere_tells_nothing() {
    let (signed, registry) = (Signed::new(), Liar::start());
    signed.tell(&registry);
    registry.tell(&signed.blob(), Answer::of(BUNDLE, signed.bundle.clone()));
    let next = |path: &str| ("link", format!("<{path}>; rel=\"next\""));
    for path in [signed.list(), "/v2/acme/other/referrers/x".to_owned(), "http://a.invalid/".to_owned()] {
        let (name, link) = next(&path);
        let lying = Liar::start();
        signed.tell(&lying);
        lying.tell(&signed.list(), signed.listed().with(name, link));
        lying.tell("/v2/acme/other/referrers/x", Answer::of(INDEX, r#"{"manifests":[]}"#));
        lying.tell(&signed.blob(), Answer::of(BUNDLE, signed.bundle.clone()));
        let (code, told) = signed.verify(&lying);
        assert_eq!((code, &told["verified"]), (Some(3), &Value::Null), "{told}");
    }
    // One that goes on is read on.
    let second = format!("{}?last=1", signed.list());
    let (name, link) = next(&second);
    registry.tell(&signed.list(), Answer::of(INDEX, r#"{"manifests":[]}"#).with(name, link));
    registry.tell(&second, signed.listed());
    assert_eq!(signed.verify(&registry).0, Some(0));
}

#[test]
fn what_is_too_long_is_not_read() {
    let (signed, registry) = (Signed::new(), Liar::start());
    signed.tell(&registry);
    let text = String::from_utf8(signed.carrier.clone()).unwrap();
    let size = format!("\"size\":{}", signed.bundle.len());
    let long = text.replace(&size, "\"size\":16777217");
    assert_ne!(long, text);
    let named = json!({ "manifests": [{ "digest": digest(long.as_bytes()) }, { "digest": digest(text.as_bytes()) }] });
    registry.tell(&signed.list(), Answer::of(INDEX, named.to_string()));
    registry.tell(&format!("/v2/acme/app/manifests/{}", digest(long.as_bytes())), Answer::of(MANIFEST, long));
    registry.tell(&signed.blob(), Answer::of(BUNDLE, vec![b' '; (16 << 20) + 1]));
    let (code, told) = signed.verify(&registry);
    assert_eq!((code, codes(&told)), (Some(1), vec!["too_large", "content_missing"]), "{told}");
    assert_eq!(registry.asked(&signed.blob()), 1, "once, for the one that says it is short");
}

#[test]
fn a_registry_without_a_list_of_referrers_keeps_it_under_a_tag() {
    let (signed, registry) = (Signed::new(), Liar::start());
    signed.tell(&registry);
    registry.tell(&signed.blob(), Answer::of(BUNDLE, signed.bundle.clone()));
    let tag = format!("/v2/acme/app/manifests/{}", digest(&signed.artifact).replace(':', "-"));
    let (code, told) = signed.verify(&registry);
    assert_eq!((code, &told["evidence"]), (Some(1), &json!([])), "{told}");
    assert_eq!(registry.asked(&tag), 1);
    registry.tell(&tag, signed.listed());
    assert_eq!(signed.verify(&registry).0, Some(0));
    // An image there is no list, and nothing can be told.
    let other = Liar::start();
    signed.tell(&other);
    other.tell(&tag, Answer::of(MANIFEST, signed.artifact.clone()));
    let (code, told) = signed.verify(&other);
    assert_eq!((code, &told["verified"]), (Some(3), &Value::Null), "{told}");
}

#[test]
fn what_is_signed_there_is_listed_under_the_tag() {
    let (signed, registry) = (Signed::new(), Liar::start());
    signed.tell(&registry);
    registry.take();
    let folder = signed.folder.path();
    let key = SigningKey::generate();
    let pem = key.to_pem().unwrap();
    std::fs::write(folder.join("own.key"), secrecy::ExposeSecret::expose_secret(&pem)).unwrap();
    std::fs::write(folder.join("ci.pub"), key.public().unwrap().to_pem()).unwrap();
    let artifact = format!("{}/acme/app@{}", registry.host, digest(&signed.artifact));
    let sign = || {
        let arguments = ["sign", "--plain-http", "--json", "--key", "own.key", &artifact];
        let ended = run(waybill(folder).args(arguments).env("DOCKER_CONFIG", folder));
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        serde_json::from_str::<Value>(&ended.stdout).unwrap()["referrer"].clone()
    };
    let referrers = [sign(), sign()];
    let tag = format!("/v2/acme/app/manifests/{}", digest(&signed.artifact).replace(':', "-"));
    let list: Value = serde_json::from_slice(&registry.holds(&tag).unwrap()).unwrap();
    let listed: Vec<_> =
        list["manifests"].as_array().unwrap().iter().map(|one| one["digest"].clone()).collect();
    assert_eq!(listed, referrers, "one after the other");
    assert_eq!((&list["mediaType"], &list["schemaVersion"]), (&json!(INDEX), &json!(2)));
    assert_eq!(list["manifests"][0]["artifactType"], BUNDLE);
    assert_eq!(signed.verify(&registry).0, Some(0));
}

#[test]
fn what_is_denied_or_not_there_is_said_to_be_so() {
    let (signed, registry) = (Signed::new(), Liar::start());
    let (code, told) = signed.verify(&registry);
    assert_eq!((code, &told["verified"]), (Some(3), &Value::Null));
    assert!(told["why"].as_str().unwrap().contains("is not there, or hidden"), "{told}");
    registry.tell(&signed.path(), Answer::status(403));
    let (code, told) = signed.verify(&registry);
    assert_eq!((code, &told["verified"]), (Some(3), &Value::Null));
    assert!(told["why"].as_str().unwrap().contains("denies it to this caller"), "{told}");
}
