//! A project with people, environments and a lifecycle, in a line each.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::audit::assert_sound;
use crate::backup::base::Base;
use crate::registry::kit::{push_image, user};
use crate::support::{Client, TestServer, wait_until};

/// The project of these tests, and the one repository of its line.
pub const PROJECT: &str = "acme";
pub const REPO: &str = "acme/web";

/// The answer's body, which must be JSON, after a look at its status.
pub async fn told(request: RequestBuilder, status: u16) -> Value {
    let answer = request.send().await.unwrap();
    let (got, text) = (answer.status().as_u16(), answer.text().await.unwrap());
    assert_eq!(got, status, "{text}");
    serde_json::from_str(&text).unwrap_or_default()
}

/// The stable code of a refusal.
pub async fn code(request: RequestBuilder, status: u16) -> String {
    told(request, status).await["code"].as_str().expect("a code").to_owned()
}

/// Everybody who has a part in it.
pub struct World {
    pub server: TestServer,
    /// Makes releases, and pushes.
    pub admin: Client,
    pub promoter: Client,
    pub approvers: [Client; 3],
    pub deployer: Client,
    pub policy_admin: Client,
    pub glass: Client,
}

impl World {
    /// Two environments after one another, and the gates of each stage.
    pub async fn new(staging: Value, production: Value) -> Self {
        let world = Self::of(TestServer::start().await).await;
        world.set_lifecycle(&two_stages(staging, production)).await;
        world
    }

    /// People and environments, but no lifecycle.
    pub async fn of(server: TestServer) -> Self {
        let admin = server.client();
        told(admin.post("/api/v1/projects").json(&json!({ "name": PROJECT })), 201).await;
        let here = |name: &'static str, role: &'static str| {
            let server = &server;
            async move { user(server, name, role, json!({ "project": PROJECT })).await }
        };
        let world = Self {
            promoter: here("paula", "promoter").await,
            approvers: [
                here("anna", "approver").await,
                here("andi", "approver").await,
                here("alma", "approver").await,
            ],
            deployer: here("dora", "deployer").await,
            policy_admin: here("olga", "policy-admin").await,
            glass: here("gina", "break-glass").await,
            admin,
            server,
        };
        for tier in ["staging", "production"] {
            let body = json!({ "name": tier, "tier": tier });
            told(world.admin.post("/api/v1/environments").json(&body), 201).await;
        }
        world
    }

    /// Demands that the tables say what the ledger does.
    pub async fn assert_sound(&self) {
        assert_sound(&Base::of(&self.server)).await;
    }

    /// Somebody who reads all events.
    pub async fn auditor(&self) -> Client {
        user(&self.server, "audrey", "auditor", json!({})).await
    }

    /// As everybody sees the server after a restart.
    pub async fn restart(&mut self) {
        self.server.restart().await;
        let of = |name: &str| self.server.client_of(name, &format!("{name}-has-a-password"));
        self.admin = self.server.client();
        self.promoter = of("paula");
        self.approvers = [of("anna"), of("andi"), of("alma")];
        self.deployer = of("dora");
        self.policy_admin = of("olga");
        self.glass = of("gina");
    }

    /// Lets the server live ahead of its time from now on.
    pub async fn travel(&mut self, seconds: u64) {
        self.server.set("FAILPOINTS", &format!("clock-ahead=return({seconds})"));
        self.restart().await;
    }

    pub async fn set_lifecycle(&self, lifecycle: &Value) -> Value {
        let path = format!("/api/v1/projects/{PROJECT}/lifecycle");
        let held = self.admin.get(&path).send().await.unwrap();
        let mut request = self.policy_admin.put(&path).json(lifecycle);
        if let Some(revision) = held.headers().get("etag") {
            request = request.header("if-match", revision);
        }
        told(request, 200).await
    }

    /// A release of a new image; returns the image's digest.
    pub async fn release(&self, version: &str) -> String {
        let seed = version.bytes().fold(7, |seed: u64, byte| seed.wrapping_mul(31) + u64::from(byte));
        let digest = push_image(&self.admin, REPO, version, seed).await;
        self.release_of(version, &digest).await;
        digest
    }

    /// A release of what is there.
    pub async fn release_of(&self, version: &str, digest: &str) -> Value {
        let artifact = json!({ "repository": REPO, "reference": digest, "role": "image" });
        let body = json!({ "name": "web", "version": version, "artifacts": [artifact] });
        told(self.admin.post(&format!("/api/v1/projects/{PROJECT}/releases")).json(&body), 201).await
    }

    pub fn ask(&self, version: &str, environment: &str, more: &Value) -> RequestBuilder {
        ask_as(&self.promoter, version, environment, more)
    }

    /// A promotion that is asked for now.
    pub async fn promote(&self, version: &str, environment: &str) -> Value {
        told(self.ask(version, environment, &json!({})), 201).await
    }

    /// What is said to a promotion.
    pub fn say(&self, who: &Client, promotion: &Value, what: &str, body: Value) -> RequestBuilder {
        let id = promotion["id"].as_str().unwrap();
        who.request(Method::POST, &format!("/api/v1/promotions/{id}/{what}")).json(&body)
    }

    pub async fn approve(&self, who: usize, promotion: &Value) -> Value {
        told(self.say(&self.approvers[who], promotion, "approvals", json!({ "verdict": "approve" })), 200)
            .await
    }

    /// Reports all of it, up to verified.
    pub async fn verify(&self, promotion: &Value) -> Value {
        for status in ["deploying", "deployed"] {
            self.report(promotion, status).await;
        }
        self.report(promotion, "verified").await
    }

    pub async fn report(&self, promotion: &Value, status: &str) -> Value {
        told(self.say(&self.deployer, promotion, "reports", json!({ "status": status })), 200).await
    }

    pub async fn promotion(&self, promotion: &Value) -> Value {
        let id = promotion["id"].as_str().unwrap();
        told(self.admin.get(&format!("/api/v1/promotions/{id}")), 200).await
    }

    /// Waits until a promotion is in a state; returns it.
    pub async fn until(&self, promotion: &Value, state: &str) -> Value {
        wait_until(&format!("it is {state}"), async || self.promotion(promotion).await["state"] == state)
            .await;
        self.promotion(promotion).await
    }

    /// Brings a release into staging, verified.
    pub async fn through_staging(&self, version: &str) {
        let promotion = self.promote(version, "staging").await;
        assert_eq!(promotion["state"], "admitted", "{promotion}");
        self.verify(&promotion).await;
    }

    /// The answer to a question that is not recorded.
    pub async fn may(&self, action: &str, digest: &str, environment: &str) -> Value {
        let body = json!({
            "project": PROJECT, "digest": digest, "environment": environment, "action": action, "dry_run": true,
        });
        told(self.deployer.post("/api/v1/decisions").json(&body), 200).await
    }

    /// The digest that an environment shows under a reference, or the status of the refusal.
    pub async fn shown(&self, environment: &str, reference: &str) -> Result<String, u16> {
        let path = format!("/v2/env/{environment}/{REPO}/manifests/{reference}");
        let answer = self.deployer.get(&path).header("accept", "*/*").send().await.unwrap();
        let digest = answer.headers().get("docker-content-digest");
        match digest {
            Some(digest) if answer.status() == 200 => Ok(digest.to_str().unwrap().to_owned()),
            _ => Err(answer.status().as_u16()),
        }
    }
}

/// A request for a promotion, as somebody.
pub fn ask_as(who: &Client, version: &str, environment: &str, more: &Value) -> RequestBuilder {
    let mut body =
        json!({ "project": PROJECT, "release": format!("web@{version}"), "environment": environment });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    who.post("/api/v1/promotions").json(&body)
}

/// Staging, then production, each with gates.
pub fn two_stages(staging: Value, production: Value) -> Value {
    json!({ "stages": [
        { "name": "staging", "environments": ["staging"], "entry": staging },
        { "name": "production", "environments": ["production"], "entry": production },
    ] })
}

/// A gate that asks for so many approvals.
pub fn approvals(required: u64) -> Value {
    json!({ "id": "people", "type": "approvals", "required": required })
}

/// What a gate said last.
pub fn gate<'a>(promotion: &'a Value, id: &str) -> &'a Value {
    let gates = promotion["gates"].as_array().unwrap();
    gates.iter().find(|gate| gate["gate"] == id).unwrap_or_else(|| panic!("no gate {id}: {promotion}"))
}

/// The states that a promotion was in.
pub fn history(promotion: &Value) -> Vec<&str> {
    promotion["history"].as_array().unwrap().iter().map(|span| span["state"].as_str().unwrap()).collect()
}
