//! Behind a slot: one worker, wherever it counts.
//!
//! A port makes its worker, posts to it, passes on what it says, and ends it when dropped. The messages are the
//! same text for every kind of worker; each kind, in its own file, only moves them.

use dartboard_core::supervision::Heard;
use dartboard_points::protocol::{FromWorker, ToWorker};

use super::web_worker::{Program, WebWorker};

/// What a kind of worker hands over.
pub(crate) enum Signal {
    /// The worker's own words.
    Text(String),
    /// Something that is no text, for this reason.
    NoText(&'static str),
    /// An error was reported for the worker; the browser's words, if any.
    Failed(String),
}

/// One worker. Dropping it ends the worker and silences it.
pub(super) struct Port {
    worker: WebWorker,
}

impl Port {
    /// Makes a worker that runs `program`, called `name` in the browser's tools. `on_heard` is told what is heard of it, and how many
    /// characters that took.
    ///
    /// # Errors
    /// The browser's reason, when it cannot even try.
    pub(super) fn spawn(
        program: Program,
        name: &str,
        on_heard: impl Fn(Heard, usize) + Clone + 'static,
    ) -> Result<Self, String> {
        let worker = WebWorker::spawn(program, name, move |signal| match signal {
            Signal::Text(text) => on_heard(read(&text), text.len()),
            Signal::NoText(reason) => on_heard(Heard::Malformed(reason.to_owned()), 0),
            Signal::Failed(reason) => on_heard(Heard::Failed(reason), 0),
        })?;
        Ok(Self { worker })
    }

    /// Posts `message`, and says how many characters that took.
    ///
    /// # Errors
    /// The browser's reason.
    pub(super) fn post(&self, message: &ToWorker) -> Result<usize, String> {
        let text = message.encode();
        self.worker.post(&text.as_str().into())?;
        Ok(text.len())
    }
}

fn read(text: &str) -> Heard {
    match FromWorker::parse(text) {
        Ok(message) => Heard::Said(message),
        Err(error) => Heard::Malformed(error.to_string()),
    }
}
