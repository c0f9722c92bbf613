//! The workshop's program; `assets/boot.js` loads it when it is wanted, and opens it.

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("this program runs in a browser: ./run serve");
}

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(target_arch = "wasm32")]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
mod web {
    use dartboard::driver::RunPage;
    use dartboard::pages::workshop;
    use wasm_bindgen::prelude::wasm_bindgen;

    // Smaller than the default allocator.
    #[global_allocator]
    static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

    /// Shows the workshop of the run on `page`, the exports of that page's program.
    #[wasm_bindgen]
    pub fn open(page: &RunPage) {
        workshop::open(page);
    }
}
