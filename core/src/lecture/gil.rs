//! The GIL: threads that may only run one at a time, against the same threads without it, and against workers that share
//! nothing.

mod program;
mod told;

use dartboard_threads::memory::{COUNTER, Words};
use dartboard_threads::task::{Change, Done, Held, Pause, Python as Interpreter, State, Task};

use super::guess::GuessKind;
use super::python::Python;
use super::recorded::Recorded;
use super::runs::{RoundOver, Runs};
use super::settings::{Choice, Kind, LessonField, Values};
use super::shown::{Figure, Shown};
use super::{About, MemoryNeed};
use crate::benchmark::statistics::Spread;
use crate::text::Fixed;

/// How many threads there are.
pub static THREADS: LessonField = LessonField {
    name: "threads",
    label: "Threads",
    kind: Kind::Number { min: 2, max: 16, default: 2, decimals: 0 },
};

/// How long a thread waits before it asks for the GIL.
pub static INTERVAL: LessonField = LessonField {
    name: "interval",
    label: "Switch after (ms)",
    kind: Kind::Number { min: 5, max: 5_000, default: 500, decimals: 2 },
};

/// What the threads do.
pub static WORK: LessonField = LessonField {
    name: "work",
    label: "Threads do",
    kind: Kind::Choice {
        choices: &[
            Choice { name: "calculate", label: "calculate" },
            Choice { name: "wait", label: "calculate and wait" },
        ],
    },
};

/// How much work there is, in all.
pub static SLICES: LessonField = LessonField {
    name: "slices",
    label: "Work (slices of 8,000 points)",
    kind: Kind::Number { min: 100, max: 25_000, default: 6_000, decimals: 0 },
};

/// How often everything is timed.
pub static ROUNDS: LessonField = LessonField {
    name: "rounds",
    label: "Rounds",
    kind: Kind::Number { min: 1, max: 30, default: 7, decimals: 0 },
};

/// What the lesson is.
pub static ABOUT: About = About {
    name: "gil",
    title: "The GIL",
    group: "Threads",
    short_question: "Are two threads faster than one?",
    question: "Are two threads faster than one?",
    fields: &[&THREADS, &INTERVAL, &WORK, &SLICES, &ROUNDS],
    guess: GuessKind::Numbers { label: "Your guess: how many times as fast?", most: 1_000.0 },
    figures: ["Threads with a GIL", "Threads without a GIL", "Processes, once started"],
    files: ["gil.csv", "gil.json"],
    why: &[
        "With a GIL, only one thread runs at a time. Two threads share the time of one.",
        "A thread that wants the GIL waits one switch interval, then asks for it. The holder lets go, and goes on only after \
         another thread had it.",
        "A thread that waits for a file or the network releases the GIL meanwhile. So threads do help with waiting.",
        "Processes have a GIL each, so all of them run. Starting them costs time, once.",
    ],
    python: Python {
        file_name: "gil.py",
        program: program::of,
        beside: &[
            ("the GIL", "a lock in shared memory, by CPython’s own rules"),
            ("sys.setswitchinterval(0.005)", "Switch after (ms)"),
            ("threading.Thread(target=work)", "a Web Worker that shares memory and takes turns"),
            ("multiprocessing.Process(target=work)", "a Web Worker that shares nothing"),
        ],
        prints: &[
            ("3.9", "one loop: 419 ms, 2 threads: 397 ms, 2 processes: 219 ms, on two cores"),
            ("3.13", "one loop: 247 ms, 2 threads: 246 ms, 2 processes: 175 ms, on two cores"),
            ("3.13 without GIL", "one loop: 457 ms, 2 threads: 482 ms, 2 processes: 263 ms, on two cores"),
            (
                "the same, a generator each",
                "one loop: 245 ms, 2 threads: 183 ms, 2 processes: 189 ms, on two cores",
            ),
        ],
        remark: "The times depend on your computer. The ratio of threads to one loop does not: it is about 1 as long as Python \
                 has a GIL. Without one, the threads here wait for another lock, that of the random numbers they share.",
    },
    in_short: &[(&ROUNDS, 3)],
    per_core: Some(&THREADS),
    memory: MemoryNeed::All,
    recorded: Recorded {
        figures: ["0.8 ×", "1.5 ×", "1.7 ×"],
        findings: &["With a GIL, 2 threads were 0.8 times as fast as one loop; without it, 1.5 times."],
    },
};

/// Additions of a thread to the counter, under each Python.
const ADDITIONS: u32 = 50_000;

/// How many pauses a round has in all, where threads also wait, and how long each is.
const PAUSES: u32 = 20;
const PAUSE_US: u32 = 5_000;

/// If workers that share nothing are not so many times as fast as one loop, this computer has no core to spare.
const SCALES_FROM: f64 = 1.3;

/// What is shown of how threads take turns, in µs.
const SHOWN_US: u64 = 60_000;

/// What is timed in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// All threads work once untimed: the browser compiles what runs often anew, and the first run would be slower.
    WarmUp,
    Loop,
    Gil,
    Free,
    /// Two of the threads, where there are more.
    PairWithGil,
    PairFree,
    Processes,
    /// Workers that share nothing, once more: what the others are judged by.
    Control,
    /// One thread alone, with the GIL.
    AloneWithGil,
    /// The counter under one of [`Interpreter::ALL`].
    Counter(usize),
}

const TIMED: [Way; 8] = [
    Way::Loop,
    Way::PairWithGil,
    Way::Gil,
    Way::PairFree,
    Way::Free,
    Way::Processes,
    Way::Control,
    Way::AloneWithGil,
];

/// The runs of a press of Run.
#[derive(Clone, Debug)]
pub struct GilRuns {
    threads: u32,
    interval_us: u32,
    waits: bool,
    slices: u32,
    rounds: u32,
    /// What is to be done next, in this order, from the back.
    to_do: Vec<Way>,
    /// Milliseconds of each way, in the order of [`TIMED`].
    ms: [Vec<f64>; 8],
    /// What the counter showed under each Python.
    counted: [Option<u32>; 3],
    /// What the threads did, with the GIL and without.
    traces: [Vec<Done>; 2],
    /// How often the GIL changed hands in a round.
    switches: u32,
    /// How long the threads took to start, in µs.
    started_us: u64,
    now: Way,
}

impl GilRuns {
    /// Those of `values`.
    pub fn new(values: &Values) -> Self {
        let waits = values.get(&WORK) == 1;
        let rounds = values.small(&ROUNDS);
        let threads = values.small(&THREADS);
        let mut to_do: Vec<Way> = (0..Interpreter::ALL.len()).map(Way::Counter).collect();
        for _ in 0..rounds {
            let ways = TIMED.into_iter().filter(|way| match way {
                // Workers that share nothing cannot wait for anything either.
                Way::Processes | Way::Control => !waits,
                Way::PairWithGil | Way::PairFree => threads > 2,
                _ => true,
            });
            to_do.extend(ways.rev());
        }
        to_do.push(Way::WarmUp);
        Self {
            threads,
            // Hundredths of a millisecond.
            interval_us: values.small(&INTERVAL) * 10,
            waits,
            slices: values.small(&SLICES),
            rounds,
            to_do,
            ms: Default::default(),
            counted: [None; 3],
            traces: Default::default(),
            switches: 0,
            started_us: 0,
            now: Way::Loop,
        }
    }

    fn threads_of(&self, way: Way) -> u32 {
        match way {
            Way::Loop | Way::AloneWithGil => 1,
            Way::PairWithGil | Way::PairFree => 2,
            _ => self.threads,
        }
    }

    fn spread(&self, way: Way) -> Option<Spread> {
        let place = TIMED.iter().position(|&other| other == way)?;
        Spread::of(&self.ms[place])
    }

    /// How many times as fast as one loop.
    fn speedup(&self, way: Way) -> Option<f64> {
        let (way, one) = (self.spread(way)?, self.spread(Way::Loop)?);
        (way.median > 0.0).then(|| one.median / way.median)
    }

    /// Whether two cores were free; unknown where it was not measured.
    fn scales(&self) -> Option<bool> {
        self.speedup(Way::Control).map(|control| control >= SCALES_FROM)
    }
}

impl Runs for GilRuns {
    fn threads(&self) -> u32 {
        self.threads
    }

    fn rounds(&self) -> (u32, u32) {
        let over = self.ms.iter().map(Vec::len).filter(|&over| over > 0).min().unwrap_or(0);
        let is_whole = [&self.ms[0], &self.ms[TIMED.len() - 1]].iter().all(|times| !times.is_empty());
        (if is_whole { u32::try_from(over).unwrap_or(u32::MAX) } else { 0 }, self.rounds)
    }

    fn next_round(&mut self) -> Option<Vec<Task>> {
        self.now = self.to_do.pop()?;
        let (slices, interval_us) = (self.slices, self.interval_us);
        let threads = self.threads_of(self.now);
        let pause = self.waits.then_some(Pause { every: (slices / PAUSES).max(1), us: PAUSE_US });
        let held = match self.now {
            Way::Gil | Way::PairWithGil | Way::AloneWithGil => Held::Gil { interval_us },
            Way::Processes | Way::Control => Held::Alone,
            Way::WarmUp | Way::Loop | Way::Free | Way::PairFree | Way::Counter(_) => Held::Nothing,
        };
        let task = |thread| match self.now {
            Way::Counter(python) => {
                let python = Interpreter::ALL[python];
                Task::Interpret { thread, threads, increments: ADDITIONS, python, interval_us }
            }
            _ => Task::Compute { thread, threads, slices: share(slices, thread, threads), held, pause },
        };
        Some((0..threads).map(task).collect())
    }

    fn over(&mut self, round: RoundOver) {
        if self.started_us == 0 {
            self.started_us = round.started_us.iter().copied().max().unwrap_or(0);
        }
        if let Way::Counter(python) = self.now {
            self.counted[python] = Some(round.words.load(COUNTER).cast_unsigned());
            return;
        }
        let ms = worked_us(&round.done) as f64 / 1e3;
        if let Some(place) = TIMED.iter().position(|&way| way == self.now) {
            self.ms[place].push(ms);
        }
        match self.now {
            Way::Gil => {
                self.switches = round.done.iter().map(|done| done.switches).sum();
                self.traces[0] = round.done;
            }
            Way::Free => self.traces[1] = round.done,
            _ => {}
        }
    }

    fn shown(&self, guesses: &[f64]) -> Shown {
        if self.rounds().0 == 0 {
            return Shown::default();
        }
        let times = |way| self.speedup(way).map(|speedup| Figure::plain(format!("{} ×", Fixed(speedup, 1))));
        let processes = times(Way::Processes).unwrap_or_else(|| Figure::plain("–"));
        let number =
            |way| self.speedup(way).map_or_else(String::new, |speedup| Fixed(speedup, 3).to_string());
        Shown {
            figures: [times(Way::Gil), times(Way::Free), Some(processes)],
            lanes: Some(self.lanes()),
            bars: Some(self.bars(guesses)),
            findings: self.findings(),
            table: self.table(),
            data: vec![
                ("data-speedup-gil", number(Way::Gil)),
                ("data-speedup-free", number(Way::Free)),
                ("data-speedup-processes", number(Way::Processes)),
                ("data-speedup-control", number(Way::Control)),
                ("data-speedup-one-with-gil", number(Way::AloneWithGil)),
                ("data-speedup-two-with-gil", number(Way::PairWithGil)),
                ("data-speedup-two-free", number(Way::PairFree)),
                ("data-switches", self.switches.to_string()),
                ("data-rounds", self.rounds().0.to_string()),
            ],
            ..Shown::default()
        }
    }
}

/// The slices of one of the threads: as many as of the others, but for the rest of the division.
fn share(slices: u32, thread: u32, threads: u32) -> u32 {
    slices / threads + u32::from(thread < slices % threads)
}

fn worked_from(done: &Done) -> Option<u64> {
    worked(&done.trace).first().map(|change| change.at_us)
}

/// From when the first of them began to when the last one ended, in µs.
fn worked_us(done: &[Done]) -> u64 {
    let from = done.iter().filter_map(worked_from).min().unwrap_or(0);
    let to = done.iter().filter_map(|done| done.trace.last()).map(|change| change.at_us).max().unwrap_or(0);
    to.saturating_sub(from)
}

/// The trace from the start signal on.
fn worked(trace: &[Change]) -> &[Change] {
    let begun = trace.iter().position(|change| change.state != State::Waiting);
    begun.and_then(|begun| trace.get(begun..)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
