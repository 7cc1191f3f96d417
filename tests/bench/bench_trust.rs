//! Verifies signatures in threads for some seconds: bench_trust SECONDS THREADS KIND [VECTORS]
//!
//! KIND is `key` (a statement signed with ECDSA P-256, as cosign v3 and `waybill sign` write it) or `identity` (a bundle
//! of sigstore-conformance, with certificate, log and proof; from the folder VECTORS). Prints verifications a second.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};
use sigstore_verify::trust_root::SIGSTORE_PRODUCTION_TRUSTED_ROOT;
use waybill::trust::{About, IN_TOTO, PolicyDocument, Verdict, Verifier, pae, recognise};
use waybill::types::{Algorithm, Digest, Timestamp};

/// What is verified again and again.
struct Load {
    policy: Value,
    artifact: Digest,
    bundle: Bytes,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (seconds, threads, load) = match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [seconds, threads, "key"] => (seconds.parse()?, threads.parse()?, by_key()?),
        [seconds, threads, "identity", vectors] => {
            (seconds.parse()?, threads.parse()?, by_identity(Path::new(vectors))?)
        }
        _ => return Err("usage: bench_trust SECONDS THREADS key|identity [VECTORS]".into()),
    };
    let document: PolicyDocument = serde_json::from_str(&load.policy.to_string())?;
    let verifier = Verifier::new(&document)?;
    let verify = || {
        let media_type = "application/vnd.dev.sigstore.bundle.v0.3+json";
        let evidence = recognise(media_type, &BTreeMap::new(), &load.bundle).ok_or("this is no evidence")?;
        let about = About {
            repository: &"acme/app".parse()?,
            names: &[&load.artifact],
            seen_at: Timestamp::from_micros(1_795_000_000_000_000),
            content: None,
        };
        let outcome = verifier.verify(&evidence, &about);
        if outcome.verdict == Verdict::Verified { Ok(()) } else { Err(format!("{outcome:?}").into()) }
    };
    let once: Result<(), Box<dyn Error>> = verify();
    once?;
    let count = AtomicU64::new(0);
    let begin = Instant::now();
    let end = begin + Duration::from_secs(seconds);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while Instant::now() < end && verify().is_ok() {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    println!("{:.0}", count.into_inner() as f64 / begin.elapsed().as_secs_f64());
    Ok(())
}

fn by_key() -> Result<Load, Box<dyn Error>> {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)?;
    let der: PublicKeyX509Der<'_> = key.public_key().as_der()?;
    let pem =
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der.as_ref()));
    let artifact = Digest::of(Algorithm::Sha256, b"an artifact");
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "digest": { "sha256": artifact.hex() } }],
        "predicateType": "https://sigstore.dev/cosign/sign/v1",
        "predicate": {},
    })
    .to_string();
    let signature = key.sign(&SystemRandom::new(), &pae(IN_TOTO, statement.as_bytes()))?;
    let bundle = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": { "publicKey": { "hint": "" } },
        "dsseEnvelope": {
            "payloadType": IN_TOTO,
            "payload": STANDARD.encode(&statement),
            "signatures": [{ "sig": STANDARD.encode(signature) }],
        },
    });
    let policy = json!({ "signers": [{ "name": "key", "by": { "key": { "pem": pem } } }] });
    Ok(Load { policy, artifact, bundle: bundle.to_string().into() })
}

fn by_identity(vectors: &Path) -> Result<Load, Box<dyn Error>> {
    let root: Value = serde_json::from_str(SIGSTORE_PRODUCTION_TRUSTED_ROOT)?;
    let policy = json!({
        "trusted_roots": { "public": root },
        "signers": [{
            "name": "workflow",
            "by": { "identity": {
                "issuer": "https://token.actions.githubusercontent.com",
                "subject": "https://github.com/sigstore-conformance/*@*",
                "trusted_root": "public",
            } },
            "may": { "predicate_types": ["*"], "builders": [{ "id": "*", "slsa_level": 1 }] },
        }],
    });
    let artifact = Digest::of(Algorithm::Sha256, &fs::read(vectors.join("a.txt"))?);
    let bundle = fs::read(vectors.join("happy-path-intoto-in-dsse-v3/bundle.sigstore.json"))?;
    Ok(Load { policy, artifact, bundle: bundle.into() })
}
