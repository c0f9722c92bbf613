//! Turns (seed, blocks) into a tally.

use crate::stream::Stream;
use crate::tally::{BLOCK_POINTS, BlockRange, Seed, Tally};

/// Whether the centre of the signed 32-bit cell (`x`, `y`) lies in the circle.
fn is_inside(x: i32, y: i32) -> bool {
    let square = |cell: i32| i64::from(cell) * (i64::from(cell) + 1);
    square(x) + square(y) < 1 << 62
}

/// Counts the points of `blocks` of the run named by `seed`.
pub fn tally(seed: Seed, blocks: BlockRange) -> Tally {
    let mut inside = 0;
    for block in blocks.first()..blocks.end() {
        let mut stream = Stream::new(seed, block);
        for _ in 0..BLOCK_POINTS {
            let word = stream.next_word().to_le_bytes();
            let x = i32::from_le_bytes([word[0], word[1], word[2], word[3]]);
            let y = i32::from_le_bytes([word[4], word[5], word[6], word[7]]);
            inside += u64::from(is_inside(x, y));
        }
    }
    Tally { points: blocks.points(), inside }
}
