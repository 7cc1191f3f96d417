//! What these tests share: a server with an artifact, and a pair of keys.

use serde_json::Value;

use crate::registry::kit::push_image;
use crate::support::{ADMIN_PASSWORD, Client, Ended, TestServer, run};

/// The repository of the artifact.
pub const REPO: &str = "acme/app";

/// A server with an artifact `acme/app:v1`, and keys in its folder.
pub struct Site {
    pub server: TestServer,
    /// The artifact's digest.
    pub digest: String,
}

impl Site {
    /// On disk, so that a test can tamper with it.
    pub async fn start() -> Self {
        let server = TestServer::builder().disk().start().await;
        let digest = push_image(&server.client(), REPO, "v1", 1).await;
        let site = Self { server, digest };
        site.keys("ci");
        site
    }

    /// Makes a pair of keys, `<name>.key` and `<name>.pub`.
    pub fn keys(&self, name: &str) {
        let ended = self.waybill(&["key", "generate", "--out", name]);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }

    /// The artifact, by its tag.
    pub fn artifact(&self) -> String {
        format!("{}/{REPO}:v1", self.server.address())
    }

    /// Runs a command in the server's folder, as nobody.
    pub fn waybill(&self, arguments: &[&str]) -> Ended {
        let mut command = self.server.command();
        run(command.args(arguments).env("DOCKER_CONFIG", self.server.folder()))
    }

    /// Runs a command about the artifact, as `admin`.
    pub fn ask(&self, command: &[&str], arguments: &[&str]) -> Ended {
        self.ask_about(&self.artifact(), command, arguments)
    }

    /// Runs a command about an artifact, likewise.
    pub fn ask_about(&self, artifact: &str, command: &[&str], arguments: &[&str]) -> Ended {
        let common = ["--plain-http", "--user", "admin", artifact];
        let mut process = self.server.command();
        process.args(command).args(common).args(arguments);
        run(process.env("WAYBILL_PASSWORD", ADMIN_PASSWORD))
    }

    /// Signs the artifact; returns the digest of what was pushed.
    pub fn sign(&self, key: &str) -> String {
        referrer(&self.ask(&["sign"], &["--key", key, "--json"]))
    }

    /// Attests something about it, likewise.
    pub fn attest(&self, key: &str, kind: &str, predicate: &str) -> String {
        std::fs::write(self.server.folder().join("predicate.json"), predicate).unwrap();
        let arguments = ["--key", key, "--type", kind, "--predicate", "predicate.json", "--json"];
        referrer(&self.ask(&["attest"], &arguments))
    }

    /// Verifies the artifact; returns the exit code and what is told to programs.
    pub fn verify(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        let ended = self.ask(&["verify", "artifact"], &[arguments, &["--json"]].concat());
        let told = serde_json::from_str(&ended.stdout);
        (ended.code, told.unwrap_or_else(|error| panic!("{error}: {ended:?}")))
    }

    /// A client that is logged in as `admin`.
    pub fn client(&self) -> Client {
        self.server.client()
    }
}

fn referrer(ended: &Ended) -> String {
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let told: Value = serde_json::from_str(&ended.stdout).unwrap();
    told["referrer"].as_str().unwrap().to_owned()
}

/// The codes of all reasons for which something was refused.
pub fn codes(told: &Value) -> Vec<&str> {
    let evidence = told["evidence"].as_array().unwrap().iter();
    evidence
        .flat_map(|item| item["reasons"].as_array().unwrap())
        .map(|it| it["code"].as_str().unwrap())
        .collect()
}
