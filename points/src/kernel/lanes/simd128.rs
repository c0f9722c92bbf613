//! One wasm SIMD instruction an operation.
#![expect(clippy::inline_always, reason = "a call in place of one instruction would cost all the speed")]

use core::arch::wasm32::{
    i8x16_all_true, i8x16_bitmask, i8x16_narrow_i16x8, i16x8_shuffle, i16x8_splat, i16x8_sub,
    i32x4_dot_i16x8, i32x4_shuffle, i64x2_add, u8x16_ge, u8x16_min, u8x16_splat, u8x16_sub_sat, u32x4_shr,
    u64x2, u64x2_extract_lane, u64x2_shr, v128, v128_xor,
};

/// 128 bits: two, four, eight or sixteen lanes, lane 0 lowest.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Lanes(v128);

impl Lanes {
    #[inline(always)]
    pub(in crate::kernel) fn from_u64x2(lanes: [u64; 2]) -> Self {
        Self(u64x2(lanes[0], lanes[1]))
    }

    #[inline(always)]
    pub(in crate::kernel) fn to_u64x2(self) -> [u64; 2] {
        [u64x2_extract_lane::<0>(self.0), u64x2_extract_lane::<1>(self.0)]
    }

    #[inline(always)]
    pub(in crate::kernel) fn splat_i16(value: i16) -> Self {
        Self(i16x8_splat(value))
    }

    #[inline(always)]
    pub(in crate::kernel) fn splat_u8(value: u8) -> Self {
        Self(u8x16_splat(value))
    }

    #[inline(always)]
    pub(in crate::kernel) fn xor(self, other: Self) -> Self {
        Self(v128_xor(self.0, other.0))
    }

    /// Sums of 64-bit lanes.
    #[inline(always)]
    pub(in crate::kernel) fn add_u64(self, other: Self) -> Self {
        Self(i64x2_add(self.0, other.0))
    }

    /// 64-bit lanes shifted towards their low end.
    #[inline(always)]
    pub(in crate::kernel) fn shift_right_u64<const BITS: i32>(self) -> Self {
        Self(u64x2_shr(self.0, BITS.cast_unsigned()))
    }

    /// 32-bit lanes 1 to 4 of the eight of `self` and `next`.
    #[inline(always)]
    pub(in crate::kernel) fn lanes_1_to_4(self, next: Self) -> Self {
        Self(i32x4_shuffle::<1, 2, 3, 4>(self.0, next.0))
    }

    /// 32-bit lanes 3 to 6 of the eight of `self` and `next`.
    #[inline(always)]
    pub(in crate::kernel) fn lanes_3_to_6(self, next: Self) -> Self {
        Self(i32x4_shuffle::<3, 4, 5, 6>(self.0, next.0))
    }

    /// For each pair of signed 16-bit lanes the sum of their squares, as a 32-bit lane (2³¹ wraps to −2³¹).
    #[inline(always)]
    pub(in crate::kernel) fn sum_of_squares(self) -> Self {
        Self(i32x4_dot_i16x8(self.0, self.0))
    }

    /// The high halves of the 32-bit lanes of both: of `self` in the even 16-bit lanes, of `odd` in the odd ones.
    #[inline(always)]
    pub(in crate::kernel) fn interleave_high_halves(self, odd: Self) -> Self {
        Self(i16x8_shuffle::<0, 9, 2, 11, 4, 13, 6, 15>(u32x4_shr(self.0, 16), odd.0))
    }

    /// Differences of 16-bit lanes, wrapping.
    #[inline(always)]
    pub(in crate::kernel) fn subtract_i16(self, other: Self) -> Self {
        Self(i16x8_sub(self.0, other.0))
    }

    /// The sixteen signed 16-bit lanes of both as 8-bit lanes, values out of range as −128 or 127.
    #[inline(always)]
    pub(in crate::kernel) fn saturate_to_i8(self, high: Self) -> Self {
        Self(i8x16_narrow_i16x8(self.0, high.0))
    }

    /// The smaller ones of unsigned 8-bit lanes.
    #[inline(always)]
    pub(in crate::kernel) fn min_u8(self, other: Self) -> Self {
        Self(u8x16_min(self.0, other.0))
    }

    /// Whether any unsigned 8-bit lane is at most `limit`'s.
    #[inline(always)]
    pub(in crate::kernel) fn any_u8_at_most(self, limit: Self) -> bool {
        !i8x16_all_true(u8x16_sub_sat(self.0, limit.0))
    }

    /// 255 in each unsigned 8-bit lane that is at most `limit`'s, else 0.
    #[inline(always)]
    pub(in crate::kernel) fn which_u8_at_most(self, limit: Self) -> Self {
        Self(u8x16_ge(limit.0, self.0))
    }

    /// The sign bits of the 8-bit lanes, lane 0 lowest.
    #[inline(always)]
    pub(in crate::kernel) fn signs_i8(self) -> u32 {
        u32::from(i8x16_bitmask(self.0))
    }
}
