//! The way of one batch: from the page to a worker and back, by messages, with the time of each part.

mod program;

use std::num::NonZeroU32;

use dartboard_points::kernel::Kernel;
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed};
use dartboard_threads::task::{Count, Done, Held, State, Task};

use super::glossary::{PICKLING, QUEUE};
use super::guess::GuessKind;
use super::index::CAPSTONE;
use super::python::Python;
use super::recorded::Recorded;
use super::runs::{RoundOver, Runs};
use super::settings::{Choice, Kind, LessonField, Values};
use super::shown::{Figure, Lane, Lanes, Look, Shown, Stretch, Strip, Table};
use super::{About, MemoryNeed};
use crate::benchmark::statistics::Spread;
use crate::text::{Fixed, Grouped};

/// How large a batch is.
pub static BLOCKS: LessonField = LessonField {
    name: "blocks",
    label: "Blocks of the batch",
    kind: Kind::Number { min: 1, max: 200, default: 1, decimals: 0 },
};

/// How many batches the worker has before this one.
pub static AHEAD: LessonField = LessonField {
    name: "ahead",
    label: "Batches before it",
    kind: Kind::Number { min: 0, max: 3, default: 1, decimals: 0 },
};

/// What counts, in the order of [`KERNELS`].
pub static KERNEL: LessonField = LessonField {
    name: "kernel",
    label: "Kernel",
    kind: Kind::Choice {
        choices: &[
            Choice { name: "reference", label: "point by point" },
            Choice { name: "tree", label: "fast" },
        ],
    },
};

/// How often it is done.
pub static RUNS: LessonField = LessonField {
    name: "runs",
    label: "Runs",
    kind: Kind::Number { min: 1, max: 50, default: 20, decimals: 0 },
};

const KERNELS: [Kernel; 2] = [Kernel::Reference, Kernel::Tree];

/// Names the points.
const SEED: Seed = Seed(42);

/// Blocks between two looks at the clock.
const STEP_BLOCKS: NonZeroU32 = NonZeroU32::MIN;

/// What the lesson is.
pub static ABOUT: About = About {
    name: "batch",
    title: "Follow one batch",
    group: CAPSTONE,
    short_question: "Where does a batch spend its time?",
    question: "A batch goes to a worker, its tally comes back. Where does the time go?",
    fields: &[&BLOCKS, &AHEAD, &KERNEL, &RUNS],
    guess: GuessKind::Numbers { label: "Your guess: how many ms in all?", most: 1_000_000.0 },
    figures: ["To the worker", "Counting", "Back"],
    files: ["batch.csv", "batch.json"],
    why: &[
        "A message costs the same whether the batch is large or small. So a batch must be large enough for its messages.",
        "The live estimate gives each worker its next batch before it is done with this one. So the batch waits for the \
         worker, and the worker never waits for the page.",
        "A run’s coordinator calls a batch at a worker a lease. Should its result come twice, it is counted once.",
    ],
    python: Python {
        file_name: "batch.py",
        program: program::of,
        beside: &[
            ("multiprocessing.Process(target=work)", "a Web Worker that shares nothing"),
            ("tasks.put((first, end))", "postMessage: the text is copied"),
            ("tasks.get()", "the worker’s message event"),
            ("results.get()", "the page’s message event"),
        ],
        prints: &[],
        remark: "In Python each message is pickled, written to a pipe by a thread of its own, and read again. Here the browser \
                 copies it.",
    },
    in_short: &[(&BLOCKS, 2), (&RUNS, 3)],
    per_core: None,
    memory: MemoryNeed::None,
    recorded: Recorded {
        figures: ["25.2 ms", "26.6 ms", "0.44 ms"],
        findings: &[
            "For 25.2 ms the message was on its way, behind one batch. The worker counted 100,000 points for 26.6 ms.",
        ],
    },
};

/// The runs of a press of Run: one to warm up, then those that are shown.
#[derive(Clone, Debug)]
pub struct BatchRuns {
    blocks: u32,
    ahead: u32,
    kernel: Kernel,
    of: u32,
    is_warm: bool,
    /// The tasks of this run, the batch that is followed last.
    tasks: Vec<Task>,
    next_block: u64,
    over: Vec<Run>,
}

/// A batch's way. Times are in µs since it was posted.
#[derive(Clone, Debug)]
struct Run {
    batch: BlockRange,
    inside: u64,
    /// What the worker did: from when to when, whether it was this batch.
    counted: Vec<(u64, u64)>,
    heard_us: u64,
}

impl Run {
    /// How long it was on the way to the worker, counted, and on the way back.
    fn parts_us(&self) -> [u64; 3] {
        let (begun, done) = self.counted.last().copied().unwrap_or_default();
        [begun, done.saturating_sub(begun), self.heard_us.saturating_sub(done)]
    }
}

impl BatchRuns {
    /// Those of `values`.
    pub fn new(values: &Values) -> Self {
        let kernel = usize::try_from(values.get(&KERNEL)).ok().and_then(|place| KERNELS.get(place));
        Self {
            blocks: values.small(&BLOCKS),
            ahead: values.small(&AHEAD),
            kernel: kernel.copied().unwrap_or(Kernel::Reference),
            of: values.small(&RUNS),
            is_warm: false,
            tasks: Vec::new(),
            next_block: 0,
            over: Vec::new(),
        }
    }

    /// The last batch's way, a sentence a step.
    fn findings(&self, run: &Run) -> Vec<String> {
        let [to_worker, counting, back] = run.parts_us();
        let behind = match self.ahead {
            0 => String::new(),
            1 => " behind one batch".to_owned(),
            ahead => format!(" behind {ahead} batches"),
        };
        let (first, last) = (Grouped(run.batch.first()), Grouped(run.batch.end() - 1));
        let mut findings = vec![
            format!(
                "The page takes {}: {} points.",
                if run.batch.blocks() == 1 {
                    format!("block {first}")
                } else {
                    format!("blocks {first} to {last}")
                },
                Grouped(run.batch.points())
            ),
            format!(
                "It posts a message, which the browser copies ({}, the lecture’s {}): …&{}&…",
                PICKLING.here,
                PICKLING.lecture,
                named(run.batch)
            ),
            format!(
                "For {} ms the message is on its way and waits in {} (the lecture’s {}){behind}.",
                ms(to_worker),
                QUEUE.here,
                QUEUE.lecture
            ),
            format!("The worker counts for {} ms: {} points are inside.", ms(counting), Grouped(run.inside)),
            format!(
                "It posts the tally. The page has it {} ms later, when it has nothing else to do.",
                ms(back)
            ),
        ];
        // What a browser without isolation rounds to, or one with it.
        let all = self.over.iter().flat_map(|run| run.counted.iter().flat_map(|&(from, to)| [from, to]));
        let is_coarse = |step_us| all.clone().all(|us| us % step_us == 0);
        if let Some(step_us) = [1_000, 100, 20].into_iter().find(|&step_us| is_coarse(step_us)) {
            findings.push(format!("Here the browser’s clock goes in steps of {} ms.", ms(step_us)));
        }
        findings
    }

    fn lanes(&self, run: &Run) -> Lanes {
        let span_us = run.heard_us.max(1);
        let stretch = |(from_us, to_us), look| Stretch { from_us, to_us, look };
        let (begun, done) = run.counted.last().copied().unwrap_or_default();
        let earlier = run.counted.iter().take(run.counted.len().saturating_sub(1));
        let worker = earlier.map(|&times| stretch(times, Look::Blocked));
        let row = |name: &str, stretches: Vec<Stretch>| Lane {
            name: name.to_owned(),
            stretches: Stretch::joined(stretches.into_iter()),
        };
        let mut legend = vec![(Look::Waiting, "on its way"), (Look::Working, "being counted")];
        if self.ahead > 0 {
            legend.push((Look::Blocked, "a batch before it"));
        }
        Lanes {
            title: format!("Run {}, measured", self.over.len()),
            note: format!("{} ms in all", ms(run.heard_us)),
            rows: vec![
                row("To the worker", vec![stretch((0, begun), Look::Waiting)]),
                row("Worker", worker.chain([stretch((begun, done), Look::Working)]).collect()),
                row("Back", vec![stretch((done, run.heard_us), Look::Waiting)]),
            ],
            span_us,
            legend,
            curve: None,
        }
    }

    fn strip(&self, guesses: &[f64]) -> Strip {
        let values: Vec<f64> = self.over.iter().map(|run| run.heard_us as f64 / 1e3).collect();
        let most = values.iter().chain(guesses).copied().fold(0.0, f64::max);
        let note = Spread::of(&values)
            .map_or_else(String::new, |spread| format!("median {} ms", Fixed(spread.median, 2)));
        Strip::of_runs(note, values, (0.0, most.max(0.001)), guesses.to_vec())
    }
}

impl Runs for BatchRuns {
    fn threads(&self) -> u32 {
        1
    }

    fn rounds(&self) -> (u32, u32) {
        (u32::try_from(self.over.len()).unwrap_or(u32::MAX), self.of)
    }

    fn next_round(&mut self) -> Option<Vec<Task>> {
        if self.rounds().0 >= self.of {
            return None;
        }
        let first = if self.is_warm { self.next_block } else { 0 };
        let task = |batch: u32| {
            let first = first + u64::from(batch * self.blocks);
            let blocks = BlockRange::new(first, first + u64::from(self.blocks)).ok()?;
            let (seed, kernel) = (SEED, self.kernel);
            let order = Count {
                thread: 0,
                threads: 1,
                seed,
                kernel,
                blocks,
                step_blocks: STEP_BLOCKS,
                held: Held::Alone,
            };
            Some(Task::Count(order))
        };
        self.tasks = (0..=self.ahead).filter_map(task).collect();
        Some(self.tasks.clone())
    }

    fn over(&mut self, round: RoundOver) {
        if !std::mem::replace(&mut self.is_warm, true) {
            return;
        }
        let (Some(&task), Some(done)) = (self.tasks.last(), round.done.last()) else { return };
        let Task::Count(Count { blocks: batch, .. }) = task else { return };
        self.next_block = batch.end();
        self.over.push(Run {
            batch,
            inside: done.sum,
            counted: round.done.iter().map(worked).collect(),
            heard_us: round.heard_us,
        });
    }

    fn shown(&self, guesses: &[f64]) -> Shown {
        let Some(run) = self.over.last() else { return Shown::default() };
        let parts_us = run.parts_us();
        let figure = |us| Some(Figure::plain(format!("{} ms", ms(us))));
        let points = run.batch.points();
        let plain = |us: u64| Fixed(us as f64 / 1e3, 3).to_string();
        Shown {
            figures: parts_us.map(figure),
            lanes: Some(self.lanes(run)),
            strip: Some(self.strip(guesses)),
            findings: self.findings(run),
            table: Table {
                head: vec!["run", "points", "inside", "to the worker (ms)", "counting (ms)", "back (ms)"],
                rows: (1_u64..).zip(&self.over).map(|(number, run)| row(number, run)).collect(),
            },
            data: vec![
                ("data-points", points.to_string()),
                ("data-inside", run.inside.to_string()),
                ("data-to-worker-ms", plain(parts_us[0])),
                ("data-counting-ms", plain(parts_us[1])),
                ("data-back-ms", plain(parts_us[2])),
                ("data-runs", self.over.len().to_string()),
            ],
            ..Shown::default()
        }
    }
}

/// The part of a message that names the points of a batch.
fn named(batch: BlockRange) -> String {
    format!("seed={}&first={}&end={}", SEED.0, batch.first(), batch.end())
}

fn row(number: u64, run: &Run) -> Vec<String> {
    let mut row =
        vec![number.to_string(), Grouped(run.batch.points()).to_string(), Grouped(run.inside).to_string()];
    row.extend(run.parts_us().map(ms));
    row
}

/// From when to when a thread counted.
fn worked(done: &Done) -> (u64, u64) {
    (done.began(State::Working).unwrap_or(0), done.began(State::Over).unwrap_or(0))
}

fn ms(us: u64) -> String {
    Fixed(us as f64 / 1e3, if us < 10_000 { 2 } else { 1 }).to_string()
}

#[cfg(test)]
mod tests;
