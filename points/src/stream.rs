//! The random bits of one block, a pure function of (seed, block): the written definition.
//!
//! Together with the definition of the cells in [`kernel`](crate::kernel), it says everything about a block: from these two
//! one can write another program that finds the same points. All numbers are unsigned.
//!
//! # sfc64
//! A block has four *lanes*, each a generator of its own: sfc64 (Chris Doty-Humphrey, PractRand, 2010,
//! <https://pracrand.sourceforge.net/>; NumPy has it as `SFC64`). Its state is four 64-bit words. Lane L = 0, 1, 2, 3
//! begins with
//! ```text
//! a = seed;  b = block;  c = L;  counter = 1
//! ```
//! and a step is, all sums modulo 2⁶⁴,
//! ```text
//! out = a + b + counter
//! a' = b xor (b >> 11);  b' = c + (c << 3);  c' = (c rotated left by 24) + out;  counter' = counter + 1
//! ```
//! The first 18 steps are thrown away, PractRand's own number for three words of seed.
//!
//! Seed, block and lane can be read from a lane's first state, and a step can be undone; the counter is part of the state
//! and says how many steps were made. So no two (seed, block, lane) ever share a state within 2⁶⁴ steps.
//!
//! # Steps, bits and words
//! A *step of the block* is one step of all four lanes: 256 bits. Bit k is bit k mod 64 of lane ⌊k/64⌋, bit 0 being the
//! lowest. Word j = 0 … 7 is bits 32j … 32j + 31: the low half of lane 0, its high half, the low half of lane 1, and so on.
//!
//! # Low words: Philox4x32-10
//! Bits that hardly any decision needs are found by index, so that nobody has to generate those before them. Philox4x32-10
//! (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011) maps a counter of four 32-bit
//! words under a key of two, one to one for each key ([`philox`]). The dart of rank r in the list of cell number c takes
//! its low words from Philox((r, c, block low half, block high half), key (seed low half, seed high half)):
//! word 0 for x, word 1 for y.
//!
//! What is known of the randomness of all this is in `docs/randomness.md`.

use std::array;
use std::convert::Infallible;

use rand_core::{Rng, SeedableRng, TryRng};
use rand_sfc::Sfc64;

use crate::tally::Seed;

pub mod philox;

use philox::halves;

/// Which stream this is. It changes with every change of a bit, and with the meaning of the bits.
///
/// Version 1, of SHISHUA and with other points, was never published. `docs/randomness.md` says why it was given up.
pub const STREAM_VERSION: u32 = 2;

/// The number of sfc64 generators of a block.
pub const LANES: usize = 4;

/// Steps that are thrown away before the first one that counts.
pub(crate) const DISCARDED_STEPS: u32 = 18;

/// 256 bits of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Step(pub [u64; LANES]);

impl Step {
    /// Bits of one step.
    pub const BITS: usize = 64 * LANES;
    /// 32-bit words of one step.
    pub const WORDS: usize = Self::BITS / 32;

    /// Bit `index`, from 0 to 255.
    ///
    /// # Panics
    /// When there is no such bit.
    pub fn bit(self, index: usize) -> usize {
        usize::from(self.0[index / 64] >> (index % 64) & 1 == 1)
    }

    /// How many of the first `bits` bits are ones; all of them if there are not so many.
    pub fn ones(self, bits: usize) -> usize {
        let of_lane = |(lane, word): (usize, u64)| {
            let taken = bits.saturating_sub(64 * lane).min(64);
            // In twice the width, since all of a word may be taken.
            (u128::from(word) & ((1 << taken) - 1)).count_ones() as usize
        };
        self.0.into_iter().enumerate().map(of_lane).sum()
    }

    /// The eight words, in order.
    pub fn words(self) -> [u32; Self::WORDS] {
        array::from_fn(|word| halves(self.0[word / 2])[word % 2])
    }
}

/// The bits of one block in their order, on without end.
///
/// It is a `rand` generator too: any distribution can draw from it.
///
/// ```
/// use dartboard_points::{stream::Stream, tally::Seed};
/// use rand_core::Rng;
///
/// let mut stream = Stream::new(Seed(42), 0);
/// let first_word = stream.next_u32();
/// # let _ = first_word;
/// ```
#[derive(Clone, Debug)]
pub struct Stream {
    lanes: [Sfc64; LANES],
    words: [u32; Step::WORDS],
    used: usize,
}

impl Stream {
    /// The stream of `block` of the run named by `seed`.
    pub fn new(seed: Seed, block: u64) -> Self {
        let lane = |lane| {
            let mut state = [0; 24];
            for (bytes, word) in state.as_chunks_mut().0.iter_mut().zip([seed.0, block, lane as u64]) {
                *bytes = word.to_le_bytes();
            }
            // Sets the counter and throws the first steps away.
            Sfc64::from_seed(state)
        };
        Self { lanes: array::from_fn(lane), words: [0; Step::WORDS], used: Step::WORDS }
    }

    /// The next whole step; what was left of the last one by reading words is dropped.
    pub fn step(&mut self) -> Step {
        self.used = Step::WORDS;
        Step(self.lanes.each_mut().map(Rng::next_u64))
    }

    fn next_word(&mut self) -> u32 {
        if self.used == Step::WORDS {
            self.words = self.step().words();
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.next_word())
    }

    /// Two words, the first in the low half.
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let low = u64::from(self.next_word());
        Ok(low | u64::from(self.next_word()) << 32)
    }

    /// Words as little-endian bytes; what is left of the last word is dropped.
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for piece in bytes.chunks_mut(4) {
            piece.copy_from_slice(&self.next_word().to_le_bytes()[..piece.len()]);
        }
        Ok(())
    }
}

impl SeedableRng for Stream {
    /// Seed, then block, both little-endian.
    type Seed = [u8; 16];

    fn from_seed(bytes: [u8; 16]) -> Self {
        let number = u128::from_le_bytes(bytes);
        #[expect(clippy::cast_possible_truncation, reason = "the halves are meant")]
        Self::new(Seed(number as u64), (number >> 64) as u64)
    }
}

/// The low words of one block, found by cell and rank.
#[derive(Clone, Copy, Debug)]
pub struct LowWords {
    key: [u32; 2],
    block: [u32; 2],
}

impl LowWords {
    /// The low words of `block` of the run named by `seed`.
    pub const fn new(seed: Seed, block: u64) -> Self {
        Self { key: halves(seed.0), block: halves(block) }
    }

    /// Those of the dart of that rank in the list of the cell of that number: for x, and for y.
    pub const fn of(self, cell: u32, rank: u32) -> [u32; 2] {
        let [x, y, _, _] = philox::philox4x32_10([rank, cell, self.block[0], self.block[1]], self.key);
        [x, y]
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
