//! What is asked of a registry. Names are digests: what was answered is held against them.

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, Response};

use super::request::{Answer, Ask, Requests};
use super::{Place, RegistryError};
use crate::ledger::verify::Access;
use crate::trust::signing::Descriptor;
use crate::types::{Algorithm, Digest, MediaType, Reference, RepoName};

/// Most bytes of a manifest, and of a page of referrers.
pub(super) const MAX_MANIFEST: usize = 4 << 20;
/// Most bytes of an answer that says only that something was done.
const MAX_DONE: usize = 64 << 10;
/// What is read as a manifest.
const MANIFESTS: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
                         application/vnd.docker.distribution.manifest.v2+json, \
                         application/vnd.docker.distribution.manifest.list.v2+json";
pub(super) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const BYTES: &str = "application/octet-stream";
const ANY: &str = "*/*";
/// What a registry answers with that lists a manifest among those that refer to its subject (distribution spec, "Pushing
/// Manifests with Subject").
const SUBJECT: &str = "oci-subject";

/// One repository of a registry, asked as somebody.
pub struct Registry {
    requests: Requests,
    repository: RepoName,
}

/// A manifest as it lies there.
#[derive(Debug, Clone)]
pub struct Held {
    /// Its media type, SHA-256 and length.
    pub descriptor: Descriptor,
    /// Its bytes.
    pub bytes: Bytes,
}

impl Registry {
    /// The repository of an artifact.
    pub fn new(place: &Place, plain_http: bool, access: Option<Access>) -> Result<Self, RegistryError> {
        let scheme = if plain_http { "http" } else { "https" };
        let requests = Requests::new(&format!("{scheme}://{}", place.host), access)?;
        Ok(Self { requests, repository: place.repository.clone() })
    }

    /// A manifest.
    ///
    /// # Errors
    /// `Missing`; `OtherBytes`; or what went wrong on the way.
    pub async fn manifest(&self, reference: &Reference) -> Result<Held, RegistryError> {
        let path = self.path("manifests", &reference.to_string());
        let ask = Ask { accept: MANIFESTS, ..get(&path, MAX_MANIFEST) };
        let answer = self.requests.send(&ask).await?;
        if let Reference::Digest(asked) = reference {
            self.demand_same(&path, asked, &answer.body)?;
        }
        let media_type = text(&answer.headers, CONTENT_TYPE.as_str());
        let media_type = media_type.and_then(|text| MediaType::from_content_type(text).ok());
        let media_type =
            media_type.ok_or_else(|| self.failed(&path, "it does not say what it answered with"))?;
        Ok(Held { descriptor: Descriptor::of(media_type.as_str(), &answer.body), bytes: answer.body })
    }

    /// A blob, of at most so many bytes.
    ///
    /// # Errors
    /// `Missing`; `TooLarge`; `OtherBytes`; or what went wrong on the way.
    pub async fn blob(&self, digest: &Digest, limit: usize) -> Result<Bytes, RegistryError> {
        let path = self.path("blobs", digest.as_str());
        let bytes = self.requests.send(&get(&path, limit)).await?.body;
        self.demand_same(&path, digest, &bytes)?;
        Ok(bytes)
    }

    /// A blob of any length, whose bytes are still to be read and held against its digest.
    ///
    /// # Errors
    /// `Missing`, or what went wrong on the way.
    pub async fn open_blob(&self, digest: &Digest) -> Result<Response, RegistryError> {
        self.requests.open(&get(&self.path("blobs", digest.as_str()), usize::MAX)).await
    }

    /// Puts a blob there.
    ///
    /// # Errors
    /// What went wrong on the way.
    pub async fn push_blob(&self, bytes: Bytes) -> Result<(), RegistryError> {
        let digest = Digest::of(Algorithm::Sha256, &bytes);
        let path = self.path("blobs", &format!("uploads/?digest={digest}"));
        self.push(Method::POST, &path, BYTES, bytes).await.map(drop)
    }

    /// Puts a manifest there that refers to another, under its digest, so that it is found by what it refers to.
    ///
    /// # Errors
    /// What went wrong on the way.
    pub async fn push_referrer(
        &self,
        subject: &Digest,
        manifest: &Descriptor,
        bytes: Bytes,
    ) -> Result<(), RegistryError> {
        let path = self.path("manifests", manifest.digest.as_str());
        let answer = self.put(&path, &manifest.media_type, bytes.clone()).await?;
        if answer.headers.contains_key(SUBJECT) {
            return Ok(());
        }
        self.tag_referrer(subject, manifest, &bytes).await
    }

    pub(super) async fn ask(&self, ask: &Ask<'_>) -> Result<Answer, RegistryError> {
        self.requests.send(ask).await
    }

    pub(super) async fn put(&self, path: &str, kind: &str, bytes: Bytes) -> Result<Answer, RegistryError> {
        self.push(Method::PUT, path, kind, bytes).await
    }

    async fn push(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        bytes: Bytes,
    ) -> Result<Answer, RegistryError> {
        let ask = Ask { method, path, accept: ANY, body: Some((kind, bytes)), limit: MAX_DONE };
        let answer = self.requests.send(&ask).await?;
        // Another answer, such as 202, would mean that it waits for more.
        if answer.is_created { Ok(answer) } else { Err(self.failed(path, "it did not take what was pushed")) }
    }

    pub(super) fn path(&self, what: &str, which: &str) -> String {
        format!("/v2/{}/{what}/{which}", self.repository)
    }

    pub(super) fn failed(&self, path: &str, why: &str) -> RegistryError {
        RegistryError::Answer { url: self.requests.url(path), why: why.to_owned() }
    }

    fn demand_same(&self, path: &str, asked: &Digest, bytes: &[u8]) -> Result<(), RegistryError> {
        let found = Digest::of(asked.algorithm(), bytes);
        if found == *asked {
            return Ok(());
        }
        Err(RegistryError::OtherBytes { url: self.requests.url(path), asked: asked.clone(), found })
    }
}

pub(super) fn get(path: &str, limit: usize) -> Ask<'_> {
    Ask { method: Method::GET, path, accept: ANY, body: None, limit }
}

pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
