//! Pushing and pulling in a line, for tests about something else.

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};

use crate::support::{Client, TestServer};

pub const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";

pub fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

pub fn sha512(bytes: &[u8]) -> String {
    format!("sha512:{}", hex::encode(Sha512::digest(bytes)))
}

/// Bytes that differ with their seed and do not repeat soon.
pub fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// A server whose new projects have mutable tags.
pub async fn mutable_server() -> TestServer {
    TestServer::builder().env("WAYBILL_PROJECT_DEFAULTS__TAGS", "mutable").start().await
}

/// Pushes a blob whole; returns its digest.
pub async fn push_blob(client: &Client, repo: &str, bytes: &[u8]) -> String {
    let digest = sha256(bytes);
    let path = format!("/v2/{repo}/blobs/uploads/?digest={digest}");
    let answer = client.post(&path).body(bytes.to_vec()).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED, "{}", answer.text().await.unwrap());
    digest
}

pub fn descriptor(media_type: &str, digest: &str, size: usize) -> Value {
    json!({ "mediaType": media_type, "digest": digest, "size": size })
}

/// An image manifest over one config and one layer, which it pushes. `seed` makes it differ from others.
pub async fn image(client: &Client, repo: &str, seed: u64) -> Value {
    let (config, layer) = (format!("{{\"seed\":{seed}}}").into_bytes(), bytes(seed, 1000));
    let config_digest = push_blob(client, repo, &config).await;
    let layer_digest = push_blob(client, repo, &layer).await;
    json!({
        "schemaVersion": 2,
        "mediaType": IMAGE,
        "config": descriptor("application/vnd.oci.image.config.v1+json", &config_digest, config.len()),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", &layer_digest, layer.len())],
    })
}

/// PUTs a manifest; the answer is the caller's to judge.
pub async fn put(client: &Client, repo: &str, reference: &str, manifest: &Value) -> Response {
    let kind = manifest["mediaType"].as_str().unwrap_or(IMAGE).to_owned();
    put_bytes(client, repo, reference, &kind, manifest.to_string().into_bytes()).await
}

/// PUTs bytes as a manifest.
pub async fn put_bytes(client: &Client, repo: &str, reference: &str, kind: &str, bytes: Vec<u8>) -> Response {
    let path = format!("/v2/{repo}/manifests/{reference}");
    client.put(&path).header("content-type", kind).body(bytes).send().await.unwrap()
}

/// Pushes an image under a tag; returns its digest.
pub async fn push_image(client: &Client, repo: &str, tag: &str, seed: u64) -> String {
    let manifest = image(client, repo, seed).await;
    let answer = put(client, repo, tag, &manifest).await;
    assert_eq!(answer.status(), StatusCode::CREATED, "{}", answer.text().await.unwrap());
    sha256(manifest.to_string().as_bytes())
}

pub fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
}

/// Demands an OCI error: its status and its code.
pub async fn refused(answer: Response, status: u16, code: &str) -> Value {
    let got = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    assert_eq!(got, status, "{text}");
    let body: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no OCI error: {text}"));
    assert_eq!(body["errors"][0]["code"], code, "{text}");
    assert!(body["errors"][0]["message"].as_str().unwrap().len() > 10, "no help: {text}");
    body["errors"][0].clone()
}

/// Opens an upload session; returns its path.
pub async fn start(client: &Client, repo: &str) -> String {
    let answer = client.post(&format!("/v2/{repo}/blobs/uploads/")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    header(&answer, "location").to_owned()
}

/// All events, as recorded, but for those that tell of this very reading.
pub async fn events(client: &Client) -> Vec<Value> {
    let (mut events, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/events?limit=1000{cursor}");
        let page: Value = client.get(&path).send().await.unwrap().json().await.unwrap();
        let items = page["items"].as_array().unwrap().iter().map(|item| item["event"].clone());
        events.extend(items.filter(|event| event["kind"] != "ledger.read"));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return events,
        }
    }
}

/// Makes a user with a role; returns a client for them.
pub async fn user(server: &TestServer, name: &str, role: &str, scope: Value) -> Client {
    let (admin, password) = (server.client(), format!("{name}-has-a-password"));
    let body = json!({ "name": name, "password": password });
    let answer = admin.post("/api/v1/users").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED, "{}", answer.text().await.unwrap());
    let mut body = json!({ "user": name, "role": role });
    for (key, value) in scope.as_object().unwrap() {
        body[key] = value.clone();
    }
    let answer = admin.post("/api/v1/role-bindings").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED, "{}", answer.text().await.unwrap());
    server.client_of(name, &password)
}

/// Makes a project.
pub async fn project(server: &TestServer, name: &str, settings: Value) {
    let mut body = settings;
    body["name"] = json!(name);
    let answer = server.client().post("/api/v1/projects").json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED, "{}", answer.text().await.unwrap());
}

/// The files in which blobs and uploads are, with their lengths.
pub fn files(server: &TestServer) -> Vec<u64> {
    // A bucket has its folders once they are needed.
    let Ok(folders) = std::fs::read_dir(server.storage().join("blobs")) else { return Vec::new() };
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
    // One may go while we look.
    files.filter_map(|file| file.unwrap().metadata().ok()).map(|file| file.len()).collect()
}
