//! What `sign` and `attest` share: something is said of an artifact, signed, and pushed beside it.

use std::fs::File;
use std::io::{Read as _, Write as _, stdout};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use clap::Args;
use secrecy::SecretString;
use serde_json::json;
use tokio::runtime::Runtime;

use super::failure::Failure;
use super::registry::{Held, Registry, RegistryArgs};
use crate::trust::signing::{
    BUNDLE, COSIGN_SIGN, Descriptor, EMPTY, MANIFEST, Predicate, SigningKey, SigningKeyError, bundle,
    referrer_manifest, sign, statement,
};
use crate::types::{Algorithm, Clock as _, Digest, Reference, SystemClock};

/// Most bytes of a file, and of what is attached: Waybill verifies nothing larger.
const MAX_BYTES: u64 = 16 << 20;

/// Which artifact, and whose key.
#[derive(Args)]
pub struct SignArgs {
    #[command(flatten)]
    registry: RegistryArgs,
    /// The private key: a file that `waybill key generate` made
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

/// Says it.
pub fn attach(args: &SignArgs, predicate: &Predicate) -> Result<(), Failure> {
    let key = read_key(&args.key)?;
    let registry = args.registry.registry()?;
    let place = args.registry.place();
    let (subject, made) = Runtime::new()?.block_on(async {
        let subject = registry.manifest(&place.reference).await?;
        let made = push(&registry, &subject, &place.reference, &key, predicate).await?;
        Ok::<_, Failure>((subject.descriptor.digest, made))
    })?;
    let mut out = stdout();
    if args.json {
        let told = json!({
            "artifact": place.pinned(&subject),
            "digest": subject.as_str(),
            "referrer": made.as_str(),
            "predicate_type": predicate.kind(),
        });
        writeln!(out, "{told}")?;
        return Ok(());
    }
    let done = if predicate.kind() == COSIGN_SIGN { "signed" } else { "attested" };
    writeln!(out, "{} is {done}: {}", place.pinned(&subject), place.pinned(&made))?;
    Ok(())
}

/// Pushes what is said beside the artifact; returns the digest of its manifest.
async fn push(
    registry: &Registry,
    subject: &Held,
    asked: &Reference,
    key: &SigningKey,
    predicate: &Predicate,
) -> Result<Digest, Failure> {
    let mut names = vec![subject.descriptor.digest.clone()];
    if let Reference::Digest(digest) = asked
        && digest.algorithm() != Algorithm::Sha256
    {
        names.push(digest.clone());
    }
    let envelope = sign(key, statement(&names, predicate));
    let bundle = Bytes::from(bundle(&envelope, &key.public()?));
    if bundle.len() as u64 > MAX_BYTES {
        let text = format!("the attestation would have {} bytes, more than {MAX_BYTES}", bundle.len());
        return Err(Failure::Refused(text));
    }
    let layer = Descriptor::of(BUNDLE, &bundle);
    let manifest = referrer_manifest(&subject.descriptor, &layer, predicate.kind(), SystemClock.now());
    let manifest = Bytes::from(manifest);
    let described = Descriptor::of(MANIFEST, &manifest);
    registry.push_blob(Bytes::from_static(EMPTY)).await?;
    registry.push_blob(bundle).await?;
    registry.push_referrer(&subject.descriptor.digest, &described, manifest).await?;
    Ok(described.digest)
}

fn read_key(path: &Path) -> Result<SigningKey, Failure> {
    let text = String::from_utf8(read_file(path)?).map_err(|_| SigningKeyError::NotPrivate);
    let key = text.and_then(|text| SigningKey::from_pem(&SecretString::from(text)));
    let key = key.map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
    #[cfg(unix)]
    warn_if_shared(path);
    Ok(key)
}

/// A warning only: in a container or a runner of its own, nobody else may be there to read it.
#[cfg(unix)]
fn warn_if_shared(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = path.metadata().map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o044 != 0 {
        let path = path.display();
        eprintln!(
            "waybill: warning: others than its owner can read the private key {path}: chmod 600 {path}"
        );
    }
}

/// A whole file, if it is not too long.
pub fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let refused = |why: String| Failure::Usage(format!("{}: {why}", path.display()));
    let file = File::open(path).map_err(|error| refused(error.to_string()))?;
    let mut bytes = Vec::new();
    let read = file.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    match read.map_err(|error| refused(error.to_string()))? as u64 {
        0..=MAX_BYTES => Ok(bytes),
        _ => Err(refused(format!("it has more than {MAX_BYTES} bytes"))),
    }
}
