//! The random words of one block, a pure function of (seed, block): the written definition.
//!
//! A block has 100,000 points, numbered from 0. Point *i* takes 64 random bits: a *leading word* from SHISHUA
//! and a *low word* from Philox. All numbers are unsigned, `+` wraps at 64 bits, `^` is exclusive or.
//!
//! # Leading words: SHISHUA
//! SHISHUA (Thaddée Tyl, 2020, <https://espadrine.github.io/blog/posts/shishua-the-fastest-prng-in-the-world.html>)
//! keeps four rows `s[0]` … `s[3]` of four 64-bit lanes, and a row `counter`, all lane 0 first.
//!
//! **Initial state.** `phi[0..16]` are the first 1,024 fraction bits of the golden ratio in 64-bit words
//! ([`shishua::PHI`]); `counter = (0, 0, 0, 0)`, and
//! ```text
//! s[0] = (phi[0]  ^ seed, phi[1],  phi[2]  ^ block, phi[3])
//! s[1] = (phi[4],         phi[5],  phi[6],          phi[7])
//! s[2] = (phi[8],         phi[9],  phi[10],         phi[11])
//! s[3] = (phi[12] ^ seed, phi[13], phi[14] ^ block, phi[15])
//! ```
//! which is SHISHUA's own seeding with the four seed words (seed, block, 0, 0). It is injective: lane 0 of `s[0]`
//! gives the seed back and lane 2 the block, so no two blocks of any two seeds start from one state; in particular
//! (s + 1, b) and (s, b + 1) differ in both lanes.
//!
//! **One round** yields sixteen 64-bit words `o[0]` … `o[3]` (four rows), from the state before it:
//! ```text
//! s[1] += counter;  s[3] += counter;  counter += (7, 5, 3, 1)            lane by lane
//! u[0] = s[0] >> 1;  u[1] = s[1] >> 3;  u[2] = s[2] >> 1;  u[3] = s[3] >> 3
//! t[k] = s[k] seen as eight 32-bit halves h[0..8], the low half of a lane first, and turned:
//!        half j of t[k] is h[(j + 5) % 8] for k = 0 and 2, h[(j + 3) % 8] for k = 1 and 3
//! s[k] = t[k] + u[k]                                                     for k = 0, 1, 2, 3
//! o[0] = u[0] ^ t[1];  o[1] = u[2] ^ t[3];  o[2] = s[0] ^ s[3];  o[3] = s[2] ^ s[1]
//! ```
//! **Warm-up**, also SHISHUA's own: 13 times do one round, then set `s[0], s[1], s[2], s[3]` to `o[3], o[2], o[1], o[0]`.
//! (The published program then hands out the last `o` once more as its first 128 bytes. They are the state itself,
//! and are not used here.)
//!
//! **Word order.** Each later round gives 32 words of 32 bits: `o[0]` to `o[3]`, lane 0 to 3 of each, the low half of
//! a lane before its high half. Word *i* counted from the first such round is the leading word of point *i*,
//! so a block takes 3,125 rounds.
//!
//! # Low words: Philox4x32-10
//! Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011) maps a counter
//! of four 32-bit words under a key of two words, one to one for each key ([`philox`]). Point *i* takes word
//! *i* mod 4 of Philox((⌊i/4⌋, 0, block low half, block high half), key (seed low half, seed high half)).
//! Each point of each block of each seed has a (key, counter, word) of its own. Nothing but *i* is needed to find a
//! low word: they are looked at only when the leading words leave a point undecided, about 19 times a block.
//!
//! # From words to a point
//! The point's two signed 32-bit cells X and Y are put together from halves of 16 bits:
//! X = (low half of the leading word) · 2¹⁶ + (low half of the low word), and Y likewise of both high halves,
//! each read as two's complement. `kernel` says when (X, Y) is inside.
//!
//! What is known of the randomness of all this is in `docs/randomness.md`.

use std::convert::Infallible;

use rand_core::{SeedableRng, TryRng};

use crate::tally::Seed;

pub mod philox;
pub mod shishua;

use shishua::{ROUND_WORDS, Shishua};

/// The leading words of one block in the order of its points, then on without end.
///
/// It is a `rand` generator too: any distribution can draw from it.
///
/// ```
/// use dartboard_points::{stream::Stream, tally::Seed};
/// use rand_core::Rng;
///
/// let mut stream = Stream::new(Seed(42), 0);
/// let leading_word_of_point_0 = stream.next_u32();
/// # let _ = leading_word_of_point_0;
/// ```
#[derive(Clone, Debug)]
pub struct Stream {
    generator: Shishua,
    words: [u32; ROUND_WORDS],
    used: usize,
}

impl Stream {
    /// The stream of `block` of the run named by `seed`.
    pub fn new(seed: Seed, block: u64) -> Self {
        Self { generator: Shishua::new(seed, block), words: [0; ROUND_WORDS], used: ROUND_WORDS }
    }

    fn next_word(&mut self) -> u32 {
        if self.used == ROUND_WORDS {
            self.words = self.generator.next_round();
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

/// The low words of one block, each found by its point's index.
#[derive(Clone, Copy, Debug)]
pub struct LowWords {
    key: [u32; 2],
    block: [u32; 2],
}

impl LowWords {
    /// The low words of `block` of the run named by `seed`.
    pub const fn new(seed: Seed, block: u64) -> Self {
        Self { key: philox::halves(seed.0), block: philox::halves(block) }
    }

    /// The low words of the four points `4 * quad` to `4 * quad + 3`.
    pub const fn quad(self, quad: u32) -> [u32; 4] {
        philox::philox4x32_10([quad, 0, self.block[0], self.block[1]], self.key)
    }

    /// The low word of point `point`.
    pub const fn word(self, point: u32) -> u32 {
        self.quad(point / 4)[(point % 4) as usize]
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
