//! The tally 32 points at a time: leading words decide all points but about 19 of a block's 100,000.
//!
//! # What the leading words decide
//! Let a and b be the signed 16-bit halves of a point's leading word and D = a² + b². Its cells are
//! X = 2¹⁶·a + l and Y = 2¹⁶·b + m with the low halves l, m in 0..2¹⁶, and with δ = (l + ½)/2¹⁶, ε = (m + ½)/2¹⁶,
//! both strictly between 0 and 1,
//! ```text
//! X(X + 1) + Y(Y + 1) + ½ = (X + ½)² + (Y + ½)² = 2³²·R²,   R = |(a + δ, b + ε)|.
//! ```
//! The vector (δ, ε) is shorter than √2, so by the triangle inequality √D − √2 < R < √D + √2. Hence
//! - if D ≤ (2¹⁵ − √2)², which is 2³⁰ − 92,679.9…, then R < 2¹⁵ and the point is inside;
//! - if D ≥ (2¹⁵ + √2)², which is 2³⁰ + 92,683.9…, then R > 2¹⁵, 2³²·R² − ½ > 2⁶² − ½, and being an integer it is
//!   at least 2⁶²: the point is outside.
//!
//! # Levels
//! The kernel looks only at h = ⌊D/2¹⁶⌋, the *level*, from 0 to 2¹⁵. The circle is at level 2¹⁴, and
//! - h ≤ 2¹⁴ − 3 means D < 2³⁰ − 2·2¹⁶ = 2³⁰ − 131,072: inside;
//! - h ≥ 2¹⁴ + 2 means D ≥ 2³⁰ + 131,072: outside;
//! - the four levels between *straddle* the circle: the point's low word is looked at and [`Point::is_inside`] decides.
//!
//! With g = h − (2¹⁴ − 2) these are g < 0, g ≥ 4 and 0 ≤ g < 4. Cut to a signed byte, g keeps that order, so sixteen
//! sign bits count what is surely inside, and the unsigned minimum of many such bytes is below 4 if any straddles.
//! D = 2³¹ (both halves −2¹⁵) does not fit an `i32`, but h and g come out right: only bits are moved.
//!
//! # Rounds and groups
//! One round of SHISHUA yields 32 points. The check for straddlers is made once a group of rounds, and a group that
//! has some is generated a second time to find them; 3 groups in 100 have.

use std::hint::black_box;

use super::Point;
use super::lanes::Lanes;
use crate::stream::LowWords;
use crate::stream::shishua::{INCREMENT, Row, Shishua};
use crate::tally::{BLOCK_POINTS, BlockRange, Seed, Tally};

const ROUND_POINTS: u32 = 32;
const GROUP_ROUNDS: u32 = 5;
#[expect(clippy::cast_possible_truncation, reason = "100,000 points")]
const BLOCK_ROUNDS: u32 = BLOCK_POINTS as u32 / ROUND_POINTS;
const _: () = assert!(BLOCK_ROUNDS * ROUND_POINTS == 100_000 && BLOCK_ROUNDS.is_multiple_of(GROUP_ROUNDS));

/// The lowest level that straddles the circle.
const FIRST_STRADDLING_LEVEL: i16 = (1 << 14) - 2;
/// The highest g that straddles the circle.
const LAST_STRADDLING: u8 = 3;

/// Counts the points of `blocks` of the run named by `seed`.
pub fn tally(seed: Seed, blocks: BlockRange) -> Tally {
    let constants = Constants::new();
    let inside = |block| u64::from(inside(seed, block, &constants));
    Tally { points: blocks.points(), inside: (blocks.first()..blocks.end()).map(inside).sum() }
}

/// Exclusive or of all leading words of `blocks`: the generator alone, for measuring.
pub fn fold_words(seed: Seed, blocks: BlockRange) -> u64 {
    let constants = Constants::new();
    let mut fold = Lanes::splat_u8(0);
    for block in blocks.first()..blocks.end() {
        let mut generator = Generator::new(seed, block);
        for _ in 0..BLOCK_ROUNDS {
            // In pairs: a chain of eight would be slower than the generator.
            let [a, b, c, d, e, f, g, h] = generator.round(&constants);
            fold = fold.xor((a.xor(b).xor(c.xor(d))).xor(e.xor(f).xor(g.xor(h))));
        }
    }
    let [low, high] = fold.to_u64x2();
    low ^ high
}

/// Vectors that stay the same all through a block.
#[derive(Clone, Copy)]
struct Constants {
    increment: [Lanes; 2],
    first_straddling_level: Lanes,
    last_straddling: Lanes,
}

impl Constants {
    /// V8 builds a vector it knows to be constant anew in each round, which takes longer than loading it:
    /// `black_box` hides that these are constant.
    fn new() -> Self {
        black_box(Self {
            increment: split(INCREMENT),
            first_straddling_level: Lanes::splat_i16(FIRST_STRADDLING_LEVEL),
            last_straddling: Lanes::splat_u8(LAST_STRADDLING),
        })
    }
}

/// The number of points inside of one block.
fn inside(seed: Seed, block: u64, constants: &Constants) -> u32 {
    let constants = *constants;
    let mut generator = Generator::new(seed, block);
    let mut inside = 0;
    for group in 0..BLOCK_ROUNDS / GROUP_ROUNDS {
        let start = generator;
        let mut least = Lanes::splat_u8(u8::MAX);
        for _ in 0..GROUP_ROUNDS {
            let sides = sides(generator.round(&constants), &constants);
            inside += sure(sides);
            least = least.min_u8(sides[0].min_u8(sides[1]));
        }
        if least.any_u8_at_most(constants.last_straddling) {
            inside += straddlers_inside(
                start,
                group * GROUP_ROUNDS * ROUND_POINTS,
                LowWords::new(seed, block),
                &constants,
            );
        }
    }
    inside
}

/// The number of points surely inside of one round.
#[inline]
fn sure(sides: [Lanes; 2]) -> u32 {
    (sides[0].signs_i8() | sides[1].signs_i8() << 16).count_ones()
}

/// Decides the straddling points of the group that starts at point `first` with generator `start`:
/// the number of those inside.
#[cold]
#[inline(never)]
fn straddlers_inside(start: Generator, first: u32, low_words: LowWords, constants: &Constants) -> u32 {
    let mut generator = start;
    let mut inside = 0;
    for round in 0..GROUP_ROUNDS {
        let words = generator.round(constants);
        let [low, high] =
            sides(words, constants).map(|g| g.which_u8_at_most(constants.last_straddling).signs_i8());
        let mut straddling = low | high << 16;
        while straddling != 0 {
            let point = point_of_byte(straddling.trailing_zeros());
            straddling &= straddling - 1;
            let leading = words[point as usize / 4].to_u64x2()[point as usize % 4 / 2] >> (32 * (point % 2));
            let low = low_words.word(first + round * ROUND_POINTS + point);
            #[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
            let leading = leading as u32;
            inside += u32::from(Point::from_words(leading, low).is_inside());
        }
    }
    inside
}

/// Which of a round's 32 points the byte of that number in [`sides`] belongs to.
fn point_of_byte(byte: u32) -> u32 {
    let (pair, lane) = (byte / 8, byte % 8);
    8 * pair + 4 * (lane % 2) + lane / 2
}

/// g of a round's 32 points, cut to signed bytes. Two vectors of four points each interleave.
#[inline]
fn sides(words: [Lanes; 8], constants: &Constants) -> [Lanes; 2] {
    let g = |even: Lanes, odd: Lanes| {
        even.sum_of_squares()
            .interleave_high_halves(odd.sum_of_squares())
            .subtract_i16(constants.first_straddling_level)
    };
    let [w0, w1, w2, w3, w4, w5, w6, w7] = words;
    [g(w0, w1).saturate_to_i8(g(w2, w3)), g(w4, w5).saturate_to_i8(g(w6, w7))]
}

/// [`Shishua`] in vectors, two a row.
#[derive(Clone, Copy)]
struct Generator {
    rows: [[Lanes; 2]; 4],
    counter: [Lanes; 2],
}

fn split(row: Row) -> [Lanes; 2] {
    [Lanes::from_u64x2([row[0], row[1]]), Lanes::from_u64x2([row[2], row[3]])]
}

impl Generator {
    fn new(seed: Seed, block: u64) -> Self {
        let Shishua { rows, counter } = Shishua::new(seed, block);
        Self { rows: rows.map(split), counter: split(counter) }
    }

    /// The next 32 words; see [the definition](crate::stream).
    #[inline]
    fn round(&mut self, constants: &Constants) -> [Lanes; 8] {
        let both =
            |a: [Lanes; 2], b: [Lanes; 2], f: fn(Lanes, Lanes) -> Lanes| [f(a[0], b[0]), f(a[1], b[1])];
        let turn_5 = |[a, b]: [Lanes; 2]| [b.from_lane_1_on(a), a.from_lane_1_on(b)];
        let turn_3 = |[a, b]: [Lanes; 2]| [a.from_lane_3_on(b), b.from_lane_3_on(a)];
        let [s0, s1, s2, s3] = self.rows;
        let s1 = both(s1, self.counter, Lanes::add_u64);
        let s3 = both(s3, self.counter, Lanes::add_u64);
        self.counter = both(self.counter, constants.increment, Lanes::add_u64);

        let u0 = s0.map(Lanes::shift_right_u64::<1>);
        let u1 = s1.map(Lanes::shift_right_u64::<3>);
        let u2 = s2.map(Lanes::shift_right_u64::<1>);
        let u3 = s3.map(Lanes::shift_right_u64::<3>);
        let (t0, t1, t2, t3) = (turn_5(s0), turn_3(s1), turn_5(s2), turn_3(s3));
        let s0 = both(t0, u0, Lanes::add_u64);
        let s1 = both(t1, u1, Lanes::add_u64);
        let s2 = both(t2, u2, Lanes::add_u64);
        let s3 = both(t3, u3, Lanes::add_u64);
        self.rows = [s0, s1, s2, s3];
        let [o0, o1] = both(u0, t1, Lanes::xor);
        let [o2, o3] = both(u2, t3, Lanes::xor);
        let [o4, o5] = both(s0, s3, Lanes::xor);
        let [o6, o7] = both(s2, s1, Lanes::xor);
        [o0, o1, o2, o3, o4, o5, o6, o7]
    }
}

#[cfg(test)]
mod tests;
