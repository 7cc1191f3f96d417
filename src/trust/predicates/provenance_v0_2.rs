//! SLSA provenance v0.2 (slsa.dev/provenance/v0.2), which builders still make.

use serde::Deserialize;

use super::facts::Facts;
use super::list::Bounded;
use super::provenance::{Builder, Descriptor, MATERIALS, Provenance, combined};
use super::text::{key, read as read_json, required, required_key, time};
use crate::trust::model::Reason;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProvenanceJson {
    builder: Option<Builder>,
    build_type: Option<String>,
    invocation: Option<Invocation>,
    metadata: Option<Metadata>,
    #[serde(default)]
    materials: Bounded<Descriptor, MATERIALS>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    config_source: Option<Descriptor>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(alias = "buildInvocationID")]
    build_invocation_id: Option<String>,
    build_started_on: Option<String>,
    build_finished_on: Option<String>,
}

/// Reads SLSA provenance v0.2.
pub fn read(bytes: &[u8]) -> Result<Facts, Reason> {
    let ProvenanceJson { builder, build_type, invocation, metadata, materials } = read_json(bytes)?;
    let builder = required(builder, "builder")?.id;
    let metadata = metadata.unwrap_or_default();
    let told = invocation.and_then(|invocation| invocation.config_source);
    let told = told.map(|descriptor| descriptor.as_source()).unwrap_or_default();
    let source = combined(told, &materials.items);
    Ok(Facts::Provenance(Provenance {
        builder: required_key(builder.as_deref(), "builder.id")?,
        build_type: required_key(build_type.as_deref(), "buildType")?,
        source: source.repository,
        source_ref: source.reference,
        commit: source.commit,
        invocation: metadata.build_invocation_id.as_deref().and_then(key),
        started_at: time(metadata.build_started_on.as_deref(), "metadata.buildStartedOn")?,
        finished_at: time(metadata.build_finished_on.as_deref(), "metadata.buildFinishedOn")?,
        materials: materials.items.iter().map(Descriptor::material).collect(),
        truncated: materials.truncated,
    }))
}
