//! The tally cell by cell: a cell's darts are asked together, and only counted.
//!
//! # Cells that are halved
//! Where the darts of a cell go one by one does not matter for the tally, only how many go to each half. So the kernel
//! counts the ones among the cell's next n bits: they are the darts of half 1. A step of 256 bits costs a few
//! instructions, and settles on average 38 darts.
//!
//! # Leaves
//! Take a dart of the leaf of column c and row d, and its word; let l and m be the word's halves as *signed* 16-bit
//! numbers (turning the highest bit over and reading without sign, as the definition does, adds 2¹⁵). In units of 2⁻²¹
//! the leaf's side is 2¹⁶, the radius is R = 2²¹ and the dart is at (x + δ, y + ε) with
//! ```text
//! x = (2c + 1)·2¹⁵ + l,   y = (2d + 1)·2¹⁵ + m
//! ```
//! and δ, ε, which its other bits say, strictly between 0 and 1. The kernel looks at
//! ```text
//! t = ⌊(x² + y² − R²) / 2¹⁶⌋ = (2c + 1)·l + (2d + 1)·m + ⌊(l² + m²) / 2¹⁶⌋ + ((2c + 1)² + (2d + 1)²)·2¹⁴ − 2²⁶
//! ```
//! - If t ≥ 0, then x² + y² ≥ R², and the other bits only lead further out: the dart is outside.
//! - They lead less than √2 out. So if √(x² + y²) ≤ R − √2 the dart is inside, and that is so if
//!   x² + y² − R² ≤ 2 − 2√2·R = −90.5… · 2¹⁶: certainly if t < −92.
//! - Between, the dart's low words are looked up and [`Point::is_inside`](super::Point::is_inside) decides: about one dart
//!   in ten blocks.
//!
//! With [`MARGIN`] = 92 added, a dart is inside if the sum is negative, outside if it is at least 92, and *open* between:
//! the kernel counts negative sums, and the least of many, read without sign, is below 92 if any dart is open.
//! (l² + m² can be 2³¹, which has the sign bit set and is shifted without sign. All other terms are below 2²⁸.)

#![expect(clippy::inline_always, reason = "the state must stay in registers through a step")]

use super::cells::{Cell, DESTINATIONS, FIRST_CELL, INNER_CELLS, INSIDE, TABLE};
use super::lanes::Lanes;
#[cfg(not(target_arch = "wasm32"))]
use super::lanes::portable::Portable;
#[cfg(target_arch = "wasm32")]
use super::lanes::simd128::Simd128;
#[cfg(target_arch = "x86_64")]
use super::lanes::x86;
use crate::stream::{DISCARDED_STEPS, LowWords, Step};
use crate::tally::{BLOCK_POINTS, BlockRange, Seed, Tally};

#[expect(clippy::cast_possible_truncation, reason = "256 and 8")]
const STEP_BITS: u32 = Step::BITS as u32;
#[expect(clippy::cast_possible_truncation, reason = "256 and 8")]
const STEP_WORDS: u32 = Step::WORDS as u32;

/// How far below 0 t may be and its dart still be outside.
const MARGIN: u32 = 92;

/// Four generators side by side.
#[derive(Clone, Copy)]
struct Generator<L: Lanes> {
    a: L,
    b: L,
    c: L,
    counter: L::Counter,
}

impl<L: Lanes> Generator<L> {
    #[inline(always)]
    fn new(seed: Seed, block: u64, constants: &L::Constants) -> Self {
        let (a, b) = (L::new([seed.0; 4]), L::new([block; 4]));
        let mut generator = Self { a, b, c: L::new([0, 1, 2, 3]), counter: L::first_counter() };
        for _ in 0..DISCARDED_STEPS {
            generator.step(constants);
        }
        generator
    }

    #[inline(always)]
    fn step(&mut self, constants: &L::Constants) -> L {
        let Self { a, b, c, counter } = *self;
        let output = a.add(b).add_counter(counter);
        self.a = b.xor(b.shift_right_11());
        self.b = c.plus_shifted_left_3(constants);
        self.c = c.rotate_left_24(constants).add(output);
        self.counter = L::next_counter(counter, constants);
        output
    }
}

/// Counts the points of `blocks` of the run named by `seed`, by the best instructions of this processor.
pub fn tally(seed: Seed, blocks: BlockRange) -> Tally {
    #[cfg(target_arch = "wasm32")]
    return tally_by::<Simd128>(seed, blocks);
    #[cfg(target_arch = "x86_64")]
    if let Some(tally) = x86::tally_avx512(seed, blocks).or_else(|| x86::tally_avx2(seed, blocks)) {
        return tally;
    }
    #[cfg(not(target_arch = "wasm32"))]
    tally_by::<Portable>(seed, blocks)
}

/// What a processor may offer the kernel. All count the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instructions {
    /// Wasm SIMD of 128 bits.
    #[cfg(target_arch = "wasm32")]
    Simd128,
    /// AVX-512 VL and VPOPCNTDQ, on 256 bits.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// AVX2.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Those that every processor has.
    #[cfg(not(target_arch = "wasm32"))]
    Portable,
}

impl Instructions {
    /// Those of this kind of processor, the fastest first.
    #[cfg(target_arch = "wasm32")]
    pub const ALL: [Self; 1] = [Self::Simd128];
    /// Those of this kind of processor, the fastest first.
    #[cfg(target_arch = "x86_64")]
    pub const ALL: [Self; 3] = [Self::Avx512, Self::Avx2, Self::Portable];
    /// Those of this kind of processor, the fastest first.
    #[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
    pub const ALL: [Self; 1] = [Self::Portable];

    /// Counts the points of `blocks` of the run named by `seed`; none if this very processor lacks the instructions.
    pub fn tally(self, seed: Seed, blocks: BlockRange) -> Option<Tally> {
        match self {
            #[cfg(target_arch = "wasm32")]
            Self::Simd128 => Some(tally_by::<Simd128>(seed, blocks)),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => x86::tally_avx512(seed, blocks),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => x86::tally_avx2(seed, blocks),
            #[cfg(not(target_arch = "wasm32"))]
            Self::Portable => Some(tally_by::<Portable>(seed, blocks)),
        }
    }
}

#[inline(always)]
pub(super) fn tally_by<L: Lanes>(seed: Seed, blocks: BlockRange) -> Tally {
    let constants = &L::constants();
    #[expect(clippy::cast_possible_truncation, reason = "100,000 points")]
    let inside = |block| u64::from(inside::<L>(seed, block, BLOCK_POINTS as u32, constants));
    Tally { points: blocks.points(), inside: (blocks.first()..blocks.end()).map(inside).sum() }
}

/// The number of points inside of one block, which has `points` of them.
#[inline(always)]
fn inside<L: Lanes>(seed: Seed, block: u64, points: u32, constants: &L::Constants) -> u32 {
    let mut generator = Generator::<L>::new(seed, block, constants);
    let mut darts = [0; DESTINATIONS];
    darts[usize::from(FIRST_CELL)] = points;
    halve_cells(&mut generator, &mut darts, constants);
    let in_leaves = &darts[usize::from(FIRST_CELL) + INNER_CELLS..];
    let (surely_inside, is_open) = look_at_leaves(generator, in_leaves, constants);
    let inside = darts[usize::from(INSIDE)] + surely_inside;
    if is_open {
        inside + open_inside(generator, in_leaves, LowWords::new(seed, block), constants)
    } else {
        inside
    }
}

/// Asks all cells that are halved, and says in `darts` how many go where.
///
/// In wasm this is a function of its own, as the leaves' is, that calls no other: in a function with calls, Firefox keeps the
/// generators in memory all the time, and counts three quarters as fast.
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn halve_cells<L: Lanes>(
    generator: &mut Generator<L>,
    darts: &mut [u32; DESTINATIONS],
    constants: &L::Constants,
) {
    let mut g = *generator;
    for (cell, [half_0, half_1]) in TABLE.halves.iter().enumerate() {
        let n = darts[usize::from(FIRST_CELL) + cell];
        let ones = ones(&mut g, n, constants);
        darts[usize::from(*half_0)] += n - ones;
        darts[usize::from(*half_1)] += ones;
    }
    *generator = g;
}

/// How many of the next `n` bits are ones.
#[inline(always)]
fn ones<L: Lanes>(generator: &mut Generator<L>, n: u32, constants: &L::Constants) -> u32 {
    let mut g = *generator;
    let mut ones = L::no_ones();
    for _ in 0..n / STEP_BITS {
        g.step(constants).count_ones(&mut ones);
    }
    let rest = n % STEP_BITS;
    if rest > 0 {
        g.step(constants).and(first_bits(rest)).count_ones(&mut ones);
    }
    *generator = g;
    L::total(ones)
}

/// Adds those of a leaf's `n` darts to `negatives` that are surely inside, and all that fills the last step. A dart that is
/// open brings `least` below [`MARGIN`].
#[inline(always)]
fn look_at_leaf<L: Lanes>(
    generator: &mut Generator<L>,
    n: u32,
    leaf: Cell,
    negatives: &mut L::Negatives,
    least: &mut L::Least,
    constants: &L::Constants,
) {
    let sums = Sums::<L>::new(leaf);
    let mut g = *generator;
    let (mut counted, mut lower) = (*negatives, *least);
    for _ in 0..n / STEP_WORDS {
        sums.of(g.step(constants)).look(&mut counted, &mut lower);
    }
    let rest = n % STEP_WORDS;
    if rest > 0 {
        sums.of(g.step(constants)).or_not(first_bits(32 * rest)).look(&mut counted, &mut lower);
    }
    (*generator, *negatives, *least) = (g, counted, lower);
}

/// How many of the leaves' darts are surely inside, and whether any dart is open.
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn look_at_leaves<L: Lanes>(
    mut generator: Generator<L>,
    darts: &[u32],
    constants: &L::Constants,
) -> (u32, bool) {
    let (mut negatives, mut least, mut fill) = (L::no_negatives(), L::most(), 0);
    for (leaf, &n) in TABLE.leaves.iter().zip(darts) {
        look_at_leaf(&mut generator, n, *leaf, &mut negatives, &mut least, constants);
        fill += n.next_multiple_of(STEP_WORDS) - n;
    }
    (L::number_of(negatives) - fill, L::is_below(least, MARGIN))
}

/// How many of the leaves' open darts are inside. It goes through the leaves once more, from their first step on.
///
/// Natively it is a part of the function that may use the processor's instructions: elsewhere each of them is a call.
#[cfg_attr(target_arch = "wasm32", cold, inline(never))]
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn open_inside<L: Lanes>(
    mut generator: Generator<L>,
    darts: &[u32],
    low_words: LowWords,
    constants: &L::Constants,
) -> u32 {
    let mut inside = 0;
    for (leaf, &n) in TABLE.leaves.iter().zip(darts) {
        let (start, mut least) = (generator, L::most());
        look_at_leaf(&mut generator, n, *leaf, &mut L::no_negatives(), &mut least, constants);
        if L::is_below(least, MARGIN) {
            inside += open_in_leaf(start, n, *leaf, low_words, constants);
        }
    }
    inside
}

/// How many of a leaf's open darts are inside.
#[inline(always)]
fn open_in_leaf<L: Lanes>(
    mut generator: Generator<L>,
    n: u32,
    leaf: Cell,
    low_words: LowWords,
    constants: &L::Constants,
) -> u32 {
    let sums = Sums::<L>::new(leaf);
    let mut inside = 0;
    for first in (0..n).step_by(STEP_WORDS as usize) {
        let words = generator.step(constants);
        for ((rank, word), sum) in (first..n).zip(words.words()).zip(sums.of(words).words()) {
            inside += u32::from(sum < MARGIN && leaf.leaf_point(word, rank, low_words).is_inside());
        }
    }
    inside
}

/// t + [`MARGIN`] of a leaf's darts.
#[derive(Clone, Copy)]
struct Sums<L> {
    /// 2c + 1 and 2d + 1 as the halves of each word.
    factors: L,
    constant: L,
}

impl<L: Lanes> Sums<L> {
    #[inline(always)]
    fn new(leaf: Cell) -> Self {
        let (x, y) = (2 * u32::from(leaf.cx) + 1, 2 * u32::from(leaf.cy) + 1);
        let constant = ((x * x + y * y) << 14).wrapping_sub(1 << 26).wrapping_add(MARGIN);
        Self { factors: L::splat_u32(x | y << 16), constant: L::splat_u32(constant) }
    }

    #[inline(always)]
    fn of(&self, words: L) -> L {
        words.dot_i16(self.factors).add_u32(words.dot_i16(words).shift_right_16()).add_u32(self.constant)
    }
}

/// `FIRST_BITS[r][32 - q..]` begins with 8q + r ones, then zeros: 32 bytes of it.
static FIRST_BITS: [[u8; 64]; 8] = {
    let mut first_bits = [[0; 64]; 8];
    let mut bit = 0;
    while bit < 8 {
        let mut byte = 0;
        while byte < 32 {
            first_bits[bit][byte] = 0xff;
            byte += 1;
        }
        first_bits[bit][32] = (1 << bit) - 1;
        bit += 1;
    }
    first_bits
};

/// The lowest `n` bits, 0 to 255 of them.
#[inline(always)]
fn first_bits<L: Lanes>(n: u32) -> L {
    let bytes = FIRST_BITS[n as usize % 8][32 - n as usize / 8..].first_chunk();
    L::load(bytes.expect("32 of 64 bytes"))
}

#[cfg(test)]
mod tests;
