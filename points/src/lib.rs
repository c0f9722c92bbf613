//! What is counted, and the messages between those who count and those who give out the work.
//!
//! In reading order:
//! - [`tally`]: seed, block range, tally;
//! - [`stream`]: the random words of one block;
//! - [`kernel`]: (seed, blocks) → tally;
//! - [`gpu`]: the same on a GPU: its program, and what an executor must know;
//! - [`query`]: the form in which messages are sent, and its reader;
//! - [`protocol`]: the messages between page and worker;
//! - [`decimal`]: whole numbers as text;
//! - [`build`]: which build a worker is of.
//!
//! Nothing here touches a browser, a clock or randomness: the programs in `worker/` do.

#[cfg(all(target_arch = "wasm32", not(target_feature = "simd128")))]
compile_error!(
    "the kernel needs wasm SIMD: a RUSTFLAGS variable has replaced the flags of .cargo/config.toml; unset it"
);

pub mod build;
pub mod decimal;
pub mod gpu;
pub mod kernel;
pub mod protocol;
pub mod query;
pub mod stream;
pub mod tally;
