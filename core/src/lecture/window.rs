//! The window: work in a button's callback, in small pieces and in a worker, and how late the page hears of a worker's
//! ticks.

mod program;

use dartboard_threads::task::{Report, State, Task};

use super::glossary::AFTER;
use super::guess::GuessKind;
use super::python::Python;
use super::recorded::Recorded;
use super::runs::{RoundOver, Runs};
use super::settings::{Choice, Kind, LessonField, Values};
use super::shown::{Figure, Lane, Lanes, Look, Shown, Stretch, Strip, StripRow, Table};
use super::stage::{Command, PageCommand, Watched, Worked};
use super::{About, MemoryNeed};
use crate::benchmark::statistics::Spread;
use crate::text::{Fixed, counted, whole_us};
use crate::time::Instant;

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
            ("ticks.get_nowait()", "the poll takes what messages have left"),
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

/// The most frames of which the page's usual time between two is taken.
const USUAL_FRAMES: usize = 100;

/// Where the work is done, in the order of [`WHERE`]'s choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Callback,
    Pieces,
    Worker,
}

/// A tick of the worker. All times are in µs since the press of Run.
#[derive(Debug)]
struct Tick {
    number: u32,
    /// When the worker said it.
    said_us: u64,
    /// When its message came.
    heard_us: u64,
    /// The first frame after that.
    framed_us: Option<u64>,
    /// The first poll after that.
    polled_us: Option<u64>,
}

/// What was seen of a run.
#[derive(Debug)]
struct Run {
    place: Place,
    work_us: u64,
    /// When the label was set, and the page began to watch itself.
    set_us: u64,
    frames_us: Vec<u64>,
    /// When the browser had an input, and when the page heard of it.
    inputs_us: Vec<(u64, u64)>,
    was_hidden: bool,
    /// How long the worker took to start.
    started_us: u64,
    /// From when to when the work was done, once it is known.
    worked_us: Option<(u64, u64)>,
    pieces: u32,
    /// What the browser said as the worker touched the page.
    touched: Option<String>,
    ticks: Vec<Tick>,
    looked_us: u64,
}

impl Run {
    /// When the label was painted: with the first frame after it was set.
    fn painted_us(&self) -> Option<u64> {
        self.frames_us.iter().copied().find(|&at_us| at_us >= self.set_us)
    }

    /// All times between two frames, the first since the label was set: from when to when.
    fn gaps(&self) -> Vec<(u64, u64)> {
        let mut before = self.set_us;
        let gap = |&after: &u64| (std::mem::replace(&mut before, after), after);
        self.frames_us.iter().map(gap).collect()
    }

    /// The lengths of those during which the work was done.
    fn gaps_at_work(&self) -> Vec<u64> {
        let (from_us, to_us) = self.worked_us.unwrap_or_default();
        let mut gaps = Vec::new();
        for (before, after) in self.gaps() {
            if after > from_us && before < to_us {
                gaps.push(after.saturating_sub(before));
            }
        }
        gaps
    }

    fn longest_gap_us(&self) -> Option<u64> {
        self.gaps_at_work().into_iter().max()
    }

    /// How many frames were missed during the work. How many there should be, the frames after it tell.
    fn missed_frames(&self) -> Option<u64> {
        let (_, to_us) = self.worked_us?;
        let after = self.gaps().into_iter().filter(|&(before, _)| before >= to_us).take(USUAL_FRAMES);
        let after: Vec<f64> = after.map(|(before, after)| after.saturating_sub(before) as f64).collect();
        let usual = Spread::of(&after)?.median;
        // The cast saturates.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let missed = |gap_us: u64| ((gap_us as f64 / usual).round() as u64).saturating_sub(1);
        (usual > 0.0).then(|| self.gaps_at_work().into_iter().map(missed).sum())
    }

    /// How late the inputs were heard that came during the work.
    fn delays_us(&self) -> Vec<u64> {
        let (from_us, to_us) = self.worked_us.unwrap_or_default();
        let mut delays = Vec::new();
        for &(stamped, heard) in &self.inputs_us {
            if heard >= from_us && stamped <= to_us {
                delays.push(heard.saturating_sub(stamped));
            }
        }
        delays
    }

    fn late_inputs(&self) -> usize {
        self.delays_us().into_iter().filter(|&us| us >= LATE_US).count()
    }

    /// How late the ticks came by polling, by message and by frame, in ms.
    fn latencies_ms(&self) -> [Vec<f64>; 3] {
        let ways: [fn(&Tick) -> Option<u64>; 3] =
            [|tick| tick.polled_us, |tick| Some(tick.heard_us), |tick| tick.framed_us];
        ways.map(|when| {
            let late = |tick: &Tick| Some(when(tick)?.saturating_sub(tick.said_us) as f64 / 1e3);
            self.ticks.iter().filter_map(late).collect()
        })
    }

    fn medians_ms(&self) -> [Option<f64>; 3] {
        self.latencies_ms().map(|ms| Spread::of(&ms).map(|spread| spread.median))
    }

    /// Whether all ticks have come, each in its turn, and were taken in all ways.
    fn has_all(&self, ticks: u32) -> bool {
        let are_taken = self.ticks.iter().all(|tick| tick.framed_us.is_some() && tick.polled_us.is_some());
        are_taken && self.ticks.len() >= ticks as usize
    }

    fn is_in_order(&self) -> bool {
        (1..).zip(&self.ticks).all(|(number, tick)| tick.number == number)
    }

    /// What the label says.
    fn label(&self) -> String {
        match self.ticks.iter().rev().find(|tick| tick.polled_us.is_some()) {
            Some(tick) => format!("Count: {}", tick.number),
            None if self.worked_us.is_some() || self.touched.is_some() => "Done!".to_owned(),
            None => COMPUTING.to_owned(),
        }
    }

    fn lanes(&self) -> Lanes {
        let stretch = |from_us, to_us, look| Stretch { from_us, to_us, look };
        let row = |name: &str, stretches: Vec<Stretch>| Lane {
            name: name.to_owned(),
            stretches: Stretch::joined(stretches.into_iter()),
        };
        let painted_us = self.painted_us().unwrap_or(self.looked_us);
        let drawn = |(before, after): (u64, u64)| {
            let look = if after.saturating_sub(before) >= LATE_US { Look::Blocked } else { Look::Working };
            stretch(before, after, look)
        };
        let work = self.worked_us.map(|(from_us, to_us)| stretch(from_us, to_us, Look::Working));
        let is_by_worker = self.place == Place::Worker;
        let mut worker = vec![stretch(0, self.started_us, Look::Starting)];
        worker.extend(work.filter(|_| is_by_worker));
        for (index, tick) in self.ticks.iter().enumerate() {
            let end_us = self.ticks.get(index + 1).map_or(tick.said_us, |next| next.said_us);
            worker.push(stretch(tick.said_us, tick.said_us + 1_000, Look::Working));
            worker.push(stretch(tick.said_us + 1_000, end_us, Look::Waiting));
        }
        Lanes {
            title: "The last run".to_owned(),
            note: String::new(),
            rows: vec![
                row("label", vec![stretch(self.set_us, painted_us, Look::Blocked)]),
                row("frames", self.gaps().into_iter().map(drawn).collect()),
                row("page", work.filter(|_| !is_by_worker).into_iter().collect()),
                row("worker", worker),
            ],
            span_us: self.looked_us.max(1),
            legend: vec![
                (Look::Working, "works, or draws frames"),
                (Look::Blocked, "set but not painted, or no frame"),
                (Look::Waiting, "asleep between ticks"),
                (Look::Starting, "starting"),
            ],
            curve: None,
        }
    }

    fn strip(&self, poll_ms: u64) -> Strip {
        let rows = ["by polling", "by message", "by frame"].into_iter().zip(self.latencies_ms());
        let rows: Vec<StripRow> = rows.map(|(name, values)| StripRow { name, values }).collect();
        let all = rows.iter().flat_map(|row| &row.values).copied();
        Strip {
            note: "how late the page has each (ms)".to_owned(),
            what: "tick",
            axis: (0.0, all.fold(poll_ms as f64, f64::max)),
            rows,
            guesses: Vec::new(),
        }
    }

    fn findings(&self, poll_ms: u64) -> Vec<String> {
        let gap = self.longest_gap_us().map_or_else(|| "–".to_owned(), time);
        let (from_us, to_us) = self.worked_us.unwrap_or_default();
        let mut findings = vec![match self.place {
            Place::Callback => {
                let missed = counted(usize_of(self.missed_frames().unwrap_or(0)), "frame");
                format!(
                    "The work ran in the button’s callback: for {gap} the page painted nothing, and missed {missed}."
                )
            }
            Place::Pieces => format!(
                "The work of {} ran in {} of {}: the longest time between two frames was {gap}. It took {} in all.",
                time(self.work_us),
                counted(self.pieces as usize, "piece"),
                time(PIECE_US),
                time(to_us.saturating_sub(from_us))
            ),
            Place::Worker => {
                format!("The work ran in a worker: the longest time between two frames was {gap}.")
            }
        }];
        if self.was_hidden {
            findings.push(
                "This page was hidden meanwhile, and browsers draw no frames then: run again.".to_owned(),
            );
        }
        if let Some(painted_us) = self.painted_us() {
            let when = if painted_us >= to_us { ", after the work" } else { "" };
            let late = time(painted_us.saturating_sub(self.set_us));
            findings.push(format!("“{COMPUTING}” was set before the work and painted {late} later{when}."));
        }
        let inputs = self.delays_us().len();
        findings.push(match self.delays_us().into_iter().max() {
            None => {
                "You pressed nothing during the work: type in the window, or press its button, and run again."
                    .to_owned()
            }
            Some(most) => format!(
                "During the work came {}; {} heard {} late or more, the latest after {}.",
                counted(inputs, "input"),
                match self.late_inputs() {
                    0 => "none was".to_owned(),
                    1 => "1 was".to_owned(),
                    late => format!("{late} were"),
                },
                time(LATE_US),
                time(most)
            ),
        });
        findings.push(match self.touched.as_deref() {
            Some("") | None => "The worker asked for the page’s document, and got one.".to_owned(),
            Some(error) => format!(
                "The worker asked for the page’s document. The browser said: “{error}”. Tk is not thread-safe: a call from another \
                 thread fails, or waits for the main thread."
            ),
        });
        if let [Some(poll), Some(message), Some(frame)] = self.medians_ms() {
            let ms = |ms: f64| Fixed(ms, 1);
            findings.push(format!(
                "In the median, the page had a tick {} ms late by message, {} ms at the next frame, and {} ms by polling every \
                 {poll_ms} ms.",
                ms(message),
                ms(frame),
                ms(poll)
            ));
        }
        findings
    }

    fn row(&self, number: usize) -> Vec<String> {
        let place = WHERE.shown(self.place as u64);
        let mut row = vec![number.to_string(), place, Fixed(self.work_us as f64 / 1e6, 1).to_string()];
        row.extend(self.figures().into_iter().map(|(_, figure)| figure));
        row
    }

    /// The figures for scripts, which the table has too.
    fn figures(&self) -> [(&'static str, String); 7] {
        let ms = |us: Option<u64>| us.map_or_else(String::new, |us| Fixed(us as f64 / 1e3, 1).to_string());
        let [poll, message, frame] =
            self.medians_ms().map(|ms| ms.map_or_else(String::new, |ms| Fixed(ms, 2).to_string()));
        let missed = self.missed_frames().map_or_else(String::new, |frames| frames.to_string());
        let late_us = self.painted_us().map(|us| us.saturating_sub(self.set_us));
        [
            ("data-longest-gap-ms", ms(self.longest_gap_us())),
            ("data-missed-frames", missed),
            ("data-late-inputs", self.late_inputs().to_string()),
            ("data-label-late-ms", ms(late_us)),
            ("data-latency-poll-ms", poll),
            ("data-latency-message-ms", message),
            ("data-latency-frame-ms", frame),
        ]
    }
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
            run: Some(Run {
                place,
                work_us,
                set_us: 0,
                frames_us: Vec::new(),
                inputs_us: Vec::new(),
                was_hidden: false,
                started_us: 0,
                worked_us: None,
                pieces: 1,
                touched: None,
                ticks: Vec::new(),
                looked_us: 0,
            }),
            label: COMPUTING.to_owned(),
            is_told: false,
            is_over: false,
            earlier: Vec::new(),
        }
    }
}

impl WindowRuns {
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

fn usize_of(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// A length of time, in seconds from one on.
fn time(us: u64) -> String {
    match us {
        1_000_000.. => format!("{} s", Fixed(us as f64 / 1e6, 2)),
        10_000.. => format!("{} ms", Fixed(us as f64 / 1e3, 0)),
        _ => format!("{} ms", Fixed(us as f64 / 1e3, 1)),
    }
}

#[cfg(test)]
mod tests;
