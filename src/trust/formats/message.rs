//! What a signature of bytes was made of: the artifact's manifest, or its single file.

use std::io::Read;

use super::content::{About, Message, SignedContent};
use super::sealed::decoded;
use crate::trust::model::Reason;
use crate::types::{Algorithm, Digest};

/// Where a message can be had, more than once.
pub(super) enum Source<'a> {
    /// Only its digest.
    Digest(&'a Digest),
    /// The same, of another artifact.
    OtherDigest(Digest),
    /// Its bytes.
    Bytes(&'a [u8]),
    /// The artifact's single file.
    File(&'a dyn SignedContent),
}

impl Source<'_> {
    /// The message, from its start.
    pub(super) fn message(&self) -> Result<Message<'_>, Reason> {
        match self {
            Self::Digest(digest) => Ok(Message::Digest(digest)),
            Self::OtherDigest(digest) => Ok(Message::Digest(digest)),
            Self::Bytes(bytes) => Ok(Message::Bytes(bytes)),
            Self::File(content) => open(*content).map(Message::Reader),
        }
    }
}

fn open(content: &dyn SignedContent) -> Result<Box<dyn Read + '_>, Reason> {
    let missing = |why: String| Reason::ContentMissing(why);
    let file = content.file().ok_or_else(|| missing("the artifact has no single file".to_owned()))?;
    file.map_err(|error| missing(error.to_string()))
}

/// All that the artifact has: its manifest, and its file.
pub(super) fn contents<'a>(about: &About<'a>) -> Vec<Source<'a>> {
    let Some(content) = about.content else {
        // Signing tools hash with SHA-256.
        let by = |algorithm| about.names.iter().find(|name| name.algorithm() == algorithm);
        let name = by(Algorithm::Sha256).or_else(|| by(Algorithm::Sha512));
        return name.map(|name| Source::Digest(name)).into_iter().collect();
    };
    let file = content.file().map(|_| Source::File(content));
    [Some(Source::Bytes(content.manifest())), file].into_iter().flatten().collect()
}

/// Where the message of a signature can be had that says its digest, and whether it is this artifact's.
pub(super) fn sources<'a>(
    digest: Option<&(String, String)>,
    about: &About<'a>,
) -> Result<(bool, Vec<Source<'a>>), Reason> {
    let Some((algorithm, value)) = digest else { return Ok((true, contents(about))) };
    let algorithm = match algorithm.as_str() {
        "SHA2_256" => Algorithm::Sha256,
        "SHA2_512" => Algorithm::Sha512,
        // Other hashes name nothing here; the signature itself must fit what is here.
        _ => return Ok((true, contents(about))),
    };
    let text = format!("{}:{}", algorithm.as_str(), hex::encode(decoded("digest", value)?));
    let said: Digest = text.parse().map_err(|error| Reason::Malformed(format!("`digest`: {error}")))?;
    for source in contents(about) {
        let is_it = match source.message()? {
            Message::Digest(name) => about.names.contains(&&said) || *name == said,
            Message::Bytes(manifest) => {
                about.names.contains(&&said) || Digest::of(algorithm, manifest) == said
            }
            Message::Reader(reader) => has_digest(reader, &said)?,
        };
        if is_it {
            return Ok((true, vec![source]));
        }
    }
    Ok((false, vec![Source::OtherDigest(said)]))
}

fn has_digest(reader: Box<dyn Read + '_>, said: &Digest) -> Result<bool, Reason> {
    let hash = super::keys::hash(reader, said.algorithm());
    hash.map(|found| found == *said).map_err(|error| Reason::ContentMissing(error.to_string()))
}
