//! Dartboard estimates π live in a browser tab by throwing random points on every core.

pub mod config;
pub mod coordinator;
