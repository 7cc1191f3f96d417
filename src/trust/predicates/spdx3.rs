//! SPDX 3 in JSON-LD (spdx.github.io/spdx-spec/v3.0.1): a graph of elements, of which packages and the document count here.

use serde::Deserialize;

use super::facts::Facts;
use super::list::Bounded;
use super::sbom::{COMPONENTS, Components, Sbom};
use super::text::{read as read_json, required, shown, shown_if_any, time};
use crate::trust::model::Reason;

/// Elements that are read: files and relationships are among them.
const ELEMENTS: usize = 4 * COMPONENTS;
/// Identifiers of a package that are read.
const IDENTIFIERS: usize = 1000;

#[derive(Deserialize)]
struct GraphJson {
    #[serde(rename = "@graph")]
    graph: Option<Bounded<Element, ELEMENTS>>,
}

#[derive(Deserialize)]
struct Element {
    #[serde(rename = "type", alias = "@type")]
    kind: Option<String>,
    name: Option<String>,
    #[serde(rename = "specVersion")]
    spec_version: Option<String>,
    created: Option<String>,
    #[serde(rename = "software_packageVersion", alias = "packageVersion")]
    version: Option<String>,
    #[serde(rename = "software_packageUrl", alias = "packageUrl")]
    purl: Option<String>,
    #[serde(rename = "externalIdentifier", default)]
    identifiers: Bounded<Identifier, IDENTIFIERS>,
}

#[derive(Deserialize)]
struct Identifier {
    #[serde(rename = "externalIdentifierType")]
    kind: Option<String>,
    identifier: Option<String>,
}

/// Reads SPDX 3.
pub fn read(bytes: &[u8]) -> Result<Facts, Reason> {
    let GraphJson { graph } = read_json(bytes)?;
    let graph = required(graph, "@graph")?;
    let mut found = Components { truncated: graph.truncated, ..Components::default() };
    let (mut version, mut name, mut created) = (None, None, None);
    for element in &graph.items {
        match element.kind.as_deref().unwrap_or_default() {
            "software_Package" | "software/Package" => add(&mut found, element),
            "SpdxDocument" => name = element.name.as_deref(),
            "CreationInfo" => {
                version = version.or(element.spec_version.as_deref());
                created = created.or(element.created.as_deref());
            }
            _ => {}
        }
    }
    let version = required(version, "a CreationInfo with its specVersion")?;
    let sbom = Sbom {
        format: format!("SPDX-{}", shown(version)),
        name: shown_if_any(name),
        created_at: time(created, "created")?,
        components: found.components,
        truncated: found.truncated,
    };
    Ok(Facts::Sbom(sbom, None))
}

fn add(found: &mut Components, package: &Element) {
    let (name, version) = (package.name.as_deref(), package.version.as_deref());
    let identifiers = package.identifiers.items.iter();
    let of_package =
        identifiers.filter(|identifier| matches!(identifier.kind.as_deref(), Some("packageUrl" | "purl")));
    let listed = of_package.filter_map(|identifier| identifier.identifier.as_deref());
    let mut purls: Vec<&str> = package.purl.as_deref().into_iter().chain(listed).collect();
    purls.sort_unstable();
    purls.dedup();
    found.truncated |= package.identifiers.truncated;
    if purls.is_empty() {
        found.add(name, version, None);
    }
    for purl in purls {
        found.add(name, version, Some(purl));
    }
}
