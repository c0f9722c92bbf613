//! Mounts the app.

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("this program runs in a browser: ./run serve");
}

// Smaller than the default allocator.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[cfg(target_arch = "wasm32")]
fn main() {
    use gloo::utils::document;

    let element = |id| document().get_element_by_id(id);
    if let Some(starting) = element("starting") {
        starting.remove();
    }
    match element("app") {
        Some(root) => {
            yew::Renderer::<dartboard::pages::App>::with_root(root).render();
        }
        None => web_sys::console::error_1(&"index.html has no element with the id app".into()),
    }
}
