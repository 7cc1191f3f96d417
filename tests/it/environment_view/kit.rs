//! An environment in which things are admitted.

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;
use waybill::types::{Clock as _, SystemClock};

use crate::backup::base::Base;
use crate::registry::kit::{INDEX, descriptor, image, put, sha256, user};
use crate::support::{Client, TestServer, on_postgres};

/// A release that is admitted into `production`, or drains there.
#[derive(Clone)]
pub struct Admitted<'a> {
    pub line: &'a str,
    pub version: &'a str,
    /// Repositories and digests.
    pub artifacts: Vec<(&'a str, &'a str)>,
    /// None while it is admitted; else until when it drains, in seconds from now.
    pub drains: Option<i64>,
    /// When an emergency ends, in seconds from now.
    pub glass: Option<i64>,
}

impl<'a> Admitted<'a> {
    pub fn of(version: &'a str, artifacts: &[(&'a str, &'a str)]) -> Self {
        Self { line: "web", version, artifacts: artifacts.to_vec(), drains: None, glass: None }
    }

    pub fn draining(self, seconds: i64) -> Self {
        Self { drains: Some(seconds), ..self }
    }

    pub fn until(self, seconds: i64) -> Self {
        Self { glass: Some(seconds), ..self }
    }

    pub fn line(self, line: &'a str) -> Self {
        Self { line, ..self }
    }
}

/// Brings it about that `production` holds these releases of the project `acme`, and that these digests are quarantined.
/// The server is started anew.
pub async fn hold(server: &mut TestServer, admitted: &[Admitted<'_>], quarantined: &[&str]) {
    server.stop().await;
    let base = Base::of(server);
    for table in [
        "admission",
        "promotion_state",
        "promotion",
        "release_artifact",
        "release",
        "quarantine",
        "environment",
    ] {
        base.query(&format!("DELETE FROM {table}")).await;
    }
    let rows = Rows { base, environment: Uuid::now_v7() };
    rows.insert(
        "environment",
        &[
            ("environment_id", id(rows.environment)),
            ("revision", "1".to_owned()),
            ("name", text("production")),
            ("tier", text("production")),
            ("sensitivity", text("high")),
            ("labels", text("{}")),
            ("drain_seconds", "60".to_owned()),
        ],
        true,
    )
    .await;
    for release in admitted {
        rows.admit(release).await;
    }
    for digest in quarantined {
        let row = [
            ("project_id", rows.id_of("project", "acme").await),
            ("digest", text(digest)),
            ("reason", text("a worm is in it")),
        ];
        rows.insert("quarantine", &row, true).await;
    }
    server.restart().await;
}

struct Rows {
    base: Base,
    environment: Uuid,
}

impl Rows {
    async fn admit(&self, release: &Admitted<'_>) {
        let (release_id, promotion, now) = (Uuid::now_v7(), Uuid::now_v7(), now());
        let project = self.id_of("project", "acme").await;
        let at = |seconds: Option<i64>| {
            seconds.map_or_else(|| "NULL".to_owned(), |seconds| (now + seconds * 1_000_000).to_string())
        };
        let line = text(release.line);
        let row = [
            ("id", id(release_id)),
            ("project_id", project.clone()),
            ("name", line.clone()),
            ("version", text(release.version)),
            ("content", text("")),
            ("labels", text("{}")),
            ("created_at_us", now.to_string()),
            ("from_event", id(Uuid::now_v7())),
        ];
        self.insert("release", &row, false).await;
        for (position, (repository, digest)) in release.artifacts.iter().enumerate() {
            let row = [
                ("release_id", id(release_id)),
                ("position", position.to_string()),
                ("project_id", project.clone()),
                ("repository_id", self.id_of("repository", repository).await),
                ("repository", text(repository)),
                ("digest", text(digest)),
                ("role", text("image")),
                ("kind", text("image")),
            ];
            self.insert("release_artifact", &row, false).await;
        }
        let place = [("project_id", project), ("environment_id", id(self.environment)), ("line", line)];
        let row = [
            ("id", id(promotion)),
            ("release_id", id(release_id)),
            ("kind", text("forward")),
            ("requested_at_us", now.to_string()),
            ("expires_at_us", now.to_string()),
            ("glass_until_us", at(release.glass)),
            ("from_event", id(Uuid::now_v7())),
        ];
        self.insert("promotion", &[&row[..], &place].concat(), false).await;
        let row = [
            ("promotion_id", id(promotion)),
            ("state", text("deploying")),
            ("why", text("admitted")),
            ("lifecycle_revision", "1".to_owned()),
            ("policy", text("none")),
        ];
        self.insert("promotion_state", &[&row[..], &place].concat(), true).await;
        let ended = release.drains.map_or_else(|| "NULL".to_owned(), |_| (now - 1).to_string());
        let row = [
            ("id", id(Uuid::now_v7())),
            ("release_id", id(release_id)),
            ("promotion_id", id(promotion)),
            ("drains_until_us", at(release.drains)),
            ("valid_from_us", "1".to_owned()),
            ("valid_to_us", ended),
            ("from_event", id(Uuid::now_v7())),
        ];
        self.insert("admission", &[&row[..], &place].concat(), false).await;
    }

    /// Adds a row; one that `holds` gets an id and the columns of a fact that holds.
    async fn insert(&self, table: &str, row: &[(&str, String)], holds: bool) {
        let fact = [
            ("id", id(Uuid::now_v7())),
            ("valid_from_us", "1".to_owned()),
            ("from_event", id(Uuid::now_v7())),
        ];
        let all = row.iter().chain(fact.iter().filter(|_| holds));
        let (columns, values): (Vec<&str>, Vec<String>) = all.cloned().unzip();
        let statement =
            format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), values.join(", "));
        self.base.query(&statement).await;
    }

    /// The id of what has this name, as a statement writes it.
    async fn id_of(&self, table: &str, name: &str) -> String {
        let found = self.base.query(&format!("SELECT hex(id) FROM {table} WHERE name = '{name}'")).await;
        id(found[0].parse().unwrap())
    }
}

fn id(id: Uuid) -> String {
    let hex = id.simple();
    if on_postgres() { format!("'{hex}'") } else { format!("X'{hex}'") }
}

fn text(text: &str) -> String {
    format!("'{text}'")
}

fn now() -> i64 {
    SystemClock.now().micros()
}

/// Makes a deployer in an environment; the name is for [`of`].
pub async fn deployer(server: &TestServer, name: &str, environment: &str) {
    user(server, name, "deployer", json!({ "project": "acme", "environment": environment })).await;
}

/// A client for a user, at the address that the server has now.
pub fn of(server: &TestServer, name: &str) -> Client {
    server.client_of(name, &format!("{name}-has-a-password"))
}

/// GET in `production`.
pub async fn get(client: &Client, path: &str) -> Response {
    client.get(&format!("/v2/env/production/{path}")).send().await.unwrap()
}

/// Its status, and that of the HEAD, which must be the same.
pub async fn status(client: &Client, path: &str) -> u16 {
    let got = get(client, path).await.status();
    let head = client.head(&format!("/v2/env/production/{path}")).send().await.unwrap().status();
    assert_eq!(got, head, "{path}");
    got.as_u16()
}

/// Pushes an index of manifests under a tag; returns its digest.
pub async fn push_index(client: &Client, repo: &str, tag: &str, children: &[(&str, &str)]) -> String {
    let listed: Vec<Value> = children.iter().map(|(kind, digest)| descriptor(kind, digest, 1)).collect();
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": listed });
    let answer = put(client, repo, tag, &index).await;
    assert_eq!(answer.status(), StatusCode::CREATED, "{}", answer.text().await.unwrap());
    sha256(index.to_string().as_bytes())
}

/// Pushes an image by its digest only; returns the manifest, and its digest.
pub async fn push_by_digest(client: &Client, repo: &str, seed: u64) -> (Value, String) {
    let manifest = image(client, repo, seed).await;
    let digest = sha256(manifest.to_string().as_bytes());
    assert_eq!(put(client, repo, &digest, &manifest).await.status(), StatusCode::CREATED);
    (manifest, digest)
}
