//! What the programs in Web Workers ask of the browser, and the page asks in the same way.

pub mod chunks;
pub mod clock;
pub mod own_files;
pub mod shared;

use js_sys::Error;
use wasm_bindgen::{JsCast, JsValue};

/// What a thrown value says, with the name of its kind.
pub fn error_text(error: &JsValue) -> String {
    let text = error.dyn_ref::<Error>().map(|error| String::from(error.to_string()));
    text.unwrap_or_else(|| "it threw something that is no error".to_owned())
}
