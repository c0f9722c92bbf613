//! Which blocks are to do, in flight or done.
//!
//! Only what is *not* done is kept: below the frontier a block that is neither to do nor in flight is done,
//! and from the frontier on nothing has been handed out. So a block is in one place by construction, and
//! memory follows the leases in flight, not the length of the run.

use dartboard_points::tally::BlockRange;

/// Where every block of a run stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// Ranges handed out once and lost, as (first, end), rising; apart from each other and from the frontier.
    to_do: Vec<(u64, u64)>,
    /// Ranges out at a worker, as (first, end), rising.
    in_flight: Vec<(u64, u64)>,
    /// The first block that was never handed out.
    frontier: u64,
    /// Where new blocks end; lost ones are done again wherever they lie.
    limit: Limit,
}

/// How far a plan reaches.
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

impl Plan {
    /// A plan in which the blocks of `done` (rising, apart, not beyond [`BlockRange::MAX_BLOCKS`]) are done.
    pub(crate) fn resume(done: &[BlockRange]) -> Self {
        let mut plan = Self::default();
        for range in done {
            if plan.frontier < range.first() {
                plan.to_do.push((plan.frontier, range.first()));
            }
            plan.frontier = range.end();
        }
        plan
    }

    /// Changes how far the plan reaches; what was handed out beyond it is still done to its end.
    pub(crate) fn set_limit(&mut self, limit: Limit) {
        self.limit = limit;
    }

    /// Hands out the lowest blocks to do, at most `blocks` of them; none if there are none.
    pub(crate) fn take(&mut self, blocks: u64) -> Option<BlockRange> {
        let range = if let Some(lost) = self.to_do.first_mut() {
            let (first, end) = *lost;
            let cut = end.min(first.saturating_add(blocks));
            if cut < end {
                lost.0 = cut;
            } else {
                self.to_do.remove(0);
            }
            BlockRange::new(first, cut)
        } else {
            let end = self.limit.block().min(self.frontier.saturating_add(blocks));
            BlockRange::new(self.frontier, end)
        }
        .ok()?;
        self.frontier = self.frontier.max(range.end());
        let at = position(&self.in_flight, range.first());
        self.in_flight.insert(at, (range.first(), range.end()));
        Some(range)
    }

    /// A range in flight is done.
    pub(crate) fn finish(&mut self, range: BlockRange) {
        let at = position(&self.in_flight, range.first());
        if self.in_flight.get(at) == Some(&(range.first(), range.end())) {
            self.in_flight.remove(at);
        } else {
            debug_assert!(false, "{range} was not in flight");
        }
    }

    /// A range in flight is lost: it is to do again.
    pub(crate) fn requeue(&mut self, range: BlockRange) {
        self.finish(range);
        let (mut first, mut end) = (range.first(), range.end());
        let mut at = position(&self.to_do, first);
        if let Some(&(next, next_end)) = self.to_do.get(at)
            && next == end
        {
            self.to_do.remove(at);
            end = next_end;
        }
        if let Some(&(before, before_end)) = self.to_do[..at].last()
            && before_end == first
        {
            at -= 1;
            self.to_do.remove(at);
            first = before;
        }
        if end == self.frontier {
            self.frontier = first;
        } else {
            self.to_do.insert(at, (first, end));
        }
    }

    /// Whether nothing is left to hand out.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.to_do.is_empty() && self.frontier >= self.limit.block()
    }

    /// Whether all blocks up to the limit are done.
    pub(crate) fn is_complete(&self) -> bool {
        self.in_flight.is_empty() && self.is_exhausted()
    }

    /// The block up to which every block is done.
    pub(crate) fn prefix(&self) -> u64 {
        let firsts = self.to_do.first().into_iter().chain(self.in_flight.first());
        firsts.map(|range| range.0).min().unwrap_or(self.frontier)
    }

    /// The highest block done, plus one; 0 if none is done.
    pub(crate) fn counted_end(&self) -> u64 {
        let mut end = self.frontier;
        let (mut lost, mut out) =
            (self.to_do.iter().rev().peekable(), self.in_flight.iter().rev().peekable());
        while let Some(&(first, _)) =
            lost.next_if(|range| range.1 == end).or_else(|| out.next_if(|range| range.1 == end))
        {
            end = first;
        }
        end
    }

    /// The blocks done, as rising ranges apart from each other.
    pub(crate) fn done(&self) -> Vec<BlockRange> {
        let (mut lost, mut out) = (self.to_do.iter().peekable(), self.in_flight.iter().peekable());
        let mut done = Vec::new();
        let mut from = 0;
        loop {
            let lost_first = lost.peek().map_or(u64::MAX, |range| range.0);
            let Some(&(first, end)) = out.next_if(|range| range.0 < lost_first).or_else(|| lost.next())
            else {
                break;
            };
            done.extend(BlockRange::new(from, first));
            from = end;
        }
        done.extend(BlockRange::new(from, self.frontier));
        done
    }

    /// How many ranges are remembered.
    #[cfg(any(test, feature = "measure"))]
    pub(crate) fn ranges(&self) -> usize {
        self.to_do.len() + self.in_flight.len()
    }
}

/// Where in `ranges`, which rise, the first one is that does not begin before `first`.
fn position(ranges: &[(u64, u64)], first: u64) -> usize {
    ranges.partition_point(|range| range.0 < first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: u64, end: u64) -> BlockRange {
        BlockRange::new(first, end).unwrap()
    }

    /// A plan in which blocks 0 to 40 are out in ranges of ten.
    fn four_out() -> Plan {
        let mut plan = Plan::default();
        for first in [0, 10, 20, 30] {
            assert_eq!(plan.take(10), Some(range(first, first + 10)));
        }
        plan
    }

    #[test]
    fn lost_blocks_go_before_new_ones_lowest_first() {
        let mut plan = four_out();
        plan.requeue(range(20, 30));
        plan.requeue(range(0, 10));
        assert_eq!(plan.take(4), Some(range(0, 4)));
        assert_eq!(plan.take(100), Some(range(4, 10)));
        assert_eq!(plan.take(100), Some(range(20, 30)));
        assert_eq!(plan.take(5), Some(range(40, 45)));
    }

    #[test]
    fn neighbours_lost_become_one_range_and_those_at_the_frontier_are_forgotten() {
        let mut plan = four_out();
        plan.requeue(range(0, 10));
        plan.requeue(range(20, 30));
        plan.requeue(range(10, 20));
        assert_eq!((plan.to_do.clone(), plan.frontier), (vec![(0, 30)], 40));
        plan.requeue(range(30, 40));
        assert_eq!((plan.to_do.len(), plan.frontier, plan.ranges()), (0, 0, 0));
    }

    #[test]
    fn neighbours_on_one_side_only_are_joined() {
        let mut plan = four_out();
        plan.requeue(range(0, 10));
        plan.requeue(range(10, 20));
        assert_eq!(plan.to_do, [(0, 20)]);
        let mut plan = four_out();
        plan.requeue(range(10, 20));
        plan.requeue(range(0, 10));
        assert_eq!(plan.to_do, [(0, 20)]);
    }

    #[test]
    fn what_is_neither_lost_nor_out_is_done() {
        let mut plan = four_out();
        assert_eq!((plan.prefix(), plan.counted_end(), plan.done()), (0, 0, vec![]));
        plan.finish(range(10, 20));
        assert_eq!((plan.prefix(), plan.counted_end(), plan.done()), (0, 20, vec![range(10, 20)]));
        plan.finish(range(0, 10));
        plan.requeue(range(20, 30));
        plan.finish(range(30, 40));
        assert_eq!((plan.prefix(), plan.counted_end()), (20, 40));
        assert_eq!(plan.done(), [range(0, 20), range(30, 40)]);
        assert_eq!(plan.ranges(), 1);
        assert_eq!(plan.take(10), Some(range(20, 30)));
        assert_eq!(plan.prefix(), 20);
        plan.finish(range(20, 30));
        assert_eq!((plan.prefix(), plan.counted_end(), plan.done()), (40, 40, vec![range(0, 40)]));
    }

    #[test]
    fn a_limit_cuts_the_last_range_and_completes_the_plan() {
        let mut plan = Plan::default();
        plan.set_limit(Limit::Block(15));
        assert!(!plan.is_exhausted());
        assert_eq!(plan.take(10), Some(range(0, 10)));
        assert_eq!(plan.take(10), Some(range(10, 15)));
        assert_eq!(plan.take(10), None);
        assert!(plan.is_exhausted() && !plan.is_complete());
        plan.finish(range(0, 10));
        plan.requeue(range(10, 15));
        assert!(!plan.is_exhausted());
        assert_eq!(plan.take(10), Some(range(10, 15)));
        plan.finish(range(10, 15));
        assert!(plan.is_complete());
        plan.set_limit(Limit::None);
        assert!(!plan.is_complete());
    }

    #[test]
    fn closing_does_only_what_was_handed_out_before() {
        let mut plan = four_out();
        plan.set_limit(Limit::Closing);
        plan.requeue(range(10, 20));
        plan.requeue(range(30, 40));
        assert_eq!(plan.take(100), Some(range(10, 20)));
        assert_eq!(plan.take(100), None);
        for first in [0, 10, 20] {
            assert!(!plan.is_complete());
            plan.finish(range(first, first + 10));
        }
        assert!(plan.is_complete());
        assert_eq!(plan.counted_end(), 30);
    }

    #[test]
    fn a_plan_is_taken_up_from_what_is_done() {
        let done = [range(5, 10), range(12, 20)];
        let mut plan = Plan::resume(&done);
        assert_eq!(plan.done(), done);
        let to_do: Vec<_> = std::iter::from_fn(|| plan.take(100)).take(3).collect();
        assert_eq!(to_do, [range(0, 5), range(10, 12), range(20, 120)]);
        let whole = Plan::resume(&[range(0, 7)]);
        assert_eq!((whole.ranges(), whole.frontier), (0, 7));
    }

    #[test]
    fn the_last_blocks_whose_points_fit_end_the_plan() {
        let last = BlockRange::MAX_BLOCKS;
        let mut plan = Plan::resume(&[range(0, last - 3)]);
        assert_eq!(plan.take(10), Some(range(last - 3, last)));
        assert_eq!(plan.take(10), None);
        plan.set_limit(Limit::Block(u64::MAX));
        assert!(plan.is_exhausted());
    }
}
