//! The page of Dartboard: it shows what `dartboard_core` decides and carries it out with real workers.
//!
//! - [`browser`]: what is asked of the browser, each thing in a file;
//! - [`driver`]: runs a session on real workers, timers, storage and locks;
//! - [`run`]: the page of a run; [`lecture`]: what to try with it;
//! - [`benchmark`]: the page of the benchmark, a program of its own;
//! - [`qr`]: the page of a QR code, likewise; [`hall`]: that of a class;
//! - [`ui`]: parts that pages share.

pub mod benchmark;
pub mod browser;
pub mod driver;
pub mod hall;
pub mod lecture;
pub mod qr;
pub mod run;
pub mod ui;
