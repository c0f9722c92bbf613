//! The lecture's words, and what stands for them in a browser.

/// A word of the lecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// What the lecture's program calls it.
    pub lecture: &'static str,
    /// What does the same here.
    pub here: &'static str,
}

/// What counts.
pub const WORKER: Term = Term { lecture: "worker process", here: "Web Worker" };
/// What hands out and adds up.
pub const COORDINATOR: Term =
    Term { lecture: "coordinator thread", here: "the coordinator on the main thread" };
/// What a worker's messages wait in.
pub const QUEUE: Term = Term { lecture: "queue", here: "the worker’s message queue" };
/// How a message is copied.
pub const PICKLING: Term = Term { lecture: "pickling", here: "structured clone" };
/// How a worker is killed.
pub const TERMINATE: Term = Term { lecture: "terminate()", here: "terminate()" };
/// What shows the estimate.
pub const WINDOW: Term = Term { lecture: "Tk window", here: "this page" };
/// How a window does something later, again and again.
pub const AFTER: Term = Term { lecture: "root.after()", here: "a timer of the page" };
/// What a worker counts at a time.
pub const BATCH_SIZE: Term = Term { lecture: "BATCH_SIZE", here: "the batch size" };
/// Everything counted by one call.
pub const LOOP: Term = Term { lecture: "the plain loop", here: "the benchmark’s sequential mode" };
/// What takes turns.
pub const THREADS: Term =
    Term { lecture: "Python threads under the GIL", here: "the benchmark’s threads with a GIL" };

#[cfg(test)]
mod tests {
    use super::*;

    // Fails with: a README that translates a word otherwise than the page does.
    #[test]
    fn the_readme_has_the_same_words() {
        let table =
            include_str!("../../../README.md").split_once("| the lecture's program | here |\n").unwrap().1;
        let rows: Vec<String> = table
            .lines()
            .skip(1)
            .take_while(|line| line.starts_with('|'))
            .map(|row| row.replace('`', "").replace('\'', "’"))
            .collect();
        let terms =
            [WORKER, COORDINATOR, QUEUE, PICKLING, TERMINATE, WINDOW, AFTER, BATCH_SIZE, LOOP, THREADS];
        assert_eq!(rows, terms.map(|Term { lecture, here }| format!("| {lecture} | {here} |")));
    }
}
