//! Mounts the app, and exports what the workshop asks of it.

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("this program runs in a browser: ./run serve");
}

#[cfg(target_arch = "wasm32")]
fn main() {
    web::start();
}

#[cfg(target_arch = "wasm32")]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
mod web {
    use dartboard::pages::{App, outlet};
    use gloo::utils::document;
    use wasm_bindgen::prelude::wasm_bindgen;

    // Smaller than the default allocator.
    #[global_allocator]
    static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

    pub(crate) fn start() {
        let element = |id| document().get_element_by_id(id);
        match element("app") {
            Some(root) => {
                yew::Renderer::<App>::with_root(root).render();
            }
            None => web_sys::console::error_1(&"index.html has no element with the id app".into()),
        }
    }

    #[wasm_bindgen]
    pub fn checkpoint() -> String {
        outlet::checkpoint()
    }

    #[wasm_bindgen]
    pub fn marks() -> String {
        outlet::marks()
    }

    #[wasm_bindgen]
    pub fn sample() -> String {
        outlet::sample()
    }

    #[wasm_bindgen(js_name = latestBatch)]
    pub fn latest_batch() -> Option<String> {
        outlet::latest_batch()
    }

    #[wasm_bindgen(js_name = takeUp)]
    pub fn take_up(checkpoint: &str) {
        outlet::take_up(checkpoint);
    }
}
