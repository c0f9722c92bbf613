//! Dartboard estimates π live in a browser tab by throwing random points on every core.
pub mod chart;
pub mod config;
pub mod coordinator;
pub mod estimate;
pub mod format;
pub mod run_link;
pub mod saved_runs;
pub mod trace;

#[cfg(target_arch = "wasm32")]
pub mod components;
#[cfg(target_arch = "wasm32")]
pub mod driver;
#[cfg(target_arch = "wasm32")]
pub mod pages;
