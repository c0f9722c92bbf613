//! Workers' scripts whose functions the page calls, too.

use std::cell::Cell;

use gloo::utils::{document, head, window};
use js_sys::{Function, Reflect};
use wasm_bindgen::JsValue;

/// Whether a script has given the page the function `name`.
pub fn has(name: &str) -> bool {
    Reflect::has(&window(), &JsValue::from_str(name)).unwrap_or(false)
}

/// Runs the module at `address` in this page. `done` is called once it has run, or did not arrive.
pub fn run(address: &str, done: &Function) {
    thread_local! {
        /// A browser never asks again for a module that did not arrive, unless its address is another one.
        static ATTEMPTS: Cell<u32> = const { Cell::new(0) };
    }
    let attempt = ATTEMPTS.replace(ATTEMPTS.get() + 1);
    let Ok(script) = document().create_element("script") else { return };
    for (name, value) in [("type", "module"), ("src", &format!("{address}#{attempt}"))] {
        // These names are valid.
        let _ = script.set_attribute(name, value);
    }
    for event in ["load", "error"] {
        let _ = script.add_event_listener_with_callback(event, done);
    }
    let _ = head().append_child(&script);
}
