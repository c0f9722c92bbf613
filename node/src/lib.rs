//! Dartboard on the command line, without a browser.
//!
//! In reading order:
//! - [`crew`]: a coordinator with threads for its workers, which counts a run, or one range of blocks after another;
//! - [`count`]: the command `count`, which counts the run that a link names, alone.
//!
//! A further command is a module here, and a variant of `Command` in `main.rs`.
//!
//! Invariants: what decides is in `dartboard_core`; what is counted is the same as on the page, to the last point.

pub mod count;
pub mod crew;
