//! What the browser stores for the page.

use gloo::utils::{document, window};
use js_sys::Reflect;
use wasm_bindgen::JsValue;
use web_sys::Storage;

use super::error_text;
use dartboard_core::run::saved_runs::StoreError;
use dartboard_core::run::stored_names::Scope;

/// The scope in all names of what is stored for this page: boot.js has noted the path that it is served under.
pub fn scope() -> Scope {
    Scope::of_path(&root_data("data-scope"))
}

/// An attribute of the document's root, set by boot.js.
pub(super) fn root_data(name: &str) -> String {
    document().document_element().and_then(|root| root.get_attribute(name)).unwrap_or_default()
}

/// The storage that outlives the page.
///
/// # Errors
/// When the browser has none for this page.
pub fn local() -> Result<Storage, StoreError> {
    window().local_storage().map_err(|error| store_error(&error))?.ok_or(StoreError::Disabled)
}

/// The names of all that is stored.
///
/// # Errors
/// When the browser does not say.
pub fn names(storage: &Storage) -> Result<Vec<String>, StoreError> {
    let count = storage.length().map_err(|error| store_error(&error))?;
    let name = |index| storage.key(index).map_err(|error| store_error(&error));
    (0..count).filter_map(|index| name(index).transpose()).collect()
}

/// What is stored under `name`.
///
/// # Errors
/// When the browser does not say.
pub fn get(storage: &Storage, name: &str) -> Result<Option<String>, StoreError> {
    storage.get_item(name).map_err(|error| store_error(&error))
}

/// Stores `text` under `name`.
///
/// # Errors
/// When the browser does not.
pub fn set(storage: &Storage, name: &str, text: &str) -> Result<(), StoreError> {
    storage.set_item(name, text).map_err(|error| store_error(&error))
}

/// Removes what is stored under `name`.
///
/// # Errors
/// When the browser does not.
pub fn remove(storage: &Storage, name: &str) -> Result<(), StoreError> {
    storage.remove_item(name).map_err(|error| store_error(&error))
}

/// Whether a choice is kept under `name`.
pub fn is_kept(name: &str) -> bool {
    local().and_then(|storage| get(&storage, name)).is_ok_and(|kept| kept.is_some())
}

/// Keeps a choice under `name`, or no longer, if the browser stores anything.
pub fn keep(name: &str, kept: bool) {
    let _ = local().and_then(|storage| if kept { set(&storage, name, "on") } else { remove(&storage, name) });
}

/// What this tab keeps under `name`, over a reload.
pub fn kept_by_tab(name: &str) -> Option<String> {
    window().session_storage().ok().flatten()?.get_item(name).ok().flatten()
}

/// Has this tab keep `text` under `name`, or nothing any more, if the browser stores anything.
pub fn keep_in_tab(name: &str, text: Option<&str>) {
    if let Ok(Some(session)) = window().session_storage() {
        let _ = match text {
            Some(text) => session.set_item(name, text),
            None => session.remove_item(name),
        };
    }
}

fn store_error(error: &JsValue) -> StoreError {
    let name = Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string());
    match name.as_deref() {
        Some("SecurityError") => StoreError::Disabled,
        Some("QuotaExceededError" | "NS_ERROR_DOM_QUOTA_REACHED") => StoreError::Full,
        _ => StoreError::Refused(error_text(error)),
    }
}
