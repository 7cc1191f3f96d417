//! What is known of one artifact, as gates ask for it.

use serde_json::{Value, json};

use super::answer::Answer;
use crate::releases::model::Artifact;
use crate::trust::{KnownAttestation, KnownEvidence, Says};
use crate::types::Timestamp;

/// What is known of one artifact.
pub struct Known<'a> {
    /// Which.
    pub artifact: &'a Artifact,
    /// All of it.
    pub evidence: &'a KnownEvidence,
}

impl<'a> Known<'a> {
    /// What is known of an artifact.
    pub const fn new(artifact: &'a Artifact, evidence: &'a KnownEvidence) -> Self {
        Self { artifact, evidence }
    }

    /// Attestations that a signer of the policy made. Without a policy nothing is verified, whatever is told.
    pub fn verified(&self) -> impl Iterator<Item = &'a KnownAttestation> {
        let has_policy = self.evidence.policy.is_some();
        self.evidence.attestations.iter().filter(move |attestation| has_policy && attestation.is_verified)
    }

    /// Signers of the policy that signed it.
    pub fn signers(&self) -> &'a [String] {
        if self.evidence.policy.is_some() { &self.evidence.signers } else { &[] }
    }

    /// What to answer when nothing fits: that there is none is known only once all was looked at.
    pub fn unless_unknown(&self, answer: Answer) -> Answer {
        if self.evidence.is_pending {
            self.being_verified()
        } else if self.evidence.is_truncated {
            self.too_much()
        } else if self.evidence.policy.is_none() {
            let project = self.artifact.repository.project();
            answer.remedied(format!(
                "nothing can be verified without a trust policy: set one for project {project} that names its signers"
            ))
        } else {
            answer
        }
    }

    /// As [`Known::unless_unknown`], for gates that one bad piece keeps from passing.
    pub fn unknown(&self) -> Option<Answer> {
        if self.evidence.is_pending {
            Some(self.being_verified())
        } else if self.evidence.is_truncated {
            Some(self.too_much())
        } else {
            None
        }
    }

    fn being_verified(&self) -> Answer {
        let message = format!("what speaks of {} is still being verified", self.artifact);
        Answer::pending("evidence_pending", message)
    }

    fn too_much(&self) -> Answer {
        Answer::error(
            "evidence_truncated",
            format!("more speaks of {} than can be looked at", self.artifact),
            "delete attestations and signatures of it that are no longer needed",
        )
    }

    /// What was looked at: all that the answer may rest on. What a piece says is fixed by its id.
    pub fn view(&self) -> Value {
        let KnownEvidence { policy, signers, attestations, is_pending, is_truncated } = self.evidence;
        let attestations: Vec<Value> = attestations
            .iter()
            .map(|of| {
                json!({
                    "evidence": of.evidence,
                    "predicate_type": of.predicate_type,
                    "verified": of.is_verified,
                    "signer": of.signer,
                    "slsa_level": of.slsa_level,
                    "signed_at": of.signed_at,
                    "seen_at": of.seen_at,
                    "truncated": of.is_truncated,
                    "unread": matches!(of.says, Says::Unread(_)),
                })
            })
            .collect();
        json!({
            "artifact": self.artifact.to_string(),
            "policy": policy,
            "signers": signers,
            "attestations": attestations,
            "pending": is_pending,
            "truncated": is_truncated,
        })
    }

    /// How to say something of it, so that it counts.
    pub fn how_to_attest(&self, what: &str, kind: &str) -> String {
        format!(
            "attach {what}, signed by a signer of the trust policy: waybill attest --type {kind} --predicate FILE --key \
             FILE HOST/{artifact}, or cosign attest --type {kind} --predicate FILE --key FILE HOST/{artifact}",
            artifact = self.artifact
        )
    }
}

/// When something was attested: nothing is newer than when it was first seen here, whatever it says of itself.
pub fn made_at(attestation: &KnownAttestation) -> Timestamp {
    no_later(attestation.signed_at, attestation)
}

/// An instant that an attestation tells, no later than when that was first seen here.
pub fn no_later(told: Option<Timestamp>, attestation: &KnownAttestation) -> Timestamp {
    told.map_or(attestation.seen_at, |at| at.min(attestation.seen_at))
}
