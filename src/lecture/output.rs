//! Where a pipeline's text goes, and how the user gets it: a private file in the browser, or parts in memory where the browser
//! has none.

use std::cell::RefCell;
use std::rc::Rc;

use dartboard_worker::own_files::{self, NAME};
use gloo::events::EventListener;
use js_sys::Array;
use js_sys::futures::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Blob, MessageChannel, MessageEvent, MessagePort};

use super::kept::Kept;
use crate::browser::{files, scripts};

/// The writer's file in the folder of its run.
const FILE: &str = "text";

/// What a pipeline has written. Dropping it deletes that.
pub(super) struct Output {
    kept: Kept,
    parts: Rc<RefCell<Vec<Blob>>>,
    /// Hears the parts of the last run.
    listener: RefCell<Option<EventListener>>,
}

impl Output {
    /// A new one.
    pub(super) fn new() -> Self {
        Self { kept: Kept::new(), parts: Rc::default(), listener: RefCell::default() }
    }

    /// What the writer of a run gets: the folder, and a port for parts. What was written before is no longer there.
    pub(super) fn for_writer(&self) -> (Array, Option<MessagePort>) {
        self.parts.borrow_mut().clear();
        let to = Array::of1(&self.kept.folder().into());
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
        let parts: Array = self.parts.borrow().iter().collect();
        let folder = self.kept.folder().to_owned();
        spawn_local(async move {
            let blob = if parts.length() > 0 {
                Blob::new_with_blob_sequence(&parts).ok()
            } else if scripts::has(NAME) {
                own_files::take(&folder, FILE).await.ok()
            } else {
                None
            };
            if !blob.is_some_and(|blob| files::save_blob(&blob, &name)) {
                on_failed();
            }
        });
    }
}
