//! What a gate is narrowed to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::releases::model::words::words;
use crate::releases::model::{ArtifactKind, Request};

/// The label by which a release tells its risk.
const RISK: &str = "risk";
/// Most labels that a gate can ask for.
const LABELS: usize = 16;

words! {
    /// How much is at stake. A release tells it by its label `risk`; one that tells nothing, or anything else, is of high risk.
    Risk {
        /// Little.
        Low = "low",
        /// Some.
        Medium = "medium",
        /// Much.
        High = "high",
    }
}

/// What a gate is narrowed to; all of what is given must fit. Whoever creates a release chooses its labels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Artifacts of these kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<ArtifactKind>>,
    /// Releases that have all these labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Releases of these risks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<Vec<Risk>>,
}

impl When {
    /// Whether artifacts of a kind are asked about.
    pub fn takes(&self, kind: ArtifactKind) -> bool {
        self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind))
    }

    /// Whether the release is asked about.
    pub fn fits(&self, request: &Request) -> bool {
        let told = request.labels.get(RISK).and_then(|risk| risk.parse().ok());
        let risk = told.unwrap_or(Risk::High);
        self.labels.iter().all(|(key, value)| request.labels.get(key) == Some(value))
            && self.risk.as_ref().is_none_or(|risks| risks.contains(&risk))
    }

    /// Whether it is narrowed at all.
    pub fn is_any(&self) -> bool {
        *self == Self::default()
    }

    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        if self.labels.len() > LABELS {
            return Err(format!("`when.labels` has at most {LABELS} labels"));
        }
        let is_empty = self.kinds.as_ref().is_some_and(Vec::is_empty);
        if is_empty || self.risk.as_ref().is_some_and(Vec::is_empty) {
            return Err(
                "an empty list in `when` fits nothing: leave it out, or name what it is for".to_owned()
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::releases::model::gates::given;

    fn when(json: &str) -> When {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_release_without_a_known_risk_is_of_high_risk() {
        let of = |risk: Option<&str>| {
            let mut request = given::request();
            request.labels.extend(risk.map(|risk| (RISK.to_owned(), risk.to_owned())));
            request
        };
        let (high, low) = (when(r#"{"risk":["high"]}"#), when(r#"{"risk":["low","medium"]}"#));
        for risk in [None, Some("high"), Some("LOW"), Some("")] {
            assert!(high.fits(&of(risk)) && !low.fits(&of(risk)), "{risk:?}");
        }
        assert!(low.fits(&of(Some("low"))) && !high.fits(&of(Some("low"))));
    }

    #[test]
    fn labels_must_all_be_there() {
        let mut request = given::request();
        let both = when(r#"{"labels":{"a":"1","b":"2"}}"#);
        request.labels.insert("a".to_owned(), "1".to_owned());
        assert!(!both.fits(&request));
        request.labels.insert("b".to_owned(), "2".to_owned());
        assert!(both.fits(&request));
        assert!(When::default().fits(&request) && When::default().takes(ArtifactKind::Other));
        assert!(!when(r#"{"kinds":["image"]}"#).takes(ArtifactKind::Chart));
    }

    #[test]
    fn what_fits_nothing_is_refused() {
        assert!(when(r#"{"kinds":[]}"#).check().is_err());
        assert!(when(r#"{"risk":[]}"#).check().is_err());
        assert_eq!(when(r#"{"risk":["low"]}"#).check(), Ok(()));
    }
}
