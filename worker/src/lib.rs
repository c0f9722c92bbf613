//! What a Web Worker of Dartboard computes and says; the page links it too.
//!
//! In reading order:
//! - [`tally`]: seed, block range, tally;
//! - [`stream`]: the random words of one block;
//! - [`kernel`]: (seed, blocks) → tally;
//! - [`protocol`]: the messages between page and worker;
//! - [`decimal`]: whole numbers as text;
//! - [`build`]: which build a worker is of.
//!
//! Nothing here touches the browser: the binary beside it (`main.rs`) does.

#[cfg(all(target_arch = "wasm32", not(target_feature = "simd128")))]
compile_error!(
    "the kernel needs wasm SIMD: a RUSTFLAGS variable has replaced the flags of .cargo/config.toml; unset it"
);

pub mod build;
pub mod decimal;
pub mod kernel;
pub mod protocol;
pub mod stream;
pub mod tally;
