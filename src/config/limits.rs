//! How much is accepted.

use std::time::Duration;

use serde::Deserialize;
use thiserror::Error;

/// Limits, each within the range that it documents.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    manifest_bytes: Within<65_536, 67_108_864>,
    upload_expiry_seconds: Within<1, 2_592_000>,
    reserve_bytes: u64,
}

impl Limits {
    /// `limits.manifest_bytes`: largest manifest, in bytes, 64 KiB to 64 MiB. Default 4 MiB, which the distribution
    /// spec asks registries to accept ("Pushing Manifests").
    pub fn manifest_bytes(&self) -> usize {
        usize::try_from(self.manifest_bytes.0).unwrap_or(usize::MAX)
    }

    /// `limits.upload_expiry_seconds`: how long an upload may rest before it is swept, 1 s to 30 days. Default a day.
    pub const fn upload_expiry(&self) -> Duration {
        Duration::from_secs(self.upload_expiry_seconds.0)
    }

    /// `limits.reserve_bytes`: free space on the disk below which uploads are refused with 507, so that the database
    /// can always commit. Default 256 MiB; 0 refuses none.
    pub const fn reserve_bytes(&self) -> u64 {
        self.reserve_bytes
    }
}

/// Why a number is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must lie between {min} and {max}")]
struct OutOfRange {
    min: u64,
    max: u64,
}

/// A number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
struct Within<const MIN: u64, const MAX: u64>(u64);

impl<const MIN: u64, const MAX: u64> TryFrom<u64> for Within<MIN, MAX> {
    type Error = OutOfRange;

    fn try_from(number: u64) -> Result<Self, OutOfRange> {
        if (MIN..=MAX).contains(&number) { Ok(Self(number)) } else { Err(OutOfRange { min: MIN, max: MAX }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_both_ends() {
        for number in [1, 5] {
            assert_eq!(Within::<1, 5>::try_from(number), Ok(Within(number)));
        }
        for number in [0, 6] {
            assert_eq!(Within::<1, 5>::try_from(number), Err(OutOfRange { min: 1, max: 5 }));
        }
    }
}
