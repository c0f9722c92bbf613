//! Dartboard estimates π live in a browser tab by throwing random points on every core.
pub mod chart;
pub mod config;
pub mod coordinator;
pub mod estimate;
pub mod format;
pub mod run_link;
pub mod trace;
