//! The operations in plain Rust.
#![expect(clippy::inline_always, reason = "only side by side do they become vector instructions")]
#![expect(clippy::cast_sign_loss, reason = "lanes wrap")]

use std::array::from_fn;

/// 128 bits: two, four, eight or sixteen lanes, lane 0 lowest.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Lanes([u8; 16]);

macro_rules! views {
    ($($of:ident $to:ident $type:ty, $lanes:literal, $bytes:literal;)*) => {$(
        #[inline(always)]
        fn $of(lanes: [$type; $lanes]) -> Self {
            Self(from_fn(|byte| lanes[byte / $bytes].to_le_bytes()[byte % $bytes]))
        }

        #[inline(always)]
        fn $to(self) -> [$type; $lanes] {
            from_fn(|lane| <$type>::from_le_bytes(from_fn(|byte| self.0[$bytes * lane + byte])))
        }
    )*};
}

impl Lanes {
    views! {
        from_i16 to_i16 i16, 8, 2;
        from_u32 to_u32 u32, 4, 4;
        from_u64 to_u64 u64, 2, 8;
    }

    #[inline(always)]
    pub(in crate::kernel) fn from_u64x2(lanes: [u64; 2]) -> Self {
        Self::from_u64(lanes)
    }

    #[inline(always)]
    pub(in crate::kernel) fn to_u64x2(self) -> [u64; 2] {
        self.to_u64()
    }

    #[inline(always)]
    pub(in crate::kernel) fn splat_i16(value: i16) -> Self {
        Self::from_i16([value; 8])
    }

    #[inline(always)]
    pub(in crate::kernel) fn splat_u8(value: u8) -> Self {
        Self([value; 16])
    }

    #[inline(always)]
    pub(in crate::kernel) fn xor(self, other: Self) -> Self {
        Self(from_fn(|byte| self.0[byte] ^ other.0[byte]))
    }

    /// Sums of 64-bit lanes.
    #[inline(always)]
    pub(in crate::kernel) fn add_u64(self, other: Self) -> Self {
        let (a, b) = (self.to_u64(), other.to_u64());
        Self::from_u64(from_fn(|lane| a[lane].wrapping_add(b[lane])))
    }

    /// 64-bit lanes shifted towards their low end.
    #[inline(always)]
    pub(in crate::kernel) fn shift_right_u64<const BITS: u32>(self) -> Self {
        Self::from_u64(self.to_u64().map(|lane| lane >> BITS))
    }

    /// 32-bit lanes 1 to 4 of the eight of `self` and `next`.
    #[inline(always)]
    pub(in crate::kernel) fn lanes_1_to_4(self, next: Self) -> Self {
        let (a, b) = (self.to_u32(), next.to_u32());
        Self::from_u32([a[1], a[2], a[3], b[0]])
    }

    /// 32-bit lanes 3 to 6 of the eight of `self` and `next`.
    #[inline(always)]
    pub(in crate::kernel) fn lanes_3_to_6(self, next: Self) -> Self {
        let (a, b) = (self.to_u32(), next.to_u32());
        Self::from_u32([a[3], b[0], b[1], b[2]])
    }

    /// For each pair of signed 16-bit lanes the sum of their squares, as a 32-bit lane (2³¹ wraps to −2³¹).
    #[inline(always)]
    pub(in crate::kernel) fn sum_of_squares(self) -> Self {
        let lanes = self.to_i16().map(i32::from);
        let square = |lane: usize| lanes[lane] * lanes[lane];
        Self::from_u32(from_fn(|pair| square(2 * pair).wrapping_add(square(2 * pair + 1)) as u32))
    }

    /// The high halves of the 32-bit lanes of both: of `self` in the even 16-bit lanes, of `odd` in the odd ones.
    #[inline(always)]
    pub(in crate::kernel) fn interleave_high_halves(self, odd: Self) -> Self {
        let (even, odd) = (self.to_u32(), odd.to_u32());
        Self::from_u32(from_fn(|lane| (even[lane] >> 16) | (odd[lane] & 0xffff_0000)))
    }

    /// Differences of 16-bit lanes, wrapping.
    #[inline(always)]
    pub(in crate::kernel) fn subtract_i16(self, other: Self) -> Self {
        let (a, b) = (self.to_i16(), other.to_i16());
        Self::from_i16(from_fn(|lane| a[lane].wrapping_sub(b[lane])))
    }

    /// The sixteen signed 16-bit lanes of both as 8-bit lanes, values out of range as −128 or 127.
    #[inline(always)]
    pub(in crate::kernel) fn saturate_to_i8(self, high: Self) -> Self {
        let (low, high) = (self.to_i16(), high.to_i16());
        let narrow = |value: i16| i16::clamp(value, -128, 127).to_le_bytes()[0];
        Self(from_fn(|lane| narrow(if lane < 8 { low[lane] } else { high[lane - 8] })))
    }

    /// The smaller ones of unsigned 8-bit lanes.
    #[inline(always)]
    pub(in crate::kernel) fn min_u8(self, other: Self) -> Self {
        Self(from_fn(|lane| self.0[lane].min(other.0[lane])))
    }

    /// Whether any unsigned 8-bit lane is at most `limit`'s.
    #[inline(always)]
    pub(in crate::kernel) fn any_u8_at_most(self, limit: Self) -> bool {
        self.which_u8_at_most(limit).signs_i8() != 0
    }

    /// 255 in each unsigned 8-bit lane that is at most `limit`'s, else 0.
    #[inline(always)]
    pub(in crate::kernel) fn which_u8_at_most(self, limit: Self) -> Self {
        Self(from_fn(|lane| if self.0[lane] <= limit.0[lane] { 255 } else { 0 }))
    }

    /// The sign bits of the 8-bit lanes, lane 0 lowest.
    #[inline(always)]
    pub(in crate::kernel) fn signs_i8(self) -> u32 {
        (0..16).map(|lane| u32::from(self.0[lane] >> 7) << lane).sum()
    }
}
