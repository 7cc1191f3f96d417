//! Notation's signatures (notaryproject/specifications, `signature-specification.md`): JWS and COSE envelopes by
//! certificates that lead to a trust store.

mod chain;
mod cose;
mod envelope;
mod jws;
mod name;
mod store;

use serde::Deserialize;

use super::content::About;
use super::findings::{Claim, Findings, MadeBy};
use super::signers::{By, Signer};
use crate::trust::model::{Evidence, Reason, read_json};
use crate::types::Digest;
use chain::Chain;
use envelope::Envelope;

pub(super) use cose::is_cose;
pub(super) use name::NamePattern;
pub(super) use store::TrustStore;

/// The media types of envelopes.
pub(super) const JWS: &str = "application/jose+json";
pub(super) const COSE: &str = "application/cose";
/// The content type of what is signed.
pub(super) const PAYLOAD: &str = "application/vnd.cncf.notary.payload.v1+json";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    target_artifact: Target,
}

#[derive(Deserialize)]
struct Target {
    digest: String,
}

/// Verifies a JWS envelope.
pub(super) fn verify_jws<'a>(
    signers: &'a [Signer],
    evidence: &Evidence,
    about: &About<'_>,
) -> Result<Findings<'a>, Reason> {
    verify(signers, &jws::read(&evidence.bytes)?, about)
}

/// Verifies a COSE envelope.
pub(super) fn verify_cose<'a>(
    signers: &'a [Signer],
    evidence: &Evidence,
    about: &About<'_>,
) -> Result<Findings<'a>, Reason> {
    verify(signers, &cose::read(&evidence.bytes)?, about)
}

fn verify<'a>(signers: &'a [Signer], envelope: &Envelope, about: &About<'_>) -> Result<Findings<'a>, Reason> {
    envelope.attributes.check(about.seen_at)?;
    let chain = Chain::parse(&envelope.chain)?;
    envelope.check_signature(chain.leaf())?;
    let Payload { target_artifact: Target { digest } } = read_json(&envelope.payload)?;
    let of_this = about.names.iter().any(|name| name.as_str() == digest);
    let mut findings = Findings {
        claim: Claim::signature(of_this),
        made_by: Vec::new(),
        unless: Reason::SignerUnknown,
        seen: None,
    };
    chain.check_leaf()?;
    let subject = chain.subject();
    let mut tried: Vec<(&Digest, Result<(), Reason>)> = Vec::new();
    for signer in signers {
        let By::X509 { store, subjects } = &signer.by else { continue };
        let place = match tried.iter().position(|(digest, _)| **digest == store.digest) {
            Some(place) => place,
            None => {
                tried.push((&store.digest, chain.leads_to(store, about.seen_at)));
                tried.len() - 1
            }
        };
        if tried[place].1.is_ok()
            && (subjects.is_empty() || subjects.iter().any(|name| name.matches(&subject)))
        {
            findings.made_by.push(MadeBy {
                signer,
                trusted_root: Some(store.digest.clone()),
                proof: Ok(None),
            });
        }
    }
    // Whose certificate leads to a store but to no signer is unknown.
    findings.seen = tried.iter().find(|(_, led)| led.is_ok()).map(|(digest, _)| ((*digest).clone(), None));
    if let (None, Some((_, Err(reason)))) = (&findings.seen, tried.into_iter().next()) {
        findings.unless = reason;
    }
    Ok(findings)
}
