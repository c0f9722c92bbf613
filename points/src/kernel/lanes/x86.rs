//! x86-64 with AVX2, or with AVX-512's instructions on the same 256 bits.

use core::arch::x86_64::{
    __m256i, _mm256_add_epi8, _mm256_add_epi32, _mm256_add_epi64, _mm256_and_si256, _mm256_andnot_si256,
    _mm256_cmpeq_epi32, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_min_epu32, _mm256_movemask_epi8,
    _mm256_or_si256, _mm256_popcnt_epi64, _mm256_rol_epi64, _mm256_sad_epu8, _mm256_set1_epi8,
    _mm256_set1_epi32, _mm256_set1_epi64x, _mm256_setr_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8,
    _mm256_slli_epi64, _mm256_srli_epi16, _mm256_srli_epi32, _mm256_srli_epi64, _mm256_xor_si256,
};
use std::mem::transmute;

use super::Lanes;
use crate::kernel::tree;
use crate::tally::{BlockRange, Seed, Tally};

/// With AVX-512's `vprolq` and `vpopcntq` if so.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct X86<const AVX512: bool>(__m256i);

pub(in crate::kernel) type Avx2 = X86<false>;
pub(in crate::kernel) type Avx512 = X86<true>;

pub(in crate::kernel) fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi2") && is_x86_feature_detected!("popcnt")
}

pub(in crate::kernel) fn has_avx512() -> bool {
    has_avx2()
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vpopcntdq")
}

/// By AVX2, where the processor has it.
pub(in crate::kernel) fn tally_avx2(seed: Seed, blocks: BlockRange) -> Option<Tally> {
    #[target_feature(enable = "avx2,bmi2,popcnt")]
    fn tally(seed: Seed, blocks: BlockRange) -> Tally {
        tree::tally_by::<Avx2>(seed, blocks)
    }
    // SAFETY: the processor has the features.
    has_avx2().then(|| unsafe { tally(seed, blocks) })
}

/// By AVX-512, where the processor has it.
pub(in crate::kernel) fn tally_avx512(seed: Seed, blocks: BlockRange) -> Option<Tally> {
    #[target_feature(enable = "avx2,bmi2,popcnt,avx512f,avx512vl,avx512vpopcntdq")]
    fn tally(seed: Seed, blocks: BlockRange) -> Tally {
        tree::tally_by::<Avx512>(seed, blocks)
    }
    // SAFETY: the processor has the features.
    has_avx512().then(|| unsafe { tally(seed, blocks) })
}

/// An operation is one instruction. It is safe where the two functions above call it, after their checks; tests check
/// likewise.
macro_rules! instructions {
    ($($name:ident($($other:ident)?) = $instruction:expr;)*) => { $(
        #[inline(always)]
        fn $name(self $(, $other: Self)?) -> Self {
            // SAFETY: this type is used where the processor has the instruction.
            Self(unsafe { $instruction(self.0 $(, $other.0)?) })
        }
    )* };
}

impl<const AVX512: bool> Lanes for X86<AVX512> {
    type Constants = ();
    type Counter = __m256i;
    type Ones = __m256i;
    type Negatives = Self;
    type Least = Self;

    fn constants() {}

    #[inline(always)]
    fn new(lanes: [u64; 4]) -> Self {
        // SAFETY: both are 32 bytes of which any will do.
        Self(unsafe { transmute::<[u64; 4], __m256i>(lanes) })
    }

    #[inline(always)]
    fn splat_u32(word: u32) -> Self {
        // SAFETY: as in `instructions`.
        Self(unsafe { _mm256_set1_epi32(word.cast_signed()) })
    }

    #[inline(always)]
    fn load(bytes: &[u8; 32]) -> Self {
        // SAFETY: 32 bytes, which may lie anywhere; else as in `instructions`.
        Self(unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) })
    }

    #[inline(always)]
    fn words(self) -> [u32; 8] {
        // SAFETY: both are 32 bytes of which any will do.
        unsafe { transmute::<__m256i, [u32; 8]>(self.0) }
    }

    instructions! {
        xor(other) = _mm256_xor_si256;
        and(other) = _mm256_and_si256;
        or_not(other) = |a, b| _mm256_or_si256(a, _mm256_andnot_si256(b, _mm256_set1_epi8(-1)));
        add(other) = _mm256_add_epi64;
        shift_right_11() = _mm256_srli_epi64::<11>;
        add_u32(other) = _mm256_add_epi32;
        dot_i16(other) = _mm256_madd_epi16;
        shift_right_16() = _mm256_srli_epi32::<16>;
    }

    #[inline(always)]
    fn plus_shifted_left_3(self, (): &()) -> Self {
        // SAFETY: as in `instructions`.
        Self(unsafe { _mm256_add_epi64(self.0, _mm256_slli_epi64::<3>(self.0)) })
    }

    #[inline(always)]
    fn rotate_left_24(self, (): &()) -> Self {
        // SAFETY: as in `instructions`; AVX-512's only where that is there.
        Self(unsafe {
            if AVX512 {
                _mm256_rol_epi64::<24>(self.0)
            } else {
                let bytes_rotated_by_3 = _mm256_setr_epi8(
                    5, 6, 7, 0, 1, 2, 3, 4, 13, 14, 15, 8, 9, 10, 11, 12, 5, 6, 7, 0, 1, 2, 3, 4, 13, 14, 15,
                    8, 9, 10, 11, 12,
                );
                _mm256_shuffle_epi8(self.0, bytes_rotated_by_3)
            }
        })
    }

    #[inline(always)]
    fn first_counter() -> __m256i {
        // SAFETY: as in `instructions`.
        unsafe { _mm256_set1_epi64x(1) }
    }

    #[inline(always)]
    fn next_counter(counter: __m256i, (): &()) -> __m256i {
        // SAFETY: as in `instructions`.
        unsafe { _mm256_add_epi64(counter, _mm256_set1_epi64x(1)) }
    }

    #[inline(always)]
    fn add_counter(self, counter: __m256i) -> Self {
        self.add(Self(counter))
    }

    #[inline(always)]
    fn no_ones() -> __m256i {
        // SAFETY: as in `instructions`.
        unsafe { _mm256_setzero_si256() }
    }

    /// Without `vpopcntq`, each four bits are looked up (W. Muła, N. Kurz, D. Lemire, "Faster population counts using
    /// AVX2 instructions", 2018).
    #[inline(always)]
    fn count_ones(self, ones: &mut __m256i) {
        // SAFETY: as in `instructions`; AVX-512's only where that is there.
        unsafe {
            let of_lanes = if AVX512 {
                _mm256_popcnt_epi64(self.0)
            } else {
                let of_four_bits = _mm256_setr_epi8(
                    0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3,
                    3, 4,
                );
                let four_bits = _mm256_set1_epi8(15);
                let low = _mm256_shuffle_epi8(of_four_bits, _mm256_and_si256(self.0, four_bits));
                let high = _mm256_and_si256(_mm256_srli_epi16::<4>(self.0), four_bits);
                let of_bytes = _mm256_add_epi8(low, _mm256_shuffle_epi8(of_four_bits, high));
                _mm256_sad_epu8(of_bytes, _mm256_setzero_si256())
            };
            *ones = _mm256_add_epi64(*ones, of_lanes);
        }
    }

    #[inline(always)]
    fn total(ones: __m256i) -> u32 {
        // Each lane's number is in its low word.
        Self(ones).words().into_iter().sum()
    }

    #[inline(always)]
    fn no_negatives() -> Self {
        Self::new([0; 4])
    }

    #[inline(always)]
    fn number_of(negatives: Self) -> u32 {
        negatives.words().into_iter().sum()
    }

    #[inline(always)]
    fn most() -> Self {
        Self::new([u64::MAX; 4])
    }

    /// A word is below the limit if the lesser of it and the highest number below is itself.
    #[inline(always)]
    fn is_below(least: Self, limit: u32) -> bool {
        // SAFETY: as in `instructions`.
        unsafe {
            let lesser = _mm256_min_epu32(least.0, Self::splat_u32(limit - 1).0);
            _mm256_movemask_epi8(_mm256_cmpeq_epi32(lesser, least.0)) != 0
        }
    }

    #[inline(always)]
    fn look(self, negatives: &mut Self, least: &mut Self) {
        // SAFETY: as in `instructions`.
        unsafe {
            negatives.0 = _mm256_add_epi32(negatives.0, _mm256_srli_epi32::<31>(self.0));
            least.0 = _mm256_min_epu32(least.0, self.0);
        }
    }
}
