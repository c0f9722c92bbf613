//! Wasm SIMD: two vectors of 128 bits.

use core::arch::wasm32::{
    i8x16_swizzle, i16x8_add, i16x8_narrow_i32x4, i32x4_add, i32x4_dot_i16x8, i64x2_add, i64x2_shl, u8x16,
    u16x8_lt, u16x8_min, u16x8_shr, u16x8_splat, u32x4_extadd_pairwise_u16x8, u32x4_extract_lane, u32x4_shr,
    u32x4_splat, u64x2, u64x2_extract_lane, u64x2_shr, u64x2_splat, v128, v128_and, v128_any_true, v128_load,
    v128_not, v128_or, v128_xor,
};
use std::array;
use std::hint::black_box;

use super::Lanes;

#[derive(Clone, Copy)]
pub(in crate::kernel) struct Simd128([v128; 2]);

#[derive(Clone, Copy)]
pub(in crate::kernel) struct Constants {
    zero: v128,
    one: v128,
    bytes_rotated_by_3: v128,
}

/// Ones in pairs; what makes no pair yet is left in a vector, at most one for each bit.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Ones {
    odd: v128,
    pairs: u32,
}

impl Simd128 {
    #[inline(always)]
    fn each(self, f: impl Fn(v128) -> v128) -> Self {
        Self([f(self.0[0]), f(self.0[1])])
    }

    #[inline(always)]
    fn with(self, other: Self, f: impl Fn(v128, v128) -> v128) -> Self {
        Self([f(self.0[0], other.0[0]), f(self.0[1], other.0[1])])
    }
}

/// Extracting lanes takes less time than `i8x16.popcnt`, which x86 lacks.
#[inline(always)]
fn ones_of(vector: v128) -> u32 {
    u64x2_extract_lane::<0>(vector).count_ones() + u64x2_extract_lane::<1>(vector).count_ones()
}

#[inline(always)]
fn words_of(vector: v128) -> [u32; 4] {
    [
        u32x4_extract_lane::<0>(vector),
        u32x4_extract_lane::<1>(vector),
        u32x4_extract_lane::<2>(vector),
        u32x4_extract_lane::<3>(vector),
    ]
}

impl Lanes for Simd128 {
    type Constants = Constants;
    type Counter = v128;
    type Ones = Ones;
    type Negatives = v128;
    type Least = v128;

    fn constants() -> Constants {
        black_box(Constants {
            zero: u64x2_splat(0),
            one: u64x2_splat(1),
            bytes_rotated_by_3: u8x16(5, 6, 7, 0, 1, 2, 3, 4, 13, 14, 15, 8, 9, 10, 11, 12),
        })
    }

    #[inline(always)]
    fn new(lanes: [u64; 4]) -> Self {
        Self([u64x2(lanes[0], lanes[1]), u64x2(lanes[2], lanes[3])])
    }

    #[inline(always)]
    fn splat_u32(word: u32) -> Self {
        Self([u32x4_splat(word); 2])
    }

    #[inline(always)]
    fn load(bytes: &[u8; 32]) -> Self {
        #[expect(clippy::cast_ptr_alignment, reason = "wasm loads vectors from any address")]
        let vectors = bytes.as_ptr().cast::<v128>();
        // SAFETY: the 32 bytes are two vectors.
        Self(unsafe { [v128_load(vectors), v128_load(vectors.add(1))] })
    }

    #[inline(always)]
    fn words(self) -> [u32; 8] {
        let words = self.0.map(words_of);
        array::from_fn(|word| words[word / 4][word % 4])
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self.with(other, |a, b| v128_xor(a, b))
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self.with(other, |a, b| v128_and(a, b))
    }

    #[inline(always)]
    fn or_not(self, other: Self) -> Self {
        self.with(other, |a, b| v128_or(a, v128_not(b)))
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, |a, b| i64x2_add(a, b))
    }

    #[inline(always)]
    fn shift_right_11(self) -> Self {
        self.each(|lanes| u64x2_shr(lanes, 11))
    }

    /// The hidden zero keeps the compiler from making it a multiplication, which V8 takes apart into three.
    #[inline(always)]
    fn plus_shifted_left_3(self, constants: &Constants) -> Self {
        self.each(|lanes| i64x2_add(lanes, v128_or(i64x2_shl(lanes, 3), constants.zero)))
    }

    #[inline(always)]
    fn rotate_left_24(self, constants: &Constants) -> Self {
        self.each(|lanes| i8x16_swizzle(lanes, constants.bytes_rotated_by_3))
    }

    #[inline(always)]
    fn first_counter() -> v128 {
        u64x2_splat(1)
    }

    #[inline(always)]
    fn next_counter(counter: v128, constants: &Constants) -> v128 {
        i64x2_add(counter, constants.one)
    }

    #[inline(always)]
    fn add_counter(self, counter: v128) -> Self {
        self.each(|lanes| i64x2_add(lanes, counter))
    }

    #[inline(always)]
    fn no_ones() -> Ones {
        Ones { odd: u64x2_splat(0), pairs: 0 }
    }

    /// Of three bits at a time one is left, and a pair is carried: half as many ones to count.
    #[inline(always)]
    fn count_ones(self, ones: &mut Ones) {
        let Self([a, b]) = self;
        let either = v128_xor(ones.odd, a);
        let carried = v128_or(v128_and(ones.odd, a), v128_and(either, b));
        ones.odd = v128_xor(either, b);
        ones.pairs += ones_of(carried);
    }

    #[inline(always)]
    fn total(ones: Ones) -> u32 {
        2 * ones.pairs + ones_of(ones.odd)
    }

    #[inline(always)]
    fn add_u32(self, other: Self) -> Self {
        self.with(other, |a, b| i32x4_add(a, b))
    }

    #[inline(always)]
    fn dot_i16(self, other: Self) -> Self {
        self.with(other, |a, b| i32x4_dot_i16x8(a, b))
    }

    #[inline(always)]
    fn shift_right_16(self) -> Self {
        self.each(|words| u32x4_shr(words, 16))
    }

    #[inline(always)]
    fn no_negatives() -> v128 {
        u16x8_splat(0)
    }

    #[inline(always)]
    fn number_of(negatives: v128) -> u32 {
        words_of(u32x4_extadd_pairwise_u16x8(negatives)).into_iter().sum()
    }

    #[inline(always)]
    fn most() -> v128 {
        u16x8_splat(u16::MAX)
    }

    #[inline(always)]
    fn is_below(least: v128, limit: u32) -> bool {
        #[expect(clippy::cast_possible_truncation, reason = "below 128")]
        v128_any_true(u16x8_lt(least, u16x8_splat(limit as u16)))
    }

    /// Cut to 16 bits, a word keeps its sign, and its place among those below 128.
    #[inline(always)]
    fn look(self, negatives: &mut v128, least: &mut v128) {
        let halves = i16x8_narrow_i32x4(self.0[0], self.0[1]);
        *negatives = i16x8_add(*negatives, u16x8_shr(halves, 15));
        *least = u16x8_min(*least, halves);
    }
}
