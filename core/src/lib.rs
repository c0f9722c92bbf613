//! What Dartboard decides: plain Rust without a browser, a clock or randomness, which are passed in.
//!
//! ```text
//!  page ───────── Event ────────▶ session ── Event ──▶ coordinator
//!   ▲                              ▲   │                    │
//!   │                              │   │ ◀──── Command ─────┘
//!   │                         Event│   │Command
//!   │                              │   ▼
//!   └──────────── View ◀────────── driver ── ToWorker ──▶ worker ── blocks ──▶ kernel
//!                                   ▲                       │ ◀──── tally ───────┘
//!                                   └────── FromWorker ─────┘
//! ```
//!
//! `cargo run --release -p dartboard-core --example coordinator` shows a run without a page. In reading order:
//! - [`run`]: what a user can set in a run, what is stored of it, and what its tally says about π;
//! - [`field`]: how a text that a user types is read, and the sentence that refuses it;
//! - [`coordinator`]: which batch goes where, what is lost, what is done; told events, it answers commands;
//! - [`session`]: the app above the coordinator: address, offers of saved runs, what may be dropped without asking;
//! - [`supervision`]: what a worker says, and whether it belongs to this page;
//! - [`recount`]: counting again what workers counted;
//! - [`hall`]: a run shared by many devices: its log, its desk, its members, and what they say to each other;
//! - [`lecture`]: its lessons, its experiments with a run, and its words;
//! - [`address`]: the pages, and which page, run and experiment an address names;
//! - [`qr_code`]: an address as a QR code;
//! - [`benchmark`]: the same work timed in one loop, in threads with a GIL and in workers, and what follows;
//! - [`spoken`]: what screen readers are told, and how often;
//! - [`chart`], [`text`], [`time`]: the parts of charts and the one writer of SVG, numbers as people read them, points in time.
//!
//! What a worker computes, and the messages to and from it, are in the crate `dartboard_points`; the page that shows all
//! this is in `dartboard`.
//!
//! Invariants:
//! - A block's tally is a pure function of (seed, block): however a run was distributed, interrupted or resumed, its
//!   total over the same blocks is the same integer.
//! - Each block is to do, in flight at one worker, or done; a result counts once.

pub mod address;
pub mod benchmark;
pub mod chart;
pub mod coordinator;
pub mod field;
pub mod hall;
pub mod lecture;
pub mod qr_code;
pub mod recount;
pub mod run;
pub mod session;
pub mod spoken;
pub mod supervision;
pub mod text;
pub mod time;
