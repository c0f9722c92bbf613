//! The random words of one block, a pure function of (seed, block).

use crate::tally::Seed;

/// The words of one block: `SplitMix64` (Steele, Lea, Flood 2014) from a state mixed of seed and block.
pub struct Stream {
    state: u64,
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Stream {
    /// The stream of `block` of the run named by `seed`.
    pub fn new(seed: Seed, block: u64) -> Self {
        Self { state: mix(mix(seed.0) ^ block) }
    }

    /// The next 64 random bits.
    pub fn next_word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }
}
