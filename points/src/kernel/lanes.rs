//! A vector of 128 bits and the few operations on it that the wide kernel is made of.
//!
//! With wasm and on x86-64 they are instructions; the algorithm over them is the same, so that native tests try it too.

#[cfg(target_arch = "wasm32")]
mod simd128;
#[cfg(target_arch = "x86_64")]
mod sse2;

#[cfg(target_arch = "wasm32")]
pub(super) use simd128::Lanes;
#[cfg(target_arch = "x86_64")]
pub(super) use sse2::Lanes;
