//! 256 bits and the few operations on them that the tree is made of, as each kind of processor does them.

#![expect(clippy::inline_always, reason = "a call in place of one instruction would cost all the speed")]

// Wasm's tests hold its instructions against it.
#[cfg(any(not(target_arch = "wasm32"), test))]
pub(super) mod portable;
#[cfg(target_arch = "wasm32")]
pub(super) mod simd128;
#[cfg(target_arch = "x86_64")]
pub(super) mod x86;

/// 256 bits: four lanes of 64, eight words of 32 or sixteen halves of 16, the first lowest. Sums wrap.
pub(super) trait Lanes: Copy {
    /// Values that are loaded before a loop and hidden from the compiler, which would rebuild them in each iteration.
    type Constants: Copy;
    /// The counter of four generators, the same in each.
    type Counter: Copy;
    /// A number of ones, perhaps in parts.
    type Ones: Copy;

    fn constants() -> Self::Constants;
    fn new(lanes: [u64; 4]) -> Self;
    fn splat_u32(word: u32) -> Self;
    fn load(bytes: &[u8; 32]) -> Self;
    fn words(self) -> [u32; 8];

    fn xor(self, other: Self) -> Self;
    fn and(self, other: Self) -> Self;
    /// Ones also where `other` has zeros.
    fn or_not(self, other: Self) -> Self;

    // Of 64-bit lanes.
    fn add(self, other: Self) -> Self;
    fn shift_right_11(self) -> Self;
    /// Each lane + 8 times itself.
    fn plus_shifted_left_3(self, constants: &Self::Constants) -> Self;
    fn rotate_left_24(self, constants: &Self::Constants) -> Self;
    fn first_counter() -> Self::Counter;
    fn next_counter(counter: Self::Counter, constants: &Self::Constants) -> Self::Counter;
    fn add_counter(self, counter: Self::Counter) -> Self;

    fn no_ones() -> Self::Ones;
    fn count_ones(self, ones: &mut Self::Ones);
    fn total(ones: Self::Ones) -> u32;

    // Of 32-bit words.
    fn add_u32(self, other: Self) -> Self;
    /// The product of the low halves plus that of the high halves, all signed; 2³¹ wraps.
    fn dot_i16(self, other: Self) -> Self;
    /// Zeros come in.
    fn shift_right_16(self) -> Self;

    /// How many words were negative, perhaps in parts; a part counts to 65,535 at least.
    type Negatives: Copy;
    /// The least of many words as unsigned numbers, perhaps in parts, and exact below 128.
    type Least: Copy;

    fn no_negatives() -> Self::Negatives;
    fn number_of(negatives: Self::Negatives) -> u32;
    fn most() -> Self::Least;
    fn is_below(least: Self::Least, limit: u32) -> bool;
    fn look(self, negatives: &mut Self::Negatives, least: &mut Self::Least);
}
