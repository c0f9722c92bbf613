//! What to try with a run.

mod experiment;
mod journey;

pub use experiment::{ExperimentPanel, view_experiments};
pub use journey::FollowBatch;
