//! Dartboard on the command line, without a browser.
//!
//! In reading order:
//! - [`crew`]: a coordinator with threads for its workers, which counts a run, or one range of blocks after another;
//! - [`gpu`]: a GPU that counts beside the threads or instead of them;
//! - [`count`]: the command `count`, which counts the run that a link names, alone;
//! - `broker`, `clock`, `counter`: the connection to a nats-server and a run's log there, the time, and leases counted one by one;
//! - [`desk`], [`node`], [`audit`]: the commands for a run that many computers share;
//! - [`hall`]: the command for a class, whose devices count one run in their browsers.
//!
//! A further command is a module here, and a variant of `Command` in `main.rs`.
//!
//! Invariants: what decides is in `dartboard_core`; what is counted is the same as on the page, to the last point.

pub mod audit;
mod broker;
mod clock;
pub mod count;
mod counter;
pub mod crew;
pub mod desk;
pub mod gpu;
pub mod hall;
pub mod node;
mod shared;
