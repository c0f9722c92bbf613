//! The coordinator in simulated worlds in which everything goes wrong that can: whatever dies, the run ends
//! with the tally of an undisturbed one.
//!
//! `DARTBOARD_WORLDS` sets how many worlds are lived through (12,000), `DARTBOARD_WORLD` replays one by its seed,
//! told step by step (with `--nocapture`); `DARTBOARD_GPU_WORLD` does so with one that has a GPU.

#![allow(clippy::cast_possible_truncation, reason = "simulated runs are short")]

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use dartboard_points::kernel;

use outcome::{ALL_TROUBLES, GPU_TROUBLES, Outcome};
use shared::{number, stand_in};
use world::World;

mod gpu;
mod long;
mod model;
mod outcome;
mod shared;
mod worker;
mod world;

/// The build id of page and workers.
const BUILD: &str = "simulated";

/// Lives through the worlds of `seeds`, and says which one failed.
fn live(seeds: impl Iterator<Item = u64>, world: fn(u64) -> World) -> Outcome {
    let mut sum = Outcome::default();
    for seed in seeds {
        match catch_unwind(AssertUnwindSafe(|| world(seed).live())) {
            Ok(outcome) => sum.add(outcome),
            Err(cause) => {
                println!(
                    "world {seed} failed; replay it alone with DARTBOARD_WORLD={seed}, or DARTBOARD_GPU_WORLD={seed}"
                );
                resume_unwind(cause);
            }
        }
    }
    sum
}

#[test]
fn every_world_ends_with_the_undisturbed_tally() {
    if let Some(seed) = number("DARTBOARD_WORLD") {
        println!("{:?}", World::new(seed, stand_in).told().live());
        return;
    }
    let worlds = number("DARTBOARD_WORLDS").unwrap_or(12_000);
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let sum = thread::scope(|scope| {
        let live = |thread| {
            scope.spawn(move || {
                live((thread..worlds).step_by(threads as usize), |seed| World::new(seed, stand_in))
            })
        };
        let running: Vec<_> = (0..threads).map(live).collect();
        let mut sum = Outcome::default();
        for thread in running {
            sum.add(thread.join().expect("a world failed"));
        }
        sum
    });
    println!("{worlds} worlds: {sum:#?}");
    if worlds >= 2_000 {
        let missing: Vec<_> =
            ALL_TROUBLES.iter().filter(|trouble| !sum.troubles.contains_key(*trouble)).collect();
        assert!(missing.is_empty(), "no world was troubled by {missing:?}");
    }
}

#[test]
fn worlds_with_the_real_kernel_end_with_the_undisturbed_tally() {
    let worlds = number("DARTBOARD_WORLDS").map_or(50, |worlds| worlds.min(50));
    live(1_000_000..1_000_000 + worlds, |seed| World::new(seed, kernel::tally).short());
}

// Fails with: a block lost or counted twice with a GPU that goes wrong in any way, or a run that it keeps from its end.
#[test]
fn worlds_with_a_gpu_end_with_the_undisturbed_tally() {
    if let Some(seed) = number("DARTBOARD_GPU_WORLD") {
        println!("{:?}", World::new(seed, stand_in).with_gpu().told().live());
        return;
    }
    let worlds = number("DARTBOARD_WORLDS").unwrap_or(12_000) / 2;
    let with_gpu = |seed| World::new(seed, stand_in).with_gpu();
    let sum = live(3_000_000..3_000_000 + worlds, with_gpu);
    println!("{worlds} worlds with a GPU: {sum:#?}");
    if worlds >= 1_000 {
        let missing: Vec<_> =
            GPU_TROUBLES.iter().filter(|trouble| !sum.troubles.contains_key(*trouble)).collect();
        assert!(missing.is_empty(), "no world was troubled by {missing:?}");
    }
}

// Fails with: blocks outside of the range that are counted, or a checkpoint that holds them.
#[test]
fn worlds_over_a_range_end_with_the_undisturbed_tally_of_its_blocks() {
    let worlds = number("DARTBOARD_WORLDS").unwrap_or(12_000) / 12;
    let over_a_range = |seed| World::new(seed, stand_in).short().over_a_range();
    let sum = live(2_000_000..2_000_000 + worlds, over_a_range);
    println!("{worlds} worlds over a range: {sum:?}");
}
