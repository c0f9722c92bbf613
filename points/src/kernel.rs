//! Turns (seed, blocks) into a tally.
//!
//! # Darts
//! A dart is a pair of unsigned 31-bit numbers (X, Y); it stands for the point (X + ½, Y + ½) in the square of side 2³¹,
//! a quarter of the circle's. It is *inside* if that point lies in the circle of radius 2³¹:
//! (X + ½)² + (Y + ½)² < 2⁶² is X(X + 1) + Y(Y + 1) + ½ < 2⁶², and the left side without the ½ is an integer,
//! so the test is X(X + 1) + Y(Y + 1) < 2⁶², in `u64` and without rounding. The two sides are never equal:
//! (2X + 1)² + (2Y + 1)² would be 2(2⁶³ + 1), which has the prime 3 three times and so is no sum of two squares.
//! Counted over all 2⁶² pairs the probability of *inside* is within 10⁻¹⁴ of π/4 (`tests/lattice.rs` counts them).
//!
//! # Cells: which dart gets which bit of the stream
//! A dart's 62 bits are all random, but hardly any of them decide. So the darts of a block are asked for their leading
//! bits one at a time, and no more once the answer is known; 6.5 bits a dart are used on average. They are deferred
//! decisions: each dart has its own bits and each bit is used once, so the number inside is still binomial.
//!
//! A *cell* of widths wx, wy, column cx and row cy is the rectangle [cx, cx + 1) · 2^−wx by [cy, cy + 1) · 2^−wy of the
//! unit square. The whole square is the cell of number 1, with wx = wy = cx = cy = 0.
//! - **Halves** 0 and 1 of cell k have the numbers 2k and 2k + 1. If wx < wy, or if wx = wy and cx ≥ cy, it is halved in
//!   x: half h has wx + 1 and column 2cx + h. Otherwise it is halved in y: half h has wy + 1 and row 2cy + h.
//! - A cell is **inside** if (cx + 1)² · 4^−wx + (cy + 1)² · 4^−wy ≤ 1, **outside** if cx² · 4^−wx + cy² · 4^−wy ≥ 1. Its
//!   darts are settled. Any other cell meets the circle; with wx + wy = 10 it is a **leaf**.
//! - **Order.** The cells that meet the circle are asked in the order of their numbers: 132 that are halved, level by
//!   level, then 63 leaves.
//! - **Lists.** The list of the whole square is darts 0, 1, … 99,999. A cell of n darts that is halved takes the next
//!   ⌈n/256⌉ [steps](crate::stream) of the block; the k-th dart of its list (from 0) goes to the half that bit k of them
//!   names, and lists keep their order. A leaf of n darts takes ⌈n/8⌉ steps; its k-th dart takes word k of them. What is
//!   left of a cell's last step is dropped; a cell without darts takes none.
//! - **Coordinates.** The leading bits of X are the wx bits of cx. In a leaf, 16 more follow: the low half of the dart's
//!   word, its highest bit turned over. The rest of the 31 are the highest bits of the dart's
//!   [low word](crate::stream) for x, by the number of its cell and its rank in that cell's list (from 0). Y likewise, by
//!   cy, the word's high half and the low word for y. This holds for settled darts too, whose cell is the half that is
//!   inside or outside.
//!
//! The cells are geometry: their areas bracket π between 3.008 and 3.254, and no estimate uses them.
//!
//! # Kernels
//! - [`reference`](mod@reference): dart by dart, from the definition, all bits always;
//! - [`tree`]: cell by cell, the same tally;
//! - [`scalar_f64`]: what one would usually write, of other points, for comparison.
//!
//! [`Kernel`] names these, and the JavaScript loop in the worker's loader.

use std::fmt;

use crate::tally::{BLOCK_POINTS, BlockRange, Seed, Tally};

pub mod answers;
mod beginning;
pub(crate) mod cells;
mod lanes;
pub mod reference;
pub mod scalar_f64;
pub mod tree;

pub use beginning::{first_points, points};

/// What counts the points of a batch. Each worker has an exact one; the others are for comparing, and no worker needs to
/// have them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kernel {
    /// A loop over `Math.random()` in a worker's JavaScript, which has a seed of the browser's own: each time other
    /// points.
    MathRandom,
    /// [`scalar_f64`]: other points for other batches.
    ScalarF64,
    /// [`reference`](mod@reference): the run's own points, one by one.
    Reference,
    /// [`tree`]: the run's own points.
    Tree,
}

impl Kernel {
    /// All of them, slowest first.
    pub const ALL: [Self; 4] = [Self::MathRandom, Self::ScalarF64, Self::Reference, Self::Tree];

    /// Its name in messages and exports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MathRandom => "math_random",
            Self::ScalarF64 => "scalar_f64",
            Self::Reference => "reference",
            Self::Tree => "tree",
        }
    }

    /// The kernel of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kernel| kernel.name() == name)
    }

    /// Whether it counts the run's own points, so that a block's tally is a pure function of seed and block.
    pub const fn is_reproducible(self) -> bool {
        matches!(self, Self::Reference | Self::Tree)
    }

    /// Counts the points of `blocks` of the run named by `seed`, or as many other points; none if this program lacks the kernel.
    pub fn tally(self, seed: Seed, blocks: BlockRange) -> Option<Tally> {
        match self {
            Self::MathRandom => None,
            Self::ScalarF64 => Some(scalar_f64::tally(seed, blocks)),
            Self::Reference => Some(reference::tally(seed, blocks)),
            Self::Tree => Some(tree::tally(seed, blocks)),
        }
    }

    /// The same where `math_random` is: it throws so many points by the loop in JavaScript, and says how many are inside.
    // Never a part of its caller's loop: browsers compile a function well only from its next call on.
    #[inline(never)]
    pub fn count(self, seed: Seed, blocks: BlockRange, math_random: fn(u32) -> u32) -> Tally {
        self.tally(seed, blocks).unwrap_or_else(|| block_by_block(blocks, math_random))
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Counts the points of `blocks` of the run named by `seed`, by the fastest kernel of this target.
pub fn tally(seed: Seed, blocks: BlockRange) -> Tally {
    tree::tally(seed, blocks)
}

/// Throws as many points as `blocks` have, `count` those of a block at a time.
fn block_by_block(blocks: BlockRange, count: fn(u32) -> u32) -> Tally {
    #[expect(clippy::cast_possible_truncation, reason = "100,000 points")]
    let one_block = |_| u64::from(count(BLOCK_POINTS as u32));
    Tally { points: blocks.points(), inside: (0..blocks.blocks()).map(one_block).sum() }
}

/// One random point of the 2³¹ × 2³¹ in the quarter square.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Point {
    /// Column, below 2³¹, counted from the centre of the circle.
    pub x: u32,
    /// Row, below 2³¹, counted from the centre of the circle.
    pub y: u32,
}

impl Point {
    /// Whether the point (x + ½, y + ½) lies in the circle of radius 2³¹.
    pub const fn is_inside(self) -> bool {
        let (x, y) = (self.x as u64, self.y as u64);
        x * (x + 1) + y * (y + 1) < 1 << 62
    }

    /// Where to draw the point in the quarter circle of radius 1: both coordinates in 0..1.
    pub fn in_quarter_circle(self) -> (f64, f64) {
        let place = |index: u32| (2.0 * f64::from(index) + 1.0) / 4_294_967_296.0;
        (place(self.x), place(self.y))
    }
}

#[cfg(test)]
mod tests;
