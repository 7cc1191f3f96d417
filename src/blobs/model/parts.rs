//! How a content is cut into the parts of a multipart upload.
//!
//! S3 and GCS take at most 10,000 parts, of at least 5 MiB but for the last. Parts begin small, so that a small upload
//! takes little memory, and grow, so that a large one fits: 10,000 of them hold 460 GiB.

const MIB: u64 = 1 << 20;

/// Least bytes of a part that is not the last.
pub const MIN_PART: u64 = 5 * MIB;
/// Most parts of an object.
pub const MAX_PARTS: i32 = 10_000;
/// Bytes of parts that are on their way at once, at most, and how many parts.
const IN_FLIGHT: u64 = 64 * MIB;
const PARTS_IN_FLIGHT: u64 = 4;

/// A part of an upload into a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// From 0 on.
    pub number: i32,
    /// What the bucket calls it.
    pub tag: String,
    /// Bytes.
    pub size: u64,
}

/// Bytes of the part with this number, if so many come. A content no longer than the first is no multipart upload.
pub const fn part_size(number: i32) -> u64 {
    match number {
        ..1000 => 8 * MIB,
        1000..2000 => 16 * MIB,
        2000..4000 => 32 * MIB,
        _ => 64 * MIB,
    }
}

/// How many parts, of the size of this one, may be on their way at once: they are in memory meanwhile.
pub const fn in_flight(number: i32) -> usize {
    let parts = IN_FLIGHT / part_size(number);
    (if parts < PARTS_IN_FLIGHT { parts } else { PARTS_IN_FLIGHT }) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hundreds_of_gibibytes_fit() {
        let total: u64 = (0..MAX_PARTS).map(part_size).sum();
        assert_eq!(total / (1 << 30), 460);
        assert!((0..MAX_PARTS).all(|number| part_size(number) >= MIN_PART));
    }

    #[test]
    fn memory_is_bounded() {
        for number in [0, 999, 1000, 2000, 4000, MAX_PARTS] {
            let parts = in_flight(number) as u64;
            assert!((1..=4).contains(&parts) && parts * part_size(number) <= 64 * MIB, "{number}");
        }
    }
}
