//! Darts and tally straight from the definition, dart by dart.

use super::Point;
use super::cells::{Cell, DEPTH};
use crate::stream::{LowWords, Step, Stream};
use crate::tally::{BLOCK_POINTS, BlockRange, Seed, Tally};

/// Counts the points of `blocks` one by one.
pub fn tally(seed: Seed, blocks: BlockRange) -> Tally {
    let inside = |block| points(seed, block).into_iter().filter(|point| point.is_inside()).count() as u64;
    Tally { points: blocks.points(), inside: (blocks.first()..blocks.end()).map(inside).sum() }
}

/// The darts of `block` of the run named by `seed`, in order, each with all its bits. It takes some milliseconds.
pub fn points(seed: Seed, block: u64) -> Vec<Point> {
    #[expect(clippy::cast_possible_truncation, reason = "100,000 points")]
    points_of(seed, block, BLOCK_POINTS as u32)
}

/// The darts of a block that has only so many.
pub(super) fn points_of(seed: Seed, block: u64, darts: u32) -> Vec<Point> {
    let mut points = vec![Point { x: 0, y: 0 }; darts as usize];
    let mut stream = Stream::new(seed, block);
    let low_words = LowWords::new(seed, block);
    // By the number of the cell.
    let mut lists = vec![Vec::new(); 2 << DEPTH];
    lists[1] = (0..darts).collect();
    for number in 1..2 << DEPTH {
        let cell = Cell::numbered(number);
        let darts = std::mem::take(&mut lists[usize::from(number)]);
        let list = darts.iter().map(|&dart| dart as usize);
        if cell.side().is_some() {
            for (rank, dart) in (0..).zip(list) {
                points[dart] = cell.settled_point(rank, low_words);
            }
        } else if cell.is_leaf() {
            let mut words = [0; Step::WORDS];
            for (rank, dart) in (0..).zip(list) {
                let word = rank as usize % Step::WORDS;
                if word == 0 {
                    words = stream.step().words();
                }
                points[dart] = cell.leaf_point(words[word], rank, low_words);
            }
        } else {
            let mut step = Step::default();
            for (index, &dart) in darts.iter().enumerate() {
                let bit = index % Step::BITS;
                if bit == 0 {
                    step = stream.step();
                }
                lists[2 * usize::from(number) + step.bit(bit)].push(dart);
            }
        }
    }
    points
}
