//! What is wrong with the settings, in one line for the person who wrote them.

use figment::error::{Kind, OneOf};
use figment::{Figment, Source};
use thiserror::Error;

/// The settings whose values are never shown.
const SECRETS: [&str; 3] = ["admin_password", "client_secret", "master_key"];

/// Why the settings can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct SettingsError(String);

impl SettingsError {
    /// From a line that says what is wrong and where.
    pub(super) fn new(line: impl Into<String>) -> Self {
        Self(line.into())
    }

    /// Names the setting, what is wrong with it, and where it was set.
    pub(super) fn of(error: &figment::Error, figment: &Figment) -> Self {
        let mut path = error.path.clone();
        let wrong = match &error.kind {
            Kind::UnknownField(field, known) => {
                path.retain(|part| part != field);
                path.push(field.clone());
                format!("is no setting; there are {}", OneOf(known))
            }
            _ if path.iter().any(|part| SECRETS.contains(&part.as_str())) => "must be a text".to_owned(),
            Kind::UnknownVariant(found, known) => format!("must be {}, not {found}", OneOf(known)),
            Kind::InvalidType(found, expected) => format!("must be {expected}, not {found}"),
            other => other.to_string(),
        };
        let key = path.join(".");
        // Some types name their setting themselves.
        let wrong = wrong.strip_prefix(&key).unwrap_or(&wrong).trim_start();
        let metadata = error.metadata.as_ref().or_else(|| figment.find_metadata(&key));
        let place = metadata.map(|metadata| match &metadata.source {
            Some(Source::File(file)) => file.display().to_string(),
            _ => metadata.name.to_string(),
        });
        let line = match (key.is_empty(), place) {
            (false, Some(place)) => format!("{place}: {key} {wrong}"),
            (false, None) => format!("{key} {wrong}"),
            (true, Some(place)) => format!("{place}: {wrong}"),
            (true, None) => wrong.to_owned(),
        };
        Self(line.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}
