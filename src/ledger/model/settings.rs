//! What can be set of the log.

use std::time::Duration;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

use super::LogOrigin;
use super::witness::{WitnessSettings, witnesses};
use crate::blobs::StorageUrl;

/// The settings below `ledger.`; their defaults stand in `config/defaults.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerSettings {
    /// The log's name, such as `registry.example.org/ledger`; the first start fixes it for good. Default from
    /// `external_url`, else a random one.
    pub origin: Option<LogOrigin>,
    /// How many events make a batch at once, 1 to 65,536. Default 256.
    #[serde(deserialize_with = "batch")]
    pub batch_entries: u64,
    /// How long an event waits for others at most, in milliseconds, 1 to 3,600,000. Default 250.
    #[serde(deserialize_with = "milliseconds")]
    pub batch_milliseconds: u64,
    /// How long a key that was succeeded goes on signing beside its successor, in seconds. Default 30 days.
    pub key_overlap_seconds: u64,
    /// Where a copy of the checkpoints goes, a folder or bucket in other hands. Default none.
    pub checkpoint_copy: Option<StorageUrl>,
    /// Who is asked to cosign them. Default nobody.
    #[serde(deserialize_with = "witnesses")]
    pub witnesses: Vec<WitnessSettings>,
}

impl LedgerSettings {
    /// As [`LedgerSettings::batch_milliseconds`].
    pub const fn batch_time(&self) -> Duration {
        Duration::from_millis(self.batch_milliseconds)
    }

    /// As [`LedgerSettings::key_overlap_seconds`].
    pub const fn key_overlap(&self) -> Duration {
        Duration::from_secs(self.key_overlap_seconds)
    }
}

fn batch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    within(deserializer, 65_536)
}

fn milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    within(deserializer, 3_600_000)
}

fn within<'de, D: Deserializer<'de>>(deserializer: D, max: u64) -> Result<u64, D::Error> {
    let number = u64::deserialize(deserializer)?;
    if (1..=max).contains(&number) {
        Ok(number)
    } else {
        Err(D::Error::custom(format_args!("must lie between 1 and {max}")))
    }
}
