//! What refers to a manifest: by the registry's own list, or by the tag that clients keep where it has none (distribution
//! spec, "Listing Referrers", "Referrers Tag Schema").

use bytes::Bytes;
use reqwest::header::LINK;
use serde::Deserialize;
use serde_json::{Value, json};

use super::RegistryError;
use super::client::{INDEX, MAX_MANIFEST, Registry, get, text};
use super::request::Ask;
use crate::trust::signing::Descriptor;
use crate::types::{Digest, Tag};

/// Most pages of referrers that are read.
const MAX_PAGES: usize = 20;
/// A list of no referrers.
const NOTHING: &[u8] = br#"{"schemaVersion":2,"manifests":[]}"#;

#[derive(Deserialize)]
struct Referrers {
    manifests: Vec<Referrer>,
}

#[derive(Deserialize)]
struct Referrer {
    digest: Digest,
}

impl Registry {
    /// The digests of all manifests that say that they refer to one.
    ///
    /// # Errors
    /// What went wrong on the way, or that there are too many.
    pub async fn referrers(&self, subject: &Digest) -> Result<Vec<Digest>, RegistryError> {
        let mut path = self.path("referrers", subject.as_str());
        let mut found = Vec::new();
        for page in 0..MAX_PAGES {
            let answer = match self.ask(&Ask { accept: INDEX, ..get(&path, MAX_MANIFEST) }).await {
                // Only a registry that keeps no list has none of what is there.
                Err(RegistryError::Missing(_)) if page == 0 => return self.tagged_referrers(subject).await,
                answer => answer?,
            };
            found.extend(self.digests(&path, &answer.body)?);
            let Some(next) = text(&answer.headers, LINK.as_str()).and_then(next_page) else {
                return Ok(found);
            };
            if !next.starts_with(&self.path("referrers", "")) {
                return Err(self.failed(&path, "it says that the list goes on elsewhere"));
            }
            path = next.to_owned();
        }
        Err(self.failed(&path, "more refers to the artifact than is read"))
    }

    /// Tells a registry that keeps no list of its own what refers to a manifest.
    ///
    /// # Errors
    /// What went wrong on the way.
    pub(super) async fn tag_referrer(
        &self,
        subject: &Digest,
        referrer: &Descriptor,
        manifest: &[u8],
    ) -> Result<(), RegistryError> {
        let (path, before) = self.tagged(subject).await?;
        let before = before.as_deref().unwrap_or(NOTHING);
        if self.digests(&path, before)?.contains(&referrer.digest) {
            return Ok(());
        }
        let read = |bytes: &[u8]| {
            serde_json::from_slice::<Value>(bytes).map_err(|error| self.failed(&path, &error.to_string()))
        };
        let (mut index, manifest) = (read(before)?, read(manifest)?);
        let entry = json!({
            "mediaType": referrer.media_type,
            "digest": referrer.digest.as_str(),
            "size": referrer.size,
            "artifactType": manifest["artifactType"],
            "annotations": manifest["annotations"],
        });
        if let Some(manifests) = index["manifests"].as_array_mut() {
            manifests.push(entry);
        }
        index["mediaType"] = INDEX.into();
        let index = Bytes::from(index.to_string());
        if index.len() > MAX_MANIFEST {
            return Err(self.failed(&path, "more refers to the artifact than fits into a list"));
        }
        self.put(&path, INDEX, index).await.map(drop)
    }

    async fn tagged_referrers(&self, subject: &Digest) -> Result<Vec<Digest>, RegistryError> {
        match self.tagged(subject).await? {
            (path, Some(index)) => self.digests(&path, &index),
            (_, None) => Ok(Vec::new()),
        }
    }

    /// The path of the list that clients keep, and what is there.
    async fn tagged(&self, subject: &Digest) -> Result<(String, Option<Bytes>), RegistryError> {
        let path = self.path("manifests", &Tag::of_referrers(subject).to_string());
        match self.ask(&Ask { accept: INDEX, ..get(&path, MAX_MANIFEST) }).await {
            Ok(answer) => Ok((path, Some(answer.body))),
            Err(RegistryError::Missing(_)) => Ok((path, None)),
            Err(error) => Err(error),
        }
    }

    fn digests(&self, path: &str, index: &[u8]) -> Result<Vec<Digest>, RegistryError> {
        let Referrers { manifests } = serde_json::from_slice(index)
            .map_err(|error| self.failed(path, &format!("this is no list of referrers: {error}")))?;
        Ok(manifests.into_iter().map(|referrer| referrer.digest).collect())
    }
}

/// The path of the next page (distribution spec, "Listing Referrers"; RFC 8288).
fn next_page(link: &str) -> Option<&str> {
    let (path, rest) = link.strip_prefix('<')?.split_once('>')?;
    (rest.contains("rel=\"next\"") || rest.contains("rel=next")).then_some(path)
}
