//! Blocks at the limits of number ranges, and darts at the very edge of the circle, for tests of an executor.
//!
//! Two thousand blocks have two hundred open darts, and none that the last bit decides. So a test gives the
//! program's own functions darts within two cells of the circle, and words of leaves whose sums are at both ends of the open
//! range: [`SHADER`] is a separate entry point for that. Its buffers have the bindings 0 and 1 of a count (a
//! [`Job`](super::Job), from which it takes seed and first block, and the cells), 4 for [`bytes`] of the cases, and 5 for the answers.

use crate::kernel::Point;
use crate::kernel::cells::{Cell, INNER_CELLS, LEAVES, TABLE};
use crate::stream::{LowWords, Stream};
use crate::tally::Seed;

use rand_core::Rng;

/// Blocks of each of [`RANGES`].
pub const RANGE_BLOCKS: u32 = 160;

/// Seeds and first blocks, 2,080 blocks of 13 seeds: numbers at both ends of 32 and 64 bits, and blocks whose low half runs over.
pub const RANGES: [(u64, u64); 13] = [
    (0, 0),
    (1, (1 << 32) - 80),
    (42, u64::MAX - 160),
    (1 << 31, (1 << 31) - 80),
    ((1 << 32) - 1, (1 << 63) - 80),
    (1 << 32, (7 << 32) - 1),
    ((1 << 32) + 1, 0xffff_ffff_0000_0000 - 159),
    (1 << 53, (1 << 53) - 1),
    ((1 << 63) - 1, (1 << 33) - 159),
    (1 << 63, 1 << 63),
    ((1 << 63) + 1, 0x0123_4567_89ab_cdef),
    (u64::MAX - 1, u64::MAX - 161),
    (u64::MAX, 0xfedc_ba98_ffff_ffb0),
];

/// The program with another entry point: to be read behind [`super::SHADER`].
pub const SHADER: &str = include_str!("edge.wgsl");

/// The name of that entry point.
pub const ENTRY_POINT: &str = "edge";

/// Bytes of an [`Answer`].
pub const ANSWER_BYTES: usize = 24;

/// A dart, and eight words of a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// Both below 2³¹.
    dart: [u32; 2],
    /// Which leaf, from 0 to 62.
    leaf: usize,
    /// That of the first word's dart in the leaf's list.
    rank: u32,
    words: [u32; 8],
}

/// What the program says of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// 1 if the dart is in the circle.
    pub in_circle: u32,
    /// How many of the words' darts are.
    pub counted: u32,
    /// Bit k says whether word k's dart is open.
    pub open: u32,
    /// Bit k says whether word k's dart is surely inside.
    pub inside: u32,
    /// Low words of the first word's dart.
    pub low_words: [u32; 2],
}

impl Answer {
    /// As the program writes it.
    pub fn read(bytes: [u8; ANSWER_BYTES]) -> Self {
        let word = |index: usize| bytes.as_chunks().0.get(index).copied().map_or(0, u32::from_le_bytes);
        let [in_circle, counted, open, inside] = [0, 1, 2, 3].map(word);
        Self { in_circle, counted, open, inside, low_words: [word(4), word(5)] }
    }
}

/// So many cases, always the same.
pub fn cases(number: usize) -> Vec<Case> {
    let mut draw = Draw(Stream::new(Seed(31), 41));
    (0..number)
        .map(|_| {
            let leaf = draw.0.next_u32() as usize % LEAVES;
            let words = std::array::from_fn(|_| draw.word(TABLE.leaves[leaf]));
            Case { dart: draw.dart(), leaf, rank: draw.0.next_u32(), words }
        })
        .collect()
}

/// The cases as the program reads them.
pub fn bytes(cases: &[Case]) -> Vec<u8> {
    let words = cases.iter().flat_map(|case| {
        #[expect(clippy::cast_possible_truncation, reason = "195 cells")]
        let cell = (INNER_CELLS + case.leaf) as u32;
        // The low halves of the lanes, then the high ones.
        let words = [0, 2, 4, 6, 1, 3, 5, 7].map(|index| case.words[index]);
        [case.dart[0], case.dart[1], cell, case.rank].into_iter().chain(words)
    });
    words.flat_map(u32::to_le_bytes).collect()
}

impl Case {
    /// What is right for a `block` of the run of `seed`, from the definition.
    pub fn answer(self, seed: Seed, block: u64) -> Answer {
        let Self { dart: [x, y], leaf, rank, words } = self;
        let (leaf, low_words) = (TABLE.leaves[leaf], LowWords::new(seed, block));
        let (mut counted, mut open, mut inside) = (0, 0, 0);
        for (index, word) in (0..).zip(words) {
            let dart = leaf.leaf_point(word, rank.wrapping_add(index), low_words);
            counted += u32::from(dart.is_inside());
            match from_circle(leaf, word) {
                ..-92 => inside |= 1 << index,
                -92..0 => open |= 1 << index,
                0.. => {}
            }
        }
        let in_circle = u32::from(Point { x, y }.is_inside());
        Answer { in_circle, counted, open, inside, low_words: low_words.of(u32::from(leaf.number), rank) }
    }
}

/// How far the corner of a word's square is outside of the circle, in x² + y², of which 2¹⁶ are one: `t` of
/// [`kernel::tree`](crate::kernel::tree).
fn from_circle(leaf: Cell, word: u32) -> i64 {
    let at = |index: u8, half: u32| i64::from(index) << 16 | i64::from(half ^ 0x8000);
    let (x, y) = (at(leaf.cx, word & 0xffff), at(leaf.cy, word >> 16));
    (x * x + y * y - RADIUS * RADIUS).div_euclid(1 << 16)
}

/// In units of a word's square.
const RADIUS: i64 = 1 << 21;

struct Draw(Stream);

impl Draw {
    fn below(&mut self, end: u32) -> u32 {
        self.0.next_u32() % end
    }

    /// A dart at most two cells from the last one inside of its column, or of its row.
    fn dart(&mut self) -> [u32; 2] {
        const MOST: u32 = (1 << 31) - 1;
        // Columns close to either end too, where the circle is flat or steep.
        let bits = self.below(32);
        let x = match self.below(10) {
            0..7 => self.below(MOST + 1),
            7 => MOST - self.below(MOST) % (1 << bits.min(30)),
            _ => self.below(MOST) % (1 << bits.min(30)),
        };
        let rest = (1_u128 << 62) - u128::from(x) * u128::from(x + 1);
        // The largest y with y(y + 1) < rest.
        let highest = ((4 * rest).isqrt().div_ceil(2) - 1).cast_signed();
        let y = highest + i128::from(self.below(5)) - 2;
        let y = u32::try_from(y.max(0)).unwrap_or(MOST).min(MOST);
        if self.below(2) == 0 { [x, y] } else { [y, x] }
    }

    /// A word whose square is close to the circle, if the leaf has one in the column or row that was drawn.
    fn word(&mut self, leaf: Cell) -> u32 {
        let corner = [leaf.cx, leaf.cy].map(|index| i64::from(index) << 16);
        for _ in 0..20 {
            let across = i64::from(self.below(1 << 16));
            // On either side of all that is open.
            let out = (i64::from(self.below(300)) - 200) << 16;
            let (known, wanted) = if self.below(2) == 0 { (0, 1) } else { (1, 0) };
            let rest = RADIUS * RADIUS + out - (corner[known] + across).pow(2);
            let along = rest.max(0).isqrt() + i64::from(self.below(2)) - corner[wanted];
            if (0..1 << 16).contains(&along) {
                let mut halves = [0; 2];
                (halves[known], halves[wanted]) = (across, along);
                let [low, high] = halves.map(|half| u32::try_from(half).unwrap_or(0) ^ 0x8000);
                return low | high << 16;
            }
        }
        self.0.next_u32()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails with: cases that are far from where it matters.
    #[test]
    fn cases_are_on_both_sides_of_each_edge() {
        let cases = cases(20_000);
        let (seed, block) = (Seed(3), 4);
        let answers: Vec<_> = cases.iter().map(|case| case.answer(seed, block)).collect();
        let circled: u32 = answers.iter().map(|answer| answer.in_circle).sum();
        assert!((8_000..14_000).contains(&circled), "{circled}");
        for case in &cases {
            // Two cells further in or out in both directions, the circle lies between.
            let [inner, outer] = [|c: u32| c.saturating_sub(2), |c: u32| c + 3]
                .map(|by| Point { x: by(case.dart[0]), y: by(case.dart[1]) });
            assert!(inner.is_inside() && !outer.is_inside(), "{case:?}");
        }
        let mut sums = [0; 6];
        for (case, word) in cases.iter().flat_map(|case| case.words.map(|word| (case, word))) {
            match from_circle(TABLE.leaves[case.leaf], word) {
                -93 => sums[0] += 1,
                -92 => sums[1] += 1,
                -91..-1 => sums[2] += 1,
                -1 => sums[3] += 1,
                0 => sums[4] += 1,
                _ => sums[5] += 1,
            }
        }
        assert!(sums.iter().all(|&sum| sum > 200), "{sums:?}");
        let open = answers.iter().map(|answer| answer.open.count_ones()).sum::<u32>();
        assert!((20_000..100_000).contains(&open), "{open}");
    }

    #[test]
    fn a_case_is_twelve_words_and_an_answer_six() {
        let case = Case { dart: [1, 2], leaf: 3, rank: 4, words: [10, 11, 12, 13, 14, 15, 16, 17] };
        let words: Vec<_> =
            bytes(&[case, case]).as_chunks().0.iter().map(|&word| u32::from_le_bytes(word)).collect();
        assert_eq!(words[..12], [1, 2, 135, 4, 10, 12, 14, 16, 11, 13, 15, 17]);
        assert_eq!(words.len(), 24);
        let answer = Answer::read(std::array::from_fn(|index| {
            if index % 4 == 0 { u8::try_from(index / 4).unwrap() } else { 0 }
        }));
        let expected = Answer { in_circle: 0, counted: 1, open: 2, inside: 3, low_words: [4, 5] };
        assert_eq!(answer, expected);
    }
}
