//! The time that all workers and the page share.

use dartboard_threads::Clock;
use wasm_bindgen::prelude::*;
use web_sys::Performance;

/// It, from an order's origin.
#[derive(Clone, Copy, Debug)]
pub struct SinceOrigin {
    /// The origin, in microseconds since 1970.
    pub origin_us: u64,
}

impl Clock for SinceOrigin {
    fn now_us(&self) -> u64 {
        let milliseconds = PERFORMANCE.with(|it| it.as_ref().map_or(0.0, |it| it.time_origin() + it.now()));
        // The cast saturates.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let now_us = (milliseconds * 1_000.0) as u64;
        now_us.saturating_sub(self.origin_us)
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = performance)]
    static PERFORMANCE: Option<Performance>;
}
