//! `queue.Queue`: producers and consumers at a bounded queue, which slows the fast side down to the slow one.

mod by_messages;
mod program;

use dartboard_threads::memory::Own;
use dartboard_threads::ring::Ring;
use dartboard_threads::task::{Change, Done, Item, MAX_PLACES, Patience, Report, State, Task};

use super::guess::GuessKind;
use super::python::Python;
use super::recorded::Recorded;
use super::runs::{Hang, RoundOver, Runs};
use super::settings::{Choice, Kind, LessonField, Values};
use super::shown::{Actor, Figure, Lane, Lanes, Look, Places, Shown, Stretch, Table};
use super::stage::{Command, posts};
use super::{About, MemoryNeed};
use crate::text::{Fixed, Grouped};
use by_messages::PageQueue;

/// How many threads put items.
pub static PRODUCERS: LessonField = LessonField {
    name: "producers",
    label: "Producers",
    kind: Kind::Number { min: 1, max: 4, default: 1, decimals: 0 },
};

/// How many threads get items.
pub static CONSUMERS: LessonField = LessonField {
    name: "consumers",
    label: "Consumers",
    kind: Kind::Number { min: 1, max: 4, default: 1, decimals: 0 },
};

/// How many places the queue has.
pub static MAXSIZE: LessonField = LessonField {
    name: "maxsize",
    label: "Places (maxsize)",
    kind: Kind::Number { min: 0, max: 1_000, default: 0, decimals: 0 },
};

/// How many items each producer puts.
pub static ITEMS: LessonField = LessonField {
    name: "items",
    label: "Items of each producer",
    kind: Kind::Number { min: 1, max: 1_000_000, default: 5, decimals: 0 },
};

/// How long a producer works on an item.
pub static PRODUCE: LessonField = LessonField {
    name: "produce",
    label: "Producing an item (ms)",
    kind: Kind::Number { min: 0, max: 10_000, default: 100, decimals: 0 },
};

/// How long a consumer works on an item.
pub static CONSUME: LessonField = LessonField {
    name: "consume",
    label: "Consuming an item (ms)",
    kind: Kind::Number { min: 0, max: 10_000, default: 0, decimals: 0 },
};

/// What a thread does that would have to wait.
pub static CALLS: LessonField = LessonField {
    name: "calls",
    label: "Calls",
    kind: Kind::Choice {
        choices: &[
            Choice { name: "block", label: "put(), get()" },
            Choice { name: "nowait", label: "put_nowait(), get_nowait()" },
            Choice { name: "timeout", label: "put(timeout=0.05), get(timeout=0.05)" },
        ],
    },
};

/// How many sentinels say that nothing more comes.
pub static SENTINELS: LessonField = LessonField {
    name: "sentinels",
    label: "Sentinels (None)",
    kind: Kind::Choice {
        choices: &[
            Choice { name: "each", label: "one for each consumer" },
            Choice { name: "one", label: "only one" },
        ],
    },
};

/// What comes of one sentinel for two consumers.
pub const HANG: Hang = Hang {
    text: "A consumer waits for an item that never comes. In Python this program would never end.",
    rescue: "Put another None",
};

/// What the lesson is.
pub static ABOUT: About = About {
    name: "queue",
    title: "queue.Queue",
    group: "Queues",
    short_question: "What if one side is faster?",
    question: "What happens when producers are faster than consumers?",
    fields: &[&PRODUCERS, &CONSUMERS, &MAXSIZE, &ITEMS, &PRODUCE, &CONSUME, &CALLS, &SENTINELS],
    guess: GuessKind::Words {
        label: "Your guess: which side will wait?",
        answers: &["the producers", "the consumers", "neither"],
    },
    figures: ["Produced", "Consumed", "In order"],
    files: ["queue.csv", "queue.json"],
    why: &[
        "A full queue makes put() wait, an empty one get(). So the fast side is slowed to the speed of the slow side.",
        "Items of one producer come out in the order in which they went in. Between producers there is no order.",
        "A sentinel (None) tells one consumer that nothing more comes. Two consumers need two.",
    ],
    python: Python {
        file_name: "queue_demo.py",
        program: program::of,
        beside: &[
            ("queue.Queue(maxsize)", "places in shared memory, with a lock"),
            ("q.put(item)", "waits by Atomics.wait while the queue is full"),
            ("q.get()", "waits by Atomics.wait while the queue is empty"),
            ("q.qsize()", "right at the moment it was read, and not later"),
        ],
        prints: &[],
        remark: "With multiprocessing.Queue the same program works between processes: each item is pickled and copied.",
    },
    in_short: &[(&PRODUCE, 10), (&CONSUME, 10)],
    per_core: None,
    memory: MemoryNeed::OrMessages,
    recorded: Recorded {
        figures: ["5", "5", "yes"],
        findings: &["Producers waited 0 ms in put(), consumers 502 ms in get()."],
    },
};

/// How long a call with a time limit waits, in µs.
const TIMEOUT_US: u32 = 50_000;

/// The shortest time shown, and the time before now that is shown while it goes on, in µs.
const SHOWN_US: u64 = 2_000_000;

/// The most places that are drawn one by one.
const DRAWN_PLACES: usize = 8;

/// How many places a queue of that `maxsize` has.
fn places(maxsize: u32) -> u32 {
    if maxsize == 0 { MAX_PLACES } else { maxsize }
}

/// The runs of a press of Run: there is one, which is looked at while it goes on.
#[derive(Clone, Debug)]
pub struct QueueRuns {
    producers: u32,
    consumers: u32,
    /// As the user set it; 0 for no limit.
    maxsize: u32,
    items: u32,
    pace_us: [u32; 2],
    patience: Patience,
    sentinels: u32,
    /// Where threads share no memory.
    by_messages: Option<PageQueue>,
    has_begun: bool,
    /// The shared words when they were last looked at, and when that was, in µs since Run was pressed.
    looked: (Vec<i32>, u64),
    /// When they were looked at before that, and how many items had been got by then.
    looked_before: (u64, u32),
    /// What came, a thread each; empty before the end.
    done: Vec<Done>,
    is_stopped: bool,
}

impl QueueRuns {
    /// Those of `values`.
    pub fn new(values: &Values, shares_memory: bool) -> Self {
        let [producers, consumers, maxsize] =
            [&PRODUCERS, &CONSUMERS, &MAXSIZE].map(|field| values.small(field));
        let pace_us = [&PRODUCE, &CONSUME].map(|field| values.small(field).saturating_mul(1_000));
        Self {
            producers,
            consumers,
            maxsize,
            items: values.small(&ITEMS),
            pace_us,
            patience: match values.get(&CALLS) {
                0 => Patience::Block,
                1 => Patience::NoWait,
                _ => Patience::Limit(TIMEOUT_US),
            },
            sentinels: if values.get(&SENTINELS) == 0 { consumers } else { 1 },
            by_messages: (!shares_memory).then(|| PageQueue::new(places(maxsize) as usize)),
            has_begun: false,
            looked: (Vec::new(), 0),
            looked_before: (0, 0),
            done: Vec::new(),
            is_stopped: false,
        }
    }

    /// How many items were put and got so far, and how many of these were sentinels.
    fn counted(&self) -> (u32, u32) {
        let all = self.producers * self.items;
        let (put, got) = match &self.by_messages {
            Some(queue) => queue.put_and_got(),
            None => Ring::new(&self.looked.0[..], self.threads(), self.places()).put_and_got(),
        };
        // Sentinels come after the last item.
        (put.min(all), got.min(all))
    }

    /// What is in the queue, next out first.
    fn queued(&self) -> Vec<Item> {
        match &self.by_messages {
            Some(queue) => queue.items(),
            None => Ring::new(&self.looked.0[..], self.threads(), self.places()).items(),
        }
    }

    fn trace(&self, thread: u32) -> Vec<Change> {
        if let Some(done) = usize::try_from(thread).ok().and_then(|thread| self.done.get(thread)) {
            return done.trace.clone();
        }
        match &self.by_messages {
            // It is reported at the end.
            Some(_) => Vec::new(),
            None => Own::new(&self.looked.0[..], thread).trace(),
        }
    }

    /// The consumers that wait though nothing more comes.
    fn hanging(&self) -> Vec<u32> {
        let (put, got) = self.counted();
        let all = self.producers * self.items;
        if !self.done.is_empty() || put < all || got < all || self.patience != Patience::Block {
            return Vec::new();
        }
        let waits =
            |thread: &u32| self.trace(*thread).last().is_some_and(|change| change.state == State::Empty);
        let ended =
            |thread: &u32| self.trace(*thread).last().is_some_and(|change| change.state == State::Over);
        let consumers = self.producers..self.threads();
        if !consumers.clone().any(|thread| ended(&thread)) {
            return Vec::new();
        }
        consumers.filter(waits).collect()
    }

    /// Whether a consumer waits in vain.
    fn hangs(&self) -> bool {
        !self.is_stopped && !self.hanging().is_empty()
    }

    fn name(&self, thread: u32) -> String {
        if thread < self.producers {
            format!("Producer {}", thread + 1)
        } else {
            format!("Consumer {}", thread - self.producers + 1)
        }
    }

    fn findings(&self) -> Vec<String> {
        let mut findings = Vec::new();
        for thread in self.hanging() {
            findings.push(format!(
                "{} waits in get() for ever: there was one sentinel for {} consumers.",
                self.name(thread),
                self.consumers
            ));
        }
        let waited = |threads: std::ops::Range<u32>| -> u64 {
            let done = threads.filter_map(|thread| self.done.get(usize::try_from(thread).ok()?));
            done.map(|done| done.waited_us).sum()
        };
        if !self.done.is_empty() {
            let (producers, consumers) = (waited(0..self.producers), waited(self.producers..self.threads()));
            let ms = |us: u64| Fixed(us as f64 / 1e3, 0);
            findings.push(format!(
                "Producers waited {} ms in put(), consumers {} ms in get().",
                ms(producers),
                ms(consumers)
            ));
            let refused: u32 = self.done.iter().map(|done| done.refused).sum();
            if refused > 0 {
                findings.push(format!(
                    "{} calls found the queue full or empty (queue.Full, queue.Empty) and were made again.",
                    Grouped(refused.into())
                ));
            }
        }
        if self.maxsize == 0 {
            findings.push(format!(
                "maxsize 0 means no limit in Python. Here the queue ends at {} places.",
                Grouped(MAX_PLACES.into())
            ));
        }
        findings
    }

    fn lanes(&self) -> Lanes {
        let now_us = self.looked.1;
        let from_us = if self.done.is_empty() { now_us.saturating_sub(SHOWN_US) } else { 0 };
        let span_us = now_us.saturating_sub(from_us).max(1);
        let row = |thread| {
            let trace = self.trace(thread);
            let stretches = Stretch::of(&trace, now_us).map(|stretch| stretch.within(from_us, span_us));
            Lane { name: self.name(thread), stretches: Stretch::joined(stretches) }
        };
        let title = if from_us > 0 { "The last 2 seconds" } else { "Since the press of Run" };
        Lanes {
            title: title.to_owned(),
            note: String::new(),
            rows: (0..self.threads()).map(row).collect(),
            span_us,
            legend: vec![
                (Look::Working, "working"),
                (Look::Blocked, "waiting in put: the queue is full"),
                (Look::Waiting, "waiting in get: the queue is empty"),
            ],
            curve: None,
        }
    }

    fn places_shown(&self) -> Places {
        let items = self.queued();
        let name = |item: &Item| {
            item.producer_and_number().map_or_else(
                || "None".to_owned(),
                |(producer, number)| {
                    if self.producers == 1 {
                        number.to_string()
                    } else {
                        format!("{}·{number}", producer + 1)
                    }
                },
            )
        };
        let actor = |thread: u32| {
            let state = self.trace(thread).last().map(|change| change.state);
            let (look, does) = match state {
                Some(State::Blocked) => (Look::Blocked, "waits in put()"),
                Some(State::Empty) => (Look::Waiting, "waits in get()"),
                Some(State::Working) => (Look::Working, "works"),
                Some(State::Over) => (Look::Starting, "done"),
                Some(State::Waiting | State::Asleep) | None => (Look::Starting, "starts"),
            };
            Actor { name: self.name(thread), look, does: does.to_owned() }
        };
        let places = if self.maxsize == 0 { DRAWN_PLACES } else { DRAWN_PLACES.min(self.maxsize as usize) };
        Places {
            title: format!("queue.Queue({})", self.maxsize),
            note: self.size_in_words(items.len()),
            producers: (0..self.producers).map(actor).collect(),
            consumers: (self.producers..self.threads()).map(actor).collect(),
            items: items.iter().take(places).map(name).collect(),
            places,
            more: items.len().saturating_sub(places),
        }
    }

    /// A size is old as soon as it is read: what happened in as long a time.
    fn size_in_words(&self, size: usize) -> String {
        let size = format!("size {}", Grouped(size as u64));
        // Without shared memory the page has the queue itself.
        if self.by_messages.is_some() || !self.done.is_empty() || self.is_stopped {
            return size;
        }
        let (before_us, got) = self.looked_before;
        format!(
            "{size}, up to {ms} ms old (items taken in the same time before: {})",
            Grouped(self.counted().1.saturating_sub(got).into()),
            ms = Fixed(self.looked.1.saturating_sub(before_us) as f64 / 1e3, 0),
        )
    }

    fn table(&self) -> Table {
        let row = |(thread, done): (u32, &Done)| {
            vec![
                self.name(thread),
                Grouped(done.own.into()).to_string(),
                Grouped(done.waits.into()).to_string(),
                Fixed(done.waited_us as f64 / 1e3, 1).to_string(),
                Grouped(done.refused.into()).to_string(),
                Grouped(done.deepest.into()).to_string(),
                Grouped(done.out_of_order.into()).to_string(),
            ]
        };
        Table {
            head: vec!["thread", "items", "waits", "waited (ms)", "refused", "deepest queue", "out of order"],
            rows: (0..).zip(&self.done).map(row).collect(),
        }
    }
}

impl Runs for QueueRuns {
    fn threads(&self) -> u32 {
        self.producers + self.consumers
    }

    fn places(&self) -> u32 {
        places(self.maxsize)
    }

    fn rounds(&self) -> (u32, u32) {
        (u32::from(!self.done.is_empty() || self.is_stopped), 1)
    }

    fn stopped(&mut self) {
        self.is_stopped = self.has_begun;
    }

    fn next_round(&mut self) -> Option<Vec<Task>> {
        if std::mem::replace(&mut self.has_begun, true) {
            return None;
        }
        let (threads, producers, places, items) = (self.threads(), self.producers, self.places(), self.items);
        let ([produce_us, consume_us], patience, sentinels) = (self.pace_us, self.patience, self.sentinels);
        let task = |thread| match (self.by_messages.is_some(), thread < producers) {
            (false, true) => Task::Produce {
                thread,
                threads,
                producers,
                places,
                items,
                pace_us: produce_us,
                patience,
                sentinels,
            },
            (false, false) => Task::Consume { thread, threads, places, pace_us: consume_us, patience },
            (true, true) => Task::ProduceByMessages { thread, threads, items, pace_us: produce_us },
            (true, false) => Task::ConsumeByMessages { thread, threads, pace_us: consume_us },
        };
        Some((0..threads).map(task).collect())
    }

    fn said(&mut self, thread: u32, report: &Report, _: u64) -> Vec<(u32, Task)> {
        let all = self.producers * self.items;
        let Some(queue) = &mut self.by_messages else { return Vec::new() };
        let mut answers = match report {
            Report::Put(item) => queue.put(thread, *item),
            Report::Get => queue.get(thread),
            _ => Vec::new(),
        };
        if queue.put_and_got().0 == all && !queue.has_sentinels() {
            answers.extend(queue.put_sentinels(self.sentinels));
        }
        answers
    }

    fn looked(&mut self, words: &[i32], at_us: u64, _: Option<u64>) {
        self.looked_before = (self.looked.1, self.counted().1);
        self.looked = (words.to_vec(), at_us);
    }

    fn progress(&self, _: &[i32]) -> u64 {
        // Whoever waits there may do so for ever: the user sees it.
        self.looked.1
    }

    fn hang(&self) -> Option<Hang> {
        self.hangs().then_some(HANG)
    }

    fn rescue(&mut self) -> Vec<Command> {
        // One more sentinel, for a consumer that waits in vain.
        let (threads, places) = (self.threads(), self.places());
        match &mut self.by_messages {
            Some(queue) => posts(queue.put_sentinels(1)),
            None => vec![Command::PutSentinel { threads, places }],
        }
    }

    fn over(&mut self, round: RoundOver) {
        let end = |done: &Done| done.trace.last().map_or(0, |change| change.at_us);
        self.looked = (round.words.to_vec(), round.done.iter().map(end).max().unwrap_or(0));
        self.done = round.done;
    }

    fn shown(&self, _: &[f64]) -> Shown {
        if !self.has_begun {
            return Shown::default();
        }
        let (put, got) = self.counted();
        let out_of_order: u32 = self.done.iter().map(|done| done.out_of_order).sum();
        let in_order = match (self.done.is_empty(), out_of_order) {
            (true, _) => None,
            (false, 0) => Some(Figure::plain("yes")),
            (false, _) => Some(Figure { is_loss: true, ..Figure::plain("no") }),
        };
        let deepest = self.done.iter().map(|done| done.deepest).max().unwrap_or(0);
        let order = if self.done.is_empty() {
            ""
        } else if out_of_order == 0 {
            "yes"
        } else {
            "no"
        };
        Shown {
            figures: [Some(Figure::count(put.into())), Some(Figure::count(got.into())), in_order],
            lanes: Some(self.lanes()),
            places: Some(self.places_shown()),
            findings: self.findings(),
            table: self.table(),
            data: vec![
                ("data-produced", put.to_string()),
                ("data-consumed", got.to_string()),
                ("data-in-order", order.to_owned()),
                ("data-deepest", deepest.to_string()),
                ("data-hangs", u32::from(self.hangs()).to_string()),
            ],
            ..Shown::default()
        }
    }
}

#[cfg(test)]
mod tests;
