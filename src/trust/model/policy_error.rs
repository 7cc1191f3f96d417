//! Why a trust policy can't be used. The messages go to whoever sets it, and say what to do.

use thiserror::Error;

/// Why a trust policy can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// Too many of something.
    #[error(
        "a trust policy has at most {most} {what}, this one has {count}: leave out what is no longer needed"
    )]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        most: usize,
        /// How many there are.
        count: usize,
    },
    /// A name that is none.
    #[error("the name {name:?} of a {what} must have 1 to 64 letters, digits, '.', '_' or '-'")]
    Name {
        /// Of what.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Two signers of the same name: outcomes could not tell who it was.
    #[error("there are two signers named {0:?}: give each a name of its own")]
    NameTwice(String),
    /// A trusted root that can't be read.
    #[error("trusted root {name:?} can't be used: {why}; give Sigstore's trusted_root.json, whole")]
    TrustedRoot {
        /// Which.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// A trust store that can't be read.
    #[error("trust store {name:?} can't be used: {why}; give one or more PEM certificates")]
    TrustStore {
        /// Which.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// A signer that can't be told, or whose rules can't hold.
    #[error("signer {name:?}: {why}")]
    Signer {
        /// Which.
        name: String,
        /// What is wrong and what to do.
        why: String,
    },
}
