//! What to try with a run, and what came of it.
//!
//! - [`experiments`]: what to predict, and what then came;
//! - [`journey`]: the way of one batch, step by step.

pub mod experiments;
pub mod journey;
