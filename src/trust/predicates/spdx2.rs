//! SPDX 2.2 and 2.3 in JSON (spdx.github.io/spdx-spec/v2.3).

use serde::Deserialize;

use super::facts::Facts;
use super::list::Bounded;
use super::sbom::{COMPONENTS, Components, Sbom};
use super::text::{read as read_json, required, shown, shown_if_any, time};
use crate::trust::model::Reason;

/// References of a package that are read.
const REFERENCES: usize = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DocumentJson {
    spdx_version: Option<String>,
    name: Option<String>,
    creation_info: Option<CreationInfo>,
    #[serde(default)]
    packages: Bounded<Package, COMPONENTS>,
}

#[derive(Deserialize)]
struct CreationInfo {
    created: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Package {
    name: Option<String>,
    version_info: Option<String>,
    #[serde(default)]
    external_refs: Bounded<Reference, REFERENCES>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    reference_type: Option<String>,
    reference_locator: Option<String>,
}

/// Reads SPDX 2.
pub fn read(bytes: &[u8]) -> Result<Facts, Reason> {
    let document: DocumentJson = read_json(bytes)?;
    let version = required(document.spdx_version, "spdxVersion")?;
    if !version.starts_with("SPDX-2.") {
        return Err(Reason::Malformed(format!("spdxVersion is {:?}, not SPDX-2.x", shown(&version))));
    }
    let created = document.creation_info.and_then(|info| info.created);
    let mut found = Components { truncated: document.packages.truncated, ..Components::default() };
    for package in &document.packages.items {
        let (name, version) = (package.name.as_deref(), package.version_info.as_deref());
        found.truncated |= package.external_refs.truncated;
        let is_purl = |reference: &&Reference| reference.reference_type.as_deref() == Some("purl");
        let references = package.external_refs.items.iter().filter(is_purl);
        let mut purls = references.filter_map(|reference| reference.reference_locator.as_deref()).peekable();
        if purls.peek().is_none() {
            found.add(name, version, None);
        }
        for purl in purls {
            found.add(name, version, Some(purl));
        }
    }
    let sbom = Sbom {
        format: shown(&version),
        name: shown_if_any(document.name.as_deref()),
        created_at: time(created.as_deref(), "creationInfo.created")?,
        components: found.components,
        truncated: found.truncated,
    };
    Ok(Facts::Sbom(sbom, None))
}
