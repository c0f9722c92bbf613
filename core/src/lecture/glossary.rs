//! The lecture's words, and what stands for them in a browser. Together they are the cheat sheet.

use super::experiment::Experiment;

/// A word of the lecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// What the lecture's program calls it.
    pub lecture: &'static str,
    /// What does the same here.
    pub here: &'static str,
    /// The address, from `#` on, where it is to be seen.
    pub address: &'static str,
}

const fn term(lecture: &'static str, here: &'static str, address: &'static str) -> Term {
    Term { lecture, here, address }
}

/// What works inside a process.
const THREAD: Term = term("threading.Thread", "a Web Worker that shares memory", "#/lecture/threads");
/// What threads do to each other.
const RACE: Term = term("race condition", "lost additions to a word of shared memory", "#/lecture/race");
/// What keeps threads apart.
const LOCK: Term = term("threading.Lock", "a lock in shared memory", "#/lecture/race?guard=lock");
/// What keeps processes apart.
const PROCESS_LOCK: Term = term("multiprocessing.Lock", "a Web Lock", "#/lecture/compared");
/// What lets one thread at a time run.
const GIL: Term = term("GIL", "a lock that a thread holds while it counts", "#/lecture/gil");
/// What tells threads to stop.
const EVENT: Term =
    term("threading.Event", "a word of shared memory that threads look at", "#/lecture/daemon");
/// What goes between threads.
const THREAD_QUEUE: Term = term("queue.Queue", "places in shared memory, with a lock", "#/lecture/queue");
/// What a worker's messages wait in.
pub const QUEUE: Term = term("multiprocessing.Queue", "the worker’s message queue", "#/lecture/compared");
/// How a message is copied.
pub const PICKLING: Term = term("pickling", "structured clone", "#/lecture/processes?part=kinds");
/// What counts.
pub const WORKER: Term = term("worker process", "Web Worker", "#/lecture/processes");
/// What hands out and adds up.
pub const COORDINATOR: Term = term("coordinator thread", "the coordinator on the main thread", "#/");
/// How a worker is killed.
pub const TERMINATE: Term = term("terminate()", "terminate()", Experiment::KilledWorker.address());
/// What shows the estimate.
pub const WINDOW: Term = term("Tk window", "this page", "#/lecture/window");
/// How a window does something later, again and again.
pub const AFTER: Term = term("root.after()", "a timer of the page", "#/lecture/window");
/// What a worker counts at a time.
pub const BATCH_SIZE: Term = term("BATCH_SIZE", "the batch size", Experiment::SmallBatches.address());
/// Everything counted by one call.
pub const LOOP: Term = term("the plain loop", "the benchmark’s sequential mode", "#/benchmark");
/// What takes turns.
pub const THREADS: Term =
    term("Python threads under the GIL", "the benchmark’s threads with a GIL", "#/benchmark");

/// All of them, in the order of the lecture.
pub const ALL: [Term; 17] = [
    THREAD,
    RACE,
    LOCK,
    GIL,
    EVENT,
    THREAD_QUEUE,
    QUEUE,
    PROCESS_LOCK,
    PICKLING,
    WINDOW,
    AFTER,
    WORKER,
    COORDINATOR,
    TERMINATE,
    BATCH_SIZE,
    LOOP,
    THREADS,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Page;
    use crate::lecture::address::{LectureAddress, parse};

    // Fails with: a README that translates a word otherwise than the page does, or leaves one out.
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
        assert_eq!(rows, ALL.map(|Term { lecture, here, .. }| format!("| {lecture} | {here} |")));
    }

    // Fails with: a link of the cheat sheet that leads nowhere, or to another page or lesson than that of its word.
    #[test]
    fn every_word_leads_to_where_it_is_to_be_seen() {
        let mut there = Vec::new();
        for Term { lecture, address, .. } in ALL {
            let is_page = [Page::Run, Page::Benchmark].iter().any(|page| page.route() == address);
            there.push(match parse(address, 4) {
                Some(LectureAddress::Lesson(link)) if link.errors.is_empty() => link.lesson.about().name,
                _ if is_page || Experiment::ALL.iter().any(|it| it.address() == address) => address,
                _ => panic!("{lecture} leads to {address}"),
            });
        }
        let lessons =
            ["threads", "race", "race", "gil", "daemon", "queue", "compared", "compared", "processes"];
        let killed = Experiment::KilledWorker.address();
        let others = ["window", "window", "processes", "#/", killed, Experiment::SmallBatches.address()];
        assert_eq!(there, [&lessons[..], &others[..], &["#/benchmark"; 2][..]].concat());
    }
}
