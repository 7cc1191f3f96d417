//! What was found, each vulnerability once for its package under whichever of its names, and what VEX says of it.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use super::report::{Report, without_superseded};
use crate::trust::{KnownFinding, Severity, VexStatus};
use crate::types::Timestamp;

/// Package URLs of images: what is said of one is said of the whole artifact.
const IMAGES: [&str; 2] = ["pkg:oci/", "pkg:docker/"];

/// A vulnerability in a package.
#[derive(Debug)]
pub struct Finding {
    /// Its id, as it was found first.
    id: String,
    name: usize,
    package: Option<String>,
    /// The worst that any report says.
    pub severity: Severity,
    /// Whether a report names a version without it.
    pub is_fixable: bool,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.package {
            Some(package) => write!(f, "{} in {package}", self.id),
            None => f.write_str(&self.id),
        }
    }
}

/// What a VEX says of a vulnerability, and when.
struct Said {
    name: usize,
    package: Option<String>,
    at: Timestamp,
    is_open: bool,
}

/// What was found and said.
pub struct Findings {
    names: Names,
    found: BTreeMap<(usize, Option<String>), Finding>,
    said: Vec<Said>,
}

impl Findings {
    /// What reports tell.
    pub fn of(reports: &[Report<'_>]) -> Self {
        let mut all = Self { names: Names::default(), found: BTreeMap::new(), said: Vec::new() };
        let counting: Vec<_> = without_superseded(reports).collect();
        // All names first: any report may say that two are the same.
        for finding in counting.iter().flat_map(|report| &report.report.findings) {
            all.names.take(finding);
        }
        all.names.settle();
        for report in counting {
            report.report.findings.iter().for_each(|finding| all.take(finding, report.at()));
        }
        all
    }

    fn take(&mut self, finding: &KnownFinding, at: Timestamp) {
        let Some(name) = self.names.find(&finding.vulnerability) else { return };
        let package = finding.package.clone();
        if let Some(status) = finding.status {
            let is_open = !matches!(status, VexStatus::NotAffected | VexStatus::Fixed);
            self.said.push(Said { name, package: package.clone(), at, is_open });
            if status != VexStatus::Affected {
                return;
            }
        }
        let new = || Finding {
            id: finding.vulnerability.clone(),
            name,
            package: package.clone(),
            severity: Severity::Unknown,
            is_fixable: false,
        };
        let found = self.found.entry((name, package.clone())).or_insert_with(new);
        found.severity = found.severity.max(finding.severity);
        found.is_fixable |= finding.fixed_in.is_some();
    }

    /// What no VEX takes out. The latest word counts; of words at the same time the one that leaves it in.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        let mut said: HashMap<usize, Vec<&Said>> = HashMap::new();
        for of in &self.said {
            said.entry(of.name).or_default().push(of);
        }
        self.found.values().filter(move |finding| {
            let about = said.get(&finding.name).into_iter().flatten();
            let about = about.filter(|said| said.speaks_of(finding.package.as_deref()));
            about.max_by_key(|said| (said.at, said.is_open)).is_none_or(|said| said.is_open)
        })
    }

    /// Whether an id is one of its names.
    pub fn is_named(&self, finding: &Finding, id: &str) -> bool {
        self.names.find(id) == Some(finding.name)
    }
}

impl Said {
    fn speaks_of(&self, package: Option<&str>) -> bool {
        match self.package.as_deref() {
            None => true,
            Some(own) => Some(own) == package || IMAGES.iter().any(|image| own.starts_with(image)),
        }
    }
}

/// Names of vulnerabilities, those of the same one joined.
#[derive(Default)]
struct Names {
    of: HashMap<String, usize>,
    /// Each leads to another of the same, the last to itself.
    leads_to: Vec<usize>,
}

impl Names {
    fn take(&mut self, finding: &KnownFinding) {
        let own = self.add(&finding.vulnerability);
        for alias in &finding.aliases {
            let alias = self.add(alias);
            let (alias, own) = (self.last(alias), self.last(own));
            self.leads_to[alias] = own;
        }
    }

    fn add(&mut self, id: &str) -> usize {
        let next = self.leads_to.len();
        let at = *self.of.entry(id.trim().to_ascii_uppercase()).or_insert(next);
        if at == next {
            self.leads_to.push(next);
        }
        at
    }

    /// Where a name leads to, with the way there made shorter.
    fn last(&mut self, mut at: usize) -> usize {
        while self.leads_to[at] != at {
            self.leads_to[at] = self.leads_to[self.leads_to[at]];
            at = self.leads_to[at];
        }
        at
    }

    /// Has every name lead straight to the last.
    fn settle(&mut self) {
        for at in 0..self.leads_to.len() {
            self.leads_to[at] = self.last(at);
        }
    }

    /// The one that stands for all names of a vulnerability, once they are settled.
    fn find(&self, id: &str) -> Option<usize> {
        self.of.get(&id.trim().to_ascii_uppercase()).map(|at| self.leads_to[*at])
    }
}
