//! Reads of what is recorded, as far as they are recorded themselves.

use std::fmt;

use crate::types::{AccountId, ProjectId};

/// What was asked, without its values: an endpoint, and the names of the filters that were used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadShape {
    endpoint: &'static str,
    filters: Vec<&'static str>,
}

impl ReadShape {
    /// Of an endpoint without filters, or where none was used.
    pub const fn of(endpoint: &'static str) -> Self {
        Self { endpoint, filters: Vec::new() }
    }

    /// Names a filter, if it is used.
    #[must_use]
    pub fn filter(mut self, name: &'static str, is_used: bool) -> Self {
        if is_used {
            self.filters.push(name);
        }
        self
    }
}

/// `ledger/entries?kind,project`
impl fmt::Display for ReadShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.endpoint)?;
        for (n, name) in self.filters.iter().enumerate() {
            write!(f, "{}{name}", if n == 0 { '?' } else { ',' })?;
        }
        Ok(())
    }
}

/// A read that is recorded: once per account, shape, project and hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRead {
    /// Who.
    pub account: Option<AccountId>,
    /// What.
    pub shape: ReadShape,
    /// The project that it was narrowed to.
    pub project: Option<ProjectId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_has_the_names_of_filters_only() {
        let shape = ReadShape::of("ledger/entries");
        assert_eq!(shape.to_string(), "ledger/entries");
        let narrowed = shape.filter("kind", true).filter("project", false).filter("actor", true);
        assert_eq!(narrowed.to_string(), "ledger/entries?kind,actor");
    }
}
