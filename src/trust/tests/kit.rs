//! An installation with a project `acme`, and pushes and signatures in a line.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::access::{Authority, Caller, Credentials};
use crate::blobs::{Blobs, Storage, StorageUrl};
use crate::db::{Db, DbError, Tx};
use crate::http::{BodyError, Origin};
use crate::identity::{Identity, LoginLimits};
use crate::keys::{Keys, MasterKey};
use crate::projects::tests::{TestClock, database};
use crate::projects::{Epoch, Projects, Settings, TagMode};
use crate::registry::{
    Asked, EnvironmentView, Limits, Protector, PushManifest, Registry, RegistryError, Shown,
};
use crate::trust::signing::{self, BUNDLE, COSIGN_SIGN, Descriptor, EMPTY, MANIFEST, Predicate, SigningKey};
use crate::trust::{KnownEvidence, PolicyOwner, Trust};
use crate::types::{
    Algorithm, Digest, EnvironmentName, ProjectId, Reference, RepoName, RepositoryId, Tag, Timestamp,
};

pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";

pub struct World {
    pub db: Db,
    pub clock: TestClock,
    pub projects: Projects,
    pub project: ProjectId,
    pub trust: Trust,
    pub registry: Registry,
    pub admin: Caller,
    _folder: TempDir,
}

pub fn app() -> RepoName {
    "acme/app".parse().unwrap()
}

fn acme() -> PolicyOwner {
    PolicyOwner::Project("acme".parse().unwrap())
}

fn sha256(bytes: &[u8]) -> Digest {
    Digest::of(Algorithm::Sha256, bytes)
}

fn descriptor(media_type: &str, digest: &Digest, size: usize) -> Value {
    json!({ "mediaType": media_type, "digest": digest, "size": size })
}

impl World {
    pub async fn new() -> Self {
        let (db, folder) = database().await;
        let clock = TestClock::new();
        let shared = Arc::new(clock.clone());
        let projects = Projects::new(db.clone(), shared.clone(), Settings::default());
        let keys = Keys::new(db.clone(), MasterKey::generate());
        let limits = LoginLimits::default();
        let identity =
            Identity::new(db.clone(), shared.clone(), projects.clone(), keys.clone(), limits, String::new());
        let storage = Storage::open(&StorageUrl::Disk(folder.path().join("storage")), 0).await.unwrap();
        let blobs = Blobs::new(db.clone(), shared.clone(), storage.clone(), Duration::from_secs(60));
        let trust = Trust::new(
            db.clone(),
            shared.clone(),
            projects.clone(),
            identity.clone(),
            storage,
            blobs.clone(),
            keys,
        );
        trust.ensure_summary_key().await.unwrap();
        let authority: Arc<dyn Authority> = Arc::new(identity.clone());
        let limits = Limits { manifest_bytes: 4 << 20 };
        let gate = Arc::new(trust.clone());
        let asked = Asked { gate, view: Arc::new(Nowhere), protector: Arc::new(Nowhere) };
        let registry = Registry::new(db.clone(), shared, blobs, projects.clone(), authority, asked, limits);
        let password: secrecy::SecretString = "correct horse battery".into();
        assert!(identity.bootstrap_admin(&password).await.unwrap());
        let credentials = Credentials::Basic { name: "admin".to_owned(), password };
        let admin = identity.authenticate(credentials, Origin::default()).await.unwrap();
        let settings = Settings { tags: TagMode::Mutable, ..Settings::default() };
        let project = projects.create(&admin, &"acme".parse().unwrap(), settings).await.unwrap().id;
        Self { db, clock, projects, project, trust, registry, admin, _folder: folder }
    }

    pub async fn push_blob(&self, bytes: &[u8]) -> Digest {
        let digest = sha256(bytes);
        let body = stream::iter([Ok::<_, BodyError>(Bytes::copy_from_slice(bytes))]);
        self.registry.push_blob(&self.admin, &app(), digest.clone(), body).await.unwrap();
        digest
    }

    /// Pushes a manifest, under tags or none.
    pub async fn push(&self, manifest: impl Into<Bytes>, media_type: &str, tags: &[&str]) -> Digest {
        let tags: Vec<Tag> = tags.iter().map(|tag| tag.parse().unwrap()).collect();
        let bytes = manifest.into();
        let push = PushManifest { bytes, content_type: media_type.parse().ok(), digest: None, tags };
        self.registry.push_manifest(&self.admin, &app(), push).await.unwrap().digest
    }

    /// An image that differs by its seed, as bytes; its blobs are there then.
    pub async fn image(&self, seed: u8) -> Vec<u8> {
        let (config, layer) = (vec![b'{', b' ', seed, b'}'], vec![seed; 10]);
        let (config_digest, layer_digest) = (self.push_blob(&config).await, self.push_blob(&layer).await);
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor("application/vnd.oci.image.config.v1+json", &config_digest, config.len()),
            "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", &layer_digest, layer.len())],
        });
        manifest.to_string().into_bytes()
    }

    pub async fn push_image(&self, seed: u8) -> Digest {
        let image = self.image(seed).await;
        self.push(image, MANIFEST, &[]).await
    }

    /// Pushes an index of one image.
    pub async fn push_index(&self, child: &Digest) -> Digest {
        let list = json!({
            "schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(MANIFEST, child, 1)],
        });
        self.push(list.to_string(), INDEX, &[]).await
    }

    /// Pushes what a signer says of an artifact, as clients do; nobody looks at it yet.
    pub async fn attest(&self, signer: &Signer, subject: &Digest, kind: &str, predicate: &Value) -> Digest {
        let (manifest, _) = self.attestation(signer, subject, kind, predicate).await;
        self.push(manifest, MANIFEST, &[]).await
    }

    pub async fn sign(&self, signer: &Signer, subject: &Digest) -> Digest {
        self.attest(signer, subject, COSIGN_SIGN, &json!({})).await
    }

    /// The manifest of what a signer says, whose blobs are there then, and its layer.
    pub async fn attestation(
        &self,
        signer: &Signer,
        subject: &Digest,
        kind: &str,
        predicate: &Value,
    ) -> (Vec<u8>, Descriptor) {
        let bundle = signer.bundle(subject, kind, predicate);
        self.push_blob(EMPTY).await;
        self.push_blob(&bundle).await;
        let layer = Descriptor::of(BUNDLE, &bundle);
        let artifact = Descriptor { media_type: MANIFEST.to_owned(), digest: subject.clone(), size: 1 };
        (signing::referrer_manifest(&artifact, &layer, kind, Timestamp::from_micros(0)), layer)
    }

    /// Sets the project's trust policy, whatever held before.
    pub async fn set_policy(&self, signers: &[Value]) {
        let held = self.trust.policy(&acme()).await.ok().filter(|held| held.owner == acme());
        let document = json!({ "signers": signers }).to_string();
        let expected = held.map(|held| held.revision.revision);
        self.trust.set_policy(&self.admin, &acme(), expected, document.into()).await.unwrap();
    }

    pub async fn known(&self, digest: &Digest) -> KnownEvidence {
        self.trust.known_evidence(&app(), digest).await.unwrap()
    }

    /// Looks at and verifies all that speaks of an artifact, as jobs do.
    pub async fn verify(&self, digest: &Digest) {
        self.trust.verify(&app(), digest).await.unwrap();
    }

    /// How often something passed that may alter the gates of the project.
    pub async fn epoch(&self) -> i64 {
        self.projects.epochs(&[Epoch::Organisation, Epoch::Project(self.project)]).await.unwrap()
    }
}

/// A key, and what a policy says of it.
pub struct Signer {
    pub key: SigningKey,
    name: &'static str,
}

impl Signer {
    pub fn new(name: &'static str) -> Self {
        Self { key: SigningKey::generate(), name }
    }

    /// As a policy has it.
    pub fn entry(&self, may: &Value) -> Value {
        let pem = self.key.public().unwrap().to_pem().to_owned();
        json!({ "name": self.name, "by": { "key": { "pem": pem } }, "may": may })
    }

    pub fn bundle(&self, subject: &Digest, kind: &str, predicate: &Value) -> Vec<u8> {
        let predicate = Predicate::parse(kind, predicate.to_string().as_bytes()).unwrap();
        let envelope =
            signing::sign(&self.key, signing::statement(std::slice::from_ref(subject), &predicate));
        signing::bundle(&envelope, &self.key.public().unwrap())
    }
}

/// Nothing runs anywhere, and nothing is released.
struct Nowhere;

#[async_trait]
impl EnvironmentView for Nowhere {
    async fn shown(&self, _: &EnvironmentName, _: &RepoName) -> Result<Shown, RegistryError> {
        Ok(Shown::default())
    }

    async fn ended(
        &self,
        _: &EnvironmentName,
        _: &RepoName,
        _: &Reference,
    ) -> Result<Option<String>, RegistryError> {
        Ok(None)
    }
}

#[async_trait]
impl Protector for Nowhere {
    async fn protector(
        &self,
        _: &Tx,
        _: ProjectId,
        _: RepositoryId,
        _: &Digest,
        _: &[Digest],
    ) -> Result<Option<String>, DbError> {
        Ok(None)
    }
}
