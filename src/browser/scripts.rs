//! Scripts of workers whose functions the page calls, too.

use std::cell::Cell;

use gloo::utils::{document, head, window};
use js_sys::futures::JsFuture;
use js_sys::{Promise, Reflect};
use wasm_bindgen::JsValue;

/// Runs the module at `address` in this page unless that has been done, so that there is the function `name`.
///
/// # Errors
/// When it does not arrive, or has no such function.
pub async fn load(address: &str, name: &str) -> Result<(), String> {
    if has(name) {
        return Ok(());
    }
    JsFuture::from(run(address)).await.map_err(|_| format!("{address} could not be loaded"))?;
    if has(name) { Ok(()) } else { Err(format!("{address} does not have {name}()")) }
}

/// Whether a script has given the page the function `name`.
pub fn has(name: &str) -> bool {
    Reflect::has(&window(), &JsValue::from_str(name)).unwrap_or(false)
}

/// Runs the module at `address` in this page: fulfilled once it has run, rejected if it does not arrive.
fn run(address: &str) -> Promise {
    thread_local! {
        /// A browser never asks again for a module that did not arrive, unless its address is another one.
        static ATTEMPTS: Cell<u32> = const { Cell::new(0) };
    }
    let attempt = ATTEMPTS.replace(ATTEMPTS.get() + 1);
    Promise::new(&mut |resolve, reject| {
        let Ok(script) = document().create_element("script") else { return };
        for (name, value) in [("type", "module"), ("src", &format!("{address}#{attempt}"))] {
            // These names are valid.
            let _ = script.set_attribute(name, value);
        }
        for (event, heard) in [("load", resolve), ("error", reject)] {
            let _ = script.add_event_listener_with_callback(event, &heard);
        }
        let _ = head().append_child(&script);
    })
}
