//! Mounts the benchmark page. A program of its own, which boot.js loads when that page is opened: whoever only
//! estimates π does not download it.

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("this program runs in a browser: ./run serve, then #/benchmark");
}

// Smaller than the default allocator.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[cfg(target_arch = "wasm32")]
fn main() {
    match gloo::utils::document().get_element_by_id("benchmark") {
        Some(root) => {
            yew::Renderer::<dartboard::pages::BenchmarkPage>::with_root(root).render();
        }
        None => web_sys::console::error_1(&"index.html has no element with the id benchmark".into()),
    }
}
