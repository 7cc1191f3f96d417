//! `waybill verify artifact`

mod collect;
mod content;
mod policy;
mod report;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tokio::runtime::{Handle, Runtime};
use tokio::task::spawn_blocking;

use crate::cli::failure::Failure;
use crate::cli::registry::{Held, RegistryArgs, RegistryError};
use crate::trust::signing::predicate_type;
use crate::trust::{About, Outcome, Verifier};
use crate::types::{Algorithm, Clock as _, Digest, Reference, RepoName, SystemClock};
use collect::{Found, collect};
use content::RemoteContent;
use report::Report;

/// Which artifact, and whose word counts.
#[derive(Args)]
pub struct VerifyArtifactArgs {
    #[command(flatten)]
    registry: RegistryArgs,
    /// A public key that counts, as PEM: cosign.pub, or a .pub of `waybill key generate`; may be repeated
    #[arg(long = "key", value_name = "FILE", required_unless_present = "policy", conflicts_with = "policy")]
    keys: Vec<PathBuf>,
    /// A trusted_root.json whose transparency log must hold what the keys signed [default: none need hold it]
    #[arg(long, value_name = "FILE", requires = "keys")]
    trusted_root: Option<PathBuf>,
    /// A trust policy, as a project has it
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Demand that this was attested as well: a type of predicates, as `waybill attest` takes it; may be repeated
    #[arg(long = "attested", value_name = "TYPE")]
    attested: Vec<String>,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

/// Verifies what was signed and said of an artifact, without asking the registry for its opinion.
pub fn run(args: &VerifyArtifactArgs) -> Result<(), Failure> {
    let report = judge(args).map_err(told);
    if let Err(failure) = &report
        && args.json
    {
        report::fail(failure)?;
    }
    let report = report?;
    if args.json {
        report.tell_json()?
    } else {
        report.tell()?
    }
    report.conclude()
}

/// A registry that answers with other bytes was caught; one that does not answer says nothing.
fn told(failure: Failure) -> Failure {
    match failure {
        Failure::Registry(error) if !matches!(error, RegistryError::OtherBytes { .. }) => {
            Failure::Untold(error)
        }
        failure => failure,
    }
}

fn judge(args: &VerifyArtifactArgs) -> Result<Report, Failure> {
    let attested = args.attested.iter().map(|kind| predicate_type(kind)).collect::<Result<Vec<_>, _>>();
    let attested = attested.map_err(|error| Failure::Usage(error.to_string()))?;
    let document = match &args.policy {
        Some(path) => policy::read(path)?,
        None => policy::of_keys(&args.keys, args.trusted_root.as_deref())?,
    };
    let verifier = Verifier::new(&document).map_err(|error| Failure::Usage(error.to_string()))?;
    let registry = Arc::new(args.registry.registry()?);
    let place = args.registry.place();
    let (held, found) = Runtime::new()?.block_on(async {
        let held = registry.manifest(&place.reference).await?;
        let names = names(&place.reference, &held);
        let found = collect(&registry, &names).await?;
        let content = RemoteContent::new(Handle::current(), Arc::clone(&registry), held.bytes.clone());
        let repository = place.repository.clone();
        let verified = spawn_blocking(move || verify(&verifier, &repository, &names, &content, found)).await;
        let verified = verified.map_err(|error| Failure::Refused(format!("verifying broke off: {error}")))?;
        Ok::<_, Failure>((held, verified))
    })?;
    Ok(Report {
        artifact: place.pinned(&held.descriptor.digest),
        digest: held.descriptor.digest,
        found,
        attested,
    })
}

/// The names of an artifact, made of its bytes.
fn names(asked: &Reference, held: &Held) -> Vec<Digest> {
    let mut names = vec![held.descriptor.digest.clone(), Digest::of(Algorithm::Sha512, &held.bytes)];
    if let Reference::Digest(digest) = asked
        && !names.contains(digest)
    {
        names.push(digest.clone());
    }
    names
}

fn verify(
    verifier: &Verifier,
    repository: &RepoName,
    names: &[Digest],
    content: &RemoteContent,
    found: Vec<Found>,
) -> Vec<(Found, Outcome)> {
    let names: Vec<&Digest> = names.iter().collect();
    // When it was first seen only the registry knows, whose word is not taken: a key that has expired or is revoked by now
    // counts for what carries a timestamp only.
    let about = About { repository, names: &names, seen_at: SystemClock.now(), content: Some(content) };
    let judged = found.into_iter().map(|found| {
        let outcome = match &found.evidence {
            Ok(evidence) => verifier.verify(evidence, &about),
            Err(reason) => Outcome::refused(reason.clone()),
        };
        (found, outcome)
    });
    judged.collect()
}
