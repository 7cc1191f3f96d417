//! What may be pulled, by a project's choice.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit::{Signer, push_referrer, set_policy};
use crate::registry::kit::{
    IMAGE, INDEX, descriptor, image, project, push_blob, push_image, put, put_bytes, refused, sha256, user,
};
use crate::support::{Client, TestServer, wait_until};
use crate::trust_formats::files::{MINISIGN, MINISIGN_KEY};

async fn pull(client: &Client, reference: &str) -> StatusCode {
    client.get(&format!("/v2/acme/app/manifests/{reference}")).send().await.unwrap().status()
}

fn policy(signer: &Signer, pull: &str) -> Value {
    json!({ "pull": pull, "signers": [signer.entry(&json!({}))] })
}

#[tokio::test(flavor = "multi_thread")]
async fn with_deny_a_reader_gets_only_what_a_signer_signed() {
    let server = TestServer::start().await;
    let (admin, signer) = (server.client(), Signer::new("ci"));
    project(&server, "acme", json!({ "tags": "mutable" })).await;
    let reader = user(&server, "reader", "reader", json!({ "project": "acme" })).await;
    let publisher = user(&server, "publisher", "publisher", json!({ "project": "acme" })).await;
    set_policy(&admin, "acme", &policy(&signer, "deny")).await;
    let digest = push_image(&publisher, "acme/app", "1", 1).await;
    for reference in ["1", &digest] {
        let path = format!("/v2/acme/app/manifests/{reference}");
        let error = refused(reader.get(&path).send().await.unwrap(), 403, "DENIED").await;
        assert!(
            error["message"].as_str().unwrap().contains("no signer of the trust policy signed"),
            "{error}"
        );
        assert_eq!(reader.head(&path).send().await.unwrap().status(), StatusCode::FORBIDDEN);
        assert_eq!(pull(&publisher, reference).await, StatusCode::OK, "who pushes must see what it is");
    }
    // Another's signature changes nothing, and is itself there for all to read.
    let signature = Signer::new("stranger").sign(&publisher, "acme/app", &digest).await;
    assert_eq!(pull(&reader, &signature).await, StatusCode::OK);
    assert_eq!(pull(&reader, "1").await, StatusCode::FORBIDDEN);
    let signature = signer.sign(&publisher, "acme/app", &digest).await;
    // At once: nobody waits for a job.
    assert_eq!(pull(&reader, "1").await, StatusCode::OK);
    assert_eq!(pull(&reader, &digest).await, StatusCode::OK);
    let gone = admin.delete(&format!("/v2/acme/app/manifests/{signature}")).send().await.unwrap();
    assert!(gone.status().is_success());
    assert_eq!(pull(&reader, "1").await, StatusCode::FORBIDDEN, "its signature was let go");
    signer.sign(&publisher, "acme/app", &digest).await;
    assert_eq!(pull(&reader, "1").await, StatusCode::OK);
    set_policy(&admin, "acme", &policy(&Signer::new("next"), "deny")).await;
    assert_eq!(pull(&reader, "1").await, StatusCode::FORBIDDEN, "the policy trusts another now");
    set_policy(&admin, "acme", &policy(&Signer::new("next"), "off")).await;
    assert_eq!(pull(&reader, "1").await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_index_covers_its_children_and_an_attestation_covers_nothing() {
    let server = TestServer::start().await;
    let (admin, signer) = (server.client(), Signer::new("ci"));
    project(&server, "acme", json!({ "tags": "mutable" })).await;
    let reader = user(&server, "reader", "reader", json!({ "project": "acme" })).await;
    let scope = json!({ "predicate_types": ["*"], "builders": [] });
    let trusted = json!({ "pull": "deny", "signers": [signer.entry(&json!({ "may": scope }))] });
    set_policy(&admin, "acme", &trusted).await;
    let mut children = Vec::new();
    for seed in 1..=2 {
        let digest = push_image(&admin, "acme/app", &format!("arch-{seed}"), seed).await;
        children.push(digest);
    }
    let listed: Vec<Value> = children
        .iter()
        .map(|digest| descriptor("application/vnd.oci.image.manifest.v1+json", digest, 1))
        .collect();
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": listed });
    assert!(put(&admin, "acme/app", "1", &index).await.status().is_success());
    let digest = sha256(index.to_string().as_bytes());
    signer.attest(&admin, "acme/app", &digest, "https://example.test/p", &json!({ "a": 1 })).await;
    for reference in ["1", &children[0]] {
        assert_eq!(pull(&reader, reference).await, StatusCode::FORBIDDEN, "to attest is not to sign");
    }
    signer.sign(&admin, "acme/app", &digest).await;
    for reference in ["1", &children[0], &children[1], "arch-1"] {
        assert_eq!(pull(&reader, reference).await, StatusCode::OK, "{reference}");
    }
    let other = push_image(&admin, "acme/app", "other", 3).await;
    assert_eq!(pull(&reader, &other).await, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_speaks_of_others_stays_readable() {
    let (_server, admin, reader, digest) = denying().await;
    let sbom = push_referrer(&admin, "acme/app", &digest, "application/spdx+json", b"{}").await;
    assert_eq!(pull(&reader, &sbom).await, StatusCode::OK);
    let listed = reader.get(&format!("/v2/acme/app/referrers/{digest}")).send().await.unwrap();
    assert_eq!(listed.status(), StatusCode::OK);
    let stem = digest.replace(':', "-");
    let list = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(IMAGE, &sbom, 1)] });
    assert!(put(&admin, "acme/app", &stem, &list).await.status().is_success());
    assert_eq!(pull(&reader, &stem).await, StatusCode::OK, "a list of the tag schema");
    let legacy =
        dressed(&admin, CONFIG, "application/vnd.dev.cosign.simplesigning.v1+json", b"{\"critical\":{}}")
            .await;
    assert!(put(&admin, "acme/app", &format!("{stem}.sig"), &legacy).await.status().is_success());
    assert_eq!(pull(&reader, &format!("{stem}.sig")).await, StatusCode::OK, "as cosign 2 lays it out");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_run_is_denied_however_it_is_dressed() {
    let (_server, admin, reader, digest) = denying().await;
    let stem = digest.replace(':', "-");
    let archive = [&b"\x1f\x8b\x08"[..], &[0; 100]].concat();
    let (bundle, simple) =
        ("application/vnd.dev.sigstore.bundle.v0.3+json", "application/vnd.dev.cosign.simplesigning.v1+json");
    let plain = image(&admin, "acme/app", 2).await;
    let disguised = [plain.clone(), dressed(&admin, CONFIG, bundle, &archive).await];
    for (at, manifest) in disguised.into_iter().enumerate() {
        let mut manifest = manifest;
        manifest["subject"] = descriptor(IMAGE, &digest, 1);
        assert!(put(&admin, "acme/app", &format!("stable-{at}"), &manifest).await.status().is_success());
        let own = sha256(manifest.to_string().as_bytes());
        for reference in [&format!("stable-{at}"), &own] {
            assert_eq!(pull(&reader, reference).await, StatusCode::FORBIDDEN, "{manifest}");
        }
    }
    for (end, manifest) in
        [(".sig", plain.clone()), (".att", dressed(&admin, CONFIG, simple, &archive).await)]
    {
        assert!(put(&admin, "acme/app", &format!("{stem}{end}"), &manifest).await.status().is_success());
        assert_eq!(pull(&reader, &format!("{stem}{end}")).await, StatusCode::FORBIDDEN, "{manifest}");
    }
    // A list may bring what it lists, or say where else that is.
    let bytes = plain.to_string();
    assert!(put(&admin, "acme/app", "evil", &plain).await.status().is_success());
    for (key, value) in [("data", json!(STANDARD.encode(&bytes))), ("urls", json!(["http://127.0.0.1:9/m"]))]
    {
        let mut child = descriptor(IMAGE, &sha256(bytes.as_bytes()), bytes.len());
        child[key] = value;
        let mut list = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [child] });
        list["subject"] = descriptor(IMAGE, &digest, 1);
        assert!(put(&admin, "acme/app", "latest", &list).await.status().is_success());
        for reference in ["latest", &sha256(list.to_string().as_bytes())] {
            assert_eq!(pull(&reader, reference).await, StatusCode::FORBIDDEN, "{key}: it leads to the image");
        }
    }
    // What refers to another is found by its digest; by a name of its own it would be a file to use.
    let file = push_referrer(&admin, "acme/app", &digest, "application/octet-stream", &archive).await;
    let manifest: Value =
        admin.get(&format!("/v2/acme/app/manifests/{file}")).send().await.unwrap().json().await.unwrap();
    let tagged = put_bytes(&admin, "acme/app", "tool-1.0", IMAGE, manifest.to_string().into_bytes()).await;
    assert!(tagged.status().is_success());
    assert_eq!(pull(&reader, "tool-1.0").await, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn contents_tell_what_could_run_and_not_what_it_is_called() {
    let (_server, admin, reader, digest) = denying().await;
    let docker = "application/vnd.docker.distribution.manifest.v2+json";
    let helm = "application/vnd.cncf.helm.config.v1+json";
    let empty = push_blob(&admin, "acme/app", b"{}").await;
    let archive = [&b"\x1f\x8b\x08"[..], &[0; 100]].concat();
    // A client that takes a text for an archive finds one in this.
    let mut texts = [b' '; 1024];
    texts[..100].fill(b'n');
    let sum: u32 = texts[..512].iter().map(|byte| u32::from(*byte)).sum();
    texts[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
    let text = b"no program, and no archive";
    for (kind, config, layer, bytes, status) in [
        (docker, "application/x", "application/x", &archive[..], StatusCode::FORBIDDEN),
        (IMAGE, helm, "application/vnd.cncf.helm.chart.content.v1.tar+gzip", &archive, StatusCode::FORBIDDEN),
        (IMAGE, "application/vnd.wasm.config.v0+json", "application/wasm", b"\0asm", StatusCode::FORBIDDEN),
        (IMAGE, "application/vnd.oci.empty.v1+json", "application/x", &archive, StatusCode::FORBIDDEN),
        (docker, "application/x", "application/x", &texts, StatusCode::FORBIDDEN),
        (IMAGE, "application/vnd.oci.empty.v1+json", "application/x", text, StatusCode::OK),
    ] {
        let layer = descriptor(layer, &push_blob(&admin, "acme/app", bytes).await, bytes.len());
        let config = descriptor(config, &empty, 2);
        let mut manifest =
            json!({ "schemaVersion": 2, "mediaType": kind, "config": config, "layers": [layer] });
        manifest["subject"] = descriptor(IMAGE, &digest, 1);
        let text = manifest.to_string();
        let own = sha256(text.as_bytes());
        let answer = put_bytes(&admin, "acme/app", &own, kind, text.clone().into_bytes()).await;
        assert!(answer.status().is_success());
        assert_eq!(pull(&reader, &own).await, status, "{text}");
        // Under a tag that cosign could look for, too.
        let tag = format!("sha256-{}", "0".repeat(64));
        assert!(
            put_bytes(&admin, "acme/app", &tag, kind, text.clone().into_bytes()).await.status().is_success()
        );
        assert_eq!(pull(&reader, &tag).await, status, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_covers_its_children_however_many_list_them() {
    let (_server, admin, reader, _) = denying().await;
    let signer = Signer::new("release");
    set_policy(&admin, "acme", &policy(&signer, "deny")).await;
    let child = push_image(&admin, "acme/app", "child", 7).await;
    let list = |note: usize| {
        let annotations = json!({ "n": note.to_string() });
        json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(IMAGE, &child, 1)],
            "annotations": annotations })
    };
    let mut own = Vec::new();
    for note in 0..150 {
        let list = list(note);
        let digest = sha256(list.to_string().as_bytes());
        assert!(put(&admin, "acme/app", &digest, &list).await.status().is_success());
        own.push(digest);
    }
    // Of one that no walk over the first few finds; and that one is covered by a list of its own.
    own.sort_unstable();
    let above =
        json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(INDEX, &own[149], 1)] });
    let signed = sha256(above.to_string().as_bytes());
    assert!(put(&admin, "acme/app", &signed, &above).await.status().is_success());
    assert_eq!(pull(&reader, &child).await, StatusCode::FORBIDDEN);
    signer.sign(&admin, "acme/app", &signed).await;
    wait_until("the child is covered", async || pull(&reader, &child).await == StatusCode::OK).await;
    assert_eq!(pull(&reader, &own[149]).await, StatusCode::OK);
    assert_eq!(pull(&reader, &own[0]).await, StatusCode::FORBIDDEN);
}

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// A manifest with one layer of some type, whose config is an image's or says that it is.
async fn dressed(client: &Client, config: &str, layer: &str, bytes: &[u8]) -> Value {
    let (own, content) = (b"{\"rootfs\":{}}", bytes);
    let (config_digest, layer_digest) =
        (push_blob(client, "acme/app", own).await, push_blob(client, "acme/app", content).await);
    json!({
        "schemaVersion": 2,
        "mediaType": IMAGE,
        "config": descriptor(config, &config_digest, own.len()),
        "layers": [descriptor(layer, &layer_digest, content.len())],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_never_verified_keeps_nobody_waiting_for_ever() {
    let server = TestServer::start().await;
    let (admin, signer) = (server.client(), Signer::new("ci"));
    project(&server, "acme", json!({ "tags": "mutable" })).await;
    let reader = user(&server, "reader", "reader", json!({ "project": "acme" })).await;
    set_policy(&admin, "acme", &policy(&signer, "deny")).await;
    let signed = push_image(&admin, "acme/app", "1", 1).await;
    signer.sign(&admin, "acme/app", &signed).await;
    assert_eq!(pull(&reader, &signed).await, StatusCode::OK);
    let (mut server, digest) = (server, push_image(&admin, "acme/app", "2", 2).await);
    server.set("FAILPOINTS", "evidence-read=pause");
    server.restart().await;
    let (admin, reader) = (server.client(), server.client_of("reader", "reader-has-a-password"));
    signer.sign(&admin, "acme/app", &digest).await;
    let many = (0..8).map(|_| pull(&reader, &digest));
    assert_eq!(join_all(many).await, vec![StatusCode::SERVICE_UNAVAILABLE; 8], "it can't be told yet");
    let path = format!("/v2/acme/app/manifests/{digest}");
    assert_eq!(reader.get(&path).send().await.unwrap().headers()["retry-after"], "2");
    assert_eq!(pull(&reader, &signed).await, StatusCode::OK, "what was verified is not held up");
    assert_eq!(pull(&admin, &digest).await, StatusCode::OK, "nor is its publisher");
    server.set("FAILPOINTS", "");
    server.kill9();
    server.restart().await;
    let reader = server.client_of("reader", "reader-has-a-password");
    wait_until("it is verified", async || pull(&reader, &digest).await == StatusCode::OK).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_file_signs_nothing_that_is_made_of_it() {
    let (_server, admin, reader, _) = denying().await;
    let key = json!({ "name": "maker", "by": { "minisign": { "key": MINISIGN_KEY } } });
    set_policy(&admin, "acme", &json!({ "pull": "deny", "signers": [key] })).await;
    let layer = push_blob(&admin, "acme/app", b"test").await;
    let (empty, own) = (push_blob(&admin, "acme/app", b"{}").await, b"{\"rootfs\":{}}");
    let config = push_blob(&admin, "acme/app", own).await;
    let of = |config: Value| {
        let layers = json!([descriptor("application/octet-stream", &layer, 4)]);
        json!({ "schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": layers })
    };
    let file = of(descriptor("application/vnd.oci.empty.v1+json", &empty, 2));
    let image = of(descriptor(CONFIG, &config, own.len()));
    let empty_image = of(descriptor(CONFIG, &empty, 2));
    let chart = of(descriptor("application/vnd.acme.config.v1+json", &config, own.len()));
    let mut made_of_it =
        [image, empty_image, chart].map(|manifest| (manifest, StatusCode::FORBIDDEN)).to_vec();
    made_of_it.push((file, StatusCode::OK));
    for (manifest, status) in made_of_it {
        let digest = sha256(manifest.to_string().as_bytes());
        assert!(put(&admin, "acme/app", &digest, &manifest).await.status().is_success());
        push_referrer(&admin, "acme/app", &digest, "text/plain", MINISIGN.as_bytes()).await;
        assert_eq!(pull(&reader, &digest).await, status, "{manifest}");
    }
}

/// A project that denies what its signer did not sign, its owner and a reader of it, and an image that nobody signed.
async fn denying() -> (TestServer, Client, Client, String) {
    let server = TestServer::start().await;
    let (admin, signer) = (server.client(), Signer::new("ci"));
    project(&server, "acme", json!({ "tags": "mutable" })).await;
    let reader = user(&server, "reader", "reader", json!({ "project": "acme" })).await;
    set_policy(&admin, "acme", &policy(&signer, "deny")).await;
    let digest = push_image(&admin, "acme/app", "1", 1).await;
    (server, admin, reader, digest)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_vouches_for_a_release_goes_only_by_its_owner() {
    let server = TestServer::start().await;
    let admin = server.client();
    project(&server, "acme", json!({ "tags": "immutable" })).await;
    let publisher = user(&server, "publisher", "publisher", json!({ "project": "acme" })).await;
    let digest = push_image(&publisher, "acme/app", "1", 1).await;
    let tag = format!("{}.sig", digest.replace(':', "-"));
    let kind = "application/vnd.dev.cosign.simplesigning.v1+json";
    let legacy = dressed(&publisher, CONFIG, kind, b"{}").await;
    assert!(put(&publisher, "acme/app", &tag, &legacy).await.status().is_success());
    let own = sha256(legacy.to_string().as_bytes());
    for reference in [&own, &tag] {
        let path = format!("/v2/acme/app/manifests/{reference}");
        refused(publisher.delete(&path).send().await.unwrap(), 403, "DENIED").await;
    }
    // Nor is it taken from under its tag; who adds to it keeps what is there.
    let other = dressed(&publisher, CONFIG, kind, b"{ }").await;
    refused(put(&publisher, "acme/app", &tag, &other).await, 403, "DENIED").await;
    let mut both = legacy.clone();
    both["layers"].as_array_mut().unwrap().extend(other["layers"].as_array().unwrap().clone());
    let mut stripped = both.clone();
    both["layers"][0]["annotations"] = json!({ "dev.cosignproject.cosign/signature": "x" });
    assert!(put(&admin, "acme/app", &tag, &both).await.status().is_success(), "its owner may");
    refused(put(&publisher, "acme/app", &tag, &stripped).await, 403, "DENIED").await;
    stripped["layers"] = both["layers"].clone();
    stripped["layers"].as_array_mut().unwrap().push(legacy["layers"][0].clone());
    assert!(put(&publisher, "acme/app", &tag, &stripped).await.status().is_success());
    let gone = admin.delete(&format!("/v2/acme/app/manifests/{tag}")).send().await.unwrap();
    assert!(gone.status().is_success());
}

#[tokio::test(flavor = "multi_thread")]
async fn with_warn_all_is_served_and_the_reader_is_told() {
    let server = TestServer::start().await;
    let (admin, signer) = (server.client(), Signer::new("ci"));
    project(&server, "acme", json!({ "tags": "mutable" })).await;
    let digest = push_image(&admin, "acme/app", "1", 1).await;
    let path = format!("/v2/acme/app/manifests/{digest}");
    let warning = async || {
        let answer = admin.get(&path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.headers().get("warning").map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(warning().await, None);
    set_policy(&admin, "acme", &policy(&signer, "warn")).await;
    let told = warning().await.unwrap();
    assert!(told.starts_with("299 - \"no signer of the trust policy signed sha256:"), "{told}");
    signer.sign(&admin, "acme/app", &digest).await;
    assert_eq!(warning().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_goes_no_further_than_its_level() {
    let server = TestServer::start().await;
    let (admin, signer) = (server.client(), Signer::new("ci"));
    project(&server, "acme", json!({ "tags": "mutable" })).await;
    let reader = user(&server, "reader", "reader", json!({ "project": "acme" })).await;
    push_image(&admin, "acme/app", "1", 1).await;
    for (level, status, warned) in [
        ("strict", StatusCode::FORBIDDEN, false),
        ("warn", StatusCode::OK, true),
        ("audit", StatusCode::OK, false),
    ] {
        let mut document = policy(&signer, "deny");
        document["level"] = json!(level);
        set_policy(&admin, "acme", &document).await;
        let answer = reader.get("/v2/acme/app/manifests/1").send().await.unwrap();
        assert_eq!((answer.status(), answer.headers().contains_key("warning")), (status, warned), "{level}");
    }
}
