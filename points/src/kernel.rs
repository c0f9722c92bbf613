//! Turns (seed, blocks) into a tally.
//!
//! A point is two signed 32-bit cells (X, Y); it stands for the cell's centre (X + ½, Y + ½) in the square of
//! side 2³². It is *inside* if the centre lies in the circle of radius 2³¹:
//! (X + ½)² + (Y + ½)² < 2⁶² is X(X + 1) + Y(Y + 1) + ½ < 2⁶², and the left side without the ½ is an integer,
//! so the test is X(X + 1) + Y(Y + 1) < 2⁶², in `i64` and without rounding. The two sides are never equal:
//! (2X + 1)² + (2Y + 1)² would be 2(2⁶³ + 1), which has the prime 3 three times and so is no sum of two squares.
//! Counted over all 2⁶⁴ cells the probability of *inside* is within 10⁻¹² of π/4 (`tests/lattice.rs` counts them).
//!
//! - [`reference`](mod@reference): point by point, from the definition, all bits always;
//! - [`wide`]: 32 points at a time, the same tally (on processors without it, the reference again);
//! - [`scalar_f64`]: what one would usually write, of other points, for comparison.
//!
//! [`Kernel`] names these, and the loop in JavaScript that a worker's own program has.

use std::fmt;

use crate::stream::{LowWords, Stream};
use crate::tally::{BLOCK_POINTS, BlockRange, Seed, Tally};
use rand_core::Rng;

#[cfg(any(target_arch = "wasm32", target_arch = "x86_64"))]
mod lanes;
pub mod reference;
pub mod scalar_f64;
#[cfg(any(target_arch = "wasm32", target_arch = "x86_64"))]
pub mod wide;

#[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
pub use reference as wide;

/// What counts the points of a batch. Each worker has an exact one of its own; the others are for comparing, and no
/// worker needs to have them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kernel {
    /// A loop over `Math.random()` in a worker's JavaScript, which has a seed of the browser's own: each time other
    /// points.
    MathRandom,
    /// [`scalar_f64`]: other points for other batches.
    ScalarF64,
    /// [`reference`](mod@reference): the run's own points, one by one.
    Reference,
    /// [`wide`]: the run's own points.
    Simd,
}

impl Kernel {
    /// All of them, slowest first.
    pub const ALL: [Self; 4] = [Self::MathRandom, Self::ScalarF64, Self::Reference, Self::Simd];

    /// Its name in messages and exports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MathRandom => "math_random",
            Self::ScalarF64 => "scalar_f64",
            Self::Reference => "reference",
            Self::Simd => "simd",
        }
    }

    /// The kernel of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kernel| kernel.name() == name)
    }

    /// Whether a block's tally by it is the pure function of seed and block that names a run.
    pub const fn is_reproducible(self) -> bool {
        matches!(self, Self::Reference | Self::Simd)
    }

    /// Counts the points of `blocks` of the run named by `seed`, or as many others; none by a kernel that is not here.
    pub fn tally(self, seed: Seed, blocks: BlockRange) -> Option<Tally> {
        match self {
            Self::MathRandom => None,
            Self::ScalarF64 => Some(scalar_f64::tally(seed, blocks)),
            Self::Reference => Some(reference::tally(seed, blocks)),
            Self::Simd => Some(wide::tally(seed, blocks)),
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Counts the points of `blocks` of the run named by `seed`, by the fastest kernel of this target.
pub fn tally(seed: Seed, blocks: BlockRange) -> Tally {
    wide::tally(seed, blocks)
}

/// One random point: the indices of its cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Point {
    /// Column of the cell; 0 is the one right of the centre.
    pub x: i32,
    /// Row of the cell; 0 is the one above the centre.
    pub y: i32,
}

impl Point {
    /// Puts a point together from its two random words.
    pub const fn from_words(leading: u32, low: u32) -> Self {
        let x = (leading << 16) | (low & 0xffff);
        let y = (leading & 0xffff_0000) | (low >> 16);
        Self { x: x.cast_signed(), y: y.cast_signed() }
    }

    /// Whether the cell's centre lies in the circle.
    pub fn is_inside(self) -> bool {
        let square = |cell: i32| i64::from(cell) * (i64::from(cell) + 1);
        square(self.x) + square(self.y) < 1 << 62
    }

    /// Where to draw the point in the quarter circle of radius 1: both coordinates in 0..1.
    pub fn in_quarter_circle(self) -> (f64, f64) {
        let fold = |cell: i32| (2.0 * f64::from(cell) + 1.0).abs() / 4_294_967_296.0;
        (fold(self.x), fold(self.y))
    }
}

/// The points of `block` of the run named by `seed`, in order.
pub fn points(seed: Seed, block: u64) -> impl Iterator<Item = Point> {
    let mut leading_words = Stream::new(seed, block);
    let low_words = LowWords::new(seed, block);
    let mut quad = [0; 4];
    #[expect(clippy::cast_possible_truncation, reason = "100,000 points")]
    (0..BLOCK_POINTS as u32).map(move |point| {
        if point.is_multiple_of(4) {
            quad = low_words.quad(point / 4);
        }
        Point::from_words(leading_words.next_u32(), quad[point as usize % 4])
    })
}

#[cfg(test)]
mod tests;
