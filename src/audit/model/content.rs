//! What is true of a manifest's bytes, whatever their row says of them.

use std::fmt::Write as _;

use crate::registry::ParsedManifest;
use crate::types::{Algorithm, Digest, MediaType, Sha256Hex};

/// What a manifest's row, and those of what it names, say of its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Described<'a> {
    /// Its digest.
    pub sha256: &'a str,
    /// Its other digest.
    pub sha512: &'a str,
    /// How many they are.
    pub size: i64,
    /// What they are served as.
    pub media_type: &'a str,
    /// A JSON object of its annotations.
    pub annotations: &'a str,
    /// All that it names, summed up.
    pub links: &'a Sha256Hex,
}

impl Described<'_> {
    /// The first thing that is not true of the bytes, as what they are instead.
    pub fn damage(&self, bytes: &[u8]) -> Option<String> {
        let wrong =
            |digest: Digest, said: &str| (digest.as_str() != said).then(|| format!("bytes of {digest}"));
        wrong(Digest::of(Algorithm::Sha256, bytes), self.sha256)
            .or_else(|| wrong(Digest::of(Algorithm::Sha512, bytes), self.sha512))
            .or_else(|| {
                (i64::try_from(bytes.len()) != Ok(self.size)).then(|| format!("{} bytes", bytes.len()))
            })
            .or_else(|| self.misread(bytes))
    }

    /// What was read wrongly out of the bytes. What this version can't read says nothing about the row.
    fn misread(&self, bytes: &[u8]) -> Option<String> {
        let media_type: MediaType = self.media_type.parse().ok()?;
        let parsed = ParsedManifest::parse(bytes, Some(&media_type)).ok()?;
        if serde_json::to_string(&parsed.annotations).ok()? != self.annotations {
            return Some("annotations that its bytes do not have".to_owned());
        }
        let mut links = Links::default();
        for (position, link) in (0..).zip(&parsed.links) {
            links.add(position, link.kind.as_str(), link.digest.as_str());
        }
        (links.sum() != *self.links).then(|| "links that its bytes do not have".to_owned())
    }
}

/// What a manifest names, in its order.
#[derive(Debug, Default)]
pub struct Links(String);

impl Links {
    /// Adds the next.
    pub fn add(&mut self, position: i32, kind: &str, digest: &str) {
        let _ = writeln!(self.0, "{position} {kind} {digest}");
    }

    /// All of it in a few bytes.
    pub fn sum(&self) -> Sha256Hex {
        Sha256Hex::of(&[self.0.as_bytes()])
    }
}
