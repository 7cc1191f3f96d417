//! `waybill sign` and `waybill attest`

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::kit::{REPO, Site};
use crate::registry::kit::{header, user};
use crate::support::{ADMIN_PASSWORD, run};

const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

#[tokio::test]
async fn what_is_signed_lies_beside_the_artifact_as_cosign_has_it() {
    let site = Site::start().await;
    let signed = site.sign("ci.key");
    let said = r#"{"runDetails": {"builder": {"id": "https://ci.test"}}, "n": 9007199254740993}"#;
    let attested = site.attest("ci.key", "slsaprovenance1", said);
    let client = site.client();
    let list: Value = client
        .get(&format!("/v2/{REPO}/referrers/{}", site.digest))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let types = |digest: &str| {
        let found = list["manifests"].as_array().unwrap().iter().find(|one| one["digest"] == digest).unwrap();
        assert_eq!(found["artifactType"], BUNDLE);
        assert_eq!(found["annotations"]["dev.sigstore.bundle.content"], "dsse-envelope");
        found["annotations"]["dev.sigstore.bundle.predicateType"].clone()
    };
    assert_eq!(types(&signed), "https://sigstore.dev/cosign/sign/v1");
    assert_eq!(types(&attested), "https://slsa.dev/provenance/v1");
    let manifest = client.get(&format!("/v2/{REPO}/manifests/{attested}")).send().await.unwrap();
    assert_eq!(header(&manifest, "content-type"), "application/vnd.oci.image.manifest.v1+json");
    let manifest: Value = manifest.json().await.unwrap();
    assert_eq!(manifest["subject"]["digest"], site.digest);
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.oci.empty.v1+json");
    let layer = manifest["layers"][0]["digest"].as_str().unwrap();
    let bundle: Value =
        client.get(&format!("/v2/{REPO}/blobs/{layer}")).send().await.unwrap().json().await.unwrap();
    let payload = STANDARD.decode(bundle["dsseEnvelope"]["payload"].as_str().unwrap()).unwrap();
    let payload = String::from_utf8(payload).unwrap();
    assert!(payload.contains(said), "byte for byte: {payload}");
    let statement: Value = serde_json::from_str(&payload).unwrap();
    assert_eq!(statement["subject"], json!([{ "digest": { "sha256": &site.digest["sha256:".len()..] } }]));
}

#[tokio::test]
async fn nothing_is_pushed_that_can_not_be_said() {
    let site = Site::start().await;
    let write = |name: &str, bytes: &[u8]| std::fs::write(site.server.folder().join(name), bytes).unwrap();
    write("list.json", b"[]");
    write("twice.json", br#"{"a":1,"a":2}"#);
    write("object.json", b"{}");
    write("long.json", &vec![b' '; (16 << 20) + 1]);
    for (key, kind, predicate, says) in [
        ("ci.key", "a:b", "list.json", "a predicate is a JSON object"),
        ("ci.key", "a:b", "twice.json", "stands twice"),
        ("ci.key", "provenance", "object.json", "no type of a predicate"),
        ("ci.key", "a:b", "long.json", "more than 16777216 bytes"),
        ("ci.key", "a:b", "none.json", "No such file"),
        ("ci.pub", "a:b", "object.json", "no private key"),
    ] {
        let ended = site.ask(&["attest"], &["--key", key, "--type", kind, "--predicate", predicate]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{predicate}");
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
    let path = format!("/v2/{REPO}/referrers/{}", site.digest);
    let list: Value = site.client().get(&path).send().await.unwrap().json().await.unwrap();
    assert_eq!(list["manifests"], json!([]));
}

#[tokio::test]
async fn secrets_come_from_variables_and_from_docker_and_go_no_further() {
    let site = Site::start().await;
    user(&site.server, "ann", "reader", json!({ "project": "acme" })).await;
    let artifact = site.artifact();
    let sign = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = site.server.command();
        command.args(["sign", "--plain-http", "--key", "ci.key", &artifact]).args(arguments);
        command.env("DOCKER_CONFIG", site.server.folder());
        run(command.envs(variables.iter().copied()))
    };
    let nobody = sign(&[], &[]);
    assert_eq!(nobody.code, Some(1));
    assert!(nobody.stderr.contains("401 Unauthorized: UNAUTHORIZED"), "{}", nobody.stderr);
    let wrong = sign(&["--user", "admin"], &[("WAYBILL_PASSWORD", "not-hers")]);
    assert!(wrong.code == Some(1) && !wrong.stderr.contains("not-hers"), "{}", wrong.stderr);
    let reader = sign(&["--user", "ann"], &[("WAYBILL_PASSWORD", "ann-has-a-password")]);
    assert!(reader.code == Some(1) && reader.stderr.contains("DENIED"), "{}", reader.stderr);
    assert_eq!(sign(&["--user", "admin"], &[]).code, Some(2), "no password");
    // A token, as itself and in the place of a password.
    let token = site.client().post("/api/v1/tokens").json(&json!({ "name": "ci" })).send().await.unwrap();
    let token: Value = token.json().await.unwrap();
    let secret = token["secret"].as_str().unwrap();
    assert_eq!(sign(&[], &[("WAYBILL_TOKEN", secret)]).code, Some(0));
    assert_eq!(sign(&["--user", "admin"], &[("WAYBILL_PASSWORD", secret)]).code, Some(0));
    let auth = STANDARD.encode(format!("admin:{ADMIN_PASSWORD}"));
    let config = json!({ "auths": { site.server.address(): { "auth": auth } } });
    std::fs::write(site.server.folder().join("config.json"), config.to_string()).unwrap();
    assert_eq!(sign(&[], &[]).code, Some(0));
    // Beyond this machine nothing is sent without TLS, so nobody need be there.
    let mut far = site.server.command();
    far.args(["sign", "--plain-http", "--key", "ci.key", "--user", "admin", "registry.invalid/acme/app:v1"]);
    let far = run(far.env("WAYBILL_PASSWORD", "x"));
    assert!(far.code == Some(1) && far.stderr.contains("by https only"), "{}", far.stderr);
}

#[tokio::test]
async fn a_key_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;

    let site = Site::start().await;
    let key = site.server.folder().join("ci.key");
    for (mode, warns) in [(0o600, false), (0o640, true), (0o604, true), (0o611, false)] {
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).unwrap();
        let ended = site.ask(&["sign"], &["--key", "ci.key"]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(ended.stderr.contains("chmod 600 ci.key"), warns, "{mode:o}: {}", ended.stderr);
    }
}
