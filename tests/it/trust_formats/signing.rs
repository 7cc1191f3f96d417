//! Keys of tests, and what they sign.

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use waybill::trust::{IN_TOTO, pae};
use waybill::types::{Algorithm, Digest};

use super::kit::Evidence;

pub const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
pub const COSIGN_SIGN: &str = "https://sigstore.dev/cosign/sign/v1";
pub const SLSA: &str = "https://slsa.dev/provenance/v1";

/// A key pair.
pub enum Key {
    Ed25519(Ed25519KeyPair),
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Key {
    pub fn p256() -> Self {
        Self::Ecdsa(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
    }

    /// One of each kind.
    pub fn kinds() -> [(&'static str, Self); 4] {
        [
            ("Ed25519", Self::Ed25519(Ed25519KeyPair::generate().unwrap())),
            ("P-256", Self::p256()),
            ("P-384", Self::Ecdsa(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).unwrap())),
            ("RSA", Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())),
        ]
    }

    pub fn spki(&self) -> Vec<u8> {
        let der: PublicKeyX509Der<'_> = match self {
            Self::Ed25519(key) => key.public_key().as_der(),
            Self::Ecdsa(key) => key.public_key().as_der(),
            Self::Rsa(key) => key.public_key().as_der(),
        }
        .unwrap();
        der.as_ref().to_vec()
    }

    pub fn pem(&self) -> String {
        let text = STANDARD.encode(self.spki());
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }

    /// As cosign writes it beside a signature.
    pub fn hint(&self) -> String {
        STANDARD.encode(Sha256::digest(self.spki()))
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Ed25519(key) => key.sign(message).as_ref().to_vec(),
            Self::Ecdsa(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
        }
    }

    /// An envelope around a statement.
    pub fn envelope(&self, statement: &Value) -> Value {
        self.envelope_of(IN_TOTO, statement.to_string().as_bytes())
    }

    pub fn envelope_of(&self, payload_type: &str, payload: &[u8]) -> Value {
        json!({
            "payloadType": payload_type,
            "payload": STANDARD.encode(payload),
            "signatures": [{ "sig": STANDARD.encode(self.sign(&pae(payload_type, payload))) }],
        })
    }

    /// A bundle around an envelope, without a log.
    pub fn bundle(&self, statement: &Value) -> Value {
        json!({
            "mediaType": BUNDLE,
            "verificationMaterial": { "publicKey": { "hint": self.hint() }, "tlogEntries": [] },
            "dsseEnvelope": self.envelope(statement),
        })
    }

    /// A bundle around a signature of bytes.
    pub fn message_bundle(&self, message: &[u8]) -> Value {
        json!({
            "mediaType": BUNDLE,
            "verificationMaterial": { "publicKey": { "hint": self.hint() } },
            "messageSignature": {
                "messageDigest": { "algorithm": "SHA2_256", "digest": STANDARD.encode(Sha256::digest(message)) },
                "signature": STANDARD.encode(self.sign(message)),
            },
        })
    }
}

/// A statement about bytes by one of their names.
pub fn statement(algorithm: Algorithm, artifact: &[u8], predicate_type: &str, predicate: &Value) -> Value {
    let digest = Digest::of(algorithm, artifact);
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "x", "digest": { algorithm.as_str(): digest.hex() } }],
        "predicateType": predicate_type,
        "predicate": predicate,
    })
}

/// What cosign v3 and Waybill sign.
pub fn signing(artifact: &[u8]) -> Value {
    statement(Algorithm::Sha256, artifact, COSIGN_SIGN, &json!({}))
}

/// Provenance by a builder.
pub fn provenance(artifact: &[u8], builder: &str) -> Value {
    statement(Algorithm::Sha256, artifact, SLSA, &json!({ "runDetails": { "builder": { "id": builder } } }))
}

/// A layer with a bundle.
pub fn bundled(bundle: &Value) -> Evidence {
    Evidence::new(BUNDLE, bundle.to_string())
}

/// A layer with an envelope.
pub fn enveloped(envelope: &Value) -> Evidence {
    Evidence::new("application/vnd.dsse.envelope.v1+json", envelope.to_string())
}
