//! A registry as a client sees it (OCI distribution spec): what `sign`, `attest` and `verify artifact` ask of it. Nothing that
//! it answers is believed: whatever has a digest is held against that.

mod access;
mod client;
mod place;
mod referrers;
mod request;

use std::time::Duration;

use clap::Args;
use thiserror::Error;

use crate::cli::failure::Failure;
use crate::types::Digest;
pub use client::{Held, Registry};
pub use place::Place;

/// Which artifact, and who asks.
#[derive(Args)]
pub struct RegistryArgs {
    /// The artifact: HOST/REPOSITORY with a :TAG or a @DIGEST, as clients of registries have it
    #[arg(value_name = "ARTIFACT")]
    place: Place,
    /// Log in as this user, with the password or token in WAYBILL_PASSWORD [default: the token in WAYBILL_TOKEN, else what
    /// docker, crane or oras wrote into docker's config.json, else nobody]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Speak plain HTTP; a password or token goes no further by it than this machine
    #[arg(long)]
    plain_http: bool,
}

impl RegistryArgs {
    /// The artifact.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// A client of its registry.
    pub fn registry(&self) -> Result<Registry, Failure> {
        let access = access::find(self.user.as_deref(), &self.place.host)?;
        Ok(Registry::new(&self.place, self.plain_http, access)?)
    }
}

/// Why a registry is of no use.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// It is not asked.
    #[error("{0}")]
    Refused(String),
    /// No answer that is of use.
    #[error("{url}: {why}")]
    Answer {
        /// What was asked.
        url: String,
        /// What came of it.
        why: String,
    },
    /// It holds it, but not for this caller.
    #[error("{url}: the registry denies it to this caller: {why}")]
    Denied {
        /// What was asked.
        url: String,
        /// What it says.
        why: String,
    },
    /// It does not hold it, or does not say so to this caller.
    #[error("{0} is not there, or hidden from this caller")]
    Missing(String),
    /// It answered with other bytes.
    #[error("{url} answered with bytes whose digest is {found}, not {asked}")]
    OtherBytes {
        /// What was asked.
        url: String,
        /// The digest that was asked for.
        asked: Digest,
        /// What came.
        found: Digest,
    },
    /// Longer than is read.
    #[error("{url} answered with more than {limit} bytes")]
    TooLarge {
        /// What was asked.
        url: String,
        /// How many are read.
        limit: usize,
    },
    /// No answer in time, at the last try as well.
    #[error("{url} did not answer within {waited:?}")]
    Slow {
        /// What was asked.
        url: String,
        /// How long a try took.
        waited: Duration,
    },
}
