//! The program for GPUs against the kernel, on whatever adapter is here: a program on the processor will do.

use dartboard_points::kernel::tree;
use dartboard_points::tally::BlockRange;

use super::*;

/// By the kernel.
fn expected(seed: Seed, first: u64, blocks: u32) -> Vec<u32> {
    let inside = |block| tree::tally(seed, BlockRange::new(block, block + 1).expect("one block")).inside;
    (first..first + u64::from(blocks))
        .map(|block| u32::try_from(inside(block)).expect("100,000 at most"))
        .collect()
}

#[test]
fn blocks_are_counted_as_by_the_kernel() {
    let mut gpu = Gpu::open(true).expect("an adapter");
    for (seed, first, blocks) in
        [(42, 0, 256), (u64::MAX, (1 << 32) - 100, 256), (1 << 32, u64::MAX - 64, 64)]
    {
        for steps in [u32::MAX, 100] {
            let job = Job::new(Seed(seed), first, blocks, Slice::WHOLE);
            let flight = gpu.submit(job, Slice::all(steps)).expect("submitted");
            assert_eq!(gpu.finish(flight).expect("counted"), expected(Seed(seed), first, blocks));
        }
    }
}
