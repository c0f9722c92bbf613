//! How often workers died over the same blocks, so that a batch that kills every worker stops the run.

use std::collections::BTreeMap;

use dartboard_worker::tally::BlockRange;

/// A block that was at the head of this many dying workers is not tried again by itself.
pub(crate) const LETHAL_DEATHS: u8 = 3;

/// Blocks over which workers died, with the number of deaths; forgotten once they are done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Suspects {
    /// first → (end, deaths); apart from each other.
    ranges: BTreeMap<u64, (u64, u8)>,
}

impl Suspects {
    /// One more worker died over `blocks`. Returns the first of them over which too many have died.
    pub(crate) fn accuse(&mut self, blocks: BlockRange) -> Option<BlockRange> {
        self.split(blocks.first());
        self.split(blocks.end());
        let mut from = blocks.first();
        let mut unknown = Vec::new();
        let mut lethal = None;
        for (&first, (end, deaths)) in self.ranges.range_mut(blocks.first()..blocks.end()) {
            *deaths += 1;
            if *deaths >= LETHAL_DEATHS {
                lethal = lethal.or(BlockRange::new(first, *end).ok());
            }
            if from < first {
                unknown.push((from, first));
            }
            from = *end;
        }
        if from < blocks.end() {
            unknown.push((from, blocks.end()));
        }
        self.ranges.extend(unknown.into_iter().map(|(first, end)| (first, (end, 1))));
        lethal
    }

    /// `blocks` are done: nothing is wrong with them.
    pub(crate) fn acquit(&mut self, blocks: BlockRange) {
        if self.ranges.is_empty() {
            return;
        }
        self.split(blocks.first());
        self.split(blocks.end());
        while let Some((&first, _)) = self.ranges.range(blocks.first()..blocks.end()).next() {
            self.ranges.remove(&first);
        }
    }

    /// How many ranges are remembered.
    pub(crate) fn ranges(&self) -> usize {
        self.ranges.len()
    }

    /// Cuts the range around `block`, if any, so that one begins there.
    fn split(&mut self, block: u64) {
        if let Some((_, (end, deaths))) = self.ranges.range_mut(..block).next_back()
            && block < *end
        {
            let rest = (*end, *deaths);
            *end = block;
            self.ranges.insert(block, rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: u64, end: u64) -> BlockRange {
        BlockRange::new(first, end).unwrap()
    }

    #[test]
    fn the_third_death_over_a_block_is_lethal() {
        let mut suspects = Suspects::default();
        assert_eq!(suspects.accuse(range(10, 20)), None);
        assert_eq!(suspects.accuse(range(10, 20)), None);
        assert_eq!(suspects.accuse(range(10, 20)), Some(range(10, 20)));
    }

    #[test]
    fn only_the_blocks_common_to_all_deaths_are_lethal() {
        let mut suspects = Suspects::default();
        assert_eq!(suspects.accuse(range(0, 12)), None);
        assert_eq!(suspects.accuse(range(8, 20)), None);
        assert_eq!(suspects.ranges, [(0, (8, 1)), (8, (12, 2)), (12, (20, 1))].into());
        assert_eq!(suspects.accuse(range(12, 30)), None);
        assert_eq!(suspects.ranges, [(0, (8, 1)), (8, (12, 2)), (12, (20, 2)), (20, (30, 1))].into());
        assert_eq!(suspects.accuse(range(5, 10)), Some(range(8, 10)));
        assert_eq!(suspects.accuse(range(0, 30)), Some(range(5, 8)));
    }

    #[test]
    fn gaps_between_suspects_are_filled() {
        let mut suspects = Suspects::default();
        suspects.accuse(range(5, 6));
        suspects.accuse(range(8, 9));
        assert_eq!(suspects.accuse(range(0, 10)), None);
        let expected = [(0, (5, 1)), (5, (6, 2)), (6, (8, 1)), (8, (9, 2)), (9, (10, 1))];
        assert_eq!(suspects.ranges, expected.into());
        assert_eq!(suspects.ranges(), 5);
        // Neighbours keep what is said of them.
        let mut suspects = Suspects::default();
        suspects.accuse(range(10, 20));
        suspects.accuse(range(0, 10));
        suspects.accuse(range(20, 25));
        suspects.accuse(range(0, 10));
        assert_eq!(suspects.ranges, [(0, (10, 2)), (10, (20, 1)), (20, (25, 1))].into());
    }

    #[test]
    fn blocks_done_are_acquitted_and_no_others() {
        let mut suspects = Suspects::default();
        suspects.acquit(range(0, 10));
        suspects.accuse(range(0, 10));
        suspects.accuse(range(20, 30));
        suspects.acquit(range(5, 25));
        assert_eq!(suspects.ranges, [(0, (5, 1)), (25, (30, 1))].into());
        suspects.acquit(range(0, 100));
        assert_eq!(suspects.ranges(), 0);
    }
}
