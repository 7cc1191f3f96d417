//! TLS: the certificate is read from files, and read again when they change, so that who renews it restarts nothing.

mod expiry;
mod pair;
mod served;

pub use pair::TlsError;
pub use served::ServedCertificate;
