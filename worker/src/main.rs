//! The Web Worker: takes batches from the page, posts their tallies.
//!
//! `worker-loader.js` beside the crate starts it. Everything it says is a [`FromWorker`],
//! everything it hears a [`ToWorker`]; what happens to a worker that fails is the page's business.

use dartboard_points::build::BUILD_ID;
use dartboard_points::kernel::Kernel;
use dartboard_points::protocol::{Announcement, FromWorker, ToWorker};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// Counts the batches that name no kernel.
const OWN_KERNEL: Kernel = Kernel::Tree;

/// Says Ready and listens.
fn main() {
    // A panic traps without its text, and the worker would go on answering from a broken state:
    // the text goes ahead, then the page ends the worker.
    std::panic::set_hook(Box::new(|info| post(&FromWorker::Panicked { text: info.to_string() })));
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| post(&answer(&event.data())));
    SCOPE.with(|scope| scope.set_onmessage(Some(on_message.as_ref().unchecked_ref())));
    on_message.forget();
    post(&FromWorker::Ready(Announcement::new(BUILD_ID, OWN_KERNEL)));
}

fn answer(data: &JsValue) -> FromWorker {
    let Some(message) = data.as_string() else {
        return FromWorker::Rejected { text: "the message is not a string".to_owned() };
    };
    match ToWorker::parse(&message) {
        Ok(ToWorker::Compute { lease, seed, blocks, kernel, chaos }) => {
            // Decided anew at every attempt, and never with the stream's bits: a batch that panicked once must
            // be able to come through, with the same tally.
            assert!(!chaos.happens(random_bits()), "chaos: batch {blocks} panics on purpose");
            let begun_ms = now_ms();
            let kernel = kernel.unwrap_or(OWN_KERNEL);
            let tally = kernel.count(seed, blocks, count_by_math_random);
            // A clock may be coarse, but never runs backwards; the cast saturates.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
            let compute_us = ((now_ms() - begun_ms) * 1_000.0) as u64;
            FromWorker::tally(lease, tally, compute_us)
        }
        Ok(ToWorker::Crash) => panic!("crashed on purpose"),
        // On purpose: only a deadline ends it. WebKit never ends a wasm loop that does not call JavaScript.
        Ok(ToWorker::Hang) => loop {
            random_bits();
        },
        Err(error) => FromWorker::Rejected { text: error.to_string() },
    }
}

fn post(message: &FromWorker) {
    // Posting a string fails only once the worker is being ended: then nobody listens.
    let _ = SCOPE.with(|scope| scope.post_message(&JsValue::from_str(&message.encode())));
}

/// 32 random bits, not to be told beforehand; how good they are matters little to chaos.
fn random_bits() -> u32 {
    // Below 2³²: the cast drops the fraction.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to below 2³²")]
    let bits = (js_sys::Math::random() * 4_294_967_296.0) as u32;
    bits
}

/// Time since the worker's origin, in milliseconds.
fn now_ms() -> f64 {
    SCOPE.with(|scope| scope.performance().map_or(0.0, |performance| performance.now()))
}

// 2.5 KB smaller than the default allocator, compressed, in a program of 18 KB that every worker loads.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[wasm_bindgen]
extern "C" {
    /// The worker's global object.
    #[wasm_bindgen(thread_local_v2, js_name = self)]
    static SCOPE: DedicatedWorkerGlobalScope;

    /// Throws `points` points by `Math.random()`, as worker-loader.js says; how many are inside.
    fn count_by_math_random(points: u32) -> u32;
}
