//! What `./run bench` times in a browser's worker, as plain exports of a wasm module.
//!
//! Each takes a seed and a number of blocks of 100,000 points and returns a count, which the caller compares.

use dartboard_points::kernel::{reference, scalar_f64, tree};
use dartboard_points::tally::{BlockRange, Seed};

fn range(blocks: u32) -> BlockRange {
    BlockRange::new(0, u64::from(blocks.max(1))).expect("blocks from 0 on")
}

/// The kernel that the program uses.
#[unsafe(no_mangle)]
pub extern "C" fn kernel(seed: u64, blocks: u32) -> u64 {
    tree::tally(Seed(seed), range(blocks)).inside
}

/// The scalar reference kernel.
#[unsafe(no_mangle)]
pub extern "C" fn reference_kernel(seed: u64, blocks: u32) -> u64 {
    reference::tally(Seed(seed), range(blocks)).inside
}

/// The usual program.
#[unsafe(no_mangle)]
pub extern "C" fn scalar_f64_kernel(seed: u64, blocks: u32) -> u64 {
    scalar_f64::tally(Seed(seed), range(blocks)).inside
}
