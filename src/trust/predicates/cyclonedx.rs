//! CycloneDX 1.2 to 1.6 (cyclonedx.org/docs): what an artifact contains, and what is said of its vulnerabilities.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::facts::Facts;
use super::list::Bounded;
use super::sbom::{COMPONENTS, Components, Sbom};
use super::text::{read as read_json, required, shown, shown_if_any, time};
use super::vulnerabilities::{Details, FINDINGS, Place, Severity, VexStatus, VulnerabilityReport};
use crate::trust::model::Reason;

/// Ratings of a vulnerability, and references of it, that are read.
const FEW: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BomJson {
    bom_format: Option<String>,
    spec_version: Option<String>,
    metadata: Option<Metadata>,
    #[serde(default)]
    components: Bounded<Component, COMPONENTS>,
    vulnerabilities: Option<Bounded<Vulnerability, FINDINGS>>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    timestamp: Option<String>,
    component: Option<Component>,
    // A list until 1.4; an object of components and services from 1.5 on, or still a list.
    tools: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Component {
    #[serde(rename = "bom-ref")]
    bom_ref: Option<String>,
    group: Option<String>,
    name: Option<String>,
    version: Option<String>,
    purl: Option<String>,
    #[serde(default)]
    components: Bounded<Component, COMPONENTS>,
}

#[derive(Deserialize)]
struct Vulnerability {
    id: Option<String>,
    #[serde(default)]
    references: Bounded<Reference, FEW>,
    #[serde(default)]
    ratings: Bounded<Rating, FEW>,
    analysis: Option<Analysis>,
    #[serde(default)]
    affects: Bounded<Affected, COMPONENTS>,
}

#[derive(Deserialize)]
struct Reference {
    id: Option<String>,
}

#[derive(Deserialize)]
struct Rating {
    severity: Option<String>,
    score: Option<f64>,
}

#[derive(Deserialize)]
struct Analysis {
    state: Option<String>,
    justification: Option<String>,
    detail: Option<String>,
}

#[derive(Deserialize)]
struct Affected {
    #[serde(rename = "ref")]
    reference: Option<String>,
}

#[derive(Deserialize)]
struct ToolsJson {
    #[serde(default)]
    components: Bounded<Tool, FEW>,
}

#[derive(Deserialize)]
struct Tool {
    name: Option<String>,
    version: Option<String>,
}

/// Reads CycloneDX: a document with components is an SBOM, one with vulnerabilities alone a report or a VEX.
pub fn read(bytes: &[u8]) -> Result<Facts, Reason> {
    let bom: BomJson = read_json(bytes)?;
    let format = required(bom.bom_format.as_deref(), "bomFormat")?;
    if format != "CycloneDX" {
        return Err(Reason::Malformed(format!("bomFormat is {:?}, not \"CycloneDX\"", shown(format))));
    }
    let version = required(bom.spec_version.as_deref(), "specVersion")?;
    let metadata = bom.metadata.unwrap_or_default();
    let about = metadata.component;
    let name = about.as_ref().and_then(|component| shown_if_any(component.name.as_deref()));
    let created_at = time(metadata.timestamp.as_deref(), "metadata.timestamp")?;
    let mut found = Walk::default();
    found.components.truncated = bom.components.truncated;
    // What it is about is looked up too, if it is a package.
    let about = about.filter(|component| component.purl.is_some());
    found.walk(about.iter().chain(&bom.components.items));
    let Walk { components: Components { components, truncated }, by_ref } = found;
    let report = match &bom.vulnerabilities {
        None => None,
        Some(list) => {
            let mut report =
                VulnerabilityReport { format: "CycloneDX", scanned_at: created_at, ..report(list, &by_ref)? };
            (report.scanner, report.scanner_version) = scanner(metadata.tools.as_deref());
            Some(report)
        }
    };
    match report {
        Some(report) if components.is_empty() => Ok(Facts::Vulnerabilities(report)),
        // Many tools write an empty list without having looked for any.
        report => {
            let report = report.filter(|report| !report.findings.is_empty() || report.truncated);
            let format = format!("CycloneDX {}", shown(version));
            Ok(Facts::Sbom(Sbom { format, name, created_at, components, truncated }, report))
        }
    }
}

#[derive(Default)]
struct Walk<'a> {
    components: Components,
    by_ref: HashMap<&'a str, &'a Component>,
}

impl<'a> Walk<'a> {
    /// Takes components and those within them. How deep they nest is limited by what reads JSON.
    fn walk(&mut self, components: impl Iterator<Item = &'a Component>) {
        for component in components {
            self.components.add(
                component.whole_name().as_deref(),
                component.version.as_deref(),
                component.purl.as_deref(),
            );
            if let Some(bom_ref) = &component.bom_ref {
                self.by_ref.insert(bom_ref, component);
            }
            self.components.truncated |= component.components.truncated;
            self.walk(component.components.items.iter());
        }
    }
}

impl Component {
    fn whole_name(&self) -> Option<String> {
        let name = self.name.as_deref()?;
        let group = self.group.as_deref().filter(|group| !group.is_empty());
        Some(group.map_or_else(|| name.to_owned(), |group| format!("{group}/{name}")))
    }
}

fn report(
    list: &Bounded<Vulnerability, FINDINGS>,
    by_ref: &HashMap<&str, &Component>,
) -> Result<VulnerabilityReport, Reason> {
    let mut report = VulnerabilityReport { truncated: list.truncated, ..VulnerabilityReport::default() };
    for vulnerability in &list.items {
        let id = required(vulnerability.id.as_deref(), "a vulnerability's id")?;
        let aliases: Vec<String> =
            vulnerability.references.items.iter().filter_map(|reference| reference.id.clone()).collect();
        let analysis = vulnerability.analysis.as_ref();
        let state = analysis.and_then(|analysis| analysis.state.as_deref());
        let status = state
            .map(|state| {
                VexStatus::parse(state).ok_or_else(|| {
                    Reason::Malformed(format!("no state of an analysis is called {:?}", shown(state)))
                })
            })
            .transpose()?;
        let details = Details {
            aliases: &aliases,
            severity: vulnerability.ratings.items.iter().map(Rating::severity).max().unwrap_or_default(),
            status,
            justification: analysis
                .and_then(|analysis| analysis.justification.as_deref().or(analysis.detail.as_deref())),
            fixed_in: None,
        };
        report.truncated |= vulnerability.affects.truncated;
        let refs = vulnerability.affects.items.iter().filter_map(|affected| affected.reference.as_deref());
        let mut places = refs.map(|reference| place(reference, by_ref)).peekable();
        if places.peek().is_none() {
            report.add(id, Place::default(), details);
        }
        for place in places {
            report.add(id, place, details);
        }
    }
    Ok(report)
}

impl Rating {
    fn severity(&self) -> Severity {
        let word = self.severity.as_deref().map(Severity::parse).unwrap_or_default();
        word.max(self.score.map(Severity::of_score).filter(|_| word == Severity::Unknown).unwrap_or_default())
    }
}

/// The component that a `ref` names: by its `bom-ref`, or by a package URL that stands there itself; that may lie behind a
/// BOM-Link (`urn:cdx:<serial>/<version>#<bom-ref>`).
fn place<'a>(reference: &'a str, by_ref: &HashMap<&str, &'a Component>) -> Place<'a> {
    let linked = reference.strip_prefix("urn:cdx:").and_then(|link| link.split_once('#'));
    let reference = linked.map_or(reference, |(_, reference)| reference);
    match by_ref.get(reference) {
        Some(component) => Place {
            purl: component.purl.as_deref(),
            name: component.name.as_deref(),
            version: component.version.as_deref(),
        },
        None => {
            let purl = Some(reference).filter(|reference| reference.starts_with("pkg:"));
            Place { purl, name: Some(reference), version: None }
        }
    }
}

fn scanner(tools: Option<&RawValue>) -> (Option<String>, Option<String>) {
    let Some(tools) = tools.map(RawValue::get) else { return (None, None) };
    let list = serde_json::from_str::<Bounded<Tool, FEW>>(tools);
    let list = list.or_else(|_| serde_json::from_str::<ToolsJson>(tools).map(|tools| tools.components));
    let first = list.ok().and_then(|tools| tools.items.into_iter().next());
    first.map_or((None, None), |tool| {
        (shown_if_any(tool.name.as_deref()), shown_if_any(tool.version.as_deref()))
    })
}
