//! Mounts the benchmark page. A separate program, which boot.js loads when that page is opened, so that a first visit to the
//! run's page need not download it.

use dartboard::benchmark::BenchmarkPage;
use gloo::utils::document;

// Smaller than the default allocator.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

fn main() {
    match document().get_element_by_id("benchmark") {
        Some(root) => {
            yew::Renderer::<BenchmarkPage>::with_root(root).render();
        }
        None => web_sys::console::error_1(&"index.html has no element with the id benchmark".into()),
    }
}
