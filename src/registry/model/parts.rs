//! What a manifest consists of: itself, the manifests below it, and what all of them name.

use std::collections::{HashMap, HashSet};

use super::shown::Stopped;
use crate::types::Digest;

/// A manifest with all that is below it. What a digest names never changes, so this never does either, once all is there.
#[derive(Debug, Clone)]
pub struct Parts {
    root: Digest,
    /// What each manifest names, by its SHA-256.
    manifests: HashMap<Digest, Vec<Digest>>,
    /// The SHA-256 of each manifest, by each of its names.
    names: HashMap<Digest, Digest>,
    /// All that is named, and how each manifest is called.
    contents: HashSet<Digest>,
}

impl Parts {
    /// Nothing yet, below a manifest of this SHA-256.
    pub fn below(root: Digest) -> Self {
        Self { root, manifests: HashMap::new(), names: HashMap::new(), contents: HashSet::new() }
    }

    /// Adds a manifest by its SHA-256 and SHA-512, with what it names.
    pub fn add(&mut self, names: [Digest; 2], links: Vec<Digest>) {
        let [sha256, sha512] = names;
        self.contents.extend(links.iter().cloned().chain([sha256.clone(), sha512.clone()]));
        self.names.insert(sha512, sha256.clone());
        self.names.insert(sha256.clone(), sha256.clone());
        self.manifests.insert(sha256, links);
    }

    /// How many digests it keeps, roughly.
    pub fn weight(&self) -> usize {
        2 * self.contents.len() + 3 * self.manifests.len()
    }

    /// Whether a digest is one of its manifests' names.
    pub fn names(&self, digest: &Digest) -> bool {
        self.names.contains_key(digest)
    }

    /// All names of its manifests.
    pub fn manifest_names(&self) -> impl Iterator<Item = &Digest> {
        self.names.keys()
    }

    /// Whether a digest is one of its manifests' names, or a content that one of them names.
    pub fn has(&self, digest: &Digest) -> bool {
        self.contents.contains(digest)
    }

    /// Whether a manifest belongs to it, by a way past those that are stopped.
    pub fn has_manifest(&self, sha256: &Digest, stopped: &[Stopped]) -> bool {
        match self.reach_past(stopped) {
            None => self.manifests.contains_key(sha256),
            Some(reached) => reached.contains(sha256),
        }
    }

    /// Whether one of its manifests names a content, by a way past those that are stopped.
    pub fn has_content(&self, digest: &Digest, stopped: &[Stopped]) -> bool {
        match self.reach_past(stopped) {
            None => self.contents.contains(digest),
            Some(reached) => reached
                .into_iter()
                .filter_map(|sha256| self.manifests.get(sha256))
                .any(|links| links.contains(digest)),
        }
    }

    /// The manifests that are left; none when nothing is missing.
    fn reach_past(&self, stopped: &[Stopped]) -> Option<HashSet<&Digest>> {
        let stopped: HashSet<&Digest> = stopped
            .iter()
            .map(|stopped| &stopped.digest)
            .filter(|digest| self.manifests.contains_key(digest))
            .collect();
        if stopped.is_empty() {
            return None;
        }
        let (mut reached, mut waiting) = (HashSet::new(), vec![&self.root]);
        while let Some(sha256) = waiting.pop() {
            if !stopped.contains(sha256) && reached.insert(sha256) {
                let links = self.manifests.get(sha256).into_iter().flatten();
                waiting.extend(links.filter_map(|link| self.names.get(link)));
            }
        }
        Some(reached)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Algorithm;

    fn names(of: &str) -> [Digest; 2] {
        [Algorithm::Sha256, Algorithm::Sha512].map(|algorithm| Digest::of(algorithm, of.as_bytes()))
    }

    fn sha256(of: &str) -> Digest {
        let [sha256, _] = names(of);
        sha256
    }

    /// An index of an image, named by SHA-512, and of another index, which lists a second image; both images have a layer in
    /// common.
    fn parts() -> Parts {
        let mut parts = Parts::below(sha256("index"));
        let [_, sha512] = names("one");
        parts.add(names("index"), vec![sha512, sha256("inner")]);
        parts.add(names("inner"), vec![sha256("two")]);
        parts.add(names("one"), vec![sha256("layer of one"), sha256("common")]);
        parts.add(names("two"), vec![sha256("layer of two"), sha256("common")]);
        parts
    }

    fn stop(of: &str) -> Vec<Stopped> {
        vec![Stopped { digest: sha256(of), why: "stopped".to_owned() }]
    }

    #[test]
    fn all_that_is_below_belongs_to_it() {
        let parts = parts();
        for manifest in ["index", "inner", "one", "two"] {
            assert!(parts.has_manifest(&sha256(manifest), &[]), "{manifest}");
            assert!(parts.has_manifest(&sha256(manifest), &stop("something else")), "{manifest}");
        }
        for content in ["layer of one", "layer of two", "common", "two"] {
            assert!(parts.has_content(&sha256(content), &[]), "{content}");
        }
        assert!(!parts.has_manifest(&sha256("common"), &[]), "a blob is no manifest");
        assert!(!parts.has_content(&sha256("other"), &[]));
        assert_eq!(parts.manifest_names().count(), 8);
    }

    #[test]
    fn what_is_only_below_something_that_is_stopped_goes_with_it() {
        let parts = parts();
        let stopped = stop("inner");
        for (manifest, is_left) in [("index", true), ("one", true), ("inner", false), ("two", false)] {
            assert_eq!(parts.has_manifest(&sha256(manifest), &stopped), is_left, "{manifest}");
        }
        for (content, is_left) in [("layer of one", true), ("common", true), ("layer of two", false)] {
            assert_eq!(parts.has_content(&sha256(content), &stopped), is_left, "{content}");
        }
        let all = stop("index");
        assert!(!parts.has_manifest(&sha256("one"), &all) && !parts.has_content(&sha256("common"), &all));
    }
}
