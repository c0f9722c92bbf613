//! Mounts the lecture page. A separate program, which boot.js loads when that page is opened.

use dartboard::lecture::LecturePage;
use gloo::utils::document;

// Smaller than the default allocator.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

fn main() {
    match document().get_element_by_id("lecture") {
        Some(root) => {
            yew::Renderer::<LecturePage>::with_root(root).render();
        }
        None => web_sys::console::error_1(&"index.html has no element with the id lecture".into()),
    }
}
