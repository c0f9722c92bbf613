//! Whether memory may be shared here, as far as the browser tells.

use dartboard_core::lecture::shared_memory::Facts;
use gloo::utils::{document, window};
use js_sys::Reflect;
use js_sys::futures::JsFuture;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlElement, ServiceWorkerContainer, ServiceWorkerRegistration, Storage};

use super::{address, storage};

/// Whether the page is cross-origin isolated.
pub fn is_isolated() -> bool {
    Reflect::get(&window(), &"crossOriginIsolated".into()).is_ok_and(|is| is.is_truthy())
}

/// Whether the page and its workers share memory.
pub fn shares_memory() -> bool {
    is_isolated() && has_shared_array_buffer()
}

fn has_shared_array_buffer() -> bool {
    Reflect::get(&window(), &"SharedArrayBuffer".into()).is_ok_and(|constructor| constructor.is_function())
}

/// All facts, as they are now. If a reload has helped, its mark is removed.
pub async fn facts() -> Facts {
    let window = window();
    let is_isolated = is_isolated();
    let container = service_worker();
    let mark = storage::scope().reloaded_for_shared_memory();
    let tab = tab_storage();
    if is_isolated && let Some(tab) = &tab {
        // Where it cannot be removed, the next reload is not offered.
        let _ = storage::remove(tab, &mark);
    }
    Facts {
        is_secure: window.is_secure_context(),
        is_framed: window.top().ok().flatten().as_ref() != Some(&window),
        is_isolated,
        has_shared_array_buffer: has_shared_array_buffer(),
        has_service_worker: container.is_some(),
        is_active: match container {
            Some(container) => is_active(&container).await,
            None => false,
        },
        trouble: trouble(),
        was_reloaded: tab.is_some_and(|tab| storage::get(&tab, &mark).is_ok_and(|mark| mark.is_some())),
    }
}

/// Reloads the page that the address names, and notes in this tab that it was for this: it happens only when the user says
/// so, and is offered once. What was guessed is there again afterwards.
pub fn reload_for_shared_memory(guess: &str) {
    if let Some(tab) = tab_storage() {
        // Where nothing can be stored there is no service worker either, so it is not offered.
        let _ = storage::set(&tab, &storage::scope().reloaded_for_shared_memory(), guess);
    }
    address::reload();
}

/// What was guessed before such a reload, until [`facts`] are asked for.
pub fn guess_before_reload() -> Option<String> {
    storage::get(&tab_storage()?, &storage::scope().reloaded_for_shared_memory()).ok().flatten()
}

fn tab_storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

/// The browser's service workers, if it allows the page any and the page has one.
fn service_worker() -> Option<ServiceWorkerContainer> {
    // What is being worked on has none.
    document().query_selector("meta[name=dartboard-service-worker]").ok().flatten()?;
    Reflect::get(&window().navigator(), &"serviceWorker".into()).ok()?.dyn_into().ok()
}

/// Whether the page's service worker answers what it asks for.
pub fn has_service_worker_in_charge() -> bool {
    service_worker().is_some_and(|container| container.controller().is_some())
}

async fn is_active(container: &ServiceWorkerContainer) -> bool {
    let registration = JsFuture::from(container.get_registration()).await.unwrap_or(JsValue::UNDEFINED);
    registration.dyn_into::<ServiceWorkerRegistration>().is_ok_and(|it| it.active().is_some())
}

/// Why nothing is kept, as offline.js has noted it.
fn trouble() -> Option<String> {
    document().get_element_by_id("offline")?.dyn_into::<HtmlElement>().ok()?.dataset().get("trouble")
}
