//! Questions to the server that the page comes from.

use gloo::timers::callback::Timeout;
use gloo::utils::window;
use js_sys::futures::JsFuture;
use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{RequestInit, Response, UrlSearchParams};

use super::error_text;

/// How long an answer is waited for, in milliseconds.
const PATIENCE_MS: u32 = 10_000;

/// Asks the server at `path`, relative to the page: with a form by POST, and by GET without one. The answer's status and
/// text.
///
/// # Errors
/// Why there is no answer.
pub async fn ask(path: &str, form: Option<&str>) -> Result<(u16, String), String> {
    try_ask(path, form).await.map_err(|error| error_text(&error))
}

async fn try_ask(path: &str, form: Option<&str>) -> Result<(u16, String), JsValue> {
    let init = RequestInit::new();
    if let Some(form) = form {
        init.set_method("POST");
        init.set_body(&UrlSearchParams::new_with_str(form)?.into());
    }
    let answer = window().fetch_with_str_and_init(path, &init);
    let answer: Response = in_time(&answer).await?.unchecked_into();
    let text = in_time(&answer.text()?).await?;
    Ok((answer.status(), text.as_string().unwrap_or_default()))
}

/// What `promise` comes to, if it does so in time.
async fn in_time(promise: &Promise) -> Result<JsValue, JsValue> {
    let late = Promise::new(&mut |_, reject| {
        Timeout::new(PATIENCE_MS, move || {
            // The rejecting function of a promise does not throw.
            let _ = reject.call1(&JsValue::UNDEFINED, &js_sys::Error::new("no answer in ten seconds").into());
        })
        .forget();
    });
    JsFuture::from(Promise::race(&Array::of2(promise, &late))).await
}
