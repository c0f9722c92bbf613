//! How often workers died over the same blocks, so that a batch that kills every worker stops the run.

use dartboard_points::tally::BlockRange;

/// A block that was at the head of this many dying workers is not tried again by itself.
pub(crate) const LETHAL_DEATHS: u8 = 3;

/// Blocks over which workers died, with the number of deaths; forgotten once they are done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Suspects {
    /// Rising, apart from each other.
    ranges: Vec<Suspect>,
}

#[derive(Clone, Copy, Debug)]
struct Suspect {
    blocks: BlockRange,
    deaths: u8,
}

impl Suspects {
    /// One more worker died over `blocks`. Returns the first of them over which too many have died.
    pub(crate) fn accuse(&mut self, blocks: BlockRange) -> Option<BlockRange> {
        self.split(blocks.first());
        self.split(blocks.end());
        let mut lethal = None;
        let (mut from, mut at) = (blocks.first(), self.position(blocks.first()));
        while from < blocks.end() {
            match self.ranges.get_mut(at) {
                Some(known) if known.blocks.first() == from => {
                    known.deaths += 1;
                    if known.deaths >= LETHAL_DEATHS {
                        lethal = lethal.or(Some(known.blocks));
                    }
                    from = known.blocks.end();
                }
                next => {
                    let end = next.map_or(blocks.end(), |next| next.blocks.first().min(blocks.end()));
                    let Ok(blocks) = BlockRange::new(from, end) else { break };
                    self.ranges.insert(at, Suspect { blocks, deaths: 1 });
                    from = end;
                }
            }
            at += 1;
        }
        lethal
    }

    /// `blocks` are done: nothing is wrong with them.
    pub(crate) fn acquit(&mut self, blocks: BlockRange) {
        if self.ranges.is_empty() {
            return;
        }
        self.split(blocks.first());
        self.split(blocks.end());
        self.ranges.drain(self.position(blocks.first())..self.position(blocks.end()));
    }

    /// How many ranges are remembered.
    #[cfg(any(test, feature = "measure"))]
    pub(crate) fn ranges(&self) -> usize {
        self.ranges.len()
    }

    /// Where the first range is that does not begin before `block`.
    fn position(&self, block: u64) -> usize {
        self.ranges.partition_point(|range| range.blocks.first() < block)
    }

    /// Cuts the range around `block`, if any, so that one begins there.
    fn split(&mut self, block: u64) {
        let at = self.position(block);
        if let Some(around) = self.ranges[..at].last_mut()
            && let (Some(before), Some(rest)) = around.blocks.split(block)
        {
            around.blocks = before;
            let rest = Suspect { blocks: rest, ..*around };
            self.ranges.insert(at, rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: u64, end: u64) -> BlockRange {
        BlockRange::new(first, end).unwrap()
    }

    /// Each range with its deaths.
    fn known(suspects: &Suspects) -> Vec<(u64, u64, u8)> {
        suspects.ranges.iter().map(|range| (range.blocks.first(), range.blocks.end(), range.deaths)).collect()
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
        assert_eq!(known(&suspects), [(0, 8, 1), (8, 12, 2), (12, 20, 1)]);
        assert_eq!(suspects.accuse(range(12, 30)), None);
        assert_eq!(known(&suspects), [(0, 8, 1), (8, 12, 2), (12, 20, 2), (20, 30, 1)]);
        assert_eq!(suspects.accuse(range(5, 10)), Some(range(8, 10)));
        assert_eq!(suspects.accuse(range(0, 30)), Some(range(5, 8)));
    }

    #[test]
    fn gaps_between_suspects_are_filled() {
        let mut suspects = Suspects::default();
        suspects.accuse(range(5, 6));
        suspects.accuse(range(8, 9));
        assert_eq!(suspects.accuse(range(0, 10)), None);
        let expected = [(0, 5, 1), (5, 6, 2), (6, 8, 1), (8, 9, 2), (9, 10, 1)];
        assert_eq!(known(&suspects), expected);
        assert_eq!(suspects.ranges(), 5);
        // Neighbours keep what is said of them.
        let mut suspects = Suspects::default();
        suspects.accuse(range(10, 20));
        suspects.accuse(range(0, 10));
        suspects.accuse(range(20, 25));
        suspects.accuse(range(0, 10));
        assert_eq!(known(&suspects), [(0, 10, 2), (10, 20, 1), (20, 25, 1)]);
    }

    #[test]
    fn blocks_done_are_acquitted_and_no_others() {
        let mut suspects = Suspects::default();
        suspects.acquit(range(0, 10));
        suspects.accuse(range(0, 10));
        suspects.accuse(range(20, 30));
        suspects.acquit(range(5, 25));
        assert_eq!(known(&suspects), [(0, 5, 1), (25, 30, 1)]);
        suspects.acquit(range(0, 100));
        assert_eq!(suspects.ranges(), 0);
    }
}
