//! Where an artifact is: `registry.example.org/team/app:1.0`.

use std::fmt;
use std::str::FromStr;

use crate::types::{Digest, Reference, RepoName};

/// A reference with its registry. Unlike docker's there is no registry that is meant without being named, and no tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `host` or `host:port`.
    pub host: String,
    /// Which repository.
    pub repository: RepoName,
    /// Which of its manifests.
    pub reference: Reference,
}

impl Place {
    /// The same artifact by its digest.
    pub fn pinned(&self, digest: &Digest) -> String {
        format!("{}/{}@{digest}", self.host, self.repository)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if matches!(self.reference, Reference::Tag(_)) { ':' } else { '@' };
        write!(f, "{}/{}{sign}{}", self.host, self.repository, self.reference)
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || "it must have the form HOST/REPOSITORY:TAG or HOST/REPOSITORY@sha256:…".to_owned();
        let (host, rest) = text.split_once('/').ok_or_else(form)?;
        let is_host = host.contains(['.', ':']) || host == "localhost";
        if !is_host || !host.chars().all(|c| c.is_ascii_alphanumeric() || "-.:[]".contains(c)) {
            return Err(form());
        }
        let (name, reference) = match rest.split_once('@') {
            // As docker has it, a tag before a digest is for people.
            Some((name, digest)) => (name.split_once(':').map_or(name, |(name, _)| name), digest),
            None => rest.split_once(':').ok_or_else(form)?,
        };
        let reference = match rest.contains('@') {
            true => Reference::Digest(reference.parse().map_err(|error| format!("{error}"))?),
            false => Reference::Tag(reference.parse().map_err(|error| format!("{error}"))?),
        };
        let repository = name.parse().map_err(|error| format!("{error}"))?;
        Ok(Self { host: host.to_owned(), repository, reference })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_clients_write() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for text in [
            "registry.example.org/team/app:1.0".to_owned(),
            "localhost/a:b".to_owned(),
            "127.0.0.1:8080/a/b/c:latest".to_owned(),
            "[::1]:80/a:b".to_owned(),
            format!("a.b/team/app@{digest}"),
        ] {
            assert_eq!(text.parse::<Place>().unwrap().to_string(), text);
        }
        let both: Place = format!("a.b/team/app:1@{digest}").parse().unwrap();
        assert_eq!(both.to_string(), format!("a.b/team/app@{digest}"));
        assert_eq!(both.pinned(&digest.parse().unwrap()), both.to_string());
    }

    #[test]
    fn refuses_what_names_no_artifact() {
        for text in [
            "",
            "app",
            "app:1",
            "team/app:1",
            "a.b/app",
            "a.b/App:1",
            "a.b/app:",
            "a.b/app@1",
            "a.b/app@md5:00",
            "https://a.b/app:1",
            "u@a.b/app:1",
            "a.b/../app:1",
            "a.b?/app:1",
            "a.b/a:b:c",
        ] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }
}
