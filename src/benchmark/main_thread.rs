//! Counting on the main thread.

use std::cell::Cell;

use dartboard_points::kernel::Kernel;
use dartboard_points::tally::{BlockRange, Seed, Tally};
use gloo::utils::{document, head, window};
use js_sys::futures::JsFuture;
use js_sys::{Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::driver::{Program, script_url};

/// Counts on this thread, by `kernel`, which is [`load`]ed. One function for all who do, so that it is compiled well
/// once it is warm.
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
    if kernel != Kernel::MathRandom || has_math_random() {
        return Ok(());
    }
    let address = script_url(Program::Worker).unwrap_or_default();
    JsFuture::from(run_script(&address)).await.map_err(|_| format!("{address} could not be loaded"))?;
    if has_math_random() { Ok(()) } else { Err(format!("{address} has no loop over Math.random()")) }
}

fn has_math_random() -> bool {
    Reflect::has(&window(), &JsValue::from_str("count_by_math_random")).unwrap_or(false)
}

/// Runs the module at `address` in this page: fulfilled once it has run, rejected if it does not arrive.
fn run_script(address: &str) -> Promise {
    thread_local! {
        /// A browser never asks again for a module that did not arrive, unless its address is another one.
        static ATTEMPTS: Cell<u32> = const { Cell::new(0) };
    }
    let attempt = ATTEMPTS.replace(ATTEMPTS.get() + 1);
    Promise::new(&mut |resolve, reject| {
        let Ok(script) = document().create_element("script") else { return };
        for (name, value) in [("type", "module"), ("src", &format!("{address}#{attempt}"))] {
            // These names are valid.
            let _ = script.set_attribute(name, value);
        }
        for (event, heard) in [("load", resolve), ("error", reject)] {
            let _ = script.add_event_listener_with_callback(event, &heard);
        }
        let _ = head().append_child(&script);
    })
}

#[wasm_bindgen]
extern "C" {
    /// Throws `points` points by `Math.random()`, as worker-loader.js says; how many are inside.
    fn count_by_math_random(points: u32) -> u32;
}
