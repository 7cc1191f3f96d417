//! Comparing tiles with the tree that the entries make.

use tlog_tiles::Hash;

use super::VerifyError;
use crate::ledger::model::{TileKind, TilePath, WIDTH, WholeTree};

/// Compares a tile above the lowest, which is found at `place`, with the tree.
pub fn compare_tile(tree: &WholeTree, path: TilePath, place: &str, told: &[Hash]) -> Result<(), VerifyError> {
    let made = tree.tile(path).unwrap_or_default();
    let TileKind::Hashes(level) = path.kind else { return Ok(()) };
    // Entries below each of its hashes.
    let span = 1_u64.checked_shl(8 * u32::from(level)).unwrap_or(u64::MAX);
    for (at, told) in (path.index * WIDTH..).zip(told) {
        let made = usize::try_from(at - path.index * WIDTH).ok().and_then(|at| made.get(at));
        if made != Some(told) {
            let (first, last) = (at.saturating_mul(span), at.saturating_add(1).saturating_mul(span) - 1);
            let made = made.map_or("nothing".to_owned(), ToString::to_string);
            let why = format!("{place} says {told} of the entries {first} to {last}, which hash to {made}");
            return Err(VerifyError::entry(first, why));
        }
    }
    Ok(())
}
