//! The tree: growing by entries, and proofs over its tiles. The maths is the library's.

use std::cell::RefCell;
use std::collections::HashMap;

use thiserror::Error;
use tlog_tiles::{
    Error as MathError, HASH_SIZE, Hash, HashReader, Tile, prove_record, prove_tree, record_hash,
    stored_hash_index, stored_hashes_for_record_hash, tree_hash,
};

use super::{TileKind, TilePath};

/// Height of a tile: 256 hashes.
const HEIGHT: u8 = 8;

/// Why a tree can't be worked on.
#[derive(Debug, Error)]
pub enum TreeError {
    /// A tile is missing, or too short.
    #[error("the tile {0} is missing or cut off")]
    MissingTile(TilePath),
    /// What is asked for can't be, such as an index behind the end.
    #[error("{0}")]
    Impossible(String),
}

/// The hashes of a tile, 32 bytes each.
pub type TileHashes = Vec<u8>;

/// Tiles in memory, each as wide as it is known to be.
#[derive(Debug, Clone, Default)]
pub struct Tiles(HashMap<(u8, u64), TileHashes>);

impl Tiles {
    /// Adds a tile, or replaces one that is less wide.
    pub fn add(&mut self, level: u8, index: u64, hashes: TileHashes) {
        self.0.insert((level, index), hashes);
    }

    /// The hashes of one.
    pub fn get(&self, level: u8, index: u64) -> Option<&[u8]> {
        self.0.get(&(level, index)).map(Vec::as_slice)
    }

    fn hash(&self, at: u64) -> Result<Hash, TreeError> {
        let tile = Tile::from_index(HEIGHT, at);
        let missing = || TreeError::MissingTile(path_of(&tile));
        let hashes = self.get(tile.level(), tile.level_index()).ok_or_else(missing)?;
        tile.hash_at_index(hashes, at).map_err(|_| missing())
    }
}

fn path_of(tile: &Tile) -> TilePath {
    let kind = TileKind::Hashes(tile.level());
    TilePath { kind, index: tile.level_index(), width: u64::from(tile.width()) }
}

/// Lends what the library asks for; what was missing is kept, for its error says nothing of that.
struct Reader<'a, F> {
    hash: F,
    failure: &'a RefCell<Option<TreeError>>,
}

impl<F: Fn(u64) -> Result<Hash, TreeError>> HashReader for Reader<'_, F> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, MathError> {
        let hashes = indexes.iter().map(|at| (self.hash)(*at)).collect::<Result<_, _>>();
        hashes.map_err(|error| {
            self.failure.replace(Some(error));
            MathError::InvalidTile
        })
    }
}

fn with_reader<T, F: Fn(u64) -> Result<Hash, TreeError>>(
    hash: F,
    work: impl FnOnce(&Reader<'_, F>) -> Result<T, MathError>,
) -> Result<T, TreeError> {
    let failure = RefCell::new(None);
    let outcome = work(&Reader { hash, failure: &failure });
    outcome.map_err(|error| failure.take().unwrap_or_else(|| TreeError::Impossible(error.to_string())))
}

/// What a tree grew into.
#[derive(Debug, Clone, PartialEq)]
pub struct Grown {
    /// Entries now.
    pub size: u64,
    /// Root hash now.
    pub root: Hash,
    /// The tiles that are new or wider than before; each level's last one may not be full.
    pub tiles: Vec<(TilePath, TileHashes)>,
}

/// Adds entries to a tree of `size`, whose last tile of each level must be among `edge` unless it is full.
///
/// # Errors
/// `MissingTile`.
pub fn grow(size: u64, edge: &Tiles, leaves: &[Hash]) -> Result<Grown, TreeError> {
    let new: RefCell<HashMap<u64, Hash>> = RefCell::default();
    let hash = |at| new.borrow().get(&at).copied().map_or_else(|| edge.hash(at), Ok);
    let mut end = size;
    for leaf in leaves {
        let stored = with_reader(hash, |reader| stored_hashes_for_record_hash(end, *leaf, reader))?;
        let first = stored_hash_index(0, end);
        new.borrow_mut().extend((first..).zip(stored));
        end += 1;
    }
    let root = with_reader(hash, |reader| tree_hash(end, reader))?;
    let mut tiles = Vec::new();
    for tile in Tile::new_tiles(HEIGHT, size, end) {
        let hashes = with_reader(hash, |reader| tile.read_data(reader))?;
        tiles.push((path_of(&tile), hashes));
    }
    Ok(Grown { size: end, root, tiles })
}

/// A proof over tiles that are somewhere else: says which are needed, then makes it of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// That the entry at an index is in the tree of a size (RFC 6962, 2.1.1).
    Inclusion {
        /// Which entry.
        index: u64,
        /// Which tree.
        size: u64,
    },
    /// That a tree is the beginning of a later one (RFC 6962, 2.1.2).
    Consistency {
        /// The size of the earlier tree, not 0.
        from: u64,
        /// That of the later one.
        to: u64,
    },
    /// No proof: the root hash of the tree of a size.
    Root {
        /// Which tree.
        size: u64,
    },
}

impl Proof {
    /// The tiles that it is made of, each as wide as the tree of its size has it.
    ///
    /// # Errors
    /// `Impossible` for an index or a size that there can't be.
    pub fn tiles(self) -> Result<Vec<TilePath>, TreeError> {
        let asked: RefCell<Vec<TilePath>> = RefCell::default();
        self.make_of(|at| {
            let tile = Tile::from_index(HEIGHT, at);
            let tile = tile.parent(0, self.size()).unwrap_or(tile);
            let path = path_of(&tile);
            if !asked.borrow().contains(&path) {
                asked.borrow_mut().push(path);
            }
            Ok(Hash::default())
        })?;
        Ok(asked.into_inner())
    }

    /// The proof's hashes; for a root, that one.
    ///
    /// # Errors
    /// `MissingTile`, `Impossible`.
    pub fn make(self, tiles: &Tiles) -> Result<Vec<Hash>, TreeError> {
        self.make_of(|at| tiles.hash(at))
    }

    const fn size(self) -> u64 {
        match self {
            Self::Inclusion { size, .. } | Self::Root { size } => size,
            Self::Consistency { to, .. } => to,
        }
    }

    pub(super) fn make_of(
        self,
        hash: impl Fn(u64) -> Result<Hash, TreeError>,
    ) -> Result<Vec<Hash>, TreeError> {
        with_reader(hash, |reader| match self {
            Self::Inclusion { index, size } => prove_record(size, index, reader),
            Self::Consistency { from, to } => prove_tree(to, from, reader),
            Self::Root { size } => tree_hash(size, reader).map(|root| vec![root]),
        })
    }
}

/// The hash of an entry (RFC 6962, 2.1).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    record_hash(entry)
}

/// The hashes in a tile.
pub fn hashes_of(tile: &[u8]) -> impl Iterator<Item = Hash> {
    tile.as_chunks::<HASH_SIZE>().0.iter().map(|hash| Hash(*hash))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tlog_tiles::{EMPTY_HASH, check_record, check_tree};

    use super::*;

    /// A tree that grows in these steps, with all its tiles, and its root after each.
    fn grown(steps: &[usize]) -> (Tiles, Vec<(u64, Hash)>) {
        let (mut tiles, mut size, mut heads) = (Tiles::default(), 0, Vec::new());
        for step in steps {
            let leaves: Vec<Hash> = (size..).take(*step).map(leaf_of).collect();
            let grown = grow(size, &tiles, &leaves).unwrap();
            for (path, hashes) in grown.tiles {
                let TileKind::Hashes(level) = path.kind else { panic!("entries") };
                assert_eq!(hashes.len() as u64, path.width * 32);
                tiles.add(level, path.index, hashes);
            }
            size = grown.size;
            heads.push((size, grown.root));
        }
        (tiles, heads)
    }

    fn leaf_of(index: u64) -> Hash {
        leaf_hash(&index.to_be_bytes())
    }

    #[test]
    fn an_empty_tree_has_a_root() {
        let grown = grow(0, &Tiles::default(), &[]).unwrap();
        assert_eq!((grown.size, grown.root, grown.tiles.len()), (0, EMPTY_HASH, 0));
    }

    #[test]
    fn three_levels_of_tiles() {
        let (tiles, heads) = grown(&[65_535, 1, 4_464]);
        let (size, root) = heads[2];
        assert_eq!(tiles.get(2, 0).map(<[u8]>::len), Some(32));
        for index in [0, 255, 256, 65_535, 65_536, 69_999] {
            let proof = Proof::Inclusion { index, size };
            assert!(proof.tiles().unwrap().iter().all(|path| path.is_within(size)));
            check_record(&proof.make(&tiles).unwrap(), size, root, index, leaf_of(index)).unwrap();
        }
        for (from, old) in &heads {
            let hashes = Proof::Consistency { from: *from, to: size }.make(&tiles).unwrap();
            check_tree(&hashes, size, root, *from, *old).unwrap();
        }
    }

    #[test]
    fn what_can_not_be_proved() {
        assert!(matches!(Proof::Inclusion { index: 5, size: 5 }.tiles(), Err(TreeError::Impossible(_))));
        assert!(matches!(Proof::Consistency { from: 6, to: 5 }.tiles(), Err(TreeError::Impossible(_))));
        let missing = Proof::Inclusion { index: 0, size: 5 }.make(&Tiles::default());
        assert!(matches!(missing, Err(TreeError::MissingTile(_))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn batches_do_not_matter(steps in prop::collection::vec(1_usize..400, 1..6), at: prop::sample::Index) {
            let total: usize = steps.iter().sum();
            let (tiles, heads) = grown(&steps);
            let (all, whole) = grown(&[total]);
            let (size, root) = *heads.last().unwrap();
            prop_assert_eq!(whole[0], (size, root));
            let index = at.index(total) as u64;
            // The tiles that are asked for suffice, and are as wide as the tree has them.
            let proof = Proof::Inclusion { index, size };
            let mut needed = Tiles::default();
            for path in proof.tiles().unwrap() {
                let TileKind::Hashes(level) = path.kind else { panic!("entries") };
                let hashes = all.get(level, path.index).unwrap();
                prop_assert_eq!(hashes.len() as u64, path.width * 32);
                needed.add(level, path.index, hashes.to_vec());
            }
            check_record(&proof.make(&needed).unwrap(), size, root, index, leaf_of(index)).unwrap();
            for (from, old) in &heads {
                let hashes = Proof::Consistency { from: *from, to: size }.make(&tiles).unwrap();
                check_tree(&hashes, size, root, *from, *old).unwrap();
                prop_assert_eq!(Proof::Root { size: *from }.make(&tiles).unwrap(), vec![*old]);
            }
        }
    }
}
