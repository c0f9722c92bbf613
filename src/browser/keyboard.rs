//! Keys that mean the same anywhere on the page.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

/// Where keys mean other things, and where Escape does.
const OCCUPIED: &str = "input, textarea, select, button, summary, a, dialog";
const FIELDS_AND_DIALOGS: &str = "input, textarea, select, dialog";

/// Hands each key pressed on the page to `on_key`, except in fields, on buttons, in dialogs, and together with
/// Ctrl, Alt or Meta, where keys mean other things.
pub fn on_shortcut(on_key: impl Fn(String) + 'static) -> EventListener {
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&document(), "keydown", options, move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        let is_escape = event.key() == "Escape";
        let occupied = if is_escape { FIELDS_AND_DIALOGS } else { OCCUPIED };
        let occupied = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .and_then(|element| element.closest(occupied).ok())
            .flatten()
            .is_some();
        if occupied || event.ctrl_key() || event.alt_key() || event.meta_key() || event.repeat() {
            return;
        }
        if event.key() == " " {
            // It would scroll the page.
            event.prevent_default();
        }
        on_key(event.key().to_ascii_lowercase());
    })
}
