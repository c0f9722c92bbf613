//! Any processor, by 64-bit words.

use std::array;

use super::Lanes;
use crate::stream::philox::halves;

#[derive(Clone, Copy)]
pub(in crate::kernel) struct Portable([u64; 4]);

impl Portable {
    #[inline(always)]
    fn with(self, other: Self, f: impl Fn(u64, u64) -> u64) -> Self {
        Self(array::from_fn(|lane| f(self.0[lane], other.0[lane])))
    }

    #[inline(always)]
    fn words_with(self, other: Self, f: impl Fn(u32, u32) -> u32) -> Self {
        self.with(other, |a, b| {
            let ([a_low, a_high], [b_low, b_high]) = (halves(a), halves(b));
            u64::from(f(a_low, b_low)) | u64::from(f(a_high, b_high)) << 32
        })
    }
}

impl Lanes for Portable {
    type Constants = ();
    type Counter = u64;
    type Ones = u32;
    type Negatives = u32;
    type Least = u32;

    fn constants() {}

    #[inline(always)]
    fn new(lanes: [u64; 4]) -> Self {
        Self(lanes)
    }

    #[inline(always)]
    fn splat_u32(word: u32) -> Self {
        Self([u64::from(word) | u64::from(word) << 32; 4])
    }

    #[inline(always)]
    fn load(bytes: &[u8; 32]) -> Self {
        let (lanes, _) = bytes.as_chunks();
        Self(array::from_fn(|lane| u64::from_le_bytes(lanes[lane])))
    }

    #[inline(always)]
    fn words(self) -> [u32; 8] {
        array::from_fn(|word| halves(self.0[word / 2])[word % 2])
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self.with(other, |a, b| a ^ b)
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self.with(other, |a, b| a & b)
    }

    #[inline(always)]
    fn or_not(self, other: Self) -> Self {
        self.with(other, |a, b| a | !b)
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, u64::wrapping_add)
    }

    #[inline(always)]
    fn shift_right_11(self) -> Self {
        Self(self.0.map(|lane| lane >> 11))
    }

    #[inline(always)]
    fn plus_shifted_left_3(self, (): &()) -> Self {
        Self(self.0.map(|lane| lane.wrapping_add(lane << 3)))
    }

    #[inline(always)]
    fn rotate_left_24(self, (): &()) -> Self {
        Self(self.0.map(|lane| lane.rotate_left(24)))
    }

    #[inline(always)]
    fn first_counter() -> u64 {
        1
    }

    #[inline(always)]
    fn next_counter(counter: u64, (): &()) -> u64 {
        counter.wrapping_add(1)
    }

    #[inline(always)]
    fn add_counter(self, counter: u64) -> Self {
        Self(self.0.map(|lane| lane.wrapping_add(counter)))
    }

    #[inline(always)]
    fn no_ones() -> u32 {
        0
    }

    #[inline(always)]
    fn count_ones(self, ones: &mut u32) {
        *ones += self.0.into_iter().map(u64::count_ones).sum::<u32>();
    }

    #[inline(always)]
    fn total(ones: u32) -> u32 {
        ones
    }

    #[inline(always)]
    fn add_u32(self, other: Self) -> Self {
        self.words_with(other, u32::wrapping_add)
    }

    #[inline(always)]
    fn dot_i16(self, other: Self) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the low halves are meant")]
        let product = |a: u32, b: u32| i32::from(a as i16) * i32::from(b as i16);
        self.words_with(other, |a, b| product(a, b).wrapping_add(product(a >> 16, b >> 16)).cast_unsigned())
    }

    #[inline(always)]
    fn shift_right_16(self) -> Self {
        self.words_with(self, |word, _| word >> 16)
    }

    #[inline(always)]
    fn no_negatives() -> u32 {
        0
    }

    #[inline(always)]
    fn number_of(negatives: u32) -> u32 {
        negatives
    }

    #[inline(always)]
    fn most() -> u32 {
        u32::MAX
    }

    #[inline(always)]
    fn is_below(least: u32, limit: u32) -> bool {
        least < limit
    }

    #[inline(always)]
    fn look(self, negatives: &mut u32, least: &mut u32) {
        for word in self.words() {
            *negatives += word >> 31;
            *least = word.min(*least);
        }
    }
}
