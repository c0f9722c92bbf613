//! What the worlds of one computer and those of many have in common.

use dartboard_points::tally::{BlockRange, Seed, Tally};

/// A stand-in for the kernel with the same contract: a pure function of seed and block.
pub(crate) fn stand_in(seed: Seed, blocks: BlockRange) -> Tally {
    let inside = |block: u64| {
        let mixed = (seed.0 ^ block.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed >> 32) % 100_001
    };
    Tally { points: blocks.points(), inside: (blocks.first()..blocks.end()).map(inside).sum() }
}

/// The whole number in an environment variable; none where it is not set.
pub(crate) fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a whole number, not {text:?}")))
}
