//! What `waybill verify` tells.

use std::io::{Write as _, stdout};

use serde_json::{Value, json};

use crate::audit::Findings;
use crate::cli::failure::Failure;
use crate::ledger::VerifierKey;
use crate::ledger::verify::{Verified, VerifyError};

/// Findings that are told; the others are counted.
const TOLD: usize = 20;

/// A ledger that holds.
pub struct Report {
    /// What was found.
    pub verified: Verified,
    /// Whether the tables were compared too.
    pub facts_compared: bool,
}

impl Report {
    /// For people.
    pub fn tell(&self) -> Result<(), Failure> {
        let Verified { checkpoint, signed_by, consistent, entries_read, first_use, keys, learnt, .. } =
            &self.verified;
        for key in learnt {
            eprintln!(
                "waybill: the entries tell of a key that was not known and signs now: {key} is believed from now on"
            );
        }
        if *first_use {
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            eprintln!(
                "waybill: no key was named by --key and none is remembered, so the ledger's own word was taken for {}. \
                 Compare that with what its operator publishes elsewhere",
                keys.join(" and ")
            );
        }
        let size = checkpoint.size;
        let what = if *entries_read { "entries" } else { "hashes of entries" };
        let signers: Vec<String> = signed_by.iter().map(short).collect();
        let mut line = format!(
            "{size} {what} hold under the checkpoint of size {size} signed by {}",
            signers.join(" and ")
        );
        for before in consistent {
            line.push_str(&format!("; consistent with {} of size {}", before.what, before.size));
        }
        if self.facts_compared {
            line.push_str("; the tables say what the entries say");
        }
        let mut out = stdout();
        writeln!(out, "{line}")?;
        if !entries_read {
            writeln!(out, "The entries themselves were not read: that needs --user, or a token.")?;
        }
        Ok(())
    }

    /// For programs.
    pub fn tell_json(&self) -> Result<(), Failure> {
        let Verified { checkpoint, signed_by, consistent, entries_read, first_use, keys, learnt, .. } =
            &self.verified;
        let texts = |keys: &[VerifierKey]| keys.iter().map(ToString::to_string).collect::<Vec<_>>();
        let consistent: Vec<_> = consistent
            .iter()
            .map(|before| json!({ "what": before.what, "size": before.size.to_string() }))
            .collect();
        let told = json!({
            "holds": true,
            "origin": checkpoint.origin,
            "size": checkpoint.size.to_string(),
            "root": checkpoint.root.to_string(),
            "signed_by": texts(signed_by),
            "keys": texts(keys),
            "keys_learnt": texts(learnt),
            "keys_by_own_word": first_use,
            "consistent_with": consistent,
            "entries_read": entries_read,
            "facts_compared": self.facts_compared,
        });
        writeln!(stdout(), "{told}")?;
        Ok(())
    }
}

/// For programs, that it does not hold; or, with `holds` null, that this could not be told.
pub fn fail(failure: &Failure) -> Result<(), Failure> {
    let index = failure.verdict().and_then(VerifyError::index);
    let told = json!({
        "holds": if failure.is_finding() { false.into() } else { Value::Null },
        "index": index.map(|index| index.to_string()),
        "why": failure.to_string(),
    });
    writeln!(stdout(), "{told}")?;
    Ok(())
}

/// The key's name and id.
fn short(key: &VerifierKey) -> String {
    format!("{}+{}", key.name(), hex::encode(key.id()))
}

impl Failure {
    /// Of facts that are not as the ledger says.
    pub fn facts(findings: &Findings) -> Self {
        let all = findings.kept.len() as u64 + findings.beyond;
        let mut lines: Vec<String> = findings.kept.iter().take(TOLD).map(ToString::to_string).collect();
        if all > TOLD as u64 {
            lines.push(format!("and {} more", all - TOLD as u64));
        }
        Self::Facts(format!("the tables do not say what the ledger says: {}", lines.join("\n")))
    }
}
