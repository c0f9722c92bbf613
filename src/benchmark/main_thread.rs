//! Counting on the main thread.

use dartboard_points::kernel::Kernel;
use dartboard_points::tally::{BlockRange, Seed, Tally};
use js_sys::Promise;
use js_sys::futures::JsFuture;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::browser::scripts;
use crate::driver::{Program, script_url};

/// Counts on this thread with `kernel`, which must be [`load`]ed. All callers use this one function, so that the browser
/// optimises it once it is warm.
#[inline(never)]
pub(super) fn count(kernel: Kernel, seed: Seed, first: u64, end: u64) -> Tally {
    kernel.count(seed, blocks(first, end), count_by_math_random)
}

fn blocks(first: u64, end: u64) -> BlockRange {
    // Callers count from 0 to a positive number of blocks; a range of one block is the nearest to a mistake.
    BlockRange::new(first, end.max(first + 1))
        .unwrap_or_else(|_| unreachable!("blocks from {first} to {end}"))
}

/// Loads what this thread needs to count by `kernel`: the loop in JavaScript is in a script of the workers.
///
/// # Errors
/// When that script does not arrive.
pub(super) async fn load(kernel: Kernel) -> Result<(), String> {
    const NAME: &str = "count_by_math_random";
    if kernel != Kernel::MathRandom || scripts::has(NAME) {
        return Ok(());
    }
    let address = script_url(Program::Worker).unwrap_or_default();
    // Whether it worked shows in what is there afterwards.
    let _ = JsFuture::from(Promise::new(&mut |done, _| scripts::run(&address, &done))).await;
    if scripts::has(NAME) { Ok(()) } else { Err(format!("{address} could not be loaded")) }
}

#[wasm_bindgen]
extern "C" {
    /// Throws `points` points by `Math.random()`, as worker-loader.js says; how many are inside.
    fn count_by_math_random(points: u32) -> u32;
}
