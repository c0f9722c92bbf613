//! A vector of 128 bits and the few operations on it that the wide kernel is made of.
//!
//! With wasm they are one instruction each; elsewhere plain code that compilers turn into such instructions,
//! so that the same algorithm runs, and is tested, natively.

#[cfg(not(target_arch = "wasm32"))]
mod portable;
#[cfg(target_arch = "wasm32")]
mod simd128;

#[cfg(not(target_arch = "wasm32"))]
pub(super) use portable::Lanes;
#[cfg(target_arch = "wasm32")]
pub(super) use simd128::Lanes;
