//! OpenVEX (github.com/openvex/spec, v0.2.0): what somebody says of vulnerabilities.

use serde::Deserialize;

use super::facts::Facts;
use super::list::Bounded;
use super::text::{read as read_json, required, shown, shown_if_any, time};
use super::vulnerabilities::{Details, FINDINGS, Place, VexStatus, VulnerabilityReport};
use crate::trust::model::Reason;

/// Aliases of a vulnerability that are read.
const FEW: usize = 100;

#[derive(Deserialize)]
struct VexJson {
    author: Option<String>,
    timestamp: Option<String>,
    statements: Option<Bounded<Statement, FINDINGS>>,
}

#[derive(Deserialize)]
struct Statement {
    vulnerability: Option<Vulnerability>,
    #[serde(default)]
    products: Bounded<Product, FINDINGS>,
    status: Option<String>,
    justification: Option<String>,
    impact_statement: Option<String>,
    action_statement: Option<String>,
}

/// Before v0.2.0 it was a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Vulnerability {
    Name(String),
    Named {
        #[serde(rename = "@id")]
        id: Option<String>,
        name: Option<String>,
        #[serde(default)]
        aliases: Bounded<String, FEW>,
    },
}

/// Before v0.2.0 it was a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Product {
    Id(String),
    Described {
        #[serde(rename = "@id")]
        id: Option<String>,
        identifiers: Option<Identifiers>,
        #[serde(default)]
        subcomponents: Bounded<Component, FINDINGS>,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Component {
    Id(String),
    Described {
        #[serde(rename = "@id")]
        id: Option<String>,
        identifiers: Option<Identifiers>,
    },
}

#[derive(Deserialize)]
struct Identifiers {
    purl: Option<String>,
}

/// Reads OpenVEX.
pub fn read(bytes: &[u8]) -> Result<Facts, Reason> {
    let vex: VexJson = read_json(bytes)?;
    let statements = required(vex.statements, "statements")?;
    let mut report = VulnerabilityReport {
        format: "OpenVEX",
        scanner: shown_if_any(vex.author.as_deref()),
        scanned_at: time(vex.timestamp.as_deref(), "timestamp")?,
        truncated: statements.truncated,
        ..VulnerabilityReport::default()
    };
    for statement in &statements.items {
        add(&mut report, statement)?;
    }
    Ok(Facts::Vulnerabilities(report))
}

fn add(report: &mut VulnerabilityReport, statement: &Statement) -> Result<(), Reason> {
    let (id, aliases) = match required(statement.vulnerability.as_ref(), "a statement's vulnerability")? {
        Vulnerability::Name(name) => (Some(name), &[][..]),
        Vulnerability::Named { id, name, aliases } => (name.as_ref().or(id.as_ref()), &aliases.items[..]),
    };
    let id = required(id, "a vulnerability's name")?;
    let status = required(statement.status.as_deref(), "a statement's status")?;
    let status = VexStatus::parse(status)
        .ok_or_else(|| Reason::Malformed(format!("no status of OpenVEX is called {:?}", shown(status))))?;
    let told = [&statement.justification, &statement.impact_statement, &statement.action_statement];
    let details = Details {
        aliases,
        status: Some(status),
        justification: told.into_iter().find_map(Option::as_deref),
        ..Details::default()
    };
    report.truncated |= statement.products.truncated;
    if statement.products.items.is_empty() {
        report.add(id, Place::default(), details);
    }
    for product in &statement.products.items {
        match product {
            Product::Described { subcomponents, .. } if !subcomponents.items.is_empty() => {
                report.truncated |= subcomponents.truncated;
                for component in &subcomponents.items {
                    report.add(id, component.place(), details);
                }
            }
            Product::Described { id: product, identifiers, .. } => {
                report.add(id, place(product.as_deref(), identifiers.as_ref()), details);
            }
            Product::Id(product) => report.add(id, place(Some(product), None), details),
        }
    }
    Ok(())
}

impl Component {
    fn place(&self) -> Place<'_> {
        match self {
            Self::Id(id) => place(Some(id), None),
            Self::Described { id, identifiers } => place(id.as_deref(), identifiers.as_ref()),
        }
    }
}

/// A package URL as it is, or an id that is none.
fn place<'a>(id: Option<&'a str>, identifiers: Option<&'a Identifiers>) -> Place<'a> {
    let given = identifiers.and_then(|identifiers| identifiers.purl.as_deref());
    let purl = given.or(id.filter(|id| id.starts_with("pkg:")));
    Place { purl, name: id, version: None }
}
