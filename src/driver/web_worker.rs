//! One Web Worker as the driver holds it.

use dartboard_points::protocol::{FromWorker, ToWorker};
use gloo::events::EventListener;
use gloo::utils::document;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::browser::error_text;
use dartboard_core::coordinator::{Event, WorkerId};

/// One Web Worker and what listens to it. Dropping it terminates the worker and silences it.
pub(super) struct BrowserWorker {
    id: WorkerId,
    worker: Worker,
    _listeners: [EventListener; 3],
}

impl BrowserWorker {
    /// Starts a worker whose events, as those of worker `id`, are told to `on_event`; in the browser's tools it is
    /// called `name`.
    ///
    /// # Errors
    /// The browser's reason, when it cannot even try.
    pub(super) fn spawn(
        id: WorkerId,
        name: &str,
        on_event: impl Fn(Event) + Clone + 'static,
    ) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(name);
        let url = script_url().ok_or("the page does not name the worker's script")?;
        let worker = Worker::new_with_options(&url, &options).map_err(|error| error_text(&error))?;
        let listeners = [
            listen(&worker, "message", on_event.clone(), move |event| {
                let data = event.unchecked_ref::<MessageEvent>().data();
                let Some(text) = data.as_string() else {
                    return Event::Malformed { worker: id, reason: "the message is not a string".to_owned() };
                };
                match FromWorker::parse(&text) {
                    Ok(message) => Event::Message { worker: id, message },
                    Err(error) => Event::Malformed { worker: id, reason: error.to_string() },
                }
            }),
            listen(&worker, "error", on_event.clone(), move |event| {
                // The page learns of it through the coordinator; the browser need not log it as uncaught.
                event.prevent_default();
                Event::Failed { worker: id, reason: error_event_text(event) }
            }),
            listen(&worker, "messageerror", on_event, move |_| Event::Malformed {
                worker: id,
                reason: "the browser could not read the message".to_owned(),
            }),
        ];
        Ok(Self { id, worker, _listeners: listeners })
    }

    /// Its name to the coordinator.
    pub(super) fn id(&self) -> WorkerId {
        self.id
    }

    /// Posts `message`.
    ///
    /// # Errors
    /// The browser's reason.
    pub(super) fn post(&self, message: &ToWorker) -> Result<(), String> {
        self.worker.post_message(&JsValue::from_str(&message.encode())).map_err(|error| error_text(&error))
    }
}

impl Drop for BrowserWorker {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

fn listen(
    worker: &Worker,
    event_type: &'static str,
    on_event: impl Fn(Event) + 'static,
    translate: impl Fn(&web_sys::Event) -> Event + 'static,
) -> EventListener {
    EventListener::new_with_options(
        worker,
        event_type,
        gloo::events::EventListenerOptions::enable_prevent_default(),
        move |event| on_event(translate(event)),
    )
}

/// The text of an error event; a script that cannot be loaded raises a plain event without one.
fn error_event_text(event: &web_sys::Event) -> String {
    match event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message) {
        Some(text) if !text.is_empty() => text,
        _ => "its script could not be loaded".to_owned(),
    }
}

/// The worker's script, as index.html names it, relative to the document; none if it does not.
fn script_url() -> Option<String> {
    document().query_selector("meta[name='dartboard-worker']").ok()??.get_attribute("content")
}
