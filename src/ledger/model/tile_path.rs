//! Where tiles and entry bundles are, as paths (c2sp.org/tlog-tiles, "Merkle Tree").

use std::fmt;
use std::str::FromStr;

/// Hashes in a full tile, and entries in a full bundle.
pub const WIDTH: u64 = 256;
/// Levels of a tree with 64-bit sizes.
const MAX_LEVEL: u8 = 7;

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TileKind {
    /// Hashes at a level; each above 0 is that of a full tile one level below.
    Hashes(u8),
    /// The entries themselves.
    Entries,
}

/// A tile or a bundle of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TilePath {
    /// Hashes or entries.
    pub kind: TileKind,
    /// Its place in the level.
    pub index: u64,
    /// How many it holds, 1 to 256.
    pub width: u64,
}

impl TilePath {
    /// A full one.
    pub const fn full(kind: TileKind, index: u64) -> Self {
        Self { kind, index, width: WIDTH }
    }

    /// Whether it holds all that it ever will.
    pub const fn is_full(&self) -> bool {
        self.width == WIDTH
    }

    /// Whether a log of `size` entries has it.
    pub const fn is_within(&self, size: u64) -> bool {
        let level = match self.kind {
            TileKind::Hashes(level) => level,
            TileKind::Entries => 0,
        };
        let Some(held) = size.checked_shr(8 * level as u32) else { return false };
        match self.index.checked_mul(WIDTH) {
            Some(first) => first.saturating_add(self.width) <= held,
            None => false,
        }
    }

    /// The index of the first entry that it is over.
    pub const fn first_entry(&self) -> u64 {
        let level = match self.kind {
            TileKind::Hashes(level) => level,
            TileKind::Entries => 0,
        };
        let span = match 1_u64.checked_shl(8 * level as u32) {
            Some(span) => span,
            None => u64::MAX,
        };
        self.index.saturating_mul(WIDTH).saturating_mul(span)
    }

    /// The name of the object in the storage.
    pub fn object(&self) -> String {
        format!("ledger/{self}")
    }
}

impl fmt::Display for TilePath {
    /// `tile/<level>/<index in groups of three digits>[.p/<width>]`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "tile/{level}")?,
            TileKind::Entries => write!(f, "tile/entries")?,
        }
        let digits = self.index.to_string();
        let digits = format!("{:0>width$}", digits, width = digits.len().div_ceil(3) * 3);
        for at in (0..digits.len()).step_by(3) {
            let x = if at + 3 < digits.len() { "x" } else { "" };
            write!(f, "/{x}{}", &digits[at..at + 3])?;
        }
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

/// The text is no such path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tile has the path tile/<level>/<index>[.p/<width>], as c2sp.org/tlog-tiles says")]
pub struct TilePathError;

impl FromStr for TilePath {
    type Err = TilePathError;

    fn from_str(text: &str) -> Result<Self, TilePathError> {
        let (level, rest) =
            text.strip_prefix("tile/").and_then(|rest| rest.split_once('/')).ok_or(TilePathError)?;
        let kind = match level {
            "entries" => TileKind::Entries,
            level => TileKind::Hashes(level.parse().map_err(|_| TilePathError)?),
        };
        if matches!(kind, TileKind::Hashes(level) if level > MAX_LEVEL) {
            return Err(TilePathError);
        }
        let (groups, width) = match rest.split_once(".p/") {
            Some((groups, width)) => (groups, width.parse().map_err(|_| TilePathError)?),
            None => (rest, WIDTH),
        };
        if groups.len() > 33 {
            return Err(TilePathError);
        }
        let digits: String = groups.split('/').map(|group| group.trim_start_matches('x')).collect();
        let path = Self { kind, index: digits.parse().map_err(|_| TilePathError)?, width };
        // One resource has one name: whatever else reads as the same numbers is refused.
        if width == 0 || width > WIDTH || path.to_string() != text {
            return Err(TilePathError);
        }
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_examples_of_the_spec() {
        let path = TilePath::full(TileKind::Hashes(0), 1_234_067);
        assert_eq!(path.to_string(), "tile/0/x001/x234/067");
        let path = TilePath { kind: TileKind::Entries, index: 0, width: 7 };
        assert_eq!(path.to_string(), "tile/entries/000.p/7");
        // A tree of 70,000 has 273 full tiles and one of 112, one full above, and one of 17, and one of 1.
        let has =
            |level, index, width| TilePath { kind: TileKind::Hashes(level), index, width }.is_within(70_000);
        assert!(has(0, 272, 256) && has(0, 273, 112) && has(1, 0, 256) && has(1, 1, 17) && has(2, 0, 1));
        assert!(
            !has(0, 273, 113) && !has(1, 1, 18) && !has(2, 0, 2) && !has(3, 0, 1) && !has(0, u64::MAX, 1)
        );
    }

    #[test]
    fn one_resource_has_one_name() {
        for text in [
            "",
            "tile",
            "tile/0",
            "tile/0/",
            "tile/0/1",
            "tile/00/001",
            "tile/8/001",
            "tile/0/x001",
            "tile/0/x000/001",
            "tile/0/001.p/0",
            "tile/0/001.p/256",
            "tile/0/001.p/01",
            "tile/0/001.p/",
            "tile/data/001",
            "tile/0/xx1",
            "tile/0/1000",
            "tile/-1/001",
            "tile/0/+01",
            "tile/0/x999/x999/x999/x999/x999/x999/999",
            "/tile/0/001",
        ] {
            assert_eq!(text.parse::<TilePath>(), Err(TilePathError), "{text}");
        }
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(level in 0..=MAX_LEVEL, entries: bool, index: u64, width in 1..=WIDTH) {
            let kind = if entries { TileKind::Entries } else { TileKind::Hashes(level) };
            let path = TilePath { kind, index, width };
            prop_assert_eq!(path.to_string().parse(), Ok(path));
        }
    }
}
