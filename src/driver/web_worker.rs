//! A Web Worker behind a port.

use gloo::events::EventListener;
use gloo::utils::document;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::port::Signal;
use crate::browser::error_text;

/// One Web Worker and what listens to it. Dropping it terminates the worker and silences it.
pub(crate) struct WebWorker {
    worker: Worker,
    _listeners: [EventListener; 3],
}

impl WebWorker {
    /// Starts a worker of `program` that is called `name` in the browser's tools and heard by `on_signal`.
    ///
    /// # Errors
    /// The browser's reason, when it cannot even try.
    pub(crate) fn spawn(
        program: Program,
        name: &str,
        on_signal: impl Fn(Signal) + Clone + 'static,
    ) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(name);
        let url = script_url(program).ok_or("the page does not name the worker's script")?;
        let worker = Worker::new_with_options(&url, &options).map_err(|error| error_text(&error))?;
        let listeners = [
            listen(&worker, "message", on_signal.clone(), |event| {
                let text = event.unchecked_ref::<MessageEvent>().data().as_string();
                text.map_or(Signal::NoText("the message is not a string"), Signal::Text)
            }),
            listen(&worker, "error", on_signal.clone(), |event| {
                // The page learns of it through the coordinator; the browser need not log it as uncaught.
                event.prevent_default();
                Signal::Failed(error_event_text(event))
            }),
            listen(&worker, "messageerror", on_signal, |_| {
                Signal::NoText("the browser could not read the message")
            }),
        ];
        Ok(Self { worker, _listeners: listeners })
    }

    /// Posts `message`.
    ///
    /// # Errors
    /// The browser's reason.
    pub(crate) fn post(&self, message: &JsValue) -> Result<(), String> {
        self.worker.post_message(message).map_err(|error| error_text(&error))
    }

    /// Posts `message`, and hands over what of it is in `handed_over`.
    ///
    /// # Errors
    /// The browser's reason.
    pub(crate) fn post_with(&self, message: &JsValue, handed_over: &Array) -> Result<(), String> {
        self.worker.post_message_with_transfer(message, handed_over).map_err(|error| error_text(&error))
    }
}

impl Drop for WebWorker {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

fn listen(
    worker: &Worker,
    event_type: &'static str,
    on_signal: impl Fn(Signal) + 'static,
    translate: impl Fn(&web_sys::Event) -> Signal + 'static,
) -> EventListener {
    EventListener::new_with_options(
        worker,
        event_type,
        gloo::events::EventListenerOptions::enable_prevent_default(),
        move |event| on_signal(translate(event)),
    )
}

/// The text of an error event; a script that cannot be loaded raises a plain event without one.
fn error_event_text(event: &web_sys::Event) -> String {
    match event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message) {
        Some(text) if !text.is_empty() => text,
        _ => "its script could not be loaded".to_owned(),
    }
}

/// The program that a worker runs, as index.html names its script.
#[derive(Clone, Copy)]
pub enum Program {
    /// It counts batches.
    Worker,
    /// It counts batches on the GPU.
    Gpu,
    /// It is a thread of a lesson or of the benchmark.
    Thread,
    /// It is a stage of the lecture's pipeline.
    Stage,
    /// It runs in the page, and starts workers of its own.
    Errands,
    /// It downloads files.
    Download,
    /// It runs in the page, and keeps what workers have written.
    Files,
}

/// The script of `program`, relative to the document; none if index.html does not name it.
pub fn script_url(program: Program) -> Option<String> {
    let meta = match program {
        Program::Worker => "meta[name='dartboard-worker']",
        Program::Gpu => "meta[name='dartboard-gpu']",
        Program::Thread => "meta[name='dartboard-thread']",
        Program::Stage => "meta[name='dartboard-stage']",
        Program::Errands => "meta[name='dartboard-process']",
        Program::Download => "meta[name='dartboard-download']",
        Program::Files => "meta[name='dartboard-files']",
    };
    document().query_selector(meta).ok()??.get_attribute("content")
}
