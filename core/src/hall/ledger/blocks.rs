//! Which blocks of a run are to do.

use dartboard_points::tally::BlockRange;

use super::super::entry::RunSpec;
use crate::coordinator::block_set::BlockSet;
use crate::run::config::Target;

/// The blocks to do: the gaps below the frontier, and all from it on up to the target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Blocks {
    /// Apart from each other and from the frontier.
    gaps: BlockSet,
    frontier: u64,
    end: u64,
}

impl Blocks {
    /// All blocks of the run.
    pub(super) fn all(run: RunSpec) -> Self {
        let end = run.target.map_or(BlockRange::MAX_BLOCKS, Target::blocks);
        Self { end, ..Self::default() }
    }

    /// Those of the run from `frontier` on, which is not beyond its end.
    pub(super) fn from(run: RunSpec, frontier: u64) -> Option<Self> {
        let blocks = Self { frontier, ..Self::all(run) };
        (frontier <= blocks.end).then_some(blocks)
    }

    pub(super) fn frontier(&self) -> u64 {
        self.frontier
    }

    pub(super) fn gaps(&self) -> &[BlockRange] {
        self.gaps.ranges()
    }

    /// Whether no block is to do.
    pub(super) fn are_done(&self) -> bool {
        self.gaps.is_empty() && self.frontier == self.end
    }

    /// How many blocks are to do.
    pub(super) fn count(&self) -> u64 {
        let gaps: u64 = self.gaps.ranges().iter().map(|gap| gap.blocks()).sum();
        gaps + (self.end - self.frontier)
    }

    /// The lowest blocks to do, at most `most` of them.
    pub(super) fn lowest(&self, most: u64) -> Option<BlockRange> {
        let (first, end) = match self.gaps.ranges().first() {
            Some(gap) => (gap.first(), gap.end()),
            None => (self.frontier, self.end),
        };
        BlockRange::new(first, end.min(first.saturating_add(most))).ok()
    }

    /// These blocks are no longer to do; false, and nothing happens, unless all of them are.
    pub(super) fn take(&mut self, blocks: BlockRange) -> bool {
        if blocks.end() <= self.frontier {
            return self.gaps.take(blocks);
        }
        if blocks.end() > self.end || blocks.first() < self.frontier {
            return false;
        }
        if let Ok(passed) = BlockRange::new(self.frontier, blocks.first()) {
            self.gaps.insert(passed);
        }
        self.frontier = blocks.end();
        true
    }

    /// These blocks, which were taken, are to do again.
    pub(super) fn give_back(&mut self, blocks: BlockRange) {
        let gap = self.gaps.join(blocks);
        if gap.end() == self.frontier {
            self.gaps.remove(gap);
            self.frontier = gap.first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dartboard_points::tally::Seed;

    use super::super::super::message::Trust;

    fn range(first: u64, end: u64) -> BlockRange {
        BlockRange::new(first, end).unwrap()
    }

    fn of_40() -> Blocks {
        Blocks::all(RunSpec { seed: Seed(1), target: Target::from_blocks(40), trust: Trust::All })
    }

    // Fails with: blocks given away twice, skipped ones lost, or blocks beyond the target.
    #[test]
    fn only_blocks_to_do_are_taken_and_skipped_ones_stay_to_do() {
        let mut blocks = of_40();
        assert!(blocks.take(range(10, 20)));
        for beside in [range(10, 20), range(5, 11), range(15, 25), range(39, 41)] {
            assert!(!blocks.take(beside), "{beside}");
        }
        assert_eq!(
            (blocks.count(), blocks.lowest(4), blocks.lowest(100)),
            (30, Some(range(0, 4)), Some(range(0, 10)))
        );
        assert!(blocks.take(range(3, 5)) && blocks.take(range(20, 40)) && !blocks.are_done());
        assert_eq!(blocks.gaps(), [range(0, 3), range(5, 10)]);
        assert!(blocks.take(range(0, 3)) && blocks.take(range(5, 10)) && blocks.are_done());
        assert_eq!((blocks.lowest(1), blocks.count()), (None, 0));
    }

    #[test]
    fn what_is_given_back_is_to_do_and_touches_the_frontier_nowhere() {
        let mut blocks = of_40();
        for first in [0, 10, 20] {
            assert!(blocks.take(range(first, first + 10)));
        }
        blocks.give_back(range(10, 20));
        assert_eq!((blocks.gaps(), blocks.frontier()), (&[range(10, 20)][..], 30));
        blocks.give_back(range(20, 30));
        assert_eq!((blocks.gaps(), blocks.frontier()), (&[][..], 10));
        assert_eq!(blocks.lowest(100), Some(range(10, 40)));
    }
}
