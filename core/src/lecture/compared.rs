//! Compared: the lecture's two queues and its two locks, each timed on this device.

mod program;

use std::ops::Range;

use dartboard_threads::memory::{COUNTER, Words};
use dartboard_threads::ring::Ring;
use dartboard_threads::task::{Patience, Protection, Task};

use super::errand::{Answer, Errand, Next};
use super::guess::GuessKind;
use super::processes::void;
use super::python::Python;
use super::recorded::Recorded;
use super::runs::{RoundOver, Runs};
use super::settings::{Kind, LessonField, Values};
use super::shown::{Figure, Shown, Table};
use super::{About, MemoryNeed};
use crate::benchmark::statistics::Spread;
use crate::text::{Fixed, Grouped};

/// How many items go through the queue of messages.
pub static ITEMS: LessonField = LessonField {
    name: "items",
    label: "Items of a queue",
    kind: Kind::Number { min: 1_000, max: 50_000, default: 10_000, decimals: 0 },
};

/// How often each of two workers takes the browser's lock.
pub static TURNS: LessonField = LessonField {
    name: "turns",
    label: "Turns with a lock",
    kind: Kind::Number { min: 100, max: 20_000, default: 2_000, decimals: 0 },
};

/// How often each is timed.
pub static RUNS: LessonField = LessonField {
    name: "runs",
    label: "Runs",
    kind: Kind::Number { min: 1, max: 20, default: 3, decimals: 0 },
};

/// What the lesson is.
pub static ABOUT: About = About {
    name: "compared",
    title: "Two queues, two locks",
    group: "Queues",
    short_question: "What does sharing nothing cost?",
    question: "Why does Python have two queues and two locks?",
    fields: &[&ITEMS, &TURNS, &RUNS],
    guess: GuessKind::Words {
        label: "Your guess: messages take how long?",
        answers: &["as long as memory", "3 times as long", "10 times as long", "longer than that"],
    },
    figures: ["Item by message", "Turn by Web Lock", "Lost"],
    files: ["compared.csv", "compared.json"],
    why: &[
        "Threads share memory: a queue or a lock is a few words in it, and a thread that waits is woken there.",
        "Processes share nothing. Each item is copied on its way, and each turn with a lock is asked for from somebody \
         outside: the operating system, or the browser.",
        "So use queue.Queue and threading.Lock between threads, multiprocessing.Queue and multiprocessing.Lock between \
         processes, and send few large messages, not many small ones.",
    ],
    python: Python {
        file_name: "compared.py",
        program: program::of,
        beside: &[
            ("queue.Queue()", "places in shared memory, with a lock"),
            ("multiprocessing.Queue()", "messages from one worker to another: each is copied"),
            ("threading.Lock()", "a word of shared memory, by Atomics: compareExchange, wait, notify"),
            ("multiprocessing.Lock()", "a Web Lock: navigator.locks, for all tabs and workers of this site"),
        ],
        prints: &[(
            "3.11",
            "a second, in 3 runs on two busy cores: queue.Queue 182,000 to 225,000; multiprocessing.Queue 45,000 to 58,000; \
             threading.Lock 675,000 to 1,520,000; multiprocessing.Lock 298,000 to 444,000",
        )],
        remark: "Any object goes through queue.Queue, as it is. What goes through multiprocessing.Queue must be picklable. \
                 Python’s lock between processes asks the operating system; a Web Lock asks the browser, which takes longer.",
    },
    in_short: &[(&ITEMS, 2_000), (&TURNS, 200), (&RUNS, 1)],
    per_core: None,
    memory: MemoryNeed::OrMessages,
    recorded: Recorded {
        figures: ["7.5 ×", "1,515 ×", "0"],
        findings: &[
            "An item by message took 31.0 µs, 7.5 times as long as one in shared memory.",
            "A turn with a Web Lock took 359.7 µs, 1,515 times as long as one in shared memory.",
        ],
    },
};

/// Places of the queue in shared memory.
const PLACES: u32 = 1_024;

/// Both sides of each: two threads, or two workers.
const TWO: u32 = 2;

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Means {
    Queue,
    Lock,
    MessageQueue,
    WebLock,
}

impl Means {
    /// Those in shared memory first: between them and the others, threads are started anew.
    const ALL: [Self; 4] = [Self::Queue, Self::Lock, Self::MessageQueue, Self::WebLock];

    /// Those that need no shared memory.
    const BETWEEN_PROCESSES: Range<usize> = 2..4;

    /// Whether it is between threads that share memory.
    const fn shares_memory(self) -> bool {
        matches!(self, Self::Queue | Self::Lock)
    }

    /// Its name in Python, what it is here, who uses it, and what goes through it.
    const fn words(self) -> [&'static str; 4] {
        match self {
            Self::Queue => ["queue.Queue", "places in shared memory", "threads of a process", "any object"],
            Self::MessageQueue => {
                ["multiprocessing.Queue", "messages, copied", "processes", "what can be pickled"]
            }
            Self::Lock => ["threading.Lock", "a word of shared memory", "threads of a process", "nothing"],
            Self::WebLock => ["multiprocessing.Lock", "Web Locks", "processes", "nothing"],
        }
    }

    /// Its attribute for scripts.
    const fn attribute(self) -> &'static str {
        match self {
            Self::Queue => "data-queue-per-second",
            Self::MessageQueue => "data-message-queue-per-second",
            Self::Lock => "data-lock-per-second",
            Self::WebLock => "data-web-lock-per-second",
        }
    }

    /// How often, where the slow ones do it `items` or `turns` times: as long as it can be timed well.
    const fn count(self, items: u32, turns: u32) -> u32 {
        match self {
            Self::Queue => 5 * items,
            Self::MessageQueue => items,
            Self::Lock => TWO * 100 * turns,
            Self::WebLock => TWO * turns,
        }
    }
}

/// How one of them was timed.
#[derive(Clone, Debug, Default)]
struct Timed {
    /// How long an item or a turn took, in µs, a run each.
    each_us: Vec<f64>,
    /// How many items or additions were lost, in all runs.
    lost: u64,
    /// Why it is not there.
    missing: Option<String>,
}

/// The runs of a press of Run: each times all four, or the two that need no shared memory.
pub(super) struct CompareRuns {
    items: u32,
    turns: u32,
    /// What is timed in each run, in its order.
    means: &'static [Means],
    of: u32,
    over: u32,
    has_begun: bool,
    timed: [Timed; 4],
    answers: u64,
}

impl CompareRuns {
    pub(super) fn new(values: &Values, shares_memory: bool) -> Self {
        let means = if shares_memory { &Means::ALL[..] } else { &Means::ALL[Means::BETWEEN_PROCESSES] };
        let [items, turns, runs] = [&ITEMS, &TURNS, &RUNS].map(|field| values.small(field));
        let mut timed: [Timed; 4] = Default::default();
        for means in Means::ALL.into_iter().filter(|means| means.shares_memory() && !shares_memory) {
            timed[means as usize].missing = Some("the page was loaded without shared memory".to_owned());
        }
        let of = runs * u32::try_from(means.len()).unwrap_or(u32::MAX);
        Self { items, turns, means, of, over: 0, has_begun: false, timed, answers: 0 }
    }

    /// What is timed next, or now.
    fn now(&self) -> Means {
        self.means[self.over as usize % self.means.len()]
    }

    fn count(&self, means: Means) -> u32 {
        means.count(self.items, self.turns)
    }

    /// It was done `count` times in so many microseconds.
    fn note(&mut self, count: u64, us: u64) {
        let (means, wanted) = (self.now(), self.count(self.now()));
        let timed = &mut self.timed[means as usize];
        timed.each_us.push(us.max(1) as f64 / f64::from(wanted));
        timed.lost += u64::from(wanted).saturating_sub(count);
    }

    fn median_us(&self, means: Means) -> Option<f64> {
        Spread::of(&self.timed[means as usize].each_us).map(|spread| spread.median)
    }

    /// How many times as long one takes as the other.
    fn times(&self, slow: Means, fast: Means) -> Option<f64> {
        Some(self.median_us(slow)? / self.median_us(fast)?)
    }

    fn lost(&self) -> u64 {
        self.timed.iter().map(|timed| timed.lost).sum()
    }

    fn findings(&self) -> Vec<String> {
        let mut findings = Vec::new();
        for (slow, fast, verb) in [
            (Means::MessageQueue, Means::Queue, "An item by message"),
            (Means::WebLock, Means::Lock, "A turn with a Web Lock"),
        ] {
            if let (Some(slow_us), Some(times)) = (self.median_us(slow), self.times(slow, fast)) {
                let (us, times) = (Fixed(slow_us, 1), shown_times(times));
                findings.push(format!("{verb} took {us} µs, {times} times as long as one in shared memory."));
            }
        }
        for means in Means::ALL {
            if let Some(why) = &self.timed[means as usize].missing {
                findings.push(format!("{} was not timed: {why}.", means.words()[0]));
            }
        }
        match self.lost() {
            0 => findings.push("Nothing was lost: every item came, and every addition counts.".to_owned()),
            lost => findings.push(format!("{} items or additions were lost.", Grouped(lost))),
        }
        findings
    }

    fn row(&self, means: Means) -> Vec<String> {
        let timed = &self.timed[means as usize];
        let [per_second, each_us] = match (self.median_us(means), &timed.missing) {
            (Some(us), _) => [Grouped(whole(1e6 / us)).to_string(), Fixed(us, 2).to_string()],
            (None, Some(_)) => ["not here".to_owned(), String::new()],
            (None, None) => Default::default(),
        };
        let [python, here, between, data] = means.words().map(str::to_owned);
        vec![python, per_second, each_us, Grouped(timed.lost).to_string(), here, between, data]
    }
}

impl Runs for CompareRuns {
    fn threads(&self) -> u32 {
        if self.now().shares_memory() { TWO } else { 0 }
    }

    fn places(&self) -> u32 {
        PLACES
    }

    fn rounds(&self) -> (u32, u32) {
        (self.over, self.of)
    }

    fn next_round(&mut self) -> Option<Vec<Task>> {
        if self.over >= self.of {
            return None;
        }
        self.has_begun = true;
        let count = self.count(self.now());
        Some(match self.now() {
            Means::Queue => {
                let patience = Patience::Block;
                let (thread, threads, places, pace_us) = (1, TWO, PLACES, 0);
                let (producers, sentinels, items) = (1, 1, count);
                vec![
                    Task::Produce {
                        thread: 0,
                        threads,
                        producers,
                        places,
                        items,
                        pace_us,
                        patience,
                        sentinels,
                    },
                    Task::Consume { thread, threads, places, pace_us, patience },
                ]
            }
            Means::Lock => {
                let (increments, protection) = (count / TWO, Protection::Lock);
                let add = |thread| Task::Add { thread, threads: TWO, increments, protection };
                (0..TWO).map(add).collect()
            }
            Means::MessageQueue | Means::WebLock => Vec::new(),
        })
    }

    fn errand(&mut self) -> Option<Errand> {
        match self.now() {
            Means::MessageQueue => Some(Errand::Queue { items: self.items }),
            Means::WebLock => Some(Errand::Lock { turns: self.turns }),
            Means::Queue | Means::Lock => None,
        }
    }

    fn told(&mut self, answer: Answer) -> Next {
        self.answers += 1;
        match answer {
            Answer::Passed { count, us } => self.note(count, us),
            Answer::Missing { text } => self.timed[self.now() as usize].missing = Some(text),
            Answer::Failed { text } => return Next::Void(void(&text)),
            _ => return Next::GoesOn,
        }
        Next::Over
    }

    fn progress(&self, words: &[i32]) -> u64 {
        let (put, got) = Ring::new(words, TWO, PLACES).put_and_got();
        let counter = words.load(COUNTER).cast_unsigned();
        self.answers + [put, got, counter].map(u64::from).iter().sum::<u64>()
    }

    fn has_new_threads(&self) -> bool {
        let before = (self.over as usize + self.means.len() - 1) % self.means.len();
        self.means[before].shares_memory() != self.now().shares_memory()
    }

    fn over(&mut self, round: RoundOver) {
        if self.now().shares_memory() {
            let count = match self.now() {
                Means::Queue => round.done.last().map_or(0, |consumer| consumer.own),
                _ => round.words.load(COUNTER).cast_unsigned(),
            };
            self.note(count.into(), round.worked_us());
        }
        self.over += 1;
    }

    fn shown(&self, _: &[f64]) -> Shown {
        if !self.has_begun {
            return Shown::default();
        }
        let figure = |slow, fast| {
            let times = self.times(slow, fast).map(|times| shown_times(times) + " ×");
            let beside = times.is_some().then(|| "as long".to_owned());
            let us = || self.median_us(slow).map(|us| format!("{} µs", Fixed(us, 1)));
            Some(Figure { beside, ..Figure::plain(times.or_else(us)?) })
        };
        let lost = Figure { is_loss: self.lost() > 0, ..Figure::count(self.lost()) };
        let data = |means: Means| {
            let per_second = self.median_us(means).map(|us| Fixed(1e6 / us, 0).to_string());
            (means.attribute(), per_second.unwrap_or_default())
        };
        let mut data: Vec<_> = Means::ALL.map(data).into();
        data.push(("data-lost", self.lost().to_string()));
        let order = [Means::Queue, Means::MessageQueue, Means::Lock, Means::WebLock];
        Shown {
            figures: [
                figure(Means::MessageQueue, Means::Queue),
                figure(Means::WebLock, Means::Lock),
                (self.over > 0).then_some(lost),
            ],
            table_head: Some(("The lecture’s table, measured", "on this device".to_owned())),
            findings: if self.over == self.of { self.findings() } else { Vec::new() },
            table: Table {
                head: vec!["Python", "a second", "each (µs)", "lost", "here", "between", "data"],
                rows: order.map(|means| self.row(means)).into(),
            },
            data,
            ..Shown::default()
        }
    }
}

fn shown_times(times: f64) -> String {
    if times < 10.0 { Fixed(times, 1).to_string() } else { Grouped(whole(times.round())).to_string() }
}

/// A number that is shown whole.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn whole(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests;
