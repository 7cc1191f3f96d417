//! A certificate and its key, as they lie in two files.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::Error as RustlsError;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use thiserror::Error;

use super::expiry::not_after;
use crate::types::{Sha256Hex, Timestamp};

/// Why a certificate can't be served. Read by the person who named its files.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("can't read {}: {cause}", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// There is no certificate in the file.
    #[error("{} holds no certificate: it must be a chain in PEM, the server's own first", .path.display())]
    NoCertificate {
        /// Which.
        path: PathBuf,
    },
    /// There is no key in the file.
    #[error("{} holds no private key: it must be one in PEM, without a passphrase", .path.display())]
    NoKey {
        /// Which.
        path: PathBuf,
    },
    /// The key is another certificate's.
    #[error("the key in {} does not belong to the first certificate in {}", .key.display(), .certificate.display())]
    Mismatch {
        /// File of the chain.
        certificate: PathBuf,
        /// File of the key.
        key: PathBuf,
    },
    /// Certificate or key are of no use.
    #[error("can't serve the certificate in {}: {cause}", .path.display())]
    Unusable {
        /// File of the chain.
        path: PathBuf,
        /// What rustls said.
        cause: RustlsError,
    },
}

/// Where certificate and key lie.
#[derive(Debug, Clone)]
pub struct Files {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// What lies there.
pub struct Content {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// A certificate that can be served.
pub struct Pair {
    pub certified: Arc<CertifiedKey>,
    /// When the server's own certificate ends, if it says so in a way that we read.
    pub expires: Option<Timestamp>,
}

impl Files {
    /// Reads both.
    pub fn read(&self) -> Result<Content, TlsError> {
        let read = |path: &Path| {
            std::fs::read(path).map_err(|cause| TlsError::Read { path: path.to_owned(), cause })
        };
        Ok(Content { certificate: read(&self.certificate)?, key: read(&self.key)? })
    }
}

impl Content {
    /// Tells one content from another, without keeping a key.
    pub fn fingerprint(&self) -> Sha256Hex {
        Sha256Hex::of(&[&self.certificate, &[0], &self.key])
    }

    /// Makes a pair of it. `files` is where it came from.
    pub fn parse(&self, files: &Files) -> Result<Pair, TlsError> {
        let path = || files.certificate.clone();
        let no_certificate = || TlsError::NoCertificate { path: path() };
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&self.certificate)
            .collect::<Result<_, _>>()
            .map_err(|_| no_certificate())?;
        let expires = not_after(chain.first().ok_or_else(no_certificate)?);
        let key = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|_| TlsError::NoKey { path: files.key.clone() })?;
        let certified = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).map_err(
            |cause| match cause {
                RustlsError::InconsistentKeys(_) => {
                    TlsError::Mismatch { certificate: path(), key: files.key.clone() }
                }
                cause => TlsError::Unusable { path: path(), cause },
            },
        )?;
        Ok(Pair { certified: Arc::new(certified), expires })
    }
}
