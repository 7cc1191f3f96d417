//! For tests: a release of one artifact of which nothing is known, and what may be known of it.

use std::collections::BTreeMap;

use super::when::When;
use super::{Answer, Asked, Basis};
use crate::releases::model::{Artifact, ArtifactKind, Inputs, Lifecycle, PromotionKind, Request};
use crate::trust::{KnownAttestation, KnownEvidence, Says};
use crate::types::{Algorithm, Digest, EvidenceId, Timestamp};

/// When gates are asked: 2027-01-15T08:00:00Z.
pub const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
const HOUR: i64 = 3_600_000_000;

/// Some hours before [`NOW`].
pub fn ago(hours: u32) -> Timestamp {
    Timestamp::from_micros(NOW.micros() - i64::from(hours) * HOUR)
}

/// Some hours after [`NOW`].
pub fn in_hours(hours: u32) -> Timestamp {
    Timestamp::from_micros(NOW.micros() + i64::from(hours) * HOUR)
}

/// An image.
pub fn artifact(repository: &str) -> Artifact {
    Artifact {
        repository: repository.parse().unwrap(),
        digest: Digest::of(Algorithm::Sha256, repository.as_bytes()),
        role: "app".to_owned(),
        kind: ArtifactKind::Image,
        pushed_by: Vec::new(),
    }
}

/// A release of one image, to go forward.
pub fn request() -> Request {
    Request {
        kind: PromotionKind::Forward,
        environment: "live".parse().unwrap(),
        ticket: None,
        requested_by: None,
        start_at: None,
        labels: BTreeMap::new(),
        artifacts: vec![artifact("acme/app")],
    }
}

/// That nothing is known, under a trust policy.
pub fn nothing() -> KnownEvidence {
    let policy = Some(Digest::of(Algorithm::Sha256, b"policy"));
    KnownEvidence { policy, ..KnownEvidence::default() }
}

/// What the signer `ci` attested an hour ago.
pub fn attestation(predicate_type: &str, says: Says) -> KnownAttestation {
    KnownAttestation {
        evidence: EvidenceId::new(),
        carrier: Digest::of(Algorithm::Sha256, b"carrier"),
        predicate_type: Some(predicate_type.to_owned()),
        is_verified: true,
        signer: Some("ci".to_owned()),
        slsa_level: None,
        signed_at: None,
        seen_at: ago(1),
        is_truncated: false,
        says,
    }
}

/// A release and what is known of it.
#[derive(Clone)]
pub struct Given {
    pub request: Request,
    pub inputs: Inputs,
}

impl Default for Given {
    fn default() -> Self {
        let inputs = Inputs { evidence: vec![nothing()], ..Inputs::default() };
        Self { request: request(), inputs }
    }
}

impl Given {
    /// What is known of its artifact.
    pub fn known(&mut self) -> &mut KnownEvidence {
        &mut self.inputs.evidence[0]
    }

    /// What a gate `gate` says of it in the first stage.
    pub fn ask(&self, answer: impl Fn(&Asked<'_>) -> Answer) -> Answer {
        let none = Lifecycle { stages: Vec::new() };
        self.ask_on(&Basis::of(&none, 0, self.request.kind), answer)
    }

    /// What a gate `gate` says of it where it rests on something.
    pub fn ask_on(&self, basis: &Basis<'_>, answer: impl Fn(&Asked<'_>) -> Answer) -> Answer {
        answer(&Asked::new("gate", &When::default(), (&self.request, &self.inputs), basis, NOW))
    }
}
