//! Which blocks are to do, in flight or done.
//!
//! Only what is *not* done is kept: below the frontier a block that is neither to do, in flight nor missing is done,
//! and from the frontier on nothing has been handed out. So a block is in one place by construction, and
//! memory follows the leases in flight, not the length of the run.

use dartboard_points::tally::BlockRange;

use super::block_set::BlockSet;

/// Where every block of a run stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    /// The first block of the run: those before it are not its own, and never done.
    first: u64,
    /// Handed out once and lost; its ranges are apart from each other and from the frontier.
    to_do: BlockSet,
    /// Out at workers, one range a lease.
    in_flight: BlockSet,
    /// Lost with a worker that nobody replaces: to do again only on request.
    missing: BlockSet,
    /// The first block that was never handed out.
    frontier: u64,
    /// Where new blocks end; lost ones are done again wherever they lie.
    limit: Limit,
}

/// How far a ledger reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Limit {
    /// As far as a tally can count.
    #[default]
    None,
    /// Up to, not including, this block.
    Block(u64),
    /// No new block: only what was handed out once.
    Closing,
}

impl Limit {
    fn block(self) -> u64 {
        match self {
            Self::None => BlockRange::MAX_BLOCKS,
            Self::Block(block) => block.min(BlockRange::MAX_BLOCKS),
            Self::Closing => 0,
        }
    }
}

impl Ledger {
    /// A ledger of a run that begins at block `first`.
    pub(crate) fn from_block(first: u64) -> Self {
        Self { first, frontier: first, ..Self::default() }
    }

    /// A ledger of a run that begins at block `first`, in which the blocks of `done` (rising, apart, not before `first` nor
    /// beyond [`BlockRange::MAX_BLOCKS`]) are done.
    pub(crate) fn resume(first: u64, done: &[BlockRange]) -> Self {
        let mut ledger = Self::from_block(first);
        for range in done {
            if let Ok(gap) = BlockRange::new(ledger.frontier, range.first()) {
                ledger.to_do.insert(gap);
            }
            ledger.frontier = range.end();
        }
        ledger
    }

    /// The first block of the run.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// Changes how far the ledger reaches; what was handed out beyond it is still done to its end.
    pub(crate) fn set_limit(&mut self, limit: Limit) {
        self.limit = limit;
    }

    /// Hands out the lowest blocks to do, at most `blocks` of them; none if there are none.
    pub(crate) fn take(&mut self, blocks: u64) -> Option<BlockRange> {
        let range = if self.to_do.is_empty() {
            let end = self.limit.block().min(self.frontier.saturating_add(blocks));
            BlockRange::new(self.frontier, end).ok()
        } else {
            self.to_do.take_lowest(blocks)
        }?;
        self.frontier = self.frontier.max(range.end());
        self.in_flight.insert(range);
        Some(range)
    }

    /// A range in flight is done.
    pub(crate) fn finish(&mut self, range: BlockRange) {
        let was_in_flight = self.in_flight.remove(range);
        debug_assert!(was_in_flight, "{range} was not in flight");
    }

    /// A range in flight is lost: it is to do again.
    pub(crate) fn requeue(&mut self, range: BlockRange) {
        self.finish(range);
        self.give_back(range);
    }

    /// A range in flight is lost, and nobody is to do it again before [`Self::find`].
    pub(crate) fn miss(&mut self, range: BlockRange) {
        self.finish(range);
        self.missing.join(range);
    }

    /// What is missing is to do again.
    pub(crate) fn find(&mut self) {
        // From the end, so that what touches the frontier goes back behind it.
        for &range in std::mem::take(&mut self.missing).ranges().iter().rev() {
            self.give_back(range);
        }
    }

    /// The blocks that are missing.
    pub(crate) fn missing_blocks(&self) -> u64 {
        self.missing.ranges().iter().map(|range| range.blocks()).sum()
    }

    fn give_back(&mut self, range: BlockRange) {
        let lost = self.to_do.join(range);
        if lost.end() == self.frontier {
            self.to_do.remove(lost);
            self.frontier = lost.first();
        }
    }

    /// Whether nothing is left to hand out.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.to_do.is_empty() && self.frontier >= self.limit.block()
    }

    /// Whether all blocks up to the limit are done.
    pub(crate) fn is_complete(&self) -> bool {
        self.in_flight.is_empty() && self.missing.is_empty() && self.is_exhausted()
    }

    /// What is not done below the frontier.
    fn open(&self) -> BlockSet {
        let mut open = self.to_do.clone();
        for &range in self.in_flight.ranges().iter().chain(self.missing.ranges()) {
            open.insert(range);
        }
        open
    }

    /// The block up to which every block is done.
    pub(crate) fn prefix(&self) -> u64 {
        self.open().lowest().unwrap_or(self.frontier)
    }

    /// The highest block done, plus one; the run's first if none is done.
    pub(crate) fn counted_end(&self) -> u64 {
        let mut end = self.frontier;
        for range in self.open().ranges().iter().rev() {
            if range.end() != end {
                break;
            }
            end = range.first();
        }
        end
    }

    /// The blocks done, as rising ranges apart from each other.
    pub(crate) fn done(&self) -> Vec<BlockRange> {
        let mut done = Vec::new();
        let mut from = self.first;
        for open in self.open().ranges() {
            done.extend(BlockRange::new(from, open.first()));
            from = open.end();
        }
        done.extend(BlockRange::new(from, self.frontier));
        done
    }

    /// How many ranges are remembered.
    #[cfg(any(test, feature = "measure"))]
    pub(crate) fn ranges(&self) -> usize {
        self.open().ranges().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: u64, end: u64) -> BlockRange {
        BlockRange::new(first, end).unwrap()
    }

    /// A ledger in which blocks 0 to 40 are out in ranges of ten.
    fn four_out() -> Ledger {
        let mut ledger = Ledger::default();
        for first in [0, 10, 20, 30] {
            assert_eq!(ledger.take(10), Some(range(first, first + 10)));
        }
        ledger
    }

    #[test]
    fn lost_blocks_go_before_new_ones_lowest_first() {
        let mut ledger = four_out();
        ledger.requeue(range(20, 30));
        ledger.requeue(range(0, 10));
        assert_eq!(ledger.take(4), Some(range(0, 4)));
        assert_eq!(ledger.take(100), Some(range(4, 10)));
        assert_eq!(ledger.take(100), Some(range(20, 30)));
        assert_eq!(ledger.take(5), Some(range(40, 45)));
    }

    #[test]
    fn neighbours_lost_become_one_range_and_those_at_the_frontier_are_forgotten() {
        let mut ledger = four_out();
        ledger.requeue(range(0, 10));
        ledger.requeue(range(20, 30));
        ledger.requeue(range(10, 20));
        assert_eq!((ledger.to_do.ranges(), ledger.frontier), (&[range(0, 30)][..], 40));
        ledger.requeue(range(30, 40));
        assert_eq!((ledger.to_do.ranges().len(), ledger.frontier, ledger.ranges()), (0, 0, 0));
    }

    #[test]
    fn neighbours_on_one_side_only_are_joined() {
        let mut ledger = four_out();
        ledger.requeue(range(0, 10));
        ledger.requeue(range(10, 20));
        assert_eq!(ledger.to_do.ranges(), [range(0, 20)]);
        let mut ledger = four_out();
        ledger.requeue(range(10, 20));
        ledger.requeue(range(0, 10));
        assert_eq!(ledger.to_do.ranges(), [range(0, 20)]);
    }

    #[test]
    fn what_is_neither_lost_nor_out_is_done() {
        let mut ledger = four_out();
        assert_eq!((ledger.prefix(), ledger.counted_end(), ledger.done()), (0, 0, vec![]));
        ledger.finish(range(10, 20));
        assert_eq!((ledger.prefix(), ledger.counted_end(), ledger.done()), (0, 20, vec![range(10, 20)]));
        ledger.finish(range(0, 10));
        ledger.requeue(range(20, 30));
        ledger.finish(range(30, 40));
        assert_eq!((ledger.prefix(), ledger.counted_end()), (20, 40));
        assert_eq!(ledger.done(), [range(0, 20), range(30, 40)]);
        assert_eq!(ledger.ranges(), 1);
        assert_eq!(ledger.take(10), Some(range(20, 30)));
        assert_eq!(ledger.prefix(), 20);
        ledger.finish(range(20, 30));
        assert_eq!((ledger.prefix(), ledger.counted_end(), ledger.done()), (40, 40, vec![range(0, 40)]));
    }

    #[test]
    fn a_limit_cuts_the_last_range_and_completes_the_ledger() {
        let mut ledger = Ledger::default();
        ledger.set_limit(Limit::Block(15));
        assert!(!ledger.is_exhausted());
        assert_eq!(ledger.take(10), Some(range(0, 10)));
        assert_eq!(ledger.take(10), Some(range(10, 15)));
        assert_eq!(ledger.take(10), None);
        assert!(ledger.is_exhausted() && !ledger.is_complete());
        ledger.finish(range(0, 10));
        ledger.requeue(range(10, 15));
        assert!(!ledger.is_exhausted());
        assert_eq!(ledger.take(10), Some(range(10, 15)));
        ledger.finish(range(10, 15));
        assert!(ledger.is_complete());
        ledger.set_limit(Limit::None);
        assert!(!ledger.is_complete());
    }

    #[test]
    fn closing_does_only_what_was_handed_out_before() {
        let mut ledger = four_out();
        ledger.set_limit(Limit::Closing);
        ledger.requeue(range(10, 20));
        ledger.requeue(range(30, 40));
        assert_eq!(ledger.take(100), Some(range(10, 20)));
        assert_eq!(ledger.take(100), None);
        for first in [0, 10, 20] {
            assert!(!ledger.is_complete());
            ledger.finish(range(first, first + 10));
        }
        assert!(ledger.is_complete());
        assert_eq!(ledger.counted_end(), 30);
    }

    #[test]
    fn a_ledger_goes_on_from_what_is_done() {
        let done = [range(5, 10), range(12, 20)];
        let mut ledger = Ledger::resume(0, &done);
        assert_eq!(ledger.done(), done);
        let to_do: Vec<_> = std::iter::from_fn(|| ledger.take(100)).take(3).collect();
        assert_eq!(to_do, [range(0, 5), range(10, 12), range(20, 120)]);
        let mut later = Ledger::resume(5, &[range(7, 9)]);
        assert_eq!(
            (later.done(), later.take(100), later.take(1)),
            (vec![range(7, 9)], Some(range(5, 7)), Some(range(9, 10)))
        );
        let whole = Ledger::resume(0, &[range(0, 7)]);
        assert_eq!((whole.ranges(), whole.frontier), (0, 7));
    }

    // Fails with: blocks before the first that are handed out, or told as done.
    #[test]
    fn a_ledger_that_begins_later_knows_no_block_before() {
        let mut ledger = Ledger::from_block(100);
        ledger.set_limit(Limit::Block(115));
        assert_eq!((ledger.prefix(), ledger.counted_end(), ledger.done()), (100, 100, vec![]));
        assert_eq!((ledger.take(10), ledger.take(10)), (Some(range(100, 110)), Some(range(110, 115))));
        assert!(ledger.is_exhausted() && !ledger.is_complete());
        ledger.finish(range(110, 115));
        assert_eq!((ledger.counted_end(), ledger.done()), (115, vec![range(110, 115)]));
        ledger.requeue(range(100, 110));
        assert_eq!(ledger.take(100), Some(range(100, 110)));
        ledger.finish(range(100, 110));
        assert_eq!((ledger.prefix(), ledger.done()), (115, vec![range(100, 115)]));
        assert!(ledger.is_complete());
    }

    #[test]
    fn the_last_blocks_whose_points_fit_end_the_ledger() {
        let last = BlockRange::MAX_BLOCKS;
        let mut ledger = Ledger::resume(0, &[range(0, last - 3)]);
        assert_eq!(ledger.take(10), Some(range(last - 3, last)));
        assert_eq!(ledger.take(10), None);
        ledger.set_limit(Limit::Block(u64::MAX));
        assert!(ledger.is_exhausted());
    }
}
