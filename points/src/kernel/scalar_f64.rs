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
        inside += u64::from(is_inside(x, y));
    }
    Tally { points: blocks.points(), inside }
}

/// Whether the point lies in the circle of radius 1, whose edge does not belong to it.
fn is_inside(x: f64, y: f64) -> bool {
    x * x + y * y < 1.0
}

#[cfg(test)]
mod tests {
    use super::is_inside;

    #[test]
    fn the_edge_is_outside() {
        assert!(is_inside(0.6, 0.799_999_999_999) && !is_inside(0.6, 0.800_000_000_001));
        assert!(!is_inside(0.0, 1.0) && !is_inside(1.0, 0.0));
    }
}
