//! What is logged, and how.

use std::str::FromStr;

use serde::Deserialize;
use thiserror::Error;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// What is logged, and how.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// A level, or a list such as `info,waybill::jobs=debug`. Default `info`.
    pub level: LogFilter,
    /// `json` (one object a line) or `text` (for people). Default `json`.
    pub format: LogFormat,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Why a `log.level` can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("must be off, error, warn, info, debug or trace, or a list such as info,waybill::jobs=debug")]
pub struct LogFilterError;

/// A checked `log.level`. tracing's own parser would take a misspelt level for the name of a module.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct LogFilter(String);

impl LogFilter {
    /// In the form that tracing's `EnvFilter` reads.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LogFilter {
    type Err = LogFilterError;

    fn from_str(text: &str) -> Result<Self, LogFilterError> {
        let good = text.split(',').all(|part| match part.split_once('=') {
            None => LEVELS.contains(&part),
            Some((module, level)) => {
                let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
                !module.is_empty() && module.chars().all(word) && LEVELS.contains(&level)
            }
        });
        if good { Ok(Self(text.to_owned())) } else { Err(LogFilterError) }
    }
}

impl TryFrom<String> for LogFilter {
    type Error = LogFilterError;

    fn try_from(text: String) -> Result<Self, LogFilterError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_levels_and_refuses_the_misspelt() {
        for text in ["info", "off", "warn,waybill=debug", "info,waybill::jobs=trace,actix_server=off"] {
            assert!(text.parse::<LogFilter>().is_ok(), "{text}");
        }
        for text in
            ["", "verbose", "INFO", "info,", "waybill=loud", "=info", "a b=info", "waybill[span]=info"]
        {
            assert_eq!(text.parse::<LogFilter>(), Err(LogFilterError), "{text}");
        }
    }
}
