//! Certificates of tests, and envelopes of notation by them.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING,
    EcdsaKeyPair, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use coset::cbor::value::Value as Cbor;
use coset::{CoseSign1Builder, Header, HeaderBuilder, ProtectedHeader, TaggedCborSerializable as _, iana};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512,
    PKCS_RSA_SHA256, RsaKeySize, date_time_ymd,
};
use serde_json::{Value, json};
use waybill::types::Digest;

use super::kit::Evidence;

pub const PAYLOAD: &str = "application/vnd.cncf.notary.payload.v1+json";

/// The algorithms, as JWS names them.
pub const ALGORITHMS: [&str; 6] = ["ES256", "ES384", "ES512", "PS256", "PS384", "PS512"];

/// Somebody with a certificate.
pub struct Person {
    pub algorithm: &'static str,
    key: KeyPair,
    /// Theirs, and those above it.
    pub chain: Vec<Vec<u8>>,
}

/// An authority.
pub struct Authority {
    pub pem: String,
    der: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate for signing code, valid in 2026; with changes.
pub fn leaf(change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Acme");
    params.distinguished_name.push(DnType::CommonName, "Release");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
    params.is_ca = IsCa::ExplicitNoCa;
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    change(&mut params);
    params
}

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "Authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.not_before = date_time_ymd(2020, 1, 1);
        let certificate = params.self_signed(&key).unwrap();
        let (pem, der) = (certificate.pem(), certificate.der().to_vec());
        Self { pem, der, issuer: Issuer::new(params, key) }
    }

    /// Somebody with a certificate by this authority.
    pub fn person(&self, algorithm: &'static str, params: &CertificateParams) -> Person {
        let key = key(algorithm);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Person { algorithm, key, chain: vec![certificate.der().to_vec(), self.der.clone()] }
    }
}

fn key(algorithm: &str) -> KeyPair {
    match algorithm {
        "ES256" => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
        "ES384" => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384),
        "ES512" => KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512),
        "PS256" => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
        "PS384" => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_3072),
        _ => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_4096),
    }
    .unwrap()
}

impl Person {
    /// Somebody who made his certificate himself; with its PEM.
    pub fn alone(algorithm: &'static str, params: &CertificateParams) -> (Self, String) {
        let key = key(algorithm);
        let certificate = params.self_signed(&key).unwrap();
        let (chain, pem) = (vec![certificate.der().to_vec()], certificate.pem());
        (Self { algorithm, key, chain }, pem)
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let pkcs8 = self.key.serialize_der();
        let random = SystemRandom::new();
        let by_curve = |algorithm| {
            EcdsaKeyPair::from_pkcs8(algorithm, &pkcs8)
                .unwrap()
                .sign(&random, message)
                .unwrap()
                .as_ref()
                .to_vec()
        };
        let rsa = |encoding| {
            let key = RsaKeyPair::from_pkcs8(&pkcs8).unwrap();
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(encoding, &random, message, &mut signature).unwrap();
            signature
        };
        match self.algorithm {
            "ES256" => by_curve(&ECDSA_P256_SHA256_FIXED_SIGNING),
            "ES384" => by_curve(&ECDSA_P384_SHA384_FIXED_SIGNING),
            "ES512" => by_curve(&ECDSA_P521_SHA512_FIXED_SIGNING),
            "PS256" => rsa(&RSA_PSS_SHA256),
            "PS384" => rsa(&RSA_PSS_SHA384),
            _ => rsa(&RSA_PSS_SHA512),
        }
    }

    /// A JWS envelope over a digest; with changes to its protected header.
    pub fn jws(&self, digest: &Digest, changes: &Value) -> Evidence {
        let mut protected = json!({
            "alg": self.algorithm,
            "cty": PAYLOAD,
            "crit": ["io.cncf.notary.signingScheme"],
            "io.cncf.notary.signingScheme": "notary.x509",
            "io.cncf.notary.signingTime": "2026-11-23T10:00:00Z",
        });
        for (name, value) in changes.as_object().unwrap() {
            protected[name] = value.clone();
        }
        self.jws_of(&protected.to_string(), &payload(digest))
    }

    pub fn jws_of(&self, protected: &str, payload: &str) -> Evidence {
        let (protected, payload) = (URL_SAFE_NO_PAD.encode(protected), URL_SAFE_NO_PAD.encode(payload));
        let signature = self.sign(format!("{protected}.{payload}").as_bytes());
        let chain: Vec<String> = self.chain.iter().map(|der| STANDARD.encode(der)).collect();
        let envelope = json!({
            "payload": payload,
            "protected": protected,
            "header": { "x5c": chain, "io.cncf.notary.signingAgent": "a test" },
            "signature": URL_SAFE_NO_PAD.encode(signature),
        });
        Evidence::new("application/jose+json", envelope.to_string())
    }

    /// A COSE envelope over a digest.
    pub fn cose(&self, digest: &Digest) -> Evidence {
        let algorithm = match self.algorithm {
            "ES256" => iana::Algorithm::ES256,
            "ES384" => iana::Algorithm::ES384,
            "ES512" => iana::Algorithm::ES512,
            "PS256" => iana::Algorithm::PS256,
            "PS384" => iana::Algorithm::PS384,
            _ => iana::Algorithm::PS512,
        };
        let time = Cbor::Tag(1, Box::new(Cbor::from(1_795_000_000)));
        let scheme = "io.cncf.notary.signingScheme".to_owned();
        let protected = HeaderBuilder::new()
            .algorithm(algorithm)
            .content_type(PAYLOAD.to_owned())
            .add_critical_label(coset::RegisteredLabelWithPrivate::Text(scheme.clone()))
            .text_value(scheme, Cbor::from("notary.x509"))
            .text_value("io.cncf.notary.signingTime".to_owned(), time)
            .build();
        let protected = ProtectedHeader { original_data: None, header: protected };
        self.cose_of(protected, payload(digest).as_bytes())
    }

    pub fn cose_of(&self, protected: ProtectedHeader, payload: &[u8]) -> Evidence {
        let chain = self.chain.iter().map(|der| Cbor::from(der.clone())).collect();
        let unprotected: Header = HeaderBuilder::new().value(33, Cbor::Array(chain)).build();
        let mut sign = CoseSign1Builder::new().unprotected(unprotected).payload(payload.to_vec()).build();
        sign.protected = protected;
        sign.signature = self.sign(&sign.tbs_data(&[]));
        Evidence::new("application/cose", sign.to_tagged_vec().unwrap())
    }
}

pub fn payload(digest: &Digest) -> String {
    json!({ "targetArtifact": { "mediaType": "x/y", "digest": digest, "size": 10 } }).to_string()
}
