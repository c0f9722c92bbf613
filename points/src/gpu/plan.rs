//! How a batch is split, so that each dispatch is short and the GPU stays busy.
//!
//! The same GPU draws frames, and operating systems end programs that occupy it for seconds: a dispatch should take [`DISPATCH`], or
//! [`LEAVING_ROOM`]. A *chunk* is a number of blocks that are counted together, in one dispatch or in slices one after another; then
//! their counts are read. It is planned to take as long as eight dispatches, so that many blocks run side by side: a GPU takes as
//! long for a few as for thousands. An executor has at most two chunks at the GPU.

use std::time::Duration;

use super::{MEAN_STEPS, WORKGROUP_BLOCKS, state_bytes};
use crate::tally::BlockRange;

/// How long a dispatch should take.
pub const DISPATCH: Duration = Duration::from_millis(8);
/// How long a dispatch should take where what else the GPU draws comes first.
pub const LEAVING_ROOM: Duration = Duration::from_millis(4);

/// The most blocks of a chunk: more than the fastest GPU counts at once.
pub const MOST_BLOCKS: u32 = 1 << 18;

const DISPATCHES_OF_A_CHUNK: u32 = 8;
/// Blocks of a GPU's first chunk, and how long a block is supposed to take: 10⁹ points/s.
const FIRST_BLOCKS: u32 = 1_024;
const FIRST_GUESS: Duration = Duration::from_micros(100);
/// No slice has fewer steps: each costs some time of its own.
const FEWEST_STEPS: u32 = 40;

/// A part of a batch that is counted at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Its first block.
    pub first: u64,
    /// Its blocks: at least 1.
    pub blocks: u32,
    /// Steps of one dispatch: for [`Slice::all`](super::Slice::all).
    pub steps: u32,
}

/// Cuts batches into chunks and chunks into dispatches, by how fast the GPU has been.
#[derive(Clone, Debug)]
pub struct Planner {
    dispatch: Duration,
    /// No chunk is longer.
    most: u32,
    per_block: Duration,
    is_measured: bool,
}

impl Planner {
    /// For a GPU whose storage buffers may be so many bytes long, with dispatches that should take `dispatch`.
    pub fn new(largest_buffer: u64, dispatch: Duration) -> Self {
        let fitting = largest_buffer / state_bytes(1);
        let most = u32::try_from(fitting).unwrap_or(u32::MAX).clamp(1, MOST_BLOCKS);
        Self { dispatch, most, per_block: FIRST_GUESS, is_measured: false }
    }

    /// The next chunk of these blocks, and the blocks behind it.
    pub fn next(&self, blocks: BlockRange) -> (Chunk, Option<BlockRange>) {
        // All chunks of a batch are as long as each other, as nearly as workgroups allow.
        let chunks = blocks.blocks().div_ceil(u64::from(self.longest()));
        let equal = blocks.blocks().div_ceil(chunks).next_multiple_of(u64::from(WORKGROUP_BLOCKS));
        let equal = equal.min(u64::from(self.most)).min(blocks.blocks());
        let (_, rest) = blocks.split(blocks.first() + equal);
        let blocks_now = u32::try_from(equal).unwrap_or(self.most);
        (Chunk { first: blocks.first(), blocks: blocks_now, steps: self.steps(blocks_now) }, rest)
    }

    /// Blocks of the longest chunk now.
    fn longest(&self) -> u32 {
        if !self.is_measured {
            return FIRST_BLOCKS.min(self.most);
        }
        let time = self.dispatch * DISPATCHES_OF_A_CHUNK;
        let blocks = time.as_nanos() / self.per_block.as_nanos().max(1);
        u32::try_from(blocks).unwrap_or(u32::MAX).clamp(WORKGROUP_BLOCKS.min(self.most), self.most)
    }

    /// How many blocks the buffers of a chunk of so many should have room for: one of few numbers, so that the next chunk,
    /// which may be a little longer, can have the same buffers.
    pub fn room(&self, blocks: u32) -> u32 {
        blocks.max(WORKGROUP_BLOCKS).checked_next_power_of_two().unwrap_or(blocks).min(self.most).max(blocks)
    }

    fn steps(&self, blocks: u32) -> u32 {
        let dispatches = (self.per_block * blocks).as_nanos().div_ceil(self.dispatch.as_nanos().max(1));
        let dispatches = u32::try_from(dispatches).unwrap_or(u32::MAX).max(1);
        MEAN_STEPS.div_ceil(dispatches).max(FEWEST_STEPS)
    }

    /// Takes account of a chunk of so many blocks, which kept the GPU for so long.
    pub fn measured(&mut self, blocks: u32, took: Duration) {
        let now = took / blocks.max(1);
        if !self.is_measured {
            self.is_measured = true;
            // A coarse clock may have seen nothing, here and below.
            self.per_block = now.max(FIRST_GUESS / 1_000);
        } else if now < self.per_block {
            self.per_block = now.max(self.per_block / 8);
        } else if blocks >= self.longest() / 2 {
            // A few blocks take as long as many, and say nothing of those.
            self.per_block = (self.per_block + now) / 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Slice;
    use super::*;

    const BINDING: u64 = 128 << 20;

    fn range(blocks: u64) -> BlockRange {
        BlockRange::new(7, 7 + blocks).unwrap()
    }

    fn chunks(planner: &Planner, blocks: u64) -> Vec<Chunk> {
        let mut rest = Some(range(blocks));
        std::iter::from_fn(|| {
            let (chunk, behind) = planner.next(rest?);
            rest = behind;
            Some(chunk)
        })
        .collect()
    }

    /// A planner that has seen a GPU of so many points a second for long.
    fn after(points_per_second: f64, dispatch: Duration) -> Planner {
        let mut planner = Planner::new(BINDING, dispatch);
        for _ in 0..50 {
            let (chunk, _) = planner.next(range(1_000_000));
            planner.measured(chunk.blocks, took(chunk.blocks, points_per_second));
        }
        planner
    }

    /// Of a GPU that takes 2 ms for a block and as long for thousands.
    fn took(blocks: u32, points_per_second: f64) -> Duration {
        Duration::from_secs_f64((f64::from(blocks) * 1e5 / points_per_second).max(2e-3))
    }

    /// Fails with: a block in no chunk or in two, or in a chunk that its buffers have no room for.
    #[test]
    fn chunks_are_all_blocks_in_order() {
        for planner in [Planner::new(BINDING, DISPATCH), Planner::new(1, DISPATCH), after(1e12, DISPATCH)] {
            for blocks in [1, 63, 64, 65, 1_000, 4_096, 1_000_000] {
                let chunks = chunks(&planner, if planner.most == 1 { blocks.min(100) } else { blocks });
                let mut next = 7;
                for chunk in &chunks {
                    assert_eq!(chunk.first, next);
                    assert!((1..=planner.most).contains(&chunk.blocks));
                    next += u64::from(chunk.blocks);
                }
                assert_eq!(next - 7, if planner.most == 1 { blocks.min(100) } else { blocks });
            }
        }
        let end = BlockRange::new(u64::MAX - 100, u64::MAX).unwrap();
        let (chunk, rest) = Planner::new(BINDING, DISPATCH).next(end);
        assert_eq!((chunk.first, chunk.blocks, rest), (u64::MAX - 100, 100, None));
    }

    #[test]
    fn a_new_gpu_begins_with_little_and_grows_within_a_few_chunks() {
        let mut planner = Planner::new(BINDING, DISPATCH);
        let mut seen = Vec::new();
        for _ in 0..4 {
            let (chunk, _) = planner.next(range(1_000_000));
            seen.push(chunk.blocks);
            planner.measured(chunk.blocks, took(chunk.blocks, 1e12));
        }
        assert_eq!(seen[0], FIRST_BLOCKS);
        assert!(seen[3] > 250_000, "{seen:?}");
    }

    /// From a slow one on the processor to the fastest.
    #[test]
    fn dispatches_take_the_time_they_should() {
        for dispatch in [DISPATCH, LEAVING_ROOM] {
            for speed in [1e9, 2e10, 5e10, 3e11, 1e12, 4e12] {
                let (chunk, _) = after(speed, dispatch).next(range(1_000_000));
                let slices = u32::try_from(Slice::all(chunk.steps).count()).unwrap();
                let one = took(chunk.blocks, speed) / slices;
                assert!(one <= dispatch + dispatch / 8, "{speed}: {one:?}, {chunk:?}");
                assert!(slices == 1 || one >= dispatch / 3, "{speed}: {one:?}, {chunk:?}");
            }
        }
    }

    #[test]
    fn the_last_few_blocks_do_not_make_a_gpu_seem_slow() {
        let mut planner = after(1e12, DISPATCH);
        let before = planner.next(range(1_000_000)).0;
        planner.measured(1, Duration::from_millis(2));
        assert_eq!(planner.next(range(1_000_000)).0, before);
        // Many do.
        for _ in 0..20 {
            planner.measured(before.blocks, Duration::from_secs(1));
        }
        assert!(planner.next(range(1_000_000)).0.blocks < before.blocks / 8);
    }

    #[test]
    fn a_clock_that_saw_nothing_does_no_harm() {
        let mut planner = Planner::new(BINDING, DISPATCH);
        planner.measured(1_024, Duration::ZERO);
        let (chunk, _) = planner.next(range(1_000_000));
        assert!(Slice::all(chunk.steps).count() > 1, "it may be no faster than 10¹² points/s: {chunk:?}");
        for _ in 0..100 {
            planner.measured(1_024, Duration::ZERO);
        }
        assert!(planner.next(range(1_000_000)).0.blocks <= MOST_BLOCKS);
        planner.measured(0, Duration::MAX);
    }
}
