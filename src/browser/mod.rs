//! EDGE: what the page asks of the browser, each thing in its own file; thin and stateless.

pub mod address;
pub mod clipboard;
pub mod clock;
pub mod fetch;
pub mod files;
pub mod frames;
pub mod hall;
pub mod isolation;
pub mod keyboard;
pub mod locks;
pub mod machine;
pub mod screen;
pub mod scripts;
pub mod socket;
pub mod storage;
pub mod theme;
pub mod wake_lock;

use wasm_bindgen::{JsCast, JsValue};

/// What a thrown value says.
pub fn error_text(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |error| error.message().into())
}
