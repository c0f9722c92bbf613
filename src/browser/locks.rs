//! The Web Locks API: a page's locks show the other pages of the site which run is its own.

use gloo::utils::window;
use js_sys::futures::JsFuture;
use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use dartboard_core::run::saved_runs::InUse;
use dartboard_core::run::stored_names::{Named, Scope};
use dartboard_core::session::Acquired;

// web-sys has it only among its unstable interfaces, which a flag for the whole build would have to open.
#[wasm_bindgen]
extern "C" {
    type LockManager;

    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &Object,
        callback: &Function,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn query(this: &LockManager) -> Result<Promise, JsValue>;
}

/// A lock that this page holds. Dropping it releases it, and so does the end of the page, however it ends.
pub struct Lock {
    pub(super) release: Function,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The resolving function of a promise does not throw.
        let _ = self.release.call0(&JsValue::UNDEFINED);
    }
}

/// Takes the lock of this name if it is free.
pub async fn acquire(name: &str) -> (Acquired, Option<Lock>) {
    try_acquire(name).await.unwrap_or((Acquired::NoLocks, None))
}

async fn try_acquire(name: &str) -> Result<(Acquired, Option<Lock>), JsValue> {
    let Some(locks) = manager() else { return Ok((Acquired::NoLocks, None)) };
    let options = Object::new();
    Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE)?;
    let (answer, tell) = deferred();
    let (release, held) = {
        let (promise, resolve) = deferred();
        (resolve, promise)
    };
    // The lock is held until the promise returned by the callback is settled.
    let callback = Closure::once_into_js(move |lock: JsValue| -> JsValue {
        let is_held = !lock.is_null();
        let _ = tell.call1(&JsValue::UNDEFINED, &JsValue::from_bool(is_held));
        if is_held { held.into() } else { JsValue::UNDEFINED }
    });
    let request = locks.request(name, &options, callback.unchecked_ref())?;
    // The request itself is settled first only if it is refused.
    let first = Promise::race(&Array::of2(&answer, &request));
    let is_held = JsFuture::from(first).await?.is_truthy();
    Ok(if is_held { (Acquired::Held, Some(Lock { release })) } else { (Acquired::Elsewhere, None) })
}

/// The runs of `scope` whose lock some page holds, this one included.
pub async fn in_use(scope: &Scope) -> InUse {
    try_in_use(scope).await.unwrap_or(InUse::Unknown)
}

async fn try_in_use(scope: &Scope) -> Result<InUse, JsValue> {
    let Some(locks) = manager() else { return Ok(InUse::Unknown) };
    let state = JsFuture::from(locks.query()?).await?;
    let held = Reflect::get(&state, &"held".into())?.dyn_into::<Array>()?;
    let mut keys = Vec::new();
    for lock in held.iter() {
        let name = Reflect::get(&lock, &"name".into())?.as_string();
        if let Some(Named::Run(key)) = name.and_then(|name| scope.parse(&name)) {
            keys.push(key);
        }
    }
    Ok(InUse::Locked(keys))
}

fn manager() -> Option<LockManager> {
    let locks = Reflect::get(&window().navigator(), &"locks".into()).ok()?;
    // It is missing at insecure addresses.
    locks.is_object().then(|| locks.unchecked_into())
}

/// A promise and the function that resolves it.
pub(super) fn deferred() -> (Promise, Function) {
    let mut resolve = None;
    let promise = Promise::new(&mut |resolving, _| resolve = Some(resolving));
    // A promise calls back before it is made.
    (promise, resolve.unwrap_or_default())
}
