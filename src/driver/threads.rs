//! Threads: workers of the program `thread`, of a lesson or of the benchmark.

use dartboard_core::lecture::crew;
use dartboard_threads::task::Report;

use super::{Program, Signal, WebWorker};

/// Starts so many; `on_signal` hears each with its number. For one that the browser could not even try to start there is
/// none, and its signal says why.
pub(crate) fn start_threads(
    program: Program,
    threads: u32,
    on_signal: impl Fn(u32, Signal) + Clone + 'static,
) -> Vec<Option<WebWorker>> {
    let start = |thread| {
        let on_own_signal = on_signal.clone();
        let worker = WebWorker::spawn(program, &crew::name(thread), move |signal| {
            on_own_signal(thread, signal);
        });
        worker.map_err(|reason| on_signal(thread, Signal::Failed(reason))).ok()
    };
    (0..threads).map(start).collect()
}

/// What a thread reports by a signal.
///
/// # Errors
/// Why it is dead, or speaks so that nobody understands it.
pub(crate) fn report_of(signal: Signal) -> Result<Report, String> {
    match signal {
        Signal::Text(text) => Report::parse(&text).map_err(|error| error.to_string()),
        Signal::NoText(reason) => Err(reason.to_owned()),
        Signal::Failed(reason) => Err(reason),
    }
}
