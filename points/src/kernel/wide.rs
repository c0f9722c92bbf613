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

#![expect(clippy::inline_always, reason = "the state must stay in registers through a round")]

use std::hint::black_box;

use super::Point;
use super::lanes::Lanes;
use crate::stream::LowWords;
use crate::stream::philox::halves;
use crate::stream::shishua::{INCREMENT, Row, Shishua, WARM_UP_ROUNDS};
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
#[cfg(feature = "measure")]
pub fn fold_words(seed: Seed, blocks: BlockRange) -> u64 {
    let constants = Constants::new();
    let mut fold = Lanes::splat_u8(0);
    for block in blocks.first()..blocks.end() {
        let mut generator = Generator::new(seed, block, &constants);
        for _ in 0..BLOCK_ROUNDS {
            generator.round(&constants, |[a, b]| fold = fold.xor(a.xor(b)));
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
    let mut generator = Generator::new(seed, block, &constants);
    let mut inside = 0;
    for group in 0..BLOCK_ROUNDS / GROUP_ROUNDS {
        let start = generator;
        let mut least = Lanes::splat_u8(u8::MAX);
        for _ in 0..GROUP_ROUNDS {
            let sides = sides(&mut generator, &constants);
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
        let before = generator;
        let [low, high] = sides(&mut generator, constants)
            .map(|g| g.which_u8_at_most(constants.last_straddling).signs_i8());
        let mut straddling = low | high << 16;
        if straddling == 0 {
            continue;
        }
        let words = before.words(constants);
        while straddling != 0 {
            let point = point_of_byte(straddling.trailing_zeros());
            straddling &= straddling - 1;
            let low = low_words.word(first + round * ROUND_POINTS + point);
            inside += u32::from(Point::from_words(words[point as usize], low).is_inside());
        }
    }
    inside
}

/// Which of a round's 32 points the byte of that number in [`sides`] belongs to.
fn point_of_byte(byte: u32) -> u32 {
    let (pair, lane) = (byte / 8, byte % 8);
    8 * pair + 4 * (lane % 2) + lane / 2
}

/// g of the next round's 32 points, cut to signed bytes.
#[inline(always)]
fn sides(generator: &mut Generator, constants: &Constants) -> [Lanes; 2] {
    let mut sixteen = [constants.last_straddling; 4];
    let mut pair = 0;
    generator.round(constants, |[even, odd]| {
        sixteen[pair] = g(even, odd, constants);
        pair += 1;
    });
    [sixteen[0].saturate_to_i8(sixteen[1]), sixteen[2].saturate_to_i8(sixteen[3])]
}

/// g of two vectors of four points each, theirs taking turns.
#[inline(always)]
fn g(even: Lanes, odd: Lanes, constants: &Constants) -> Lanes {
    let level = even.sum_of_squares().interleave_high_halves(odd.sum_of_squares());
    level.subtract_i16(constants.first_straddling_level)
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
    fn new(seed: Seed, block: u64, constants: &Constants) -> Self {
        let Shishua { rows: [s0, s1, s2, s3], counter } = Shishua::initial(seed, block);
        let mut generator =
            Self { rows: [split(s0), split(s1), split(s2), split(s3)], counter: split(counter) };
        for _ in 0..WARM_UP_ROUNDS {
            let mut rows = generator.rows;
            let mut row = rows.len();
            generator.round(constants, |output| {
                row -= 1;
                rows[row] = output;
            });
            generator.rows = rows;
        }
        generator
    }

    /// The next 32 words.
    fn words(mut self, constants: &Constants) -> [u32; ROUND_POINTS as usize] {
        let mut words = [0; ROUND_POINTS as usize];
        let mut pair = 0;
        self.round(constants, |vectors| {
            for (vector, [low, high]) in vectors.map(Lanes::to_u64x2).into_iter().enumerate() {
                let quad = 8 * pair + 4 * vector;
                words[quad..quad + 4].copy_from_slice([low, high].map(halves).as_flattened());
            }
            pair += 1;
        });
        words
    }

    /// Hands the next 32 words to `take`, four vectors of two in their order; see [the definition](crate::stream).
    ///
    /// Each pair is handed on as soon as it is known: a processor has 16 vector registers, and this state takes ten.
    #[inline(always)]
    fn round(&mut self, constants: &Constants, mut take: impl FnMut([Lanes; 2])) {
        let [s0, s1, s2, s3] = self.rows;
        let s1 = add(s1, self.counter);
        let s3 = add(s3, self.counter);
        self.counter = add(self.counter, constants.increment);

        let (u0, t1) = (shift_right::<1>(s0), turn_3(s1));
        take(xor(u0, t1));
        let s0 = add(turn_5(s0), u0);
        let s1 = add(t1, shift_right::<3>(s1));

        let (u2, t3) = (shift_right::<1>(s2), turn_3(s3));
        take(xor(u2, t3));
        let s2 = add(turn_5(s2), u2);
        let s3_shifted = shift_right::<3>(s3);
        let s3 = add(t3, s3_shifted);

        take(xor(s0, s3));
        take(xor(s2, s1));
        self.rows = [s0, s1, s2, s3];
    }
}

#[inline(always)]
fn add([a0, a1]: [Lanes; 2], [b0, b1]: [Lanes; 2]) -> [Lanes; 2] {
    [a0.add_u64(b0), a1.add_u64(b1)]
}

#[inline(always)]
fn xor([a0, a1]: [Lanes; 2], [b0, b1]: [Lanes; 2]) -> [Lanes; 2] {
    [a0.xor(b0), a1.xor(b1)]
}

#[inline(always)]
fn shift_right<const BITS: i32>([a, b]: [Lanes; 2]) -> [Lanes; 2] {
    [a.shift_right_u64::<BITS>(), b.shift_right_u64::<BITS>()]
}

/// The eight 32-bit halves from half 5 on, round the end.
#[inline(always)]
fn turn_5([a, b]: [Lanes; 2]) -> [Lanes; 2] {
    [b.lanes_1_to_4(a), a.lanes_1_to_4(b)]
}

/// The eight 32-bit halves from half 3 on, round the end.
#[inline(always)]
fn turn_3([a, b]: [Lanes; 2]) -> [Lanes; 2] {
    [a.lanes_3_to_6(b), b.lanes_3_to_6(a)]
}

#[cfg(test)]
mod tests;
