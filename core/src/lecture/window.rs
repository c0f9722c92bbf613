//! The window: work in a button's callback, in small pieces and in a worker, and how late the page hears of a worker's
//! ticks.

mod program;
mod told;
mod watched;

use dartboard_threads::task::{Report, State, Task};

use super::glossary::AFTER;
use super::guess::GuessKind;
use super::python::Python;
use super::recorded::Recorded;
use super::runs::{RoundOver, Runs};
use super::settings::{Choice, Kind, LessonField, Values};
use super::shown::{Figure, Shown, Table};
use super::stage::{Command, PageCommand, Watched, Worked};
use super::{About, MemoryNeed};
use crate::text::{counted, whole_us};
use crate::time::Instant;
use told::{time, usize_of};
use watched::{Run, Tick};

/// Where the work is done.
pub static WHERE: LessonField = LessonField {
    name: "where",
    label: "Work is done in",
    kind: Kind::Choice {
        choices: &[
            Choice { name: "callback", label: "the callback" },
            Choice { name: "pieces", label: "small pieces" },
            Choice { name: "worker", label: "a worker" },
        ],
    },
};

/// How long the work takes. Ten seconds are the longest that a page is ever frozen.
pub static WORK: LessonField = LessonField {
    name: "work",
    label: "Work (s)",
    kind: Kind::Number { min: 10, max: 100, default: 50, decimals: 1 },
};

/// How many ticks there are.
pub static TICKS: LessonField = LessonField {
    name: "ticks",
    label: "Then ticks",
    kind: Kind::Number { min: 1, max: 60, default: 12, decimals: 0 },
};

/// From one tick to the next.
pub static EVERY: LessonField = LessonField {
    name: "every",
    label: "A tick every (ms)",
    kind: Kind::Number { min: 50, max: 2_000, default: 500, decimals: 0 },
};

/// From one look of the page to the next.
pub static POLL: LessonField = LessonField {
    name: "poll",
    label: "The page polls every (ms)",
    kind: Kind::Number { min: 10, max: 1_000, default: 100, decimals: 0 },
};

/// What the lesson is.
pub static ABOUT: About = About {
    name: "window",
    title: "The frozen window",
    group: "Window",
    short_question: "Why does a window freeze?",
    question: "A button’s callback works for five seconds. What does the window do?",
    fields: &[&WHERE, &WORK, &TICKS, &EVERY, &POLL],
    guess: GuessKind::Words {
        label: "Your guess: when is the label painted?",
        answers: &["before the work", "during the work", "after the work"],
    },
    figures: ["Longest gap", "Late inputs", "Label painted after"],
    files: ["window.csv", "window.json"],
    why: &[
        "A window has one thread. While your callback runs, this thread can neither paint nor hear the user.",
        "So a text that is set before the work is painted after it.",
        "Work in small pieces leaves the window time between them, and takes longer in all. A worker does not hold the window \
         up.",
        "A worker must not touch the window. It leaves its result in a queue, and the window looks there every so often: late \
         by about half the time between two looks.",
    ],
    python: Python {
        file_name: "window.py",
        program: program::of,
        beside: &[
            ("tk.Button(command=press)", "the button Run"),
            ("label.config(text=…)", "the label’s text, set by script"),
            ("root.mainloop()", "the browser’s event loop"),
            (AFTER.lecture, AFTER.here),
            ("threading.Thread(target=count)", "a Web Worker"),
            ("ticks.put(…)", "a message to the page, which keeps it"),
            ("ticks.get_nowait()", "the poll takes the waiting messages"),
        ],
        prints: &[
            ("3.11, in the callback", "longest gap 5.02 s; 12 ticks, in the median 55 ms late"),
            ("3.11, in a thread", "longest gap 0.10 s; 12 ticks, in the median 45 ms late"),
        ],
        remark: "Tk is not thread-safe: a call from another thread fails, or waits for the main thread. A browser gives a worker \
                 no document to call.",
    },
    in_short: &[(&WHERE, 2), (&WORK, 10), (&TICKS, 4), (&EVERY, 100)],
    per_core: None,
    memory: MemoryNeed::None,
    recorded: Recorded {
        figures: ["5.01 s", "0 of 0", "5.01 s"],
        findings: &[
            "For 5.01 s the page painted nothing, and missed 299 frames. “Computing…” was painted after the work.",
        ],
    },
};

/// How long the page works at a time, in small pieces, in µs.
const PIECE_US: u64 = 10_000;

/// From so many µs on a frame or an input is late.
const LATE_US: u64 = 50_000;

/// Where the work is done, in the order of [`WHERE`]'s choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Callback,
    Pieces,
    Worker,
}

/// What the label says first.
const COMPUTING: &str = "Computing…";

/// The runs of a press of Run: one, and what the table has of earlier presses.
#[derive(Debug)]
pub struct WindowRuns {
    place: Place,
    work_us: u64,
    ticks: u32,
    every_us: u32,
    poll_ms: u32,
    /// None once it was stopped.
    run: Option<Run>,
    /// What the label was told last.
    label: String,
    /// Whether the worker was told that the page has all ticks.
    is_told: bool,
    is_over: bool,
    earlier: Vec<Vec<String>>,
}

impl WindowRuns {
    /// Those of `values`.
    pub fn new(values: &Values) -> Self {
        let place = match values.get(&WHERE) {
            0 => Place::Callback,
            1 => Place::Pieces,
            _ => Place::Worker,
        };
        let work_us = values.get(&WORK) * 100_000;
        Self {
            place,
            work_us,
            ticks: values.small(&TICKS),
            every_us: values.small(&EVERY) * 1_000,
            poll_ms: values.small(&POLL),
            run: Some(Run::new(place, work_us)),
            label: COMPUTING.to_owned(),
            is_told: false,
            is_over: false,
            earlier: Vec::new(),
        }
    }

    /// The table's rows, that of this press last.
    fn rows(&self) -> Vec<Vec<String>> {
        let mut rows = self.earlier.clone();
        if let Some(run) = self.run.as_ref().filter(|_| self.is_over) {
            rows.push(run.row(rows.len() + 1));
        }
        rows
    }
}

/// What a press of Run does to the page: said before it is pressed.
pub fn warning(values: &Values) -> Option<String> {
    let seconds = WORK.shown(values.get(&WORK));
    (values.get(&WHERE) == 0)
        .then(|| format!("Run freezes this page for {seconds} s, as in the lecture: type meanwhile."))
}

impl Runs for WindowRuns {
    fn threads(&self) -> u32 {
        1
    }

    fn rounds(&self) -> (u32, u32) {
        (u32::from(self.is_over), 1)
    }

    fn on_page(&self) -> Vec<PageCommand> {
        let mut commands =
            vec![PageCommand::Label(self.label.clone()), PageCommand::Watch { every_ms: self.poll_ms }];
        let us = self.work_us;
        match self.place {
            Place::Callback => commands.push(PageCommand::Work { us, piece_us: us }),
            Place::Pieces => commands.push(PageCommand::Work { us, piece_us: PIECE_US }),
            Place::Worker => {}
        }
        commands
    }

    fn next_round(&mut self) -> Option<Vec<Task>> {
        if self.is_over {
            return None;
        }
        // Ten seconds at most, which fit.
        let us = u32::try_from(self.work_us).unwrap_or(u32::MAX);
        let mut tasks = if self.place == Place::Worker { vec![Task::Work { us }] } else { Vec::new() };
        tasks.extend([Task::TouchPage, Task::Tick { ticks: self.ticks, every_us: self.every_us }]);
        Some(tasks)
    }

    fn said(&mut self, _: u32, report: &Report, at_us: u64) -> Vec<(u32, Task)> {
        let Some(run) = &mut self.run else { return Vec::new() };
        match report {
            Report::Touched { text } => run.touched = Some(text.clone()),
            &Report::Tick { number, at_us: said_us } => {
                let (framed_us, polled_us) = (None, None);
                run.ticks.push(Tick { number, said_us, heard_us: at_us, framed_us, polled_us });
            }
            _ => {}
        }
        Vec::new()
    }

    fn watched(&mut self, watched: &Watched, at_us: u64, begun: Instant) {
        let Some(run) = &mut self.run else { return };
        let us = |at: Instant| whole_us(at - begun);
        run.set_us = us(watched.since);
        run.frames_us.extend(watched.frames.iter().copied().map(us));
        run.inputs_us.extend(watched.inputs.iter().map(|&(stamped, heard)| (us(stamped), us(heard))));
        run.was_hidden |= watched.was_hidden;
        run.looked_us = at_us;
        for tick in &mut run.ticks {
            let frame = || watched.frames.iter().copied().map(us).find(|&frame_us| frame_us >= tick.heard_us);
            tick.framed_us = tick.framed_us.or_else(frame);
            tick.polled_us.get_or_insert(at_us);
        }
    }

    fn worked(&mut self, worked: Worked, begun: Instant) {
        let Some(run) = &mut self.run else { return };
        run.worked_us = Some((whole_us(worked.from - begun), whole_us(worked.to - begun)));
        run.pieces = worked.pieces;
    }

    fn progress(&self, _: &[i32]) -> u64 {
        // A hidden page draws no frames, and is waited for.
        self.run.as_ref().map_or(0, |run| run.looked_us)
    }

    fn due(&mut self) -> Vec<Command> {
        let Some(run) = &self.run else { return Vec::new() };
        let mut commands = Vec::new();
        let label = run.label();
        if label != self.label {
            self.label.clone_from(&label);
            commands.push(Command::OnPage(PageCommand::Label(label)));
        }
        if run.has_all(self.ticks) && !self.is_told {
            self.is_told = true;
            commands.push(Command::Post { thread: 0, task: Task::Taken });
        }
        commands
    }

    fn stopped(&mut self) {
        self.run = None;
    }

    fn over(&mut self, round: RoundOver) {
        self.is_over = true;
        let Some(run) = &mut self.run else { return };
        run.started_us = round.started_us.iter().copied().max().unwrap_or(0);
        if let (Place::Worker, Some(done)) = (self.place, round.done.first()) {
            run.worked_us = done.began(State::Working).zip(done.began(State::Over));
        }
    }

    fn shown(&self, _: &[f64]) -> Shown {
        let table = Table {
            head: vec![
                "run",
                "work done in",
                "work (s)",
                "longest gap (ms)",
                "missed frames",
                "late inputs",
                "label late (ms)",
                "polling (ms)",
                "message (ms)",
                "frame (ms)",
            ],
            rows: self.rows(),
        };
        let poll_ms = u64::from(self.poll_ms);
        let Some(run) = &self.run else { return Shown { table, ..Shown::default() } };
        let lanes = Some(run.lanes());
        let strip = (!run.ticks.is_empty()).then(|| run.strip(poll_ms));
        if !self.is_over {
            return Shown { lanes, strip, table, ..Shown::default() };
        }
        let gap = run.longest_gap_us();
        let missed = run.missed_frames().filter(|&frames| frames > 0);
        let inputs = run.delays_us().len();
        let painted_us = run.painted_us();
        let label_late = painted_us.map(|us| Figure {
            is_loss: run.worked_us.is_some_and(|(_, to_us)| us >= to_us),
            ..Figure::plain(time(us.saturating_sub(run.set_us)))
        });
        let mut data = run.figures().to_vec();
        data.extend([
            ("data-ticks", run.ticks.len().to_string()),
            ("data-in-order", if run.is_in_order() { "yes" } else { "no" }.to_owned()),
            ("data-touch-error", run.touched.clone().unwrap_or_default()),
            ("data-runs", table.rows.len().to_string()),
        ]);
        Shown {
            figures: [
                gap.map(|us| Figure {
                    beside: missed.map(|frames| format!("{} missed", counted(usize_of(frames), "frame"))),
                    is_loss: us >= LATE_US,
                    ..Figure::plain(time(us))
                }),
                Some(Figure {
                    beside: Some(format!("of {inputs}")),
                    is_loss: run.late_inputs() > 0,
                    ..Figure::plain(run.late_inputs().to_string())
                }),
                label_late,
            ],
            lanes,
            strip,
            findings: run.findings(poll_ms),
            table,
            data,
            ..Shown::default()
        }
    }

    fn again(&self, values: &Values, _: bool) -> Option<Box<dyn Runs>> {
        Some(Box::new(Self { earlier: self.rows(), ..Self::new(values) }))
    }
}

#[cfg(test)]
mod tests;
