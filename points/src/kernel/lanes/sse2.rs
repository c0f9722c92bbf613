//! The same operations in SSE2, which every x86-64 processor has: one instruction each, or two or three.
#![expect(clippy::inline_always, reason = "a call in place of one instruction would cost all the speed")]

use core::arch::x86_64::{
    __m128i, _mm_add_epi64, _mm_and_si128, _mm_cmpeq_epi8, _mm_cvtsi128_si64, _mm_madd_epi16, _mm_min_epu8,
    _mm_movemask_epi8, _mm_or_si128, _mm_packs_epi16, _mm_set_epi64x, _mm_set1_epi8, _mm_set1_epi16,
    _mm_set1_epi32, _mm_slli_si128, _mm_srli_epi32, _mm_srli_epi64, _mm_srli_si128, _mm_sub_epi16,
    _mm_unpackhi_epi64, _mm_xor_si128,
};

/// Calls instructions of SSE2.
macro_rules! sse2 {
    ($instructions:expr) => {
        // SAFETY: they touch no memory, and their one condition, that the processor has SSE2, holds on x86-64.
        unsafe { $instructions }
    };
}

/// 128 bits: two, four, eight or sixteen lanes, lane 0 lowest.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Lanes(__m128i);

impl Lanes {
    #[inline(always)]
    pub(in crate::kernel) fn from_u64x2([lane_0, lane_1]: [u64; 2]) -> Self {
        Self(sse2!(_mm_set_epi64x(lane_1.cast_signed(), lane_0.cast_signed())))
    }

    #[inline(always)]
    pub(in crate::kernel) fn to_u64x2(self) -> [u64; 2] {
        let [low, high] =
            sse2!([_mm_cvtsi128_si64(self.0), _mm_cvtsi128_si64(_mm_unpackhi_epi64(self.0, self.0))]);
        [low.cast_unsigned(), high.cast_unsigned()]
    }

    #[inline(always)]
    pub(in crate::kernel) fn splat_i16(value: i16) -> Self {
        Self(sse2!(_mm_set1_epi16(value)))
    }

    #[inline(always)]
    pub(in crate::kernel) fn splat_u8(value: u8) -> Self {
        Self(sse2!(_mm_set1_epi8(value.cast_signed())))
    }

    #[inline(always)]
    pub(in crate::kernel) fn xor(self, other: Self) -> Self {
        Self(sse2!(_mm_xor_si128(self.0, other.0)))
    }

    /// Sums of 64-bit lanes.
    #[inline(always)]
    pub(in crate::kernel) fn add_u64(self, other: Self) -> Self {
        Self(sse2!(_mm_add_epi64(self.0, other.0)))
    }

    /// 64-bit lanes shifted towards their low end.
    #[inline(always)]
    pub(in crate::kernel) fn shift_right_u64<const BITS: i32>(self) -> Self {
        Self(sse2!(_mm_srli_epi64::<BITS>(self.0)))
    }

    /// 32-bit lanes 1 to 4 of the eight of `self` and `next`.
    #[inline(always)]
    pub(in crate::kernel) fn lanes_1_to_4(self, next: Self) -> Self {
        Self(sse2!(_mm_or_si128(_mm_srli_si128::<4>(self.0), _mm_slli_si128::<12>(next.0))))
    }

    /// 32-bit lanes 3 to 6 of the eight of `self` and `next`.
    #[inline(always)]
    pub(in crate::kernel) fn lanes_3_to_6(self, next: Self) -> Self {
        Self(sse2!(_mm_or_si128(_mm_srli_si128::<12>(self.0), _mm_slli_si128::<4>(next.0))))
    }

    /// For each pair of signed 16-bit lanes the sum of their squares, as a 32-bit lane (2³¹ wraps to −2³¹).
    #[inline(always)]
    pub(in crate::kernel) fn sum_of_squares(self) -> Self {
        Self(sse2!(_mm_madd_epi16(self.0, self.0)))
    }

    /// The high halves of the 32-bit lanes of both: of `self` in the even 16-bit lanes, of `odd` in the odd ones.
    #[inline(always)]
    pub(in crate::kernel) fn interleave_high_halves(self, odd: Self) -> Self {
        Self(sse2!(_mm_or_si128(_mm_srli_epi32::<16>(self.0), _mm_and_si128(odd.0, _mm_set1_epi32(!0xffff)))))
    }

    /// Differences of 16-bit lanes, wrapping.
    #[inline(always)]
    pub(in crate::kernel) fn subtract_i16(self, other: Self) -> Self {
        Self(sse2!(_mm_sub_epi16(self.0, other.0)))
    }

    /// The sixteen signed 16-bit lanes of both as 8-bit lanes, values out of range as −128 or 127.
    #[inline(always)]
    pub(in crate::kernel) fn saturate_to_i8(self, high: Self) -> Self {
        Self(sse2!(_mm_packs_epi16(self.0, high.0)))
    }

    /// The smaller ones of unsigned 8-bit lanes.
    #[inline(always)]
    pub(in crate::kernel) fn min_u8(self, other: Self) -> Self {
        Self(sse2!(_mm_min_epu8(self.0, other.0)))
    }

    /// Whether any unsigned 8-bit lane is at most `limit`'s.
    #[inline(always)]
    pub(in crate::kernel) fn any_u8_at_most(self, limit: Self) -> bool {
        self.which_u8_at_most(limit).signs_i8() != 0
    }

    /// 255 in each unsigned 8-bit lane that is at most `limit`'s, else 0.
    #[inline(always)]
    pub(in crate::kernel) fn which_u8_at_most(self, limit: Self) -> Self {
        Self(sse2!(_mm_cmpeq_epi8(_mm_min_epu8(self.0, limit.0), self.0)))
    }

    /// The sign bits of the 8-bit lanes, lane 0 lowest.
    #[inline(always)]
    pub(in crate::kernel) fn signs_i8(self) -> u32 {
        sse2!(_mm_movemask_epi8(self.0)).cast_unsigned()
    }
}
