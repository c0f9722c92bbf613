//! What `gpu-loader.js` asks WebGPU for this program.

use dartboard_points::gpu::executor::Chunk;
use dartboard_points::gpu::{
    ENTRY_POINT, JOB_BYTES, Job, SHADER, cells, counts_bytes, state_bytes, workgroups,
};
use wasm_bindgen::prelude::*;

/// What is known of the GPU: its name, which may be empty, the bytes of its largest storage buffer, and the most steps of a
/// dispatch.
pub(crate) fn known() -> (String, u64, u32) {
    // The cast saturates; a browser's limits are whole numbers.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    GPU.with(|gpu| (gpu.name(), gpu.largest_buffer() as u64, gpu.most_steps()))
}

/// Makes the program ready, and calls `then` once it is.
pub(crate) fn open(then: impl FnOnce() + 'static) {
    GPU.with(|gpu| gpu.open(SHADER, ENTRY_POINT, &cells(), &Closure::once_into_js(then)));
}

/// Has a chunk counted, and passes its counts to `then`.
pub(crate) fn count(chunk: Chunk, then: &Closure<dyn Fn(Vec<u32>)>) {
    let jobs: Vec<u8> = chunk.jobs().flat_map(Job::bytes).collect();
    let bytes = |bytes: u64| bytes as f64;
    #[expect(clippy::cast_possible_truncation, reason = "32")]
    let job_bytes = JOB_BYTES as u32;
    let (state, counts) = (bytes(state_bytes(chunk.room)), bytes(counts_bytes(chunk.room)));
    let (groups, read) = (workgroups(chunk.blocks()), bytes(counts_bytes(chunk.blocks())));
    GPU.with(|gpu| gpu.count(&jobs, job_bytes, groups, state, counts, read, then));
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = Object)]
    type Gpu;

    #[wasm_bindgen(thread_local_v2, js_name = dartboard_gpu)]
    static GPU: Gpu;

    #[wasm_bindgen(method, getter)]
    fn name(this: &Gpu) -> String;

    #[wasm_bindgen(method, getter)]
    fn largest_buffer(this: &Gpu) -> f64;

    #[wasm_bindgen(method, getter)]
    fn most_steps(this: &Gpu) -> u32;

    #[wasm_bindgen(method)]
    fn open(this: &Gpu, code: &str, entry_point: &str, cells: &[u8], then: &JsValue);

    #[wasm_bindgen(method)]
    fn count(
        this: &Gpu,
        jobs: &[u8],
        job_bytes: u32,
        workgroups: u32,
        state: f64,
        counts: f64,
        read: f64,
        then: &Closure<dyn Fn(Vec<u32>)>,
    );
}
