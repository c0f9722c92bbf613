//! Lock, gate, GIL and queue under all schedules of a few threads (loom), and under random schedules of more (shuttle).
//!
//! Each case is written once, against a [`World`]. In a world, a thread that nobody wakes is an error: loom and shuttle
//! report a deadlock.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod cases;
mod exhaustive;
mod random;
mod world;
