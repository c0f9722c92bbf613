//! What happens behind a panel, in a few plain sentences: the lecture's terms, and what stands for them in a browser.

use yew::prelude::*;

/// Behind the estimate.
pub const ESTIMATE: &str = "A point of the square lies inside the quarter circle with the probability π/4; four times the \
    share inside is the estimate. In the lecture a coordinator thread takes the counts of the processes from a queue and \
    adds them up. Here the main thread does: it is the coordinator, and draws the page besides. Start and Stop are events \
    in its message queue like any other. The dim digits are noise; the solid ones the 95 % interval supports.";

/// Behind the convergence chart.
pub const CONVERGENCE: &str = "Each tally that arrives makes the estimate a little better: its typical error is 1.642/√N. The \
    chart keeps some 8 tallies for each doubling of N, so a run of any length fits into a few kilobytes. Both axes are \
    logarithmic: 1/√N is a straight line there.";

/// Behind the workers.
pub const WORKERS: &str = "The lecture’s worker process is a Web Worker here: a thread with memory of its own, started by the \
    page. It shares nothing with the page; they post each other messages. The browser copies each one (structured clone), \
    as Python pickles what goes through a Queue. Every worker has a message queue, in which its next batch waits already. \
    Crash is a panic in the worker, Hang an endless loop; Kill is terminate(), as in the lecture, without the coordinator \
    being told. It finds out by an error event or a deadline, terminates what is left, starts another worker and gives it \
    the lost blocks. A process can be killed in the lecture in the same way; a Python thread cannot.";

/// Behind the dartboard.
pub const DARTBOARD: &str = "A worker sends back two numbers, never its points. The points shown are those of the block \
    counted last, thrown again by the main thread: since a block’s points follow from the seed and the block’s number \
    alone, they are the same ones.";

/// Behind the settings.
pub const SETTINGS: &str = "The number of workers is the lecture’s number of processes. Beyond the number of cores they only \
    take turns. The batch size is its BATCH_SIZE: small batches mean many messages, large ones a slow Stop. Seed and \
    target name the run: whoever counts them, with however many workers, gets the same total. Chaos lets workers panic, to \
    show that it does.";

/// Behind the event log.
pub const EVENTS: &str = "What the coordinator was told and what it did. A batch out at a worker is a lease; when the worker \
    dies, its blocks are requeued. A result counts once: one that comes late, twice or from a worker already replaced is \
    dropped.";

/// `text` under a line that opens it.
pub fn view_explanation(text: &'static str) -> Html {
    html! {
        <details class="explanation">
            <summary>{ "What happens here" }</summary>
            <p>{ text }</p>
        </details>
    }
}
