//! Runs shared by many devices, in simulated worlds in which everything goes wrong that can: whatever is lost, comes twice
//! or late, whoever dies or lies, no block is counted twice, and the total is that of the bare kernel.
//!
//! `DARTBOARD_WORLDS` sets how many worlds and damaged logs there are (10,000 and 12,000), `DARTBOARD_WORLD` replays one by its
//! seed, told step by step (with `--nocapture`).

#![allow(clippy::cast_possible_truncation, reason = "simulated runs are short")]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use shared::{number, stand_in};

mod damaged;
mod log;
mod long;
mod plain;
#[path = "../shared.rs"]
mod shared;
mod world;

/// Lives through the seeds 0 to `DARTBOARD_WORLDS`, or `worlds`, on all cores, and says which one failed.
fn live_all<T: Send>(worlds: u64, live: impl Fn(u64) -> T + Sync) -> Vec<T> {
    if let Some(seed) = number("DARTBOARD_WORLD") {
        return vec![live(seed)];
    }
    let worlds = number("DARTBOARD_WORLDS").unwrap_or(worlds);
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let lived = |seed| match catch_unwind(AssertUnwindSafe(|| live(seed))) {
        Ok(outcome) => outcome,
        Err(cause) => {
            println!("world {seed} failed; replay it alone with DARTBOARD_WORLD={seed}");
            resume_unwind(cause);
        }
    };
    thread::scope(|scope| {
        let lived = &lived;
        let running: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || (thread..worlds).step_by(threads as usize).map(lived).collect::<Vec<_>>())
            })
            .collect();
        running.into_iter().flat_map(|thread| thread.join().expect("a world failed")).collect()
    })
}
