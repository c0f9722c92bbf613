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
