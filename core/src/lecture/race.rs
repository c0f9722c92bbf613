//! Threads that share a counter: what is lost without protection, and what protection costs.

mod orders;
mod program;

pub use orders::{Order, STEPS, StepSeen, orders};

use dartboard_threads::memory::{COUNTER, Fault, Own, Words};
use dartboard_threads::task::{Change, Done, Protection, Report, State, Task};

use super::guess::GuessKind;
use super::python::Python;
use super::recorded::Recorded;
use super::runs::{Hang, RoundOver, Runs};
use super::settings::{Choice, Kind, LessonField, Values};
use super::shown::{Curve, Figure, Lane, Lanes, Look, Shown, Stretch, Strip, Table};
use super::stage::Command;
use super::{About, MemoryNeed};
use crate::text::{Fixed, Grouped, counted, short_count};

/// How many threads add.
pub static THREADS: LessonField = LessonField {
    name: "threads",
    label: "Threads",
    kind: Kind::Number { min: 1, max: 8, default: 2, decimals: 0 },
};

/// How often each of them adds 1.
pub static INCREMENTS: LessonField = LessonField {
    name: "increments",
    label: "Additions each",
    kind: Kind::Number { min: 1_000, max: 100_000_000, default: 1_000_000, decimals: 0 },
};

/// How the counter is protected, in the order of [`Protection::ALL`].
pub static GUARD: LessonField = LessonField {
    name: "guard",
    label: "Protection",
    kind: Kind::Choice {
        choices: &[
            Choice { name: "none", label: "no protection" },
            Choice { name: "lock", label: "lock" },
            Choice { name: "atomic", label: "atomic add" },
            Choice { name: "own", label: "each thread counts for itself" },
        ],
    },
};

/// How often all of it is done.
pub static RUNS: LessonField = LessonField {
    name: "runs",
    label: "Runs",
    kind: Kind::Number { min: 1, max: 50, default: 20, decimals: 0 },
};

/// What befalls the first thread.
pub static FAULT: LessonField = LessonField {
    name: "fault",
    label: "Fault of thread 1",
    kind: Kind::Choice {
        choices: &[
            Choice { name: "none", label: "none" },
            Choice { name: "dies", label: "it dies" },
            Choice { name: "holding", label: "it dies while it holds the lock" },
        ],
    },
};

/// What comes of a thread that dies while it holds the lock.
pub const HANG: Hang = Hang {
    text: "Thread 1 died while it held the lock, so nobody lets go of it and the others wait for ever. In Python, a \
           process that is killed inside “with lock:” leaves the others like this.",
    rescue: "Give up the lock",
};

/// What the lesson is.
pub static ABOUT: About = About {
    name: "race",
    title: "Race and lock",
    group: "Threads",
    short_question: "Can two threads share a counter?",
    question: "Two threads each add 1 a million times. What does the counter show?",
    fields: &[&THREADS, &INCREMENTS, &GUARD, &RUNS, &FAULT],
    guess: GuessKind::Numbers { label: "Your guess, or the room’s (up to ten)", most: 2_147_483_647.0 },
    figures: ["Expected", "Got", "Lost"],
    files: ["race.csv", "race.json"],
    why: &[
        "Adding 1 is three steps: read, add, write. A write can overwrite the other thread’s.",
        "While both are adding, both can read the same value. Then one of the two additions is lost.",
        "A lock lets one thread at a time take the three steps. An atomic add is a single step. Threads that count for \
         themselves share nothing until the end.",
    ],
    python: Python {
        file_name: "race.py",
        program: program::of,
        beside: &[
            ("threading.Thread(target=add)", "a Web Worker that shares memory with the others"),
            ("counter += 1", "read, add 1, write a number in shared memory"),
            ("with lock:", "a lock in shared memory, by Atomics: compareExchange, wait, notify"),
            ("thread.join()", "the message that says the thread is done"),
        ],
        prints: &[
            ("3.6", "1,066,526 to 1,658,453, in 10 runs"),
            ("3.9", "1,225,715 to 1,526,893, in 10 runs"),
            ("3.10 to 3.13", "2,000,000 in each of 10 runs"),
            ("3.13 without GIL", "1,000,000 to 1,964,019, in 10 runs"),
        ],
        remark: "From 3.10 on, Python lets another thread run only when a loop goes round or a function is called. That is \
                 never between the read and the write of counter += 1. The program is still wrong: nothing promises that, and \
                 without the GIL it loses additions again.",
    },
    in_short: &[(&INCREMENTS, 100_000), (&RUNS, 5)],
    per_core: None,
    memory: MemoryNeed::OrMessages,
    recorded: Recorded {
        figures: ["2,000,000", "1,556,695", "443,305"],
        findings: &["20 of 20 runs lost additions."],
    },
};

// A word of shared memory counts as far as 2³¹ − 1.
const _: () = assert!(8 * 100_000_000 < i32::MAX as u64);

/// The most additions of a thread that asks for the counter by messages: each takes as long as thousands in memory.
pub const MOST_BY_MESSAGES: u32 = 2_000;

/// The runs of a press of Run.
#[derive(Clone, Debug)]
pub struct RaceRuns {
    threads: u32,
    increments: u32,
    protection: Protection,
    fault: Option<Fault>,
    /// What the others do since the first thread died.
    waiting: Option<Waiting>,
    of: u32,
    /// Of the variant by messages: the counter.
    counter: Option<u32>,
    /// Additions written in this run, by messages.
    written: u64,
    over: Vec<Run>,
    /// What an addition cost under each protection, the last time with as many threads.
    costs: Vec<Cost>,
}

#[derive(Clone, Debug)]
struct Run {
    got: u32,
    /// From the first addition to the last, in µs.
    added_us: u64,
    done: Vec<Done>,
    /// How long the threads took to start; empty if they were there.
    started_us: Vec<u64>,
}

/// A moment after a thread has died.
#[derive(Clone, Debug)]
struct Waiting {
    /// When it died, in µs since Run was pressed.
    death_us: u64,
    /// Now, likewise.
    at_us: u64,
    counter: u32,
    /// What each thread did so far.
    traces: Vec<Vec<Change>>,
}

#[derive(Clone, Copy, Debug)]
struct Cost {
    protection: Protection,
    threads: u32,
    by_messages: bool,
    ns: f64,
}

impl Cost {
    /// What it is the cost of.
    fn key(&self) -> (Protection, u32, bool) {
        (self.protection, self.threads, self.by_messages)
    }
}

impl RaceRuns {
    /// Those of `values`.
    pub fn new(values: &Values, shares_memory: bool) -> Self {
        let protection =
            usize::try_from(values.get(&GUARD)).ok().and_then(|place| Protection::ALL.get(place));
        let protection = protection.copied().unwrap_or(Protection::None);
        let increments = values.small(&INCREMENTS);
        Self {
            threads: values.small(&THREADS),
            increments: if shares_memory { increments } else { increments.min(MOST_BY_MESSAGES) },
            // Asking and writing back is what there is without shared memory.
            protection: if shares_memory { protection } else { Protection::None },
            fault: match values.get(&FAULT) {
                _ if !shares_memory => None,
                1 => Some(Fault::Die),
                2 => Some(Fault::DieHolding),
                _ => None,
            },
            waiting: None,
            of: values.small(&RUNS),
            counter: (!shares_memory).then_some(0),
            written: 0,
            over: Vec::new(),
            costs: Vec::new(),
        }
    }

    /// Whether a thread waits for what a dead one holds.
    fn hangs(&self) -> bool {
        let is_blocked =
            |trace: &Vec<Change>| trace.last().is_some_and(|change| change.state == State::Blocked);
        self.fault == Some(Fault::DieHolding)
            && self.waiting.as_ref().is_some_and(|waiting| waiting.traces.iter().skip(1).any(is_blocked))
    }

    fn expected(&self) -> u64 {
        u64::from(self.threads) * u64::from(self.increments)
    }

    fn lost(&self, run: &Run) -> u64 {
        self.expected().saturating_sub(run.got.into())
    }

    fn lost_runs(&self) -> usize {
        self.over.iter().filter(|run| self.lost(run) > 0).count()
    }

    fn shown_waiting(&self, waiting: &Waiting) -> Shown {
        let &Waiting { death_us, at_us, .. } = waiting;
        let row = |(thread, trace): (u32, &Vec<Change>)| {
            let is_dead = thread == 0;
            let until_us = if is_dead { death_us } else { at_us };
            let dead = is_dead.then_some(Stretch { from_us: death_us, to_us: at_us, look: Look::Dead });
            Lane {
                name: super::crew::name(thread),
                stretches: Stretch::joined(Stretch::of(trace, until_us).chain(dead)),
            }
        };
        let lanes = Lanes {
            title: "Thread 1 is dead".to_owned(),
            note: format!("{} s since Run was pressed", Fixed(at_us as f64 / 1e6, 1)),
            rows: (0..).zip(&waiting.traces).map(row).collect(),
            span_us: at_us.max(1),
            legend: vec![
                (Look::Working, "adding"),
                (Look::Blocked, "waiting for the lock"),
                (Look::Dead, "dead"),
            ],
            curve: None,
        };
        Shown {
            figures: [
                Some(Figure::count(self.expected())),
                Some(Figure::count(waiting.counter.into())),
                None,
            ],
            lanes: Some(lanes),
            data: vec![("data-hangs", u32::from(self.hangs()).to_string())],
            ..Shown::default()
        }
    }

    fn row(&self, number: u64, run: &Run) -> Vec<String> {
        let lost = self.lost(run);
        vec![
            number.to_string(),
            Grouped(self.expected()).to_string(),
            Grouped(run.got.into()).to_string(),
            Grouped(lost).to_string(),
            Fixed(100.0 * lost as f64 / self.expected() as f64, 1).to_string(),
            Fixed(run.added_us as f64 / 1e3, 1).to_string(),
            Fixed(self.rate(run), 0).to_string(),
        ]
    }

    /// Additions a second.
    fn rate(&self, run: &Run) -> f64 {
        self.expected() as f64 * 1e6 / run.added_us.max(1) as f64
    }

    fn findings(&self) -> Vec<String> {
        let (lost, runs) = (self.lost_runs(), self.over.len());
        let mut findings = vec![match (self.protection, lost) {
            (Protection::None, 0) if self.threads == 1 => "One thread alone loses nothing.".to_owned(),
            (Protection::None, 0) => {
                "No addition was lost this time. That proves nothing: run again, or add more.".to_owned()
            }
            (_, 0) => format!("Nothing was lost in {}.", counted(runs, "run")),
            _ => format!("{lost} of {} lost additions.", counted(runs, "run")),
        }];
        if self.counter.is_some() {
            findings.push(format!(
                "Without shared memory the threads ask the page for the counter and write it back, by messages: {} \
                 additions each.",
                Grouped(self.increments.into())
            ));
        }
        let cost = |protection| {
            let key = (protection, self.threads, self.counter.is_some());
            self.costs.iter().find(|cost| cost.key() == key)
        };
        if let (Some(own), Some(none)) = (cost(self.protection), cost(Protection::None))
            && self.protection != Protection::None
            && none.ns > 0.0
        {
            let ratio = own.ns / none.ns;
            findings.push(format!(
                "An addition takes {} ns this way, and took {} ns without protection: {}.",
                Fixed(own.ns, 1),
                Fixed(none.ns, 1),
                if ratio >= 1.0 {
                    format!("{} times as long", Fixed(ratio, 1))
                } else {
                    format!("{} times as fast", Fixed(1.0 / ratio.max(1e-9), 1))
                },
            ));
        }
        findings
    }

    fn lanes(&self, run: &Run) -> Lanes {
        let mut started = run.started_us.iter();
        let rows = (0..).zip(&run.done).map(|(thread, done)| {
            let starting = started.next().map(|&to_us| Stretch { from_us: 0, to_us, look: Look::Starting });
            let waits_since = starting.map_or(0, |stretch| stretch.to_us);
            let first = done.trace.first().map_or(waits_since, |change| change.at_us);
            let waiting = Stretch { from_us: waits_since, to_us: first, look: Look::Waiting };
            let stretches = starting.into_iter().chain([waiting]).chain(Stretch::of(&done.trace, first));
            Lane { name: super::crew::name(thread), stretches: Stretch::joined(stretches) }
        });
        let end = |done: &Done| done.trace.last().map_or(0, |change| change.at_us);
        let span_us = run.done.iter().map(end).max().unwrap_or(0).max(1);
        let mut legend = vec![(Look::Waiting, "waiting for the start signal"), (Look::Working, "adding")];
        if !run.started_us.is_empty() {
            legend.insert(0, (Look::Starting, "starting"));
        }
        Lanes {
            title: format!("Run {}, measured", self.over.len()),
            note: format!("{} additions a second", short_count(self.rate(run))),
            rows: rows.collect(),
            span_us,
            legend,
            curve: self.curve(run, span_us),
        }
    }

    /// The counter over time, and what both threads had added by then.
    fn curve(&self, run: &Run, span_us: u64) -> Option<Curve> {
        let mut samples: Vec<(u64, usize, u32, u32)> = Vec::new();
        for (thread, done) in run.done.iter().enumerate() {
            for sample in &done.samples {
                // They are few; the library's sort is 1 KB of download.
                let place = samples.partition_point(|&(at_us, ..)| at_us <= sample.at_us);
                samples.insert(place, (sample.at_us, thread, sample.own, sample.counter));
            }
        }
        if samples.is_empty() || self.protection == Protection::OwnTotal {
            return None;
        }
        let begun = samples.first().map_or(0, |sample| sample.0);
        let mut own = vec![0_u64; run.done.len()];
        let (mut expected, mut got) = (vec![(0, 0), (begun, 0)], vec![(0, 0), (begun, 0)]);
        for (at_us, thread, added, counter) in samples {
            if let Some(own) = own.get_mut(thread) {
                *own = added.into();
            }
            expected.push((at_us, own.iter().sum()));
            got.push((at_us, counter.into()));
        }
        expected.push((span_us, self.expected()));
        got.push((span_us, run.got.into()));
        Some(Curve { name: "Counter", most: self.expected(), expected, got })
    }

    fn strip(&self, guesses: &[f64]) -> Strip {
        let expected = self.expected() as f64;
        let values: Vec<f64> = self.over.iter().map(|run| f64::from(run.got)).collect();
        let least = values.iter().chain(guesses).copied().fold(expected / 2.0, f64::min);
        let most = guesses.iter().copied().fold(expected, f64::max);
        // A round number, so that the axis stays while runs come in.
        let step = expected / 10.0;
        let (lost, runs) = (self.lost_runs(), self.over.len());
        let note = match lost {
            0 => "all exact".to_owned(),
            lost if lost == runs => format!("all {lost} lost additions"),
            lost => format!("{lost} lost additions"),
        };
        Strip::of_runs(note, values, ((least / step).floor() * step, most), guesses.to_vec())
    }
}

impl Runs for RaceRuns {
    fn threads(&self) -> u32 {
        self.threads
    }

    fn rounds(&self) -> (u32, u32) {
        (u32::try_from(self.over.len()).unwrap_or(u32::MAX), self.of)
    }

    fn next_round(&mut self) -> Option<Vec<Task>> {
        let (over, of) = self.rounds();
        if over >= of {
            return None;
        }
        self.written = 0;
        let by_messages = self.counter.is_some();
        if by_messages {
            self.counter = Some(0);
        }
        let (threads, increments, protection) = (self.threads, self.increments, self.protection);
        let task = |thread| {
            if by_messages {
                Task::AddByMessages { thread, threads, increments }
            } else {
                Task::Add { thread, threads, increments, protection }
            }
        };
        Some((0..threads).map(task).collect())
    }

    fn said(&mut self, thread: u32, report: &Report, _: u64) -> Vec<(u32, Task)> {
        match (report, &mut self.counter) {
            (Report::Read, Some(counter)) => vec![(thread, Task::Value(*counter))],
            (&Report::Write(value), Some(counter)) => {
                *counter = value;
                self.written += 1;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn looked(&mut self, words: &[i32], at_us: u64, death_us: Option<u64>) {
        if let Some(death_us) = death_us {
            let traces = (0..self.threads).map(|thread| Own::new(words, thread).trace()).collect();
            self.waiting = Some(Waiting { death_us, at_us, counter: counter_in(words), traces });
        }
    }

    fn progress(&self, words: &[i32]) -> u64 {
        match (self.counter, &self.waiting) {
            (Some(_), _) => self.written,
            // Whoever waits for a dead one may do so for ever: the user sees it.
            (None, Some(waiting)) => waiting.at_us,
            (None, None) => u64::from(counter_in(words)),
        }
    }

    fn fault(&self) -> Option<Fault> {
        self.fault
    }

    fn hang(&self) -> Option<Hang> {
        self.hangs().then_some(HANG)
    }

    fn rescue(&mut self) -> Vec<Command> {
        vec![Command::GiveUp]
    }

    fn again(&self, values: &Values, shares_memory: bool) -> Option<Box<dyn Runs>> {
        Some(Box::new(Self { costs: self.costs.clone(), ..Self::new(values, shares_memory) }))
    }

    fn over(&mut self, round: RoundOver) {
        let got = self.counter.unwrap_or_else(|| counter_in(round.words));
        let added_us = round.worked_us();
        let cost = Cost {
            protection: self.protection,
            threads: self.threads,
            by_messages: self.counter.is_some(),
            ns: added_us as f64 * 1_000.0 / self.expected() as f64,
        };
        self.costs.retain(|other| other.key() != cost.key());
        self.costs.push(cost);
        self.over.push(Run { got, added_us, done: round.done, started_us: round.started_us });
    }

    fn shown(&self, guesses: &[f64]) -> Shown {
        if let Some(waiting) = &self.waiting {
            return self.shown_waiting(waiting);
        }
        let expected = self.expected();
        let Some(run) = self.over.last() else { return Shown::default() };
        let lost = self.lost(run);
        let share = (lost > 0).then(|| percent(lost as f64 / expected as f64));
        let lost_figure = Figure { beside: share, is_loss: lost > 0, ..Figure::count(lost) };
        Shown {
            figures: [Figure::count(expected), Figure::count(run.got.into()), lost_figure].map(Some),
            lanes: Some(self.lanes(run)),
            strip: Some(self.strip(guesses)),
            findings: self.findings(),
            table: Table {
                head: vec![
                    "run",
                    "expected",
                    "got",
                    "lost",
                    "lost share (%)",
                    "time (ms)",
                    "additions a second",
                ],
                rows: (1_u64..).zip(&self.over).map(|(number, run)| self.row(number, run)).collect(),
            },
            data: vec![
                ("data-expected", expected.to_string()),
                ("data-got", run.got.to_string()),
                ("data-lost-runs", self.lost_runs().to_string()),
                ("data-runs", self.over.len().to_string()),
            ],
            ..Shown::default()
        }
    }
}

fn counter_in(words: &[i32]) -> u32 {
    words.load(COUNTER).cast_unsigned()
}

fn percent(share: f64) -> String {
    let share = 100.0 * share;
    match share {
        ..0.05 => "less than 0.1 %".to_owned(),
        ..9.95 => format!("{} %", Fixed(share, 1)),
        _ => format!("{} %", Fixed(share, 0)),
    }
}
