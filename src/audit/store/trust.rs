//! Rows of trust policies and of what was verified under them.

use entity::{trust_policy, verification};

use super::{Span, texts};
use crate::audit::model::{FactKey, Row, TrustPolicy, Value, Verification};
use crate::types::{Algorithm, Digest, Timestamp};

pub fn policy(row: trust_policy::Model) -> Row {
    let policy = TrustPolicy {
        revision: row.revision,
        digest: row.digest,
        bytes: Digest::of(Algorithm::Sha256, row.document.as_bytes()).into(),
        scope_key: row.scope_key,
    };
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.of(FactKey::TrustPolicy(row.project_id.map(Into::into)), Value::TrustPolicy(policy))
}

pub fn verification(row: verification::Model) -> Row {
    let verification = Verification {
        id: row.id.to_string(),
        project: row.project_id.into(),
        repository: row.repository_id.into(),
        carrier: row.carrier,
        position: row.position.into(),
        tag: row.tag,
        subject: row.subject,
        kind: row.kind,
        predicate_type: row.predicate_type,
        result: row.result,
        signer: row.signer,
        reasons: texts(row.reasons),
        policy: row.policy,
        trusted_root: row.trusted_root,
        slsa_level: row.slsa_level.map(i64::from),
        signed_at: row.signed_at_us.map(Timestamp::from_micros),
        verifier: row.verifier,
    };
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.of(FactKey::Verification(row.evidence_id.into()), Value::Verification(Box::new(verification)))
}
