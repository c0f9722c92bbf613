//! What the driver and the pages ask of the browser besides workers.

use std::time::Duration;

use dartboard_worker::tally::Seed;
use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::Timeout;
use gloo::utils::{document, window};
use js_sys::futures::{JsFuture, spawn_local};
use js_sys::{Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, KeyboardEvent};
use yew::Callback;

use super::Driver;
use crate::coordinator::Event;

/// Time since the page's origin, as its clock tells it: never backwards.
pub(super) fn now() -> Duration {
    let ms = window().performance().map_or(0.0, |performance| performance.now());
    Duration::try_from_secs_f64(ms / 1_000.0).unwrap_or_default()
}

/// Whether the page is in a hidden tab or a minimised window.
pub(super) fn is_hidden() -> bool {
    document().hidden()
}

/// The worker's script, as index.html names it, relative to the document; none if it does not.
pub(super) fn worker_script_url() -> Option<String> {
    document().query_selector("meta[name='dartboard-worker']").ok()??.get_attribute("content")
}

/// What a thrown value says.
pub(super) fn error_text(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |error| error.message().into())
}

/// Tells `driver` when the page is frozen and thawed (a laptop's sleep, the back/forward cache) or left, and when
/// it can be seen again. The run is saved before each of these.
pub(super) fn lifecycle_listeners(driver: &Driver) -> Vec<EventListener> {
    let send = |target: &web_sys::EventTarget, event_type: &'static str, event: fn() -> Event| {
        let driver = driver.clone();
        EventListener::new(target, event_type, move |_| driver.send(event()))
    };
    let call = |target: &web_sys::EventTarget, event_type: &'static str, call: fn(&Driver)| {
        let driver = driver.clone();
        EventListener::new(target, event_type, move |_| call(&driver))
    };
    vec![
        send(&window(), "pagehide", || Event::Frozen),
        call(&window(), "pagehide", Driver::leave),
        send(&window(), "pageshow", || Event::Thawed),
        call(&window(), "pageshow", Driver::come_back),
        send(&document(), "freeze", || Event::Frozen),
        call(&document(), "freeze", Driver::save),
        send(&document(), "resume", || Event::Thawed),
        // On a phone nothing may follow.
        call(&document(), "visibilitychange", Driver::save),
        call(&document(), "visibilitychange", Driver::renew_snapshot),
    ]
}

/// A seed from the browser's secure random numbers.
///
/// # Errors
/// When the browser has none.
pub fn random_seed() -> Result<Seed, getrandom::Error> {
    getrandom::u64().map(Seed)
}

/// The number of cores the browser reports. Some browsers cap or fake it: a default, never a limit.
pub fn reported_cores() -> u32 {
    // A number from outside; a cast saturates, and NaN becomes 0.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, then clamped")]
    let cores = window().navigator().hardware_concurrency() as u32;
    cores.max(1)
}

/// The part of the page's address from `#` on.
pub fn address() -> String {
    window().location().hash().unwrap_or_default()
}

/// Replaces the part of the page's address from `#` on, without a new entry in the history.
///
/// # Errors
/// When the browser refuses, as some do after a hundred changes in half a minute; the next one may succeed.
pub fn write_address(fragment: &str) -> Result<(), String> {
    let history = window().history().map_err(|error| error_text(&error))?;
    history.replace_state_with_url(&JsValue::NULL, "", Some(fragment)).map_err(|error| error_text(&error))
}

/// What is stored under `key`; none where nothing can be stored either.
pub fn stored(key: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(key).ok().flatten()
}

/// Stores `text` under `key` beyond the page's life.
///
/// # Errors
/// When the browser has no storage for the page, or it is full.
pub fn store(key: &str, text: &str) -> Result<(), String> {
    let storage = window().local_storage().map_err(|error| error_text(&error))?;
    let storage = storage.ok_or_else(|| "this browser stores nothing for the page".to_owned())?;
    storage.set_item(key, text).map_err(|error| error_text(&error))
}

/// The page's address with `fragment` behind it, whole.
pub fn link(fragment: &str) -> String {
    let whole = window().location().href().unwrap_or_default();
    let page = whole.split('#').next().unwrap_or_default();
    format!("{page}{fragment}")
}

/// Puts `text` on the clipboard and tells `done` whether the browser did.
pub fn copy(text: &str, done: Callback<bool>) {
    let has_clipboard = Reflect::has(&window().navigator(), &"clipboard".into()).unwrap_or(false);
    // A page that is not served securely has none.
    let clipboard = has_clipboard.then(|| window().navigator().clipboard());
    let Some(clipboard) = clipboard.filter(|clipboard| !clipboard.is_undefined()) else {
        return done.emit(false);
    };
    let promise = clipboard.write_text(text);
    spawn_local(async move {
        done.emit(JsFuture::from(promise).await.is_ok());
    });
}

/// Hands each key pressed on the page to `on_key`, except in fields, on buttons, in dialogs, and together with
/// Ctrl, Alt or Meta, where keys mean other things.
pub fn on_shortcut(on_key: impl Fn(String) + 'static) -> EventListener {
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&document(), "keydown", options, move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        let occupied = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .and_then(|element| element.closest("input, textarea, select, button, summary, a, dialog").ok())
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

/// Loads the page anew. The run is saved before, as whenever the page is left.
pub fn reload() {
    // It fails only where the page may not be navigated at all.
    let _ = window().location().reload();
}

/// Pixels of the screen in a CSS pixel.
pub fn pixel_ratio() -> f64 {
    window().device_pixel_ratio().clamp(1.0, 4.0)
}

/// Whether the user asks for less motion.
pub fn prefers_reduced_motion() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
    query.is_some_and(|query| query.matches())
}

/// The colour that the style sheet gives the variable `name` at `element`; black if none.
pub fn colour(element: &Element, name: &str) -> String {
    let style = window().get_computed_style(element).ok().flatten();
    let value = style.and_then(|style| style.get_property_value(name).ok());
    value
        .map(|value| value.trim().to_owned())
        .filter(|value| !value.is_empty())
        .unwrap_or_else(|| "black".to_owned())
}

/// Lets the page draw and hear its user for so many milliseconds.
pub async fn wait(ms: u32) {
    let promise = Promise::new(&mut |resolve, _| {
        Timeout::new(ms, move || {
            // The resolving function of a promise does not throw.
            let _ = resolve.call0(&JsValue::UNDEFINED);
        })
        .forget();
    });
    let _ = JsFuture::from(promise).await;
}
