//! The lecture's lessons at the foot of the run's page, and the experiment that a run is set up for.

mod experiment;
mod follow_one_batch;

pub use experiment::{ExperimentPanel, view_experiments};
pub use follow_one_batch::FollowBatch;
