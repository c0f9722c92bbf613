//! A run: what a user can set in it, what is stored of it, and what its tally says about π.
//!
//! In reading order:
//! - [`config`]: what a user chooses, each value in its range;
//! - [`estimate`], [`trace`]: what a tally says about π, and how that came about; [`convergence`]: the chart of it;
//! - [`darts`]: which points are drawn on the dartboard; [`first_darts`]: how the first ones are shown;
//! - [`checkpoint`]: a run as text; [`saved_runs`]: which ones a browser keeps and offers, [`stored_names`]: under which
//!   names; [`mod@file`]: a run as a file.

pub mod checkpoint;
pub mod config;
pub mod convergence;
pub mod darts;
pub mod estimate;
pub mod file;
pub mod first_darts;
pub mod saved_runs;
pub mod stored_names;
pub mod trace;
