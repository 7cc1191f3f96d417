//! Reading bundles of entries (c2sp.org/tlog-tiles, "Log Entries").

use bytes::Bytes;

/// The entries of a bundle, each behind its length in two bytes.
pub struct Entries(Bytes);

impl Entries {
    /// Of a bundle's bytes.
    pub const fn of(bundle: Bytes) -> Self {
        Self(bundle)
    }

    /// Whether nothing is left.
    pub fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }
}

impl Iterator for Entries {
    type Item = Bytes;

    /// The next entry; none when there is no whole one.
    fn next(&mut self) -> Option<Bytes> {
        let length = usize::from(u16::from_be_bytes(*self.0.first_chunk()?));
        let entry = (self.0.len() >= 2 + length).then(|| self.0.split_to(2 + length))?;
        Some(entry.slice(2..))
    }
}
