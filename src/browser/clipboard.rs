//! The clipboard.

use gloo::utils::window;
use js_sys::Reflect;
use js_sys::futures::{JsFuture, spawn_local};
use yew::Callback;

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
