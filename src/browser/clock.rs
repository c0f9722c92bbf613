//! The browser's clocks.

use std::time::Duration;

use dartboard_core::time::Instant;
use gloo::timers::callback::Timeout;
use gloo::utils::window;
use js_sys::Promise;
use js_sys::futures::JsFuture;
use wasm_bindgen::JsValue;

/// The time, as the page's clock tells it: never backwards.
pub fn now() -> Instant {
    let ms = window().performance().map_or(0.0, |performance| performance.now());
    Instant::after_origin(Duration::try_from_secs_f64(ms / 1_000.0).unwrap_or_default())
}

/// The time in milliseconds since 1970, as the browser's clock has it.
pub fn wall_clock_ms() -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let ms = js_sys::Date::now() as u64;
    ms
}

/// The time in µs since 1970, by the clock that threads share with their page.
pub fn shared_us() -> u64 {
    let ms = window().performance().map_or(0.0, |performance| performance.time_origin() + performance.now());
    // Below 2⁵³ for centuries; the cast saturates.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let us = (ms * 1_000.0) as u64;
    us
}

/// The browser's time now, in the form of ISO 8601.
pub fn written_now() -> String {
    js_sys::Date::new_0().to_iso_string().into()
}

/// The time of day so long ago, as this place writes it.
pub fn time_of_day(ago: Duration) -> String {
    let date = js_sys::Date::new(&(js_sys::Date::now() - ago.as_secs_f64() * 1_000.0).into());
    date.to_locale_time_string("en-GB").into()
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
