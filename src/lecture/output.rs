//! Where a pipeline's text goes, and how the user gets it: a file of the browser's own, or parts in memory where the browser
//! has none.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use js_sys::futures::{JsFuture, spawn_local};
use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, MessageChannel, MessageEvent, MessagePort, Url};

use crate::browser::{files, scripts};
use crate::driver::{Program, script_url};

/// The name by which the script shows that it is there.
const NAME: &str = "dartboard_output";

/// Nothing that a browser would show or run, whatever is in it.
const MEDIA_TYPE: &str = "application/octet-stream";

/// How long the address of what is saved is kept for the browser to read it, in milliseconds.
const KEPT_MS: u32 = 60_000;

/// What a pipeline has written. Dropping it deletes that.
pub(super) struct Output {
    name: String,
    parts: Rc<RefCell<Vec<Blob>>>,
    /// Ends that it is kept; none before the script is there.
    release: Rc<RefCell<Option<Function>>>,
    is_wanted: Rc<Cell<bool>>,
    /// Hears the parts of the last run.
    listener: RefCell<Option<EventListener>>,
}

impl Output {
    /// A new one of that name, which no other page has.
    pub(super) fn new(name: String) -> Self {
        let parts = Rc::new(RefCell::new(Vec::new()));
        let release = Rc::new(RefCell::new(None::<Function>));
        let is_wanted = Rc::new(Cell::new(true));
        let keep = {
            let (name, release, is_wanted) = (name.clone(), Rc::clone(&release), Rc::clone(&is_wanted));
            move || {
                if scripts::has(NAME) && is_wanted.get() {
                    release.replace(Some(OUTPUTS.with(|outputs| outputs.keep(&name))));
                }
            }
        };
        if scripts::has(NAME) {
            keep();
        } else if let Some(address) = script_url(Program::Output) {
            scripts::run(&address, Closure::once_into_js(keep).unchecked_ref());
        }
        Self { name, parts, release, is_wanted, listener: RefCell::default() }
    }

    /// What the writer of a run gets: the name, and a port for parts. What was written before is no longer there.
    pub(super) fn for_writer(&self) -> (Array, Option<MessagePort>) {
        self.parts.borrow_mut().clear();
        let to = Array::of1(&self.name.as_str().into());
        let Ok(channel) = MessageChannel::new() else { return (to, None) };
        let (here, parts) = (channel.port1(), Rc::clone(&self.parts));
        self.listener.replace(Some(EventListener::new(&here, "message", move |event| {
            if let Ok(part) = event.unchecked_ref::<MessageEvent>().data().dyn_into() {
                parts.borrow_mut().push(part);
            }
        })));
        here.start();
        let there = channel.port2();
        to.push(&there);
        (to, Some(there))
    }

    /// Lets the user save it under this name; says so if it is not there.
    pub(super) fn save(&self, name: String, on_failed: impl Fn() + 'static) {
        if !self.parts.borrow().is_empty() {
            let parts: Array = self.parts.borrow().iter().collect();
            let options = BlobPropertyBag::new();
            options.set_type(MEDIA_TYPE);
            match Blob::new_with_blob_sequence_and_options(&parts, &options) {
                Ok(blob) => save_blob(&blob, &name),
                Err(_) => on_failed(),
            }
            return;
        }
        let taken = scripts::has(NAME).then(|| OUTPUTS.with(|outputs| outputs.take(&self.name)));
        spawn_local(async move {
            let file = match taken {
                Some(taken) => JsFuture::from(taken).await.ok(),
                None => None,
            };
            let blob = file.and_then(|file| {
                let file: Blob = file.unchecked_into();
                file.slice_with_f64_and_f64_and_content_type(0.0, file.size(), MEDIA_TYPE).ok()
            });
            match blob {
                Some(blob) => save_blob(&blob, &name),
                None => on_failed(),
            }
        });
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.is_wanted.set(false);
        if let Some(release) = self.release.take() {
            // It throws nothing.
            let _ = release.call0(&JsValue::NULL);
        }
    }
}

fn save_blob(blob: &Blob, name: &str) {
    let Ok(url) = Url::create_object_url_with_blob(blob) else { return };
    files::save(name, &url);
    Timeout::new(KEPT_MS, move || {
        let _ = Url::revoke_object_url(&url);
    })
    .forget();
}

#[wasm_bindgen]
extern "C" {
    /// Of `worker/stage-output.js`.
    #[wasm_bindgen(js_name = Object)]
    type Outputs;

    #[wasm_bindgen(thread_local_v2, js_name = dartboard_output)]
    static OUTPUTS: Outputs;

    #[wasm_bindgen(method)]
    fn keep(this: &Outputs, name: &str) -> Function;

    #[wasm_bindgen(method)]
    fn take(this: &Outputs, name: &str) -> Promise;
}
