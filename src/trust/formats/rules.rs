//! What a policy lets its signers vouch for: applied after the cryptography, to what it found.

use serde::Deserialize;

use super::content::About;
use super::findings::{Claim, Findings, MadeBy, Said};
use super::signers::Signer;
use crate::trust::model::{Outcome, Reason, Statement, Verdict, read_json};
use crate::types::Timestamp;

/// The predicate types of SLSA provenance begin so, whatever the version.
const PROVENANCE: &str = "https://slsa.dev/provenance/";

/// What comes of it: verified if any signer who made it may vouch for it; else what speaks against the one that came
/// closest.
pub(super) fn conclude(findings: Findings<'_>, about: &About<'_>) -> Outcome {
    let Findings { claim, made_by, unless, seen } = findings;
    let outcomes = made_by.into_iter().map(|made_by| judge(&claim, made_by, about));
    let closest = outcomes.min_by_key(|outcome| outcome.reasons.len());
    closest.unwrap_or_else(|| {
        let (trusted_root, signed_at) = seen.unzip();
        let reasons = [Some(unless), claim.against].into_iter().flatten().collect();
        Outcome {
            reasons,
            trusted_root,
            signed_at: signed_at.flatten(),
            ..Outcome::refused(Reason::SignerUnknown)
        }
    })
}

fn judge(claim: &Claim, made_by: MadeBy<'_>, about: &About<'_>) -> Outcome {
    let MadeBy { signer, trusted_root, proof } = made_by;
    let mut reasons: Vec<Reason> = claim.against.iter().cloned().collect();
    let signed_at = proof.unwrap_or_else(|reason| {
        reasons.push(reason);
        None
    });
    reasons.extend(time_rules(signer, signed_at.unwrap_or(about.seen_at)));
    if !signer.may.repositories.iter().any(|pattern| pattern.matches(about.repository.as_str())) {
        let repository = about.repository.to_string();
        reasons.push(Reason::RepositoryOutOfScope { signer: signer.name.clone(), repository });
    }
    let slsa_level = match scope(signer, &claim.said) {
        Ok(level) => level,
        Err(reason) => {
            reasons.push(reason);
            None
        }
    };
    Outcome {
        verdict: if reasons.is_empty() { Verdict::Verified } else { Verdict::Refused },
        signer: Some(signer.name.clone()),
        reasons,
        trusted_root,
        slsa_level,
        signed_at,
    }
}

/// What speaks against a signer at a moment.
fn time_rules(signer: &Signer, at: Timestamp) -> Option<Reason> {
    let name = || signer.name.clone();
    // A key that was in other hands is worse than an old one.
    if let Some(since) = signer.revoked.filter(|since| at >= *since) {
        return Some(Reason::KeyRevoked { signer: name(), since });
    }
    if let Some(from) = signer.valid_from.filter(|from| at < *from) {
        return Some(Reason::KeyNotYetValid { signer: name(), from });
    }
    let until = signer.valid_until.filter(|until| at >= *until)?;
    Some(Reason::KeyExpired { signer: name(), until })
}

/// Whether a signer may say such a thing; of provenance, the level that its builder is good for.
fn scope(signer: &Signer, said: &Said) -> Result<Option<u8>, Reason> {
    let name = || signer.name.clone();
    let statement = match said {
        Said::Signature if signer.may.signatures => return Ok(None),
        Said::Signature => return Err(Reason::SigningOutOfScope { signer: name() }),
        Said::Statement(statement) => statement,
    };
    let predicate_type = &statement.predicate_type;
    if !signer.may.predicate_types.iter().any(|pattern| pattern.matches(predicate_type)) {
        return Err(Reason::PredicateOutOfScope { signer: name(), predicate_type: predicate_type.clone() });
    }
    if !predicate_type.starts_with(PROVENANCE) {
        return Ok(None);
    }
    let builder = builder(statement)?;
    let rules = signer.may.builders.iter().filter(|rule| rule.id.matches(&builder));
    let level = rules.map(|rule| rule.slsa_level).max();
    level.map(Some).ok_or(Reason::BuilderNotAllowed { signer: name(), builder })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Provenance {
    run_details: Option<RunDetails>,
    builder: Option<Builder>,
}

#[derive(Deserialize)]
struct RunDetails {
    builder: Builder,
}

#[derive(Deserialize)]
struct Builder {
    id: String,
}

/// Who built it: `runDetails.builder.id` (v1), `builder.id` (v0.1 and v0.2).
fn builder(statement: &Statement) -> Result<String, Reason> {
    let missing = || Reason::Malformed("the provenance names no builder".to_owned());
    let predicate = statement.predicate.as_deref().ok_or_else(missing)?;
    let Provenance { run_details, builder } = read_json(predicate.get().as_bytes())?;
    let before_v1 = statement.predicate_type.starts_with("https://slsa.dev/provenance/v0.");
    let builder = if before_v1 { builder } else { run_details.map(|details| details.builder) };
    builder.map(|builder| builder.id).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::signers;
    use super::*;

    fn instant() -> impl Strategy<Value = Timestamp> {
        (0..6_i64).prop_map(|seconds| Timestamp::from_micros(seconds * 1_000_000))
    }

    proptest! {
        #[test]
        fn a_signer_counts_within_his_span_and_before_he_is_revoked(
            from in proptest::option::of(instant()),
            until in proptest::option::of(instant()),
            revoked in proptest::option::of(instant()),
            at in instant(),
        ) {
            let key = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
            let policy = format!(r#"{{"signers":[{{"name":"a","by":{{"minisign":{{"key":"{key}"}}}}}}]}}"#);
            let signers = signers::compile(&serde_json::from_str(&policy).unwrap()).unwrap();
            let signer = signers.into_iter().map(|signer| Signer { valid_from: from, valid_until: until, revoked, ..signer });
            let told = signer.map(|signer| time_rules(&signer, at)).next().unwrap();
            let good = from.is_none_or(|from| from <= at)
                && until.is_none_or(|until| at < until)
                && revoked.is_none_or(|revoked| at < revoked);
            prop_assert_eq!(told.is_none(), good);
            let is_revoked = revoked.is_some_and(|revoked| revoked <= at);
            prop_assert_eq!(matches!(told, Some(Reason::KeyRevoked { .. })), is_revoked);
        }
    }
}
