//! The page's address.

use gloo::utils::window;
use wasm_bindgen::JsValue;

use super::error_text;

/// The part of the page's address from `#` on.
pub fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}

/// The part of the page's address from `#` on, or from a `?` before it on.
pub fn end() -> String {
    window().location().search().unwrap_or_default() + &fragment()
}

/// Replaces the part of the page's address from `#` on, without a new entry in the history.
///
/// # Errors
/// When the browser refuses, as some do after a hundred changes in half a minute; the next one may succeed.
pub fn replace(fragment: &str) -> Result<(), String> {
    let history = window().history().map_err(|error| error_text(&error))?;
    history.replace_state_with_url(&JsValue::NULL, "", Some(fragment)).map_err(|error| error_text(&error))
}

/// Goes to the page that `fragment` names, which has an entry of its own in the history.
pub fn go_to(fragment: &str) {
    // It fails only where the page may not be navigated at all.
    let _ = window().location().set_hash(fragment);
}

/// The page's address with `fragment` behind it, whole, and without what others have added to it.
pub fn link(fragment: &str) -> String {
    let whole = window().location().href().unwrap_or_default();
    let page = whole.split(['?', '#']).next().unwrap_or_default();
    format!("{page}{fragment}")
}

/// Loads the page anew. The run is saved before, as whenever the page is left.
pub fn reload() {
    // It fails only where the page may not be navigated at all.
    let _ = window().location().reload();
}
