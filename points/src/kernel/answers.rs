//! What the cells of a block answered, for statistics.

use super::cells::{DESTINATIONS, FIRST_CELL, INNER_CELLS, TABLE};
use crate::stream::{LANES, Stream};
use crate::tally::{BLOCK_POINTS, Seed};

/// Cells that are halved.
pub const HALVED_CELLS: usize = INNER_CELLS;

/// The answers of a cell that was halved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Bits taken of each lane, one a dart.
    pub bits: [u32; LANES],
    /// Ones among them: darts of half 1.
    pub ones: [u32; LANES],
}

impl Answers {
    /// Darts of the cell, and how many of them are in half 1.
    pub fn darts(&self) -> (u32, u32) {
        (self.bits.iter().sum(), self.ones.iter().sum())
    }
}

/// Those of all cells of `block` of the run named by `seed` that are halved, in their order.
pub fn answers(seed: Seed, block: u64) -> [Answers; HALVED_CELLS] {
    let mut stream = Stream::new(seed, block);
    let mut darts = [0; DESTINATIONS];
    #[expect(clippy::cast_possible_truncation, reason = "100,000 points")]
    let all = BLOCK_POINTS as u32;
    darts[usize::from(FIRST_CELL)] = all;
    let mut answers = [Answers::default(); HALVED_CELLS];
    for (cell, (answers, [half_0, half_1])) in answers.iter_mut().zip(TABLE.halves).enumerate() {
        let mut left = darts[usize::from(FIRST_CELL) + cell];
        while left > 0 {
            for (lane, word) in stream.step().0.into_iter().enumerate() {
                let bits = left.min(64);
                answers.bits[lane] += bits;
                // The lowest bits of the word; all of it by no shift of 64.
                answers.ones[lane] += (word & !(u64::MAX.checked_shl(bits).unwrap_or(0))).count_ones();
                left -= bits;
            }
        }
        let (n, ones) = answers.darts();
        darts[usize::from(half_0)] += n - ones;
        darts[usize::from(half_1)] += ones;
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::points;

    /// Of the whole square, of its right half, and of that one's upper half, as the points themselves say.
    #[test]
    fn answers_are_where_the_points_are() {
        let listed = points(Seed(42), 7);
        let answers = answers(Seed(42), 7);
        let count = |which: &dyn Fn(u32, u32) -> bool| {
            u32::try_from(listed.iter().filter(|point| which(point.x >> 29, point.y >> 29)).count()).unwrap()
        };
        assert_eq!(answers[0].darts(), (100_000, count(&|x, _| x >= 2)));
        // The left half meets the circle too, and is asked first.
        assert_eq!(answers[1].darts(), (count(&|x, _| x < 2), count(&|x, y| x < 2 && y >= 2)));
        assert_eq!(answers[2].darts(), (count(&|x, _| x >= 2), count(&|x, y| x >= 2 && y >= 2)));
        // 391 steps, the last of which gives its first 160 bits.
        assert_eq!(answers[0].bits, [25_024, 25_024, 24_992, 24_960]);
    }
}
