//! Images as clients name them: `registry.example/project/repository@sha256:…`, with or without a host, a tag, or the environment
//! that they are shown by.

use std::str::FromStr;

use thiserror::Error;

use crate::types::{Digest, EnvironmentName, RepoName};

/// Longest that is read, in bytes: a host, the longest name, a tag and a digest.
const LONGEST: usize = 1024;
const ENVIRONMENTS: &str = "env/";

/// Why a text names no image that can be decided on. The messages go to clients.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ImageError {
    /// By a tag only, which may move.
    #[error("'{0}' names no digest: name the image by its digest (…@sha256:…), for a tag may move")]
    NoDigest(String),
    /// No image.
    #[error("'{0}' is no image of the form registry/project/repository@sha256:…")]
    Malformed(String),
}

/// An image, named by its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The repository that it lies in.
    pub repository: RepoName,
    /// Which manifest.
    pub digest: Digest,
    /// The environment by whose view it is named.
    pub environment: Option<EnvironmentName>,
}

impl FromStr for Image {
    type Err = ImageError;

    fn from_str(text: &str) -> Result<Self, ImageError> {
        let shown = || text.chars().take(200).collect::<String>();
        let malformed = || ImageError::Malformed(shown());
        if text.len() > LONGEST {
            return Err(malformed());
        }
        let (name, digest) = text.split_once('@').ok_or_else(|| ImageError::NoDigest(shown()))?;
        let digest = digest.parse().map_err(|_| malformed())?;
        let name = without_host(name);
        // The digest counts, whatever tag stands before it.
        let name = name.rsplit_once(':').map_or(name, |(name, _)| name);
        let (environment, name) = match name.strip_prefix(ENVIRONMENTS) {
            Some(rest) => {
                let (environment, name) = rest.split_once('/').ok_or_else(malformed)?;
                (Some(environment.parse().map_err(|_| malformed())?), name)
            }
            None => (None, name),
        };
        Ok(Self { repository: name.parse().map_err(|_| malformed())?, digest, environment })
    }
}

/// Cuts the host off, which is told from a project as Docker does: by a dot, a port, or the name `localhost`.
fn without_host(name: &str) -> &str {
    match name.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => rest,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn images_are_read_however_they_are_named() {
        for (name, repository, environment) in [
            ("acme/web", "acme/web", None),
            ("registry.example/acme/web", "acme/web", None),
            ("localhost/acme/web", "acme/web", None),
            // A project may be called so, behind a host.
            ("registry.example/localhost/web", "localhost/web", None),
            ("127.0.0.1:5000/acme/web:1.0", "acme/web", None),
            ("registry.example:443/env/production/acme/web:current", "acme/web", Some("production")),
            ("acme", "acme", None),
        ] {
            let image: Image = format!("{name}@{DIGEST}").parse().unwrap();
            assert_eq!(image.repository.as_str(), repository, "{name}");
            assert_eq!(image.environment.as_ref().map(EnvironmentName::as_str), environment, "{name}");
        }
    }

    #[test]
    fn what_names_no_digest_or_no_repository_is_refused() {
        assert!(matches!("acme/web:1.0".parse::<Image>(), Err(ImageError::NoDigest(_))));
        for text in [
            format!("@{DIGEST}"),
            format!("ACME/web@{DIGEST}"),
            "acme/web@sha256:0".to_owned(),
            format!("h.x/env/a@{DIGEST}"),
        ] {
            assert!(matches!(text.parse::<Image>(), Err(ImageError::Malformed(_))), "{text}");
        }
        assert!(format!("{}@{DIGEST}", "a".repeat(2000)).parse::<Image>().is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
            let _ = text.parse::<Image>();
        }
    }
}
