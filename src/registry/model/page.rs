//! Paging by name: `n` and `last` (distribution spec, "Listing Tags").

/// Most names in one answer, asked for or not: memory stays bounded (CVE-2023-2253).
const MAX_NAMES: u64 = 1000;

/// Which names to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePage {
    /// How many at most; 0 is an empty list.
    pub limit: u64,
    /// Only names behind this one.
    pub last: Option<String>,
}

impl NamePage {
    /// From the query's `n` and `last`.
    pub fn new(n: Option<u64>, last: Option<String>) -> Self {
        Self { limit: n.unwrap_or(MAX_NAMES).min(MAX_NAMES), last: last.filter(|last| !last.is_empty()) }
    }
}
