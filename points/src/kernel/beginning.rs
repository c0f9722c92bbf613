//! The first points of a block, for what shows them.
//!
//! Lists keep their order, so the darts wanted are the first of each list that has any of them. The rest are only counted: how
//! many bits a cell takes of the stream depends on how many darts it has. [`reference`](super::reference) lists every dart by the
//! definition alone; what is listed here is held against it.

use super::Point;
use super::cells::{Cell, DEPTH};
use crate::stream::{LowWords, Step, Stream};
use crate::tally::{BLOCK_POINTS, Seed};

/// The darts of a cell.
#[derive(Clone, Default)]
struct List {
    /// How many there are.
    darts: usize,
    /// The first of them: those that are wanted.
    wanted: Vec<u32>,
}

/// All points of `block` of the run named by `seed`, in order, each with all its bits. It takes some milliseconds.
pub fn points(seed: Seed, block: u64) -> Vec<Point> {
    first_points(seed, block, usize::MAX)
}

/// The first `wanted` points of the block, or all that it has. Few take a fraction of a millisecond.
pub fn first_points(seed: Seed, block: u64, wanted: usize) -> Vec<Point> {
    #[expect(clippy::cast_possible_truncation, reason = "100,000 points")]
    let (all, wanted) = (BLOCK_POINTS as usize, wanted.min(BLOCK_POINTS as usize) as u32);
    let mut points = vec![Point { x: 0, y: 0 }; wanted as usize];
    let mut stream = Stream::new(seed, block);
    let low_words = LowWords::new(seed, block);
    // By the number of the cell.
    let mut lists = vec![List::default(); 2 << DEPTH];
    lists[1] = List { darts: all, wanted: (0..wanted).collect() };
    for number in 1..2 << DEPTH {
        let cell = Cell::numbered(number);
        let number = usize::from(number);
        let list = std::mem::take(&mut lists[number]);
        if cell.side().is_some() {
            for (rank, &dart) in (0..).zip(&list.wanted) {
                points[dart as usize] = cell.settled_point(rank, low_words);
            }
        } else if cell.is_leaf() {
            let mut ranked = (0..).zip(&list.wanted);
            for _ in 0..list.darts.div_ceil(Step::WORDS) {
                for (word, (rank, &dart)) in stream.step().words().into_iter().zip(&mut ranked) {
                    points[dart as usize] = cell.leaf_point(word, rank, low_words);
                }
            }
        } else {
            let (mut wanted, mut left) = (list.wanted.iter(), list.darts);
            while left > 0 {
                let (step, bits) = (stream.step(), left.min(Step::BITS));
                let ones = step.ones(bits);
                lists[2 * number].darts += bits - ones;
                lists[2 * number + 1].darts += ones;
                for (bit, &dart) in (0..bits).zip(&mut wanted) {
                    lists[2 * number + step.bit(bit)].wanted.push(dart);
                }
                left -= bits;
            }
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::reference;

    // Fails with: a step too few or too many in any cell; a rank, or a bit, that is another dart's.
    #[test]
    fn the_first_points_are_those_of_the_reference_however_many_are_wanted() {
        for (seed, block) in [(0, 0), (42, 7), (u64::MAX, u64::MAX)] {
            let all = reference::points(Seed(seed), block);
            for wanted in [0, 1, 7, 8, 9, 255, 256, 257, 500, 40_000, 99_999, 100_000] {
                assert_eq!(
                    first_points(Seed(seed), block, wanted),
                    all[..wanted],
                    "{wanted} of {seed}, {block}"
                );
            }
            assert_eq!(points(Seed(seed), block), all);
        }
    }
}
