//! The page of Dartboard: it shows what `dartboard_core` decides and carries it out with real workers.
//!
//! - [`browser`]: what is asked of the browser, each thing in a file;
//! - [`driver`]: runs a session on real workers, timers, storage and locks;
//! - [`run`]: the page of a run; [`lecture`]: the lecture's index and lessons;
//! - [`benchmark`]: the page of the benchmark;
//! - [`qr`]: the page of a QR code; [`hall`]: that of a class; each of these but [`run`] is a separate program;
//! - [`ui`]: parts that pages share.

pub mod benchmark;
pub mod browser;
pub mod driver;
pub mod hall;
pub mod lecture;
pub mod qr;
pub mod run;
pub mod ui;
