//! What a gate is asked about, narrowed to what it applies to.

use super::answer::Answer;
use super::known::Known;
use super::upstream::Basis;
use super::when::When;
use crate::releases::model::{Artifact, Inputs, Request, WaiverInput};
use crate::types::Timestamp;

/// What a gate is asked about.
pub struct Asked<'a> {
    /// The release, and where it is to enter.
    pub request: &'a Request,
    /// What is known.
    pub inputs: &'a Inputs,
    /// What the release has to be verified in first.
    pub basis: &'a Basis<'a>,
    /// When it is asked.
    pub now: Timestamp,
    artifacts: Vec<(&'a Artifact, Option<Known<'a>>)>,
    waivers: Vec<&'a WaiverInput>,
}

impl<'a> Asked<'a> {
    /// What a gate of this id is asked about.
    pub fn new(
        gate: &str,
        when: &When,
        (request, inputs): (&'a Request, &'a Inputs),
        basis: &'a Basis<'a>,
        now: Timestamp,
    ) -> Self {
        let of =
            |(at, artifact)| (artifact, inputs.evidence.get(at).map(|known| Known::new(artifact, known)));
        let artifacts = request.artifacts.iter().enumerate().map(of);
        let waivers = inputs.waivers.iter().filter(|waiver| waiver.gate == gate && now < waiver.ends_at);
        Self {
            request,
            inputs,
            basis,
            now,
            artifacts: artifacts.filter(|(artifact, _)| when.takes(artifact.kind)).collect(),
            waivers: waivers.collect(),
        }
    }

    /// Whether any artifact is left to ask about.
    pub const fn has_artifacts(&self) -> bool {
        !self.artifacts.is_empty()
    }

    /// Waivers of single vulnerabilities that are in force for the gate.
    pub fn vulnerability_waivers(&self) -> impl Iterator<Item = &'a WaiverInput> {
        self.waivers.iter().copied().filter(|waiver| !waiver.vulnerabilities.is_empty())
    }

    /// The waiver of the whole gate that is in force longest.
    pub fn gate_waiver(&self) -> Option<&'a WaiverInput> {
        let whole = self.waivers.iter().copied().filter(|waiver| waiver.vulnerabilities.is_empty());
        whole.max_by_key(|waiver| waiver.ends_at)
    }

    /// Asks about each artifact by itself.
    pub fn each(&self, answer: impl Fn(&Known<'_>) -> Answer) -> Answer {
        let answers = self.artifacts.iter().map(|(artifact, known)| match known {
            Some(known) => answer(known),
            None => Answer::error(
                "evidence_unknown",
                format!("what is known of {artifact} was not told"),
                "ask again; if it stays, tell whoever runs Waybill",
            ),
        });
        Answer::of_all(answers.collect())
    }
}
