//! What a signature of bytes was made of: the artifact's manifest, or its single file.

use std::io::{self, Read};

use aws_lc_rs::digest::{self, Context, Digest as Hash, SHA256, SHA384, SHA512};

use super::content::{About, Message, SignedContent};
use super::keys::PublicKey;
use super::sealed::decoded;
use crate::trust::model::Reason;
use crate::types::{Algorithm, Digest};

/// Up to this size a file is held whole: what signs without hashing first, as Ed25519 does, can sign no larger one here.
const WHOLE: usize = 16 << 20;

/// A message, which may be asked for more than once.
pub(super) enum Source<'a> {
    /// Only its digest.
    Digest(&'a Digest),
    /// The same, of another artifact.
    OtherDigest(Digest),
    /// Its bytes.
    Bytes(&'a [u8]),
    /// The artifact's file, read whole.
    SmallFile(Vec<u8>),
    /// The artifact's file, read once.
    LargeFile(Vec<Hash>, &'a dyn SignedContent),
}

impl Source<'_> {
    /// The message, from its start.
    pub(super) fn message(&self) -> Result<Message<'_>, Reason> {
        match self {
            Self::Digest(digest) => Ok(Message::Digest(digest)),
            Self::OtherDigest(digest) => Ok(Message::Digest(digest)),
            Self::Bytes(bytes) => Ok(Message::Bytes(bytes)),
            Self::SmallFile(bytes) => Ok(Message::Bytes(bytes)),
            Self::LargeFile(_, content) => match content.file() {
                Some(file) => file.map(Message::Reader).map_err(missing),
                None => Err(missing("the artifact has no single file")),
            },
        }
    }

    /// Whether a key signed it.
    pub(super) fn is_signed_by(&self, key: &PublicKey, signature: &[u8]) -> bool {
        match self {
            Self::Digest(digest) => key.signed_hashed(&imported(digest), signature),
            Self::OtherDigest(digest) => key.signed_hashed(&imported(digest), signature),
            Self::Bytes(bytes) => key.signed(bytes, signature),
            Self::SmallFile(bytes) => key.signed(bytes, signature),
            Self::LargeFile(hashes, _) => key.signed_hashed(hashes, signature),
        }
    }

    /// Its digest; none where only another is known.
    pub(super) fn digest(&self, algorithm: Algorithm) -> Option<Digest> {
        match self {
            Self::Digest(digest) => Some((*digest).clone()).filter(|digest| digest.algorithm() == algorithm),
            Self::OtherDigest(digest) => {
                Some(digest.clone()).filter(|digest| digest.algorithm() == algorithm)
            }
            Self::Bytes(bytes) => Some(Digest::of(algorithm, bytes)),
            Self::SmallFile(bytes) => Some(Digest::of(algorithm, bytes)),
            Self::LargeFile(hashes, _) => {
                let hash = hashes.iter().find(|hash| hash.algorithm() == of(algorithm))?;
                format!("{}:{}", algorithm.as_str(), hex::encode(hash)).parse().ok()
            }
        }
    }
}

fn missing(why: impl ToString) -> Reason {
    Reason::ContentMissing(why.to_string())
}

fn of(algorithm: Algorithm) -> &'static digest::Algorithm {
    match algorithm {
        Algorithm::Sha256 => &SHA256,
        Algorithm::Sha512 => &SHA512,
    }
}

fn imported(digest: &Digest) -> Vec<Hash> {
    let bytes = hex::decode(digest.hex()).unwrap_or_default();
    Hash::import_less_safe(&bytes, of(digest.algorithm())).into_iter().collect()
}

/// All that the artifact has: its manifest, and its file, which is read here.
pub(super) fn contents<'a>(about: &About<'a>) -> Result<Vec<Source<'a>>, Reason> {
    let Some(content) = about.content else {
        // Signing tools hash with SHA-256.
        let by = |algorithm| about.names.iter().find(|name| name.algorithm() == algorithm);
        let name = by(Algorithm::Sha256).or_else(|| by(Algorithm::Sha512));
        return Ok(name.map(|name| Source::Digest(name)).into_iter().collect());
    };
    let mut sources = vec![Source::Bytes(content.manifest())];
    if let Some(file) = content.file() {
        sources.push(file.and_then(|file| read(file, content)).map_err(missing)?);
    }
    Ok(sources)
}

fn read<'a>(mut file: impl Read, content: &'a dyn SignedContent) -> io::Result<Source<'a>> {
    let mut contexts = [&SHA256, &SHA384, &SHA512].map(Context::new);
    let mut whole = Some(Vec::new());
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let bytes = match file.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => &chunk[..read],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        for context in &mut contexts {
            context.update(bytes);
        }
        whole = whole.filter(|whole| whole.len() + bytes.len() <= WHOLE);
        if let Some(whole) = &mut whole {
            whole.extend_from_slice(bytes);
        }
    }
    let hashes = || contexts.into_iter().map(Context::finish).collect();
    Ok(whole.map_or_else(|| Source::LargeFile(hashes(), content), Source::SmallFile))
}

/// What a signature was made of that says the message's digest, and whether that is this artifact's.
pub(super) fn sources<'a>(
    digest: Option<&(String, String)>,
    about: &About<'a>,
) -> Result<(bool, Vec<Source<'a>>), Reason> {
    let algorithm = match digest.map(|(algorithm, _)| algorithm.as_str()) {
        Some("SHA2_256") => Algorithm::Sha256,
        Some("SHA2_512") => Algorithm::Sha512,
        // Other hashes name nothing here: the signature itself must fit what is here.
        _ => return Ok((true, contents(about)?)),
    };
    let value = digest.map_or("", |(_, value)| value.as_str());
    let text = format!("{}:{}", algorithm.as_str(), hex::encode(decoded("digest", value)?));
    let said: Digest = text.parse().map_err(|error| Reason::Malformed(format!("`digest`: {error}")))?;
    if about.names.contains(&&said) {
        // The artifact's own digest: its file need not be read.
        let manifest = about.content.map(|content| Source::Bytes(content.manifest()));
        let by_name = about.names.iter().find(|name| ***name == said).map(|name| Source::Digest(name));
        return Ok((true, manifest.or(by_name).into_iter().collect()));
    }
    let here = contents(about)?.into_iter().find(|source| source.digest(algorithm).as_ref() == Some(&said));
    Ok(here.map_or_else(|| (false, vec![Source::OtherDigest(said)]), |source| (true, vec![source])))
}
