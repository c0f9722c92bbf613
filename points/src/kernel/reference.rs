//! Darts and tally straight from the definition, dart by dart.

use std::collections::VecDeque;

use super::Point;
use super::cells::Cell;
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
    let darts = 0..darts;
    let mut points = vec![Point { x: 0, y: 0 }; darts.len()];
    let mut stream = Stream::new(seed, block);
    let low_words = LowWords::new(seed, block);
    let mut waiting = VecDeque::from([(Cell::SQUARE, darts.collect::<Vec<_>>())]);
    while let Some((cell, darts)) = waiting.pop_front() {
        if cell.is_leaf() {
            let mut ranks = 0..;
            for darts in darts.chunks(Step::WORDS) {
                for ((&dart, word), rank) in darts.iter().zip(stream.step().words()).zip(&mut ranks) {
                    points[dart as usize] = cell.leaf_point(word, rank, low_words);
                }
            }
            continue;
        }
        let mut halves = [0, 1].map(|bit| (cell.half(bit), Vec::new()));
        for darts in darts.chunks(Step::BITS) {
            let step = stream.step();
            for (index, &dart) in darts.iter().enumerate() {
                halves[step.bit(index)].1.push(dart);
            }
        }
        for (half, darts) in halves {
            match half.side() {
                None => waiting.push_back((half, darts)),
                Some(_) => {
                    for (dart, rank) in darts.into_iter().zip(0..) {
                        points[dart as usize] = half.settled_point(rank, low_words);
                    }
                }
            }
        }
    }
    points
}
