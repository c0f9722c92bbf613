//! Counting on a GPU: its program, and all that an executor must know. It counts the run's own points, to the last one.
//!
//! An *executor* talks to a GPU: natively, or in a browser. It gives each dispatch a [`Job`], four buffers in the
//! order of their bindings (job, [`cells`], state, counts), and [`workgroups`] of one dimension. This module has no clock and no GPU.
//!
//! - [`executor`]: what an executor does, without its GPU;
//! - [`plan`]: how batches are split into dispatches;
//! - [`check`]: how a GPU's counts are checked;
//! - [`edge`]: for tests, darts at the very edge of the circle, since blocks have too few of them.
//!
//! # The program
//! `count.wgsl` has few comments, since every visitor's GPU worker downloads it; here is what they leave out. One invocation counts
//! one block of a job, as [`kernel::tree`](crate::kernel::tree) does and as [`kernel`](crate::kernel) defines it.
//! - `Wide` is four 64-bit numbers, one a lane: their low halves, and their high halves. `plus` adds them, with the carry.
//! - `step` makes 256 bits, `out`. The counter of steps is small and has no high half.
//! - `ask` counts the ones among the first n bits of a step, which say in which half each of n darts of a cell lies; `ones` are
//!   those of the cell so far.
//! - `look` counts those of a leaf's n darts that are surely inside, and decides the few *open* ones by all their bits:
//!   [`kernel::tree`](crate::kernel::tree) explains `sums`, and the numbers 92 and 2²⁶. Only about one dart in ten blocks
//!   is open, so deciding it at once costs nothing.
//! - `low_words` is Philox4x32-10, its ten rounds one by one: a loop would count towards a driver's limit (below). `product` is a 64-bit
//!   product from 16-bit halves; `in_circle` is X(X + 1) + Y(Y + 1) < 2⁶², without rounding.
//! - `send` notes how many darts a half has, or counts them if they are settled.
//!
//! # State
//! [`ROWS`] words a block, word w of block i at w × blocks + i, so that neighbours in a workgroup read neighbours. Rows 0 to 23 are
//! a, b and c of the lanes, each low halves, then high halves; 24 to 27 are the cell, how many of its darts are still to be asked, the
//! ones among the others, and the counter. Rows 28 to 91 are a ring: the number of darts of each cell that is found and not yet
//! finished. There are at most 63 such cells.
//!
//! # Slices
//! A job covers the steps of one [`Slice`] of each block, and keeps the state for the next slice, so that a dispatch
//! can be short on any GPU. A block that is finished before the last slice says so in its state. The last slice has no end
//! ([`Slice::END`]), since blocks differ in their number of steps. All slices of a chunk have the same first block and number of
//! blocks, and nothing else uses their buffers in between. One invocation never counts more than a block: a software driver
//! (Mesa's llvmpipe) silently ends all loops of an invocation after 65,535 iterations, and a block takes about 2,900.
//!
//! # Two tests in the program
//! Two constants of the pipeline change no count, but make the program decide the same darts in another way:
//! - `WIDEN` makes more of a leaf's darts open, by this much on either side of the circle. With [`WIDEN_ALL`] all are.
//! - `SETTLED` decides the darts of settled cells too, one by one, from all their bits. A block then takes about 100,000 iterations:
//!   it needs slices of [`SETTLED_STEPS`].

pub mod check;
pub mod edge;
pub mod executor;
pub mod plan;

use crate::kernel::cells::{Cell, FIRST_CELL, INNER_CELLS, LEAVES, TABLE};
use crate::stream::philox::halves;
use crate::tally::{BLOCK_POINTS, Seed};

/// The program, in WGSL.
pub const SHADER: &str = include_str!("gpu/count.wgsl");

/// The name of its entry point.
pub const ENTRY_POINT: &str = "count";

/// Blocks of one workgroup.
pub const WORKGROUP_BLOCKS: u32 = 64;

/// The value of `WIDEN` that makes every dart of a leaf open: no sum is so far from zero.
pub const WIDEN_ALL: u32 = 1 << 28;

/// The most steps of a slice with the constant `SETTLED`, so that an invocation takes at most about 50,000 iterations.
pub const SETTLED_STEPS: u32 = 100;

/// Bytes of a [`Job`].
pub const JOB_BYTES: usize = 32;

/// Words of state that a block has.
pub const ROWS: u32 = FIRST_RING_ROW + RING;
const FIRST_RING_ROW: u32 = 28;
/// The most cells that are found and not finished.
const RING: u32 = 64;

/// Steps that a block takes on average, to three digits.
pub const MEAN_STEPS: u32 = 2_640;

/// What one dispatch does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// Of the run.
    pub seed: Seed,
    /// The first block; `first + blocks` may be at most 2⁶⁴.
    pub first: u64,
    /// How many blocks.
    pub blocks: u32,
    /// Points of a block: [`BLOCK_POINTS`], or fewer in tests.
    pub points: u32,
    /// Which of their steps.
    pub slice: Slice,
}

impl Job {
    /// All points of these blocks, so far as `slice` goes.
    pub const fn new(seed: Seed, first: u64, blocks: u32, slice: Slice) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "100,000 points")]
        let points = BLOCK_POINTS as u32;
        Self { seed, first, blocks, points, slice }
    }

    /// As the program reads it.
    pub fn bytes(self) -> [u8; JOB_BYTES] {
        let ([seed_low, seed_high], [first_low, first_high]) = (halves(self.seed.0), halves(self.first));
        let Slice { begin, end } = self.slice;
        let words = [seed_low, seed_high, first_low, first_high, self.blocks, self.points, begin, end];
        let mut bytes = [0; JOB_BYTES];
        for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(words) {
            *bytes = word.to_le_bytes();
        }
        bytes
    }
}

/// The steps of a block that one dispatch makes. It may make one more; the next slice knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    begin: u32,
    end: u32,
}

impl Slice {
    /// More steps than any block has.
    pub const END: u32 = 1 << 20;
    /// All steps.
    pub const WHOLE: Self = Self { begin: 0, end: Self::END };

    /// All slices of a block, each of `steps` steps (at least 1), the last one without end.
    pub fn all(steps: u32) -> impl Iterator<Item = Self> {
        let steps = steps.max(1);
        let slices = MEAN_STEPS.div_ceil(steps);
        (0..slices).map(move |slice| Self {
            begin: slice * steps,
            end: if slice + 1 == slices { Self::END } else { (slice + 1) * steps },
        })
    }

    /// Whether the blocks are counted after it.
    pub const fn is_last(self) -> bool {
        self.end == Self::END
    }

    /// Steps of an average block.
    pub fn steps(self) -> u32 {
        self.end.min(MEAN_STEPS).saturating_sub(self.begin)
    }
}

/// Workgroups of a dispatch that counts so many blocks.
pub const fn workgroups(blocks: u32) -> u32 {
    blocks.div_ceil(WORKGROUP_BLOCKS)
}

/// Bytes of the state of so many blocks.
pub const fn state_bytes(blocks: u32) -> u64 {
    4 * ROWS as u64 * blocks as u64
}

/// Bytes of the counts of so many blocks: an unsigned 32-bit number each, of points inside.
pub const fn counts_bytes(blocks: u32) -> u64 {
    4 * blocks as u64
}

/// The cells that meet the circle in their order: four words each, as the program reads them.
pub fn cells() -> Vec<u8> {
    let mut cells = [Cell::SQUARE; INNER_CELLS + LEAVES];
    for (cell, halves) in TABLE.halves.iter().enumerate() {
        for (bit, &half) in [0, 1].iter().zip(halves) {
            if half >= FIRST_CELL {
                cells[usize::from(half - FIRST_CELL)] = cells[cell].half(*bit);
            }
        }
    }
    let row = |cell: u8| match cell.checked_sub(FIRST_CELL) {
        None => u32::from(cell),
        Some(cell) => FIRST_RING_ROW + u32::from(cell) % RING,
    };
    let words = (FIRST_CELL..).zip(cells).enumerate().flat_map(|(index, (number, cell))| {
        let [half_0, half_1] = TABLE.halves.get(index).copied().unwrap_or_default().map(row);
        let pair = |x: u8, y: u8| u32::from(x) | u32::from(y) << 8;
        [
            u32::from(cell.number),
            pair(cell.wx, cell.wy),
            pair(cell.cx, cell.cy),
            row(number) | half_0 << 8 | half_1 << 16,
        ]
    });
    words.flat_map(u32::to_le_bytes).collect()
}

#[cfg(test)]
mod tests;
