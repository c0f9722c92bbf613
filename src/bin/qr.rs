//! Shows QR codes. A separate program, which boot.js loads when that page is opened.

use gloo::utils::document;

// Smaller than the default allocator.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

fn main() {
    match document().get_element_by_id("qr") {
        Some(page) => dartboard::qr::run_in(page),
        None => web_sys::console::error_1(&"index.html has no element with the id qr".into()),
    }
}
