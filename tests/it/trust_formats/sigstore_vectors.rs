//! The public cases of sigstore-conformance.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sigstore_verify::trust_root::SIGSTORE_PRODUCTION_TRUSTED_ROOT;
use waybill::trust::{Outcome, PolicyDocument, Verdict, Verifier};

use super::kit::{Artifact, Evidence, codes, vectors};

const IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";
const BY_DIGEST: &str = "by digest";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

#[test]
fn the_cases_of_sigstore_conformance() {
    let Some(folder) = vectors("sigstore-bundles") else { return };
    let mut cases: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| case.is_dir());
    cases.sort();
    let mut wrong = Vec::new();
    let (mut accepted, mut refused) = (0, 0);
    for case in &cases {
        let name = case.file_name().unwrap().to_str().unwrap();
        let is_bad = name.ends_with("_fail");
        let Some(outcomes) = outcomes(&folder, case) else {
            // A key that is none: the policy can't be made.
            refused += 2;
            if !is_bad {
                wrong.push(name.to_owned());
            }
            continue;
        };
        for (how, outcome) in outcomes {
            let is_verified = outcome.verdict == Verdict::Verified;
            println!("{name} {how}: {:?} {:?}", codes(&outcome), outcome.reasons);
            match (is_bad, is_verified) {
                (false, true) => accepted += 1,
                (true, false) => refused += 1,
                // What does not hash first, or not with SHA-256, can't be verified by a digest.
                (false, false) if how == BY_DIGEST && codes(&outcome) == ["unsupported"] => {}
                _ => wrong.push(format!("{name} {how}: {outcome:?}")),
            }
        }
    }
    println!("| sigstore-conformance, by bytes and by digest | good accepted | bad refused | wrong |");
    println!("| {} cases | {accepted} | {refused} | {} |", cases.len(), wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(accepted > 0 && refused > 0, "are there any cases in {}?", folder.display());
}

/// What comes of a case, the artifact given by its bytes and by its digest.
fn outcomes(folder: &Path, case: &Path) -> Option<[(&'static str, Outcome); 2]> {
    let read = |name: &str| fs::read_to_string(case.join(name)).ok();
    let root = read("trusted_root.json").unwrap_or_else(|| SIGSTORE_PRODUCTION_TRUSTED_ROOT.to_owned());
    let root: Value = serde_json::from_str(&root).unwrap();
    let trimmed =
        |name: &str, default: &str| read(name).map_or(default.to_owned(), |text| text.trim().to_owned());
    let signer = match read("key.pub") {
        Some(pem) => json!({
            "name": "key",
            "by": { "key": { "pem": pem, "trusted_root": "root" } },
            "transparency_log": "required",
        }),
        None => json!({
            "name": "identity",
            "by": { "identity": {
                "issuer": trimmed("issuer", ISSUER),
                "subject": trimmed("identity", IDENTITY),
                "trusted_root": "root",
            } },
        }),
    };
    let mut signer = signer;
    signer["may"] = json!({
        "predicate_types": ["*"],
        "builders": [{ "id": "*", "slsa_level": 3 }],
    });
    let policy = json!({ "trusted_roots": { "root": root }, "signers": [signer] });
    let document: PolicyDocument = serde_json::from_str(&policy.to_string()).unwrap();
    let verifier = Verifier::new(&document).ok()?;
    let bytes = fs::read(case.join("artifact")).unwrap_or_else(|_| fs::read(folder.join("a.txt")).unwrap());
    let artifact = Artifact::of(bytes);
    let evidence = Evidence::new(BUNDLE, fs::read(case.join("bundle.sigstore.json")).unwrap());
    Some([
        ("by bytes", artifact.verify(&verifier, &evidence)),
        (BY_DIGEST, artifact.verify_by_name(&verifier, &evidence)),
    ])
}
