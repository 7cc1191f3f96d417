//! The formats in which artifacts are signed and attested: recognising them by content, and verifying them offline under a
//! trust policy. Pure and blocking. Libraries do the cryptography; what is here maps formats to it.

mod bundle;
mod content;
mod dsse;
mod findings;
mod key_identity;
mod keys;
mod legacy;
mod message;
mod minisign;
mod notation;
mod recognise;
mod rules;
mod sealed;
mod signers;
mod sigstore;
mod simple_signing;
mod sshsig;
mod verifier;

pub use content::{About, SignedContent};
pub use recognise::{is_binary_signature, recognise};
pub use verifier::{VERIFIER, Verifier};
