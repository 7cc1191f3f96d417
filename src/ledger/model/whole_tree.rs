//! A whole tree in memory, made of the hashes of all its entries: what proves many entries at once, and judges a log.

use tlog_tiles::{Hash, node_hash, split_stored_hash_index};

use super::{Proof, TileKind, TilePath, TreeError, WIDTH};

/// A tree with all its inner nodes, 64 bytes an entry.
#[derive(Debug)]
pub struct WholeTree {
    /// From the leaves up, the hashes of all subtrees that are full.
    levels: Vec<Vec<Hash>>,
}

impl WholeTree {
    /// Of the leaves, in their order.
    pub fn new(leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|below| below.len() > 1) {
            let above = below.as_chunks().0.iter().map(|[left, right]| node_hash(*left, *right)).collect();
            levels.push(above);
        }
        Self { levels }
    }

    /// Entries.
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// The hash of an entry.
    pub fn leaf(&self, index: u64) -> Option<Hash> {
        self.node(0, index)
    }

    /// The root of the tree of the first `size` entries.
    ///
    /// # Errors
    /// `Impossible` when it has fewer.
    pub fn root(&self, size: u64) -> Result<Hash, TreeError> {
        let root = self.prove(Proof::Root { size })?;
        root.first().copied().ok_or_else(|| TreeError::Impossible("a tree without a root".to_owned()))
    }

    /// The hashes of a proof.
    ///
    /// # Errors
    /// `Impossible`.
    pub fn prove(&self, proof: Proof) -> Result<Vec<Hash>, TreeError> {
        proof.make_of(|at| {
            let (level, index) = split_stored_hash_index(at);
            let missing = || TreeError::Impossible(format!("the tree has {} entries only", self.size()));
            self.node(level, index).ok_or_else(missing)
        })
    }

    /// The hashes of a tile; none when the tree has no such.
    pub fn tile(&self, path: TilePath) -> Option<&[Hash]> {
        let TileKind::Hashes(level) = path.kind else { return None };
        let first = usize::try_from(path.index.checked_mul(WIDTH)?).ok()?;
        let end = first.checked_add(usize::try_from(path.width).ok()?)?;
        self.levels.get(8 * usize::from(level))?.get(first..end)
    }

    fn node(&self, level: u8, index: u64) -> Option<Hash> {
        self.levels.get(usize::from(level))?.get(usize::try_from(index).ok()?).copied()
    }
}

/// The tiles of a level in the tree of `size` entries, in their order; each but the last is full.
pub fn tiles_of_level(kind: TileKind, size: u64) -> impl Iterator<Item = TilePath> {
    let level = match kind {
        TileKind::Hashes(level) => level,
        TileKind::Entries => 0,
    };
    let held = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
    let width = move |index| WIDTH.min(held - index * WIDTH);
    (0..held.div_ceil(WIDTH)).map(move |index| TilePath { kind, index, width: width(index) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tlog_tiles::check_record;

    use super::*;
    use crate::ledger::model::{Tiles, grow, leaf_hash};

    fn leaves(count: usize) -> Vec<Hash> {
        (0..count as u64).map(|index| leaf_hash(&index.to_be_bytes())).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn is_the_tree_that_grows_by_tiles(count in 0_usize..1500, at: prop::sample::Index) {
            let leaves = leaves(count);
            let grown = grow(0, &Tiles::default(), &leaves).unwrap();
            let whole = WholeTree::new(leaves.clone());
            prop_assert_eq!(whole.size(), grown.size);
            prop_assert_eq!(whole.root(grown.size).unwrap(), grown.root);
            for (path, hashes) in &grown.tiles {
                let own: Vec<u8> = whole.tile(*path).unwrap().iter().flat_map(|hash| hash.0).collect();
                prop_assert_eq!(&own, hashes);
            }
            let all: usize =
                (0..8).map(|level| tiles_of_level(TileKind::Hashes(level), grown.size).count()).sum();
            prop_assert_eq!(all, grown.tiles.len());
            if count > 0 {
                let index = at.index(count);
                let proof = whole.prove(Proof::Inclusion { index: index as u64, size: grown.size }).unwrap();
                check_record(&proof, grown.size, grown.root, index as u64, leaves[index]).unwrap();
                let begun = grow(0, &Tiles::default(), &leaves[..index]).unwrap();
                prop_assert_eq!(whole.root(index as u64).unwrap(), begun.root);
            }
            prop_assert!(whole.root(grown.size + 1).is_err());
        }
    }
}
