//! Who built each artifact, and of what: SLSA provenance that a signer of the trust policy vouches for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Answer;
use super::asked::Asked;
use super::known::Known;
use crate::trust::{KnownAttestation, KnownProvenance, Says, Wildcard};

/// Most wildcards in a list.
const SHAPES: usize = 100;
/// The highest build level (slsa.dev/spec, levels).
const HIGHEST: u8 = 4;

/// Who built each artifact, and of what. One attestation must have all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProvenanceRule {
    /// The builder's id is of one of these shapes, with `*`.
    #[serde(default)]
    pub builders: Option<Vec<Wildcard>>,
    /// The source repository is of one of these shapes, with `*`: `https://HOST/PATH`, as provenance is read.
    #[serde(default)]
    pub sources: Option<Vec<Wildcard>>,
    /// The trust policy holds the builder good for this SLSA level at least, 1 to 4.
    #[serde(default)]
    pub slsa_level: Option<u8>,
}

impl ProvenanceRule {
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        for (key, shapes) in [("builders", &self.builders), ("sources", &self.sources)] {
            if shapes.as_ref().is_some_and(|shapes| shapes.is_empty() || shapes.len() > SHAPES) {
                return Err(format!("`{key}` has 1 to {SHAPES} of them: leave it out for any"));
            }
        }
        if self.slsa_level.is_some_and(|level| !(1..=HIGHEST).contains(&level)) {
            return Err(format!("`slsa_level` is 1 to {HIGHEST}: leave it out for any"));
        }
        Ok(())
    }

    /// What it says.
    pub fn answer(&self, asked: &Asked<'_>) -> Answer {
        asked.each(|known| self.of_artifact(known).having_seen(known.view()))
    }

    fn of_artifact(&self, known: &Known<'_>) -> Answer {
        let artifact = known.artifact;
        let told: Vec<_> = known.verified().filter_map(provenance).collect();
        let misfit = told.iter().map(|(attestation, said)| self.misfit(attestation, said));
        let misfits: Vec<_> = misfit.collect();
        if let Some(at) = misfits.iter().position(Option::is_none) {
            let (attestation, said) = told[at];
            let message = format!("{artifact} was built by {}", said.builder);
            return Answer::pass("provenance_fits", message).resting_on([attestation]);
        }
        let remediation = known.how_to_attest("provenance that the builder made", "slsaprovenance1");
        let answer = match misfits.into_iter().flatten().next() {
            Some(why) => Answer::fail("provenance_does_not_fit", format!("{artifact}: {why}"), remediation)
                .resting_on(told.iter().map(|(attestation, _)| *attestation)),
            None => {
                let message = format!("{artifact} has no verified provenance");
                Answer::missing("provenance_missing", message, remediation)
            }
        };
        known.unless_unknown(answer)
    }

    /// In what an attestation does not fit.
    fn misfit(&self, attestation: &KnownAttestation, said: &KnownProvenance) -> Option<String> {
        let is_among = |shapes: &Option<Vec<Wildcard>>, text: Option<&str>| {
            let fits = |shapes: &Vec<Wildcard>| {
                text.is_some_and(|text| shapes.iter().any(|shape| shape.matches(text)))
            };
            shapes.as_ref().is_none_or(fits)
        };
        let level = attestation.slsa_level.unwrap_or(0);
        if !is_among(&self.builders, Some(&said.builder)) {
            Some(format!("builder {} is none of those that the gate names", said.builder))
        } else if !is_among(&self.sources, said.source.as_deref()) {
            let source = said.source.as_deref().unwrap_or("(not told)");
            Some(format!("source {source} is none of those that the gate names"))
        } else {
            let asked = self.slsa_level.filter(|asked| level < *asked)?;
            Some(format!(
                "the trust policy holds builder {} good for SLSA level {level}, not {asked}",
                said.builder
            ))
        }
    }
}

fn provenance(attestation: &KnownAttestation) -> Option<(&KnownAttestation, &KnownProvenance)> {
    match &attestation.says {
        Says::Provenance(said) => Some((attestation, said)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::releases::model::Outcome;
    use crate::releases::model::gates::given::{self, Given};

    fn rule(json: &str) -> ProvenanceRule {
        serde_json::from_str(json).unwrap()
    }

    fn built(builder: &str, source: Option<&str>, level: u8) -> KnownAttestation {
        let source = source.map(str::to_owned);
        let said = KnownProvenance { builder: builder.to_owned(), source, commit: None };
        let made = given::attestation("https://slsa.dev/provenance/v1", Says::Provenance(said));
        KnownAttestation { slsa_level: Some(level), ..made }
    }

    fn ask(json: &str, attestations: Vec<KnownAttestation>) -> (Outcome, &'static str) {
        let mut given = Given::default();
        given.known().attestations = attestations;
        let answer = given.ask(|asked| rule(json).answer(asked));
        (answer.outcome, answer.code)
    }

    #[test]
    fn builder_source_and_level_fit() {
        let fits =
            r#"{"builders":["https://ci.test/*"],"sources":["https://git.test/acme/*"],"slsa_level":2}"#;
        let source = Some("https://git.test/acme/app");
        for (attestation, outcome) in [
            (built("https://ci.test/a", source, 2), Outcome::Pass),
            (built("https://ci.test/a", source, 3), Outcome::Pass),
            (built("https://ci.test/a", source, 1), Outcome::Fail),
            (built("https://evil.test/a", source, 4), Outcome::Fail),
            (built("https://ci.test/a", Some("https://git.test/evil/app"), 4), Outcome::Fail),
            (built("https://ci.test/a", None, 4), Outcome::Fail),
        ] {
            assert_eq!(ask(fits, vec![attestation.clone()]).0, outcome, "{attestation:?}");
        }
        let halves = vec![built("https://ci.test/a", None, 4), built("https://evil.test/a", source, 4)];
        assert_eq!(ask(fits, halves), (Outcome::Fail, "provenance_does_not_fit"), "not from two together");
    }

    #[test]
    fn what_no_signer_vouches_for_is_missing() {
        let unverified = KnownAttestation { is_verified: false, ..built("https://ci.test/a", None, 4) };
        assert_eq!(ask("{}", vec![unverified]), (Outcome::Missing, "provenance_missing"));
        assert_eq!(ask("{}", vec![built("b", None, 0)]).0, Outcome::Pass);
        assert_eq!(ask("{}", Vec::new()).0, Outcome::Missing);
        let none = KnownAttestation { slsa_level: None, ..built("b", None, 0) };
        assert_eq!(ask(r#"{"slsa_level":1}"#, vec![none]).0, Outcome::Fail);
    }

    #[test]
    fn senseless_parameters_are_refused() {
        for json in [r#"{"builders":[]}"#, r#"{"sources":[]}"#, r#"{"slsa_level":0}"#, r#"{"slsa_level":5}"#]
        {
            assert!(rule(json).check().is_err(), "{json}");
        }
        assert_eq!(rule(r#"{"slsa_level":4}"#).check(), Ok(()));
    }
}
