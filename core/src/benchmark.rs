//! The benchmark: the same work timed in one loop, in threads with a GIL and in workers, and what follows from it.
//!
//! In reading order:
//! - [`condition`]: what is timed, and one measured sample of it;
//! - [`plan`]: what a user chooses, each value in its range; the presets;
//! - [`schedule`]: a plan's conditions in random order, and how long they will take;
//! - [`runner`]: how much work each sample gets, which comes next, which is repeated; told events, it answers commands;
//! - [`statistics`], [`results`], [`conclusion`]: medians and their uncertainty, speed-up, and what the data says;
//! - [`environment`]: where it was measured;
//! - [`export`], [`document`]: CSV, Markdown, and JSON that another page can load;
//! - [`figure`]: the charts; [`segments`]: a bar for each condition, with the start of its workers or threads as a separate segment.
//!
//! The page's stopwatch (`src/benchmark/stopwatch.rs`) carries out what the runner commands.

pub mod conclusion;
pub mod condition;
pub mod document;
pub mod environment;
pub mod export;
pub mod figure;
pub mod plan;
pub mod results;
pub mod runner;
pub mod schedule;
pub mod segments;
pub mod statistics;
