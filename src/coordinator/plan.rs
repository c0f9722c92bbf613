//! Which blocks are to do, in flight or done.
//!
//! Only what is *not* done is kept: below the frontier a block that is neither to do nor in flight is done,
//! and from the frontier on nothing has been handed out. So a block is in one place by construction, and
//! memory follows the leases in flight, not the length of the run.

use std::collections::BTreeMap;

use dartboard_worker::tally::BlockRange;

/// Where every block of a run stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    /// Ranges handed out once and lost, as first → end; apart from each other and from the frontier.
    to_do: BTreeMap<u64, u64>,
    /// Ranges out at a worker, as first → end.
    in_flight: BTreeMap<u64, u64>,
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
                plan.to_do.insert(plan.frontier, range.first());
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
        let range = if let Some(lost) = self.to_do.first_entry() {
            let (first, end) = lost.remove_entry();
            let cut = end.min(first.saturating_add(blocks));
            if cut < end {
                self.to_do.insert(cut, end);
            }
            BlockRange::new(first, cut)
        } else {
            let end = self.limit.block().min(self.frontier.saturating_add(blocks));
            BlockRange::new(self.frontier, end)
        }
        .ok()?;
        self.frontier = self.frontier.max(range.end());
        self.in_flight.insert(range.first(), range.end());
        Some(range)
    }

    /// A range in flight is done.
    pub(crate) fn finish(&mut self, range: BlockRange) {
        let removed = self.in_flight.remove(&range.first());
        debug_assert_eq!(removed, Some(range.end()), "{range} was not in flight");
    }

    /// A range in flight is lost: it is to do again.
    pub(crate) fn requeue(&mut self, range: BlockRange) {
        let removed = self.in_flight.remove(&range.first());
        debug_assert_eq!(removed, Some(range.end()), "{range} was not in flight");
        let (mut first, mut end) = (range.first(), range.end());
        if let Some(next_end) = self.to_do.remove(&end) {
            end = next_end;
        }
        if let Some((&before, &before_end)) = self.to_do.range(..first).next_back()
            && before_end == first
        {
            self.to_do.remove(&before);
            first = before;
        }
        if end == self.frontier {
            self.frontier = first;
        } else {
            self.to_do.insert(first, end);
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
        let firsts = self.to_do.keys().next().into_iter().chain(self.in_flight.keys().next());
        firsts.copied().min().unwrap_or(self.frontier)
    }

    /// The highest block done, plus one; 0 if none is done.
    pub(crate) fn counted_end(&self) -> u64 {
        let mut end = self.frontier;
        let (mut lost, mut out) =
            (self.to_do.iter().rev().peekable(), self.in_flight.iter().rev().peekable());
        while let Some((&first, _)) =
            lost.next_if(|range| *range.1 == end).or_else(|| out.next_if(|range| *range.1 == end))
        {
            end = first;
        }
        end
    }

    /// The blocks done, as rising ranges apart from each other.
    pub(crate) fn done(&self) -> Vec<BlockRange> {
        let mut open: Vec<_> = self.to_do.iter().chain(&self.in_flight).collect();
        open.sort_unstable();
        let mut done = Vec::new();
        let mut from = 0;
        for (&first, &end) in open {
            done.extend(BlockRange::new(from, first));
            from = end;
        }
        done.extend(BlockRange::new(from, self.frontier));
        done
    }

    /// How many ranges are remembered.
    pub(crate) fn ranges(&self) -> usize {
        self.to_do.len() + self.in_flight.len()
    }
}
