//! SLSA provenance v1 (slsa.dev/spec/v1.0/provenance): how an artifact was built.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::facts::Facts;
use super::list::Bounded;
use super::source::{commit, located};
use super::text::{key, read as read_json, required, required_key, shown_if_any, time};
use crate::trust::model::Reason;
use crate::types::Timestamp;

/// Most materials that are read.
pub(super) const MATERIALS: usize = 20_000;

/// How an artifact was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// Who built it: the builder's id, a URI.
    pub builder: String,
    /// How builds of this kind are described, a URI.
    pub build_type: String,
    /// The source repository, in one form: `https://github.com/acme/app`.
    pub source: Option<String>,
    /// The branch or tag in it.
    pub source_ref: Option<String>,
    /// The commit that was built.
    pub commit: Option<String>,
    /// Which build it was, as the builder names it.
    pub invocation: Option<String>,
    /// When the build started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// What went into it.
    pub materials: Vec<Material>,
    /// Whether there were more materials than are read.
    pub truncated: bool,
}

/// What went into a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Material {
    /// What it is called: a URI, or a name where there is none.
    pub uri: Option<String>,
    /// Its content: `sha256:…`, or `gitCommit:…` for a commit.
    pub digest: Option<String>,
}

/// A source, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub repository: Option<String>,
    pub reference: Option<String>,
    pub commit: Option<String>,
}

/// in-toto's ResourceDescriptor.
#[derive(Debug, Deserialize)]
pub(super) struct Descriptor {
    uri: Option<String>,
    name: Option<String>,
    #[serde(default)]
    digest: Option<BTreeMap<String, String>>,
}

impl Descriptor {
    /// The strongest of its digests. A git commit's name says more than that it is an SHA-1.
    fn digest(&self) -> Option<String> {
        let digests = self.digest.as_ref()?;
        let named = ["sha256", "sha512", "gitCommit", "sha1"];
        let by_name = named.iter().find_map(|name| Some((*name, digests.get(*name)?)));
        let (name, digest) =
            by_name.or_else(|| digests.iter().next().map(|(name, digest)| (name.as_str(), digest)))?;
        key(&format!("{name}:{}", digest.to_ascii_lowercase()))
    }

    pub(super) fn material(&self) -> Material {
        let uri = self.uri.as_deref().or(self.name.as_deref()).map(without_password);
        Material { uri: shown_if_any(uri.as_deref()), digest: self.digest() }
    }

    /// The commit and where it lies, if this names one.
    pub(super) fn source(&self) -> Option<Source> {
        let digests = self.digest.as_ref()?;
        let is_git = self.uri.as_deref().is_some_and(|uri| uri.starts_with("git+") || uri.contains(".git"));
        let named = digests.get("gitCommit").or_else(|| digests.get("sha1").filter(|_| is_git))?;
        let place = self.uri.as_deref().and_then(located);
        let (repository, reference) =
            place.map_or((None, None), |(place, reference)| (Some(place), reference));
        Some(Source { repository, reference, commit: commit(named) })
    }

    /// As [`Descriptor::source`], of what is said to be the source.
    pub(super) fn as_source(&self) -> Source {
        let digests = self.digest.as_ref();
        let named = digests.and_then(|digests| digests.get("gitCommit").or_else(|| digests.get("sha1")));
        let place = self.uri.as_deref().and_then(located);
        let (repository, reference) =
            place.map_or((None, None), |(place, reference)| (Some(place), reference));
        Source { repository, reference, commit: named.and_then(|named| commit(named)) }
    }
}

/// A URI without what stands before its host.
fn without_password(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else { return uri.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or(authority);
    format!("{scheme}://{host}{path}")
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProvenanceJson {
    build_definition: Option<BuildDefinition>,
    run_details: Option<RunDetails>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BuildDefinition {
    build_type: Option<String>,
    external_parameters: Option<Box<RawValue>>,
    #[serde(default)]
    resolved_dependencies: Bounded<Descriptor, MATERIALS>,
}

#[derive(Deserialize)]
struct RunDetails {
    builder: Option<Builder>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
pub(super) struct Builder {
    pub id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    // The spec writes `invocationId`, its Go library `invocationID`.
    #[serde(alias = "invocationID")]
    invocation_id: Option<String>,
    started_on: Option<String>,
    finished_on: Option<String>,
}

/// What known build types tell of the source: GitHub's workflow, Google's build configuration, BuildKit's and the
/// generic generators' source.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ExternalParameters {
    workflow: Option<Box<RawValue>>,
    source_to_build: Option<Box<RawValue>>,
    build_config_source: Option<Box<RawValue>>,
    source: Option<Box<RawValue>>,
    config_source: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct InRepository {
    repository: String,
    #[serde(rename = "ref")]
    reference: Option<String>,
}

impl ExternalParameters {
    /// What is of another form says nothing: parameters are the build type's own.
    fn source(&self) -> Source {
        let named = [&self.workflow, &self.source_to_build, &self.build_config_source];
        for value in named.into_iter().flatten() {
            if let Ok(InRepository { repository, reference }) = serde_json::from_str(value.get()) {
                let place = located(&repository);
                let repository = place.map(|(place, _)| place);
                return Source { repository, reference: reference.as_deref().and_then(key), commit: None };
            }
        }
        for value in [&self.source, &self.config_source].into_iter().flatten() {
            if let Ok(uri) = serde_json::from_str::<String>(value.get()) {
                return Descriptor { uri: Some(uri), name: None, digest: None }.as_source();
            }
            if let Ok(descriptor) = serde_json::from_str::<Descriptor>(value.get()) {
                return descriptor.as_source();
            }
        }
        Source::default()
    }
}

/// Reads SLSA provenance v1.
pub fn read(bytes: &[u8]) -> Result<Facts, Reason> {
    let ProvenanceJson { build_definition, run_details } = read_json(bytes)?;
    let definition = required(build_definition, "buildDefinition")?;
    let run = required(run_details, "runDetails")?;
    let builder = required(run.builder, "runDetails.builder")?.id;
    let metadata = run.metadata.unwrap_or_default();
    let parameters: Option<ExternalParameters> =
        definition.external_parameters.and_then(|parameters| serde_json::from_str(parameters.get()).ok());
    let told = parameters.unwrap_or_default().source();
    let dependencies = definition.resolved_dependencies;
    let source = combined(told, &dependencies.items);
    Ok(Facts::Provenance(Provenance {
        builder: required_key(builder.as_deref(), "runDetails.builder.id")?,
        build_type: required_key(definition.build_type.as_deref(), "buildDefinition.buildType")?,
        source: source.repository,
        source_ref: source.reference,
        commit: source.commit,
        invocation: metadata.invocation_id.as_deref().and_then(key),
        started_at: time(metadata.started_on.as_deref(), "runDetails.metadata.startedOn")?,
        finished_at: time(metadata.finished_on.as_deref(), "runDetails.metadata.finishedOn")?,
        materials: dependencies.items.iter().map(Descriptor::material).collect(),
        truncated: dependencies.truncated,
    }))
}

/// The source, of what the parameters tell and what went in: the commit is that of the repository which was asked for. Where
/// that is not told it is the only one that went in; of several it can't be said which was the source.
pub(super) fn combined(told: Source, dependencies: &[Descriptor]) -> Source {
    if told.commit.is_some() && told.repository.is_some() {
        return told;
    }
    let mut commits: Vec<Source> = dependencies.iter().filter_map(Descriptor::source).collect();
    if told.repository.is_some() {
        commits.retain(|source| source.repository == told.repository);
    }
    let mut names: Vec<_> = commits.iter().map(|source| (&source.repository, &source.commit)).collect();
    names.dedup();
    let only = if names.len() == 1 { commits.into_iter().next() } else { None };
    let Some(only) = only else { return told };
    Source {
        repository: told.repository.or(only.repository),
        reference: told.reference.or(only.reference),
        commit: told.commit.or(only.commit),
    }
}
