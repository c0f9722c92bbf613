//! Keys that mean the same anywhere on the page.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::storage;

/// Passes each key pressed while nothing has the focus to `on_key`: what it types, and where it is on the keyboard. Focused
/// elements have their own meaning for keys; so have dialogs, input methods, and Ctrl, Alt or Meta. Escape is
/// passed on except from fields.
pub fn on_key(on_key: impl Fn(String, String) + 'static) -> EventListener {
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&document(), "keydown", options, move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        let key = event.key();
        let with_modifier = event.ctrl_key() || event.alt_key() || event.meta_key();
        if with_modifier
            || event.repeat()
            || is_composed(event)
            || event.default_prevented()
            || is_occupied(event, &key)
        {
            return;
        }
        if key == " " {
            if event.shift_key() {
                // It scrolls back.
                return;
            }
            // It would scroll the page.
            event.prevent_default();
        }
        on_key(key, event.code());
    })
}

/// Whether an input method still composes what is typed.
pub fn is_composed(event: &KeyboardEvent) -> bool {
    // Safari shows this only by the number of the key that ends it.
    event.is_composing() || event.key_code() == 229
}

/// Whether `key` means something where the focus is, or a dialog lies over the page.
fn is_occupied(event: &KeyboardEvent, key: &str) -> bool {
    let occupied = if key == "Escape" { "input, textarea, select" } else { "body *" };
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| element.matches(occupied).unwrap_or_default())
        || document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// Whether letters are commands: an earlier visit's choice.
pub fn letters_kept() -> bool {
    storage::is_kept(&storage::scope().letter_keys())
}

/// Keeps the choice whether letters are commands. Where nothing can be stored it lasts until the page is left.
pub fn keep_letters(letters: bool) {
    storage::keep(&storage::scope().letter_keys(), letters);
}
