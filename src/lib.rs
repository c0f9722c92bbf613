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
//! - [`saved_runs`]: which saved run is offered on the next visit;
//! - [`darts`]: which points are drawn on the dartboard;
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

pub mod chart;
pub mod config;
pub mod coordinator;
pub mod darts;
pub mod estimate;
pub mod format;
pub mod run_link;
pub mod saved_runs;
pub mod trace;

#[cfg(target_arch = "wasm32")]
pub mod components;
#[cfg(target_arch = "wasm32")]
pub mod driver;
#[cfg(target_arch = "wasm32")]
pub mod pages;
