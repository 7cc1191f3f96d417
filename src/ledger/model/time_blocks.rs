//! The way from instants to indexes. Clocks do not keep to the order of the log, so no index of the database leads there;
//! but when the entries of a block happened never changes, and is quickly known.

use crate::types::Timestamp;

/// Entries in a block.
pub const BLOCK: u64 = 1024;

/// When the entries of a block happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeBlock {
    /// The earliest.
    pub earliest: Timestamp,
    /// The latest.
    pub latest: Timestamp,
    /// How many there are.
    pub entries: u64,
}

impl TimeBlock {
    fn may_hold(&self, from: Option<Timestamp>, to: Option<Timestamp>) -> bool {
        from.is_none_or(|from| self.latest >= from) && to.is_none_or(|to| self.earliest < to)
    }
}

/// The full blocks of a log, from its beginning.
#[derive(Debug, Clone, Default)]
pub struct TimeBlocks(Vec<TimeBlock>);

impl TimeBlocks {
    /// Entries in them.
    pub const fn covered(&self) -> u64 {
        self.0.len() as u64 * BLOCK
    }

    /// Adds those that follow, as far as they are full; `begin` is the index at which they begin. Whoever was faster has
    /// added them already.
    pub fn learn(&mut self, begin: u64, following: &[TimeBlock]) {
        if begin == self.covered() {
            self.0.extend(following.iter().take_while(|block| block.entries == BLOCK));
        }
    }

    /// The first and the last index between which all entries lie that happened from one instant and before another, among
    /// the blocks and the one that is not full; none when there is no such entry.
    pub fn within(
        &self,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        rest: Option<TimeBlock>,
    ) -> Option<(u64, u64)> {
        let blocks = || self.0.iter().chain(rest.as_ref()).zip(0_u64..);
        let mut held = blocks().filter(|(block, _)| block.may_hold(from, to));
        let (_, first) = held.next()?;
        let (block, last) = held.last().or_else(|| blocks().find(|(_, n)| *n == first))?;
        Some((first * BLOCK, last * BLOCK + block.entries.saturating_sub(1)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn at(n: i64) -> Timestamp {
        Timestamp::from_micros(n)
    }

    fn block(times: &[i64]) -> TimeBlock {
        let (earliest, latest) = (*times.iter().min().unwrap(), *times.iter().max().unwrap());
        TimeBlock { earliest: at(earliest), latest: at(latest), entries: times.len() as u64 }
    }

    #[test]
    fn only_full_blocks_that_follow_are_kept() {
        let full = TimeBlock { earliest: at(1), latest: at(2), entries: BLOCK };
        let part = TimeBlock { entries: 5, ..full };
        let mut blocks = TimeBlocks::default();
        blocks.learn(0, &[full, full, part]);
        assert_eq!(blocks.covered(), 2 * BLOCK);
        blocks.learn(0, &[full, full, part]);
        assert_eq!(blocks.covered(), 2 * BLOCK, "somebody was faster");
        assert_eq!(blocks.within(None, None, Some(part)), Some((0, 2 * BLOCK + 4)));
        assert_eq!(blocks.within(None, None, None), Some((0, 2 * BLOCK - 1)));
        assert_eq!(blocks.within(Some(at(3)), None, Some(part)), None);
        assert_eq!(TimeBlocks::default().within(None, None, None), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn nothing_that_is_meant_lies_outside(
            seed in prop::collection::vec(0_i64..50, 4),
            from in prop::option::of(0_i64..60),
            to in prop::option::of(0_i64..60),
        ) {
            // Time goes on, and jumps now and then.
            let times: Vec<i64> = (0..4000_usize).map(|n| (n as i64) / 100 + seed[n % 4] / (1 + n as i64 % 7)).collect();
            let cut: Vec<TimeBlock> = times.chunks(1024).map(block).collect();
            let mut blocks = TimeBlocks::default();
            blocks.learn(0, &cut);
            let (from, to) = (from.map(at), to.map(at));
            let rest = cut.last().copied();
            let found = blocks.within(from, to, rest);
            for (time, index) in times.iter().zip(0_u64..) {
                let meant = from.is_none_or(|from| at(*time) >= from) && to.is_none_or(|to| at(*time) < to);
                if meant {
                    let (first, last) = found.unwrap();
                    prop_assert!((first..=last).contains(&index));
                }
            }
        }
    }
}
