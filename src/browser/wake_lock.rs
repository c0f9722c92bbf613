//! The Screen Wake Lock API.

use gloo::utils::window;
use js_sys::futures::{JsFuture, spawn_local};
use js_sys::{Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::locks::{Lock, deferred};

// web-sys has it only among its unstable interfaces, as it has locks.
#[wasm_bindgen]
extern "C" {
    type WakeLock;

    #[wasm_bindgen(method, catch)]
    fn request(this: &WakeLock) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method)]
    fn release(this: &WakeLock);
}

/// Whether the browser can keep the screen on here: at insecure addresses it cannot.
pub fn is_there() -> bool {
    wake_lock().is_some()
}

fn wake_lock() -> Option<WakeLock> {
    let wake_lock = Reflect::get(&window().navigator(), &"wakeLock".into()).ok()?;
    wake_lock.is_object().then(|| wake_lock.unchecked_into())
}

/// Keeps the screen on until the lock is dropped or the page is hidden. Not every browser can, and one may refuse, as with a
/// low battery: then nothing happens.
pub fn keep_awake() -> Option<Lock> {
    let request = wake_lock()?.request().ok()?;
    let (released, release) = deferred();
    spawn_local(async move {
        let Ok(lock) = JsFuture::from(request).await else { return };
        // A promise that is never refused.
        let _ = JsFuture::from(released).await;
        lock.unchecked_into::<WakeLock>().release();
    });
    Some(Lock { release })
}
