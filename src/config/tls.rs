//! Where the server's certificate lies.

use std::path::PathBuf;

use serde::Deserialize;

/// As it is written: both or none.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    certificate_file: Option<PathBuf>,
    key_file: Option<PathBuf>,
}

/// The files of a certificate, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// The private key, without a passphrase.
    pub key: PathBuf,
}

/// Whether TLS is spoken. Default no.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Tls(Option<TlsFiles>);

impl Tls {
    /// The files, if TLS is spoken.
    pub const fn files(&self) -> Option<&TlsFiles> {
        self.0.as_ref()
    }
}

impl TryFrom<Written> for Tls {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        match (written.certificate_file, written.key_file) {
            (Some(certificate), Some(key)) => Ok(Self(Some(TlsFiles { certificate, key }))),
            (None, None) => Ok(Self(None)),
            (Some(_), None) => Err("has certificate_file and no key_file: set both, or none for plain HTTP"),
            (None, Some(_)) => Err("has key_file and no certificate_file: set both, or none for plain HTTP"),
        }
    }
}
