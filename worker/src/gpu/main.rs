//! The Web Worker that counts on a GPU: takes batches from the page, posts their tallies.
//!
//! `gpu-loader.js` beside the crate starts it once it has a usable adapter, and makes its WebGPU calls ([`glue`]).
//! `dartboard_points::gpu::executor` decides what is counted when. Everything the worker says is a [`FromWorker`],
//! everything it hears a [`ToWorker`].

mod glue;

use std::cell::{OnceCell, RefCell};
use std::time::Duration;

use dartboard_points::build::BUILD_ID;
use dartboard_points::gpu::check::Counted;
use dartboard_points::gpu::executor::{Done, Executor, Told};
use dartboard_points::gpu::plan::{LEAVING_ROOM, Planner};
use dartboard_points::protocol::{Announcement, FromWorker, MessageError, ToWorker};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

thread_local! {
    /// None before the GPU's program is ready, and after it was found to count wrongly: then nothing more is said.
    static EXECUTOR: RefCell<Option<Executor>> = const { RefCell::new(None) };
    static ON_COUNTS: OnceCell<Closure<dyn Fn(Vec<u32>)>> = const { OnceCell::new() };
}

/// Begins with the self-check, and listens. Ready is said once that is over.
fn main() {
    // As in the other workers: the text goes ahead of the trap, which has none.
    std::panic::set_hook(Box::new(|info| post(&FromWorker::Panicked { text: info.to_string() })));
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| hear(&event.data()));
    SCOPE.with(|scope| scope.set_onmessage(Some(on_message.as_ref().unchecked_ref())));
    on_message.forget();
    glue::open(|| {
        let (_, largest_buffer, most_steps) = glue::known();
        // No browser says whether it draws the page with the same GPU, and short dispatches cost little.
        let planner = Planner::new(largest_buffer, LEAVING_ROOM);
        EXECUTOR.set(Some(Executor::new(planner, most_steps)));
        fill();
    });
}

fn hear(data: &JsValue) {
    let Some(message) = data.as_string() else {
        return post(&FromWorker::Rejected { text: "the message is not a string".to_owned() });
    };
    match ToWorker::parse(&message) {
        // Any reproducible kernel will do: they all count the same points.
        Ok(ToWorker::Compute { kernel: Some(kernel), .. }) if !kernel.is_reproducible() => {
            let error = MessageError::UnknownKernel(kernel.name().to_owned());
            post(&FromWorker::Rejected { text: error.to_string() });
        }
        Ok(ToWorker::Compute { lease, seed, blocks, chaos, .. }) => {
            assert!(!chaos.happens(random_bits()), "chaos: batch {blocks} panics on purpose");
            let random = u64::from(random_bits()) << 32 | u64::from(random_bits());
            EXECUTOR.with_borrow_mut(|executor| {
                if let Some(executor) = executor {
                    executor.give(lease, seed, blocks, random);
                }
            });
            fill();
        }
        Ok(ToWorker::Crash) => panic!("crashed on purpose"),
        // On purpose, as in the other worker.
        Ok(ToWorker::Hang) => loop {
            random_bits();
        },
        Err(error) => post(&FromWorker::Rejected { text: error.to_string() }),
    }
}

/// Gives the GPU as much as may be there.
fn fill() {
    while let Some(chunk) = EXECUTOR.with_borrow_mut(|executor| executor.as_mut()?.next(now())) {
        ON_COUNTS.with(|closure| glue::count(chunk, closure.get_or_init(|| Closure::new(counted))));
    }
}

/// Takes what came of a chunk.
fn counted(counts: Vec<u32>) {
    let told = EXECUTOR.with_borrow_mut(|executor| Some(executor.as_mut()?.counted(now(), counts)));
    match told {
        None | Some(Ok(Told::Nothing)) => {}
        Some(Ok(Told::Ready)) => {
            let (name, ..) = glue::known();
            post(&FromWorker::Ready(Announcement::of_gpu(BUILD_ID, &name)));
        }
        Some(Ok(Told::Done(Done { lease, counted: Counted { tally, parts }, took }))) => {
            let compute_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
            post(&FromWorker::Tally { lease, tally, parts, compute_us });
        }
        Some(Err(miscount)) => {
            EXECUTOR.set(None);
            post(&FromWorker::Miscounted { text: miscount.to_string() });
        }
    }
    fill();
}

fn post(message: &FromWorker) {
    // Posting a string fails only once the worker is being ended: then nobody listens.
    let _ = SCOPE.with(|scope| scope.post_message(&JsValue::from_str(&message.encode())));
}

/// 32 random bits, not to be told beforehand.
fn random_bits() -> u32 {
    // Below 2³²: the cast drops the fraction.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to below 2³²")]
    let bits = (js_sys::Math::random() * 4_294_967_296.0) as u32;
    bits
}

/// Time since the worker's origin.
fn now() -> Duration {
    let ms = SCOPE.with(|scope| scope.performance().map_or(0.0, |performance| performance.now()));
    // The cast saturates.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let us = (ms * 1_000.0) as u64;
    Duration::from_micros(us)
}

// As in the other workers.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[wasm_bindgen]
extern "C" {
    /// The worker's global object.
    #[wasm_bindgen(thread_local_v2, js_name = self)]
    static SCOPE: DedicatedWorkerGlobalScope;
}
