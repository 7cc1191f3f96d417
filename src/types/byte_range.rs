//! Byte ranges: RFC 9110 `Range` on reads, and the distribution spec's own `Content-Range` on upload chunks.

use std::str::FromStr;

use thiserror::Error;

/// Why a range can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RangeError {
    /// Not of the form that the header has.
    #[error("the range is malformed: reads take 'bytes=<first>-<last>', chunks take '<first>-<last>'")]
    Malformed,
    /// Well-formed, but no such bytes exist.
    #[error("the range lies outside the content")]
    Unsatisfiable,
}

/// One range of a `Range` header (RFC 9110, section 14.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// `bytes=first-` or `bytes=first-last`, both inclusive.
    From {
        /// First byte.
        first: u64,
        /// Last byte, if named.
        last: Option<u64>,
    },
    /// `bytes=-length`: the last so many bytes.
    Suffix {
        /// How many.
        length: u64,
    },
}

/// A range that exists in a content of known size: `start < end <= size`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResolvedRange {
    /// First byte.
    pub start: u64,
    /// One behind the last byte.
    pub end: u64,
}

impl ResolvedRange {
    /// How many bytes it spans.
    pub const fn len(self) -> u64 {
        self.end - self.start
    }

    /// Whether it spans nothing (never, by construction).
    pub const fn is_empty(self) -> bool {
        self.end == self.start
    }
}

impl ByteRange {
    /// Parses a `Range` header. `None` for what RFC 9110 says to ignore: another unit, or several ranges (which
    /// a server may answer with the whole content).
    ///
    /// # Errors
    /// `Unsatisfiable` for `bytes=5-2`: the conformance suite wants 416 for it.
    pub fn parse_header(header: &str) -> Result<Option<Self>, RangeError> {
        let Some(set) = header.strip_prefix("bytes=") else { return Ok(None) };
        if set.contains(',') {
            return Ok(None);
        }
        let (first, last) = set.trim().split_once('-').ok_or(RangeError::Malformed)?;
        match (first, last) {
            ("", length) => Ok(Some(Self::Suffix { length: number(length)? })),
            (first, "") => Ok(Some(Self::From { first: number(first)?, last: None })),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                if last < first {
                    return Err(RangeError::Unsatisfiable);
                }
                Ok(Some(Self::From { first, last: Some(last) }))
            }
        }
    }

    /// Fits the range into a content of `size` bytes.
    ///
    /// # Errors
    /// `Unsatisfiable` when no byte of it exists.
    pub fn resolve(self, size: u64) -> Result<ResolvedRange, RangeError> {
        let (start, end) = match self {
            Self::From { first, last } => (first, last.map_or(size, |last| last.saturating_add(1).min(size))),
            Self::Suffix { length } => (size.saturating_sub(length), size),
        };
        if start < end { Ok(ResolvedRange { start, end }) } else { Err(RangeError::Unsatisfiable) }
    }
}

/// The `Content-Range` of an upload chunk: `<first>-<last>`, inclusive, without a unit (distribution spec,
/// "Pushing a blob in chunks").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkRange {
    /// First byte.
    pub first: u64,
    /// Last byte; never before the first.
    pub last: u64,
}

impl ChunkRange {
    /// How many bytes the chunk must have.
    pub const fn len(self) -> u64 {
        self.last - self.first + 1
    }

    /// A chunk has at least one byte.
    pub const fn is_empty(self) -> bool {
        false
    }
}

impl FromStr for ChunkRange {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, RangeError> {
        // Some clients write the HTTP form, `bytes 0-1023/*`; the numbers mean the same.
        let text = text.strip_prefix("bytes ").unwrap_or(text);
        let text = text.split_once('/').map_or(text, |(range, _)| range);
        let (first, last) = text.split_once('-').ok_or(RangeError::Malformed)?;
        let (first, last) = (number(first)?, number(last)?);
        if last < first || last == u64::MAX {
            return Err(RangeError::Malformed);
        }
        Ok(Self { first, last })
    }
}

/// Digits only: `u64::from_str` would take a leading `+`.
fn number(text: &str) -> Result<u64, RangeError> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(RangeError::Malformed);
    }
    text.parse().map_err(|_| RangeError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn resolve(header: &str, size: u64) -> Result<Option<(u64, u64)>, RangeError> {
        ByteRange::parse_header(header)?.map(|r| r.resolve(size).map(|r| (r.start, r.end))).transpose()
    }

    #[test]
    fn reads_the_forms_of_rfc_9110() {
        assert_eq!(resolve("bytes=0-0", 10), Ok(Some((0, 1))));
        assert_eq!(resolve("bytes=5-", 10), Ok(Some((5, 10))));
        assert_eq!(resolve("bytes=-3", 10), Ok(Some((7, 10))));
        assert_eq!(resolve("bytes=-30", 10), Ok(Some((0, 10))));
        assert_eq!(resolve("bytes=5-99", 10), Ok(Some((5, 10))));
        assert_eq!(resolve("items=0-1", 10), Ok(None));
        assert_eq!(resolve("bytes=0-1,3-4", 10), Ok(None));
        for header in ["bytes=10-", "bytes=500-0", "bytes=-0"] {
            assert_eq!(resolve(header, 10), Err(RangeError::Unsatisfiable), "{header}");
        }
        for header in ["bytes=", "bytes=a-b", "bytes=+1-2", "bytes=1", "bytes=99999999999999999999-"] {
            assert_eq!(resolve(header, 10), Err(RangeError::Malformed), "{header}");
        }
    }

    #[test]
    fn reads_chunk_ranges() {
        assert_eq!("0-1023".parse(), Ok(ChunkRange { first: 0, last: 1023 }));
        assert_eq!("bytes 0-1023/*".parse(), Ok(ChunkRange { first: 0, last: 1023 }));
        for text in ["", "-", "1-", "-1", "5-4", "a-b", "0x1-2", "0-18446744073709551615"] {
            assert_eq!(text.parse::<ChunkRange>(), Err(RangeError::Malformed), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_resolved_range_exists(header in "bytes=[0-9]{0,3}-[0-9]{0,3}|\\PC{0,20}", size in 0u64..500) {
            if let Ok(Some(range)) = ByteRange::parse_header(&header) && let Ok(range) = range.resolve(size) {
                prop_assert!(range.start < range.end && range.end <= size);
            }
        }
    }
}
