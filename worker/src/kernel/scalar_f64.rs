//! The usual program in Rust, for comparison: one well-reputed generator, coordinates in `f64`, point by point.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::tally::{BlockRange, Seed, Tally};

/// Throws as many points as `blocks` have.
///
/// They come from one generator for all of `blocks`, seeded by the run's seed and the first of them: other batches
/// are other points, so what is counted is right but not the run's own tally.
pub fn tally(seed: Seed, blocks: BlockRange) -> Tally {
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed.0 ^ blocks.first().rotate_left(32));
    let mut coordinate = || (generator.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64);
    let mut inside = 0;
    for _ in 0..blocks.points() {
        let (x, y) = (coordinate(), coordinate());
        inside += u64::from(x * x + y * y < 1.0);
    }
    Tally { points: blocks.points(), inside }
}
