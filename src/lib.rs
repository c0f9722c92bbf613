//! Dartboard estimates π live in a browser tab by throwing random points on every core.
//!
//! ```text
//!  page ── Event ──▶ coordinator ── Command ──▶ driver ── ToWorker ──▶ worker
//!   ▲                    ▲                        │                      │
//!   └──── Snapshot ──────┴───────── Event ────────┴────── FromWorker ◀───┘ kernel
//! ```
//!
//! In reading order:
//! - [`config`]: what a user chooses, each value in its range; [`run_link`]: the same as the page's address;
//! - [`coordinator`]: which batch goes where, what is lost, what is done; told events, it answers commands;
//! - [`estimate`], [`trace`]: what a tally says about π, and how that came about;
//! - [`saved_runs`]: which saved run is offered on the next visit; [`run_file`]: a run as a file to take away;
//! - [`exchange`]: what the programs of the page tell each other;
//! - [`verification`]: recounting what the workers counted; [`batch_way`]: one batch's way, step by step;
//! - [`experiments`]: what to try, and what came of it;
//! - [`darts`]: which points are drawn on the dartboard;
//! - [`benchmark`]: the same work timed sequentially, in cooperative tasks and in workers, and what follows;
//! - [`chart`], [`format`](mod@format): the geometry of charts, numbers as people read them;
//! - `driver` (browser only): real workers, timers, storage; it translates and never decides;
//! - `pages`, `components` (browser only): show a snapshot, emit events.
//!
//! What a worker computes, and the messages to and from it, are in the crate `dartboard_worker`.
//!
//! Invariants:
//! - A block's tally is a pure function of (seed, block): however a run was distributed, interrupted or resumed, its
//!   total over the same blocks is the same integer.
//! - Each block is to do, in flight at one worker, or done; a result counts once.
//! - Everything but `driver`, `pages` and `components` compiles and is tested without a browser, clock or chance.

pub mod batch_way;
pub mod benchmark;
pub mod chart;
pub mod config;
pub mod coordinator;
pub mod darts;
pub mod estimate;
pub mod exchange;
pub mod experiments;
pub mod format;
pub mod run_file;
pub mod run_link;
pub mod saved_runs;
pub mod trace;
pub mod verification;

#[cfg(target_arch = "wasm32")]
pub mod components;
#[cfg(target_arch = "wasm32")]
pub mod driver;
#[cfg(target_arch = "wasm32")]
pub mod pages;
