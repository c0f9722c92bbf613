//! Mounts the benchmark page. A program of its own, which boot.js loads when that page is opened: whoever only
//! estimates π does not download it.

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
