//! What runs count when nothing disturbs them, by the native kernel.

use std::thread;

use dartboard_points::kernel;
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed, Tally};

/// What the kernel counts natively of the first `points` points, on two threads.
///
/// # Panics
/// When `points` is no whole number of blocks, or none.
pub fn native_tally(seed: u64, points: u64) -> Tally {
    assert!(points.is_multiple_of(BLOCK_POINTS), "{points} is no whole number of blocks");
    let end = points / BLOCK_POINTS;
    let count = |first, end| match BlockRange::new(first, end) {
        Ok(range) => kernel::tally(Seed(seed), range),
        // Half of one block.
        Err(_) => Tally::default(),
    };
    let (mut sum, other) = thread::scope(|scope| {
        let one = scope.spawn(move || count(0, end / 2));
        let other = count(end / 2, end);
        (one.join().expect("a tally"), other)
    });
    sum += other;
    sum
}
