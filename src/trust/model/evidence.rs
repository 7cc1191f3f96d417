//! What was found in a manifest that may vouch for another.

use std::collections::BTreeMap;

use bytes::Bytes;

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EvidenceKind {
    /// Says that somebody made or accepts the artifact.
    Signature,
    /// Says something about it, in a signed envelope.
    Attestation,
    /// Says something about it, signed by nobody: an SBOM or a report, attached as it is.
    Document,
}

impl EvidenceKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Signature, Self::Attestation, Self::Document];

    /// As the database, the API and events write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Attestation => "attestation",
            Self::Document => "document",
        }
    }
}

/// How it is written down, told by its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// A Sigstore bundle: cosign v3, GitHub attestations, `waybill sign`.
    SigstoreBundle,
    /// Cosign's legacy signature: a payload, and annotations of its layer.
    SimpleSigning,
    /// A DSSE envelope by itself: cosign's legacy attestations, and what comes by the API.
    Dsse,
    /// Notation in JSON (JWS).
    NotationJws,
    /// Notation in CBOR (COSE).
    NotationCose,
    /// A minisign signature of the artifact's file.
    Minisign,
    /// An SSH signature of the artifact's file.
    SshSig,
    /// A known kind of document, signed by nobody.
    Plain,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::SigstoreBundle,
        Self::SimpleSigning,
        Self::Dsse,
        Self::NotationJws,
        Self::NotationCose,
        Self::Minisign,
        Self::SshSig,
        Self::Plain,
    ];

    /// As the database and the API write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SigstoreBundle => "sigstore-bundle",
            Self::SimpleSigning => "cosign-simple-signing",
            Self::Dsse => "dsse",
            Self::NotationJws => "notation-jws",
            Self::NotationCose => "notation-cose",
            Self::Minisign => "minisign",
            Self::SshSig => "sshsig",
            Self::Plain => "plain",
        }
    }
}

/// A layer of a manifest, read whole and recognised. Nothing in it is believed yet.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// What it is.
    pub kind: EvidenceKind,
    /// How it is written down.
    pub format: Format,
    /// What an attestation or document says: a URI.
    pub predicate_type: Option<String>,
    /// The layer's media type.
    pub media_type: String,
    /// The layer's annotations; cosign's legacy signatures stand there.
    pub annotations: BTreeMap<String, String>,
    /// The layer's bytes.
    pub bytes: Bytes,
}
