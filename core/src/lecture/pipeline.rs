//! The fourth exercise: a reader, a stage that makes lines upper case, and a writer, with a bounded queue between two of them.

mod program;
mod sweep;
mod told;

use dartboard_threads::pipe::{self, Ending};
use dartboard_threads::task::{Control, Progress, Report, Role, StageOrder, StageReport, Task};

use super::guess::GuessKind;
use super::index::CAPSTONE;
use super::python::Python;
use super::recorded::Recorded;
use super::runs::{Act, Program, RoundOver, Runs};
use super::settings::{Choice, Kind, LessonField, Values};
use super::shown::{Output, Shown};
use super::stage::{ChosenFile, Command};
use super::{About, MemoryNeed};
use sweep::{Sweep, Way};

/// How many lines go through the queues at a time.
pub static LINES: LessonField = LessonField {
    name: "lines",
    label: "Lines per message",
    kind: Kind::Number { min: 1, max: 10_000, default: 1, decimals: 0 },
};

/// How many places each queue has.
pub static MAXSIZE: LessonField = LessonField {
    name: "maxsize",
    label: "Places (maxsize)",
    kind: Kind::Number { min: 1, max: 1_000, default: 16, decimals: 0 },
};

/// How long the text is that is made up where no file is chosen.
pub static SIZE: LessonField = LessonField {
    name: "size",
    label: "Generated (MB)",
    kind: Kind::Number { min: 1, max: 500, default: 10, decimals: 0 },
};

/// What the queues are.
pub static QUEUE: LessonField = LessonField {
    name: "queue",
    label: "Queues",
    kind: Kind::Choice {
        choices: &[
            Choice { name: "shared", label: "in shared memory, if there is any" },
            Choice { name: "messages", label: "messages" },
        ],
    },
};

/// Whether one setting is run, or all are compared.
pub static MEASURE: LessonField = LessonField {
    name: "measure",
    label: "Run",
    kind: Kind::Choice {
        choices: &[
            Choice { name: "once", label: "once, as it is set" },
            Choice { name: "all", label: "with 1 to 10,000 lines per message" },
        ],
    },
};

/// What the lesson is.
pub static ABOUT: About = About {
    name: "pipeline",
    title: "Exercise 4: pipeline",
    group: CAPSTONE,
    short_question: "Which stage sets the speed?",
    question: "Three stages, two queues: which stage sets the speed?",
    fields: &[&LINES, &MAXSIZE, &SIZE, &QUEUE, &MEASURE],
    guess: GuessKind::Words {
        label: "Your guess: the slowest stage?",
        answers: &["the reader", "upper case", "the writer", "the queues"],
    },
    figures: ["Lines a second", "Lines", "MB a second"],
    files: ["pipeline.csv", "pipeline.json"],
    why: &[
        "A pipeline is as fast as its slowest stage. Make it faster, and another stage becomes the slowest.",
        "A queue costs the same for a message of one line and of a thousand. So with one line per message the queues are most of the work.",
        "Bounded queues keep memory small: a fast stage waits in put() until the slow one has caught up.",
        "A sentinel (None) goes through both queues: each stage passes it on, then ends.",
    ],
    python: Python {
        file_name: "pipeline.py",
        program: program::of,
        beside: &[
            ("threading.Thread", "a Web Worker for each stage"),
            ("queue.Queue(maxsize)", "places and bytes in shared memory, or message ports with credits"),
            ("q.put(None)", "the sentinel, which goes through both queues"),
            ("line.upper()", "the same result, from tables and 16 bytes at a time"),
        ],
        prints: &[],
        remark: "In Python the three threads share one GIL, so they take turns; here each stage has a core if one is free.",
    },
    in_short: &[(&SIZE, 1), (&LINES, 100)],
    per_core: None,
    memory: MemoryNeed::OrMessages,
    recorded: Recorded {
        figures: ["108,180", "168,173", "6.5"],
        findings: &[
            "The slowest stage is upper case: it works 34 % of the time, and the stages before and after it wait for it.",
        ],
    },
};

/// How much a stage that is slowed down rests after each message, in µs.
const SLOW_US: u32 = 20_000;

/// The most moments of which the filled places are kept: then every second one goes.
const MOST_MOMENTS: usize = 400;

/// A stage as the page knows it.
#[derive(Clone, Debug)]
struct StageState {
    progress: Progress,
    is_slow: bool,
    /// The user has ended it.
    is_killed: bool,
}

/// The runs of a press of Run: one as it is set, or one for each way that is compared.
#[derive(Clone, Debug)]
pub struct PipelineRuns {
    ways: Vec<Way>,
    over: usize,
    /// The file that is read; none where the text is made up.
    file: Option<ChosenFile>,
    places: u32,
    has_begun: bool,
    is_stopped: bool,
    is_paused: bool,
    stages: [StageState; 3],
    /// What the queues held: when, in µs, and how many pieces each.
    depths: Vec<(u64, [u32; 2])>,
    /// So many reports go by between two moments that are kept.
    every: u32,
    reports: u64,
    /// Why a stage could not go on.
    trouble: Option<String>,
    written: Option<(u64, String)>,
    sweep: Sweep,
}

impl PipelineRuns {
    /// Those of `values`, for this file if one is chosen.
    pub fn new(values: &Values, shares_memory: bool, file: Option<&ChosenFile>) -> Self {
        let [lines, places, megabytes] = [&LINES, &MAXSIZE, &SIZE].map(|field| values.small(field));
        let shares_memory = shares_memory && values.get(&QUEUE) == 0;
        let file = file.cloned();
        let ways = if values.get(&MEASURE) == 0 {
            let bytes = megabytes * 1_000_000;
            vec![Way { lines, by_messages: !shares_memory, bytes: file.is_none().then_some(bytes) }]
        } else {
            Way::all(shares_memory, megabytes * 1_000_000)
        };
        let file = file.filter(|_| values.get(&MEASURE) == 0);
        Self {
            ways,
            over: 0,
            file,
            places,
            has_begun: false,
            is_stopped: false,
            is_paused: false,
            stages: new_stages(),
            depths: Vec::new(),
            every: 1,
            reports: 0,
            trouble: None,
            written: None,
            sweep: Sweep::default(),
        }
    }

    fn way(&self) -> Way {
        self.ways[self.over.min(self.ways.len() - 1)]
    }

    fn is_over(&self) -> bool {
        self.over >= self.ways.len() || self.is_stopped
    }

    fn stage(&self, role: Role) -> &StageState {
        &self.stages[role as usize]
    }

    fn has_ended(&self, role: Role) -> bool {
        self.stage(role).is_killed || self.stage(role).progress.ending.is_some()
    }

    /// How many bytes go in, in all.
    fn bytes_to_read(&self) -> u64 {
        self.file.as_ref().map_or_else(|| self.way().bytes.unwrap_or_default().into(), |file| file.bytes)
    }

    /// Whether all of the text was written.
    fn is_complete(&self) -> bool {
        self.stage(Role::Write).progress.ending == Some(Ending::Complete) && self.trouble.is_none()
    }

    fn note(&mut self, progress: Progress) {
        self.stages[progress.role as usize].progress = progress;
        self.reports += 1;
        if progress.role == Role::Write || !self.reports.is_multiple_of(u64::from(self.every)) {
            return;
        }
        let queued = |role: Role| self.stage(role).progress.queued;
        let at_us = progress.at_us.max(self.depths.last().map_or(0, |&(at_us, _)| at_us));
        self.depths.push((at_us, [queued(Role::Read), queued(Role::Upper)]));
        if self.depths.len() > MOST_MOMENTS {
            let mut keeps = false;
            self.depths.retain(|_| {
                keeps = !keeps;
                keeps
            });
            self.every *= 2;
        }
    }

    /// What the other stages are told when one has ended early: nobody takes what the stages before it put, and if it was
    /// killed, the next one gets no sentinel.
    fn tell_others(&self, role: Role) -> Vec<(u32, Task)> {
        let mut told = Vec::new();
        for (thread, other) in (0..).zip(Role::ALL) {
            if self.has_ended(other) {
                continue;
            }
            if (other as usize) < role as usize {
                told.push((thread, Task::Control(Control::Leave)));
            } else if other as usize == role as usize + 1 && self.stage(role).is_killed {
                told.push((thread, Task::Control(Control::Last)));
            }
        }
        told
    }

    fn to_all(&self, control: Control) -> Vec<Command> {
        let threads = (0..).zip(Role::ALL).filter(|&(_, role)| !self.has_ended(role));
        threads.map(|(thread, _)| Command::Post { thread, task: Task::Control(control) }).collect()
    }
}

fn new_stages() -> [StageState; 3] {
    Role::ALL.map(|role| StageState { progress: Progress::of(role), is_slow: false, is_killed: false })
}

impl Runs for PipelineRuns {
    fn threads(&self) -> u32 {
        3
    }

    fn program(&self) -> Program {
        Program::Stage
    }

    fn times_from_press(&self) -> bool {
        false
    }

    fn words(&self) -> u32 {
        2 * pipe::WORDS
    }

    fn rounds(&self) -> (u32, u32) {
        let of = u32::try_from(self.ways.len()).unwrap_or(u32::MAX);
        let over = u32::try_from(self.over).unwrap_or(u32::MAX);
        (if self.is_stopped { over.max(1) } else { over }, of)
    }

    fn next_round(&mut self) -> Option<Vec<Task>> {
        if self.over >= self.ways.len() {
            return None;
        }
        self.has_begun = true;
        self.stages = new_stages();
        (self.trouble, self.written, self.every) = (None, None, 1);
        self.depths.clear();
        let (Way { lines, by_messages, bytes }, places) = (self.way(), self.places);
        let order = |role| StageOrder { role, lines, places, generated_bytes: bytes, by_messages };
        Some(Role::ALL.map(|role| Task::Stage(order(role))).into())
    }

    fn said(&mut self, thread: u32, report: &Report, _: u64) -> Vec<(u32, Task)> {
        let Report::Own(said) = report else { return Vec::new() };
        match StageReport::parse(said) {
            Ok(StageReport::Progress(progress)) if Some(&progress.role) == Role::ALL.get(thread as usize) => {
                self.note(progress);
                if progress.ending == Some(Ending::StoppedEarly) {
                    return self.tell_others(progress.role);
                }
            }
            Ok(StageReport::Trouble { text }) => self.trouble = Some(text),
            Ok(StageReport::Written { bytes, sha256 }) => self.written = Some((bytes, sha256)),
            // A stage that says something that is not understood makes no progress, which is noticed.
            Ok(StageReport::Progress(_)) | Err(_) => {}
        }
        Vec::new()
    }

    fn progress(&self, _: &[i32]) -> u64 {
        self.reports
    }

    fn waits_for_user(&self) -> bool {
        self.is_paused
    }

    fn act(&mut self, act: Act) -> Vec<Command> {
        if self.is_over() || !self.has_begun {
            return Vec::new();
        }
        match act {
            Act::Pause => {
                self.is_paused = !self.is_paused;
                self.to_all(if self.is_paused { Control::Pause } else { Control::GoOn })
            }
            Act::Slow(role) => {
                let stage = &mut self.stages[role as usize];
                stage.is_slow = !stage.is_slow;
                let us = if stage.is_slow { SLOW_US } else { 0 };
                vec![Command::Post { thread: role as u32, task: Task::Control(Control::Slow { us }) }]
            }
            Act::Stop(role) if !self.has_ended(role) => {
                let mut commands = self.resume();
                commands.push(Command::Post { thread: role as u32, task: Task::Control(Control::Stop) });
                commands
            }
            Act::Kill(role) if !self.has_ended(role) => {
                let mut commands = self.resume();
                self.stages[role as usize].is_killed = true;
                commands.push(Command::Terminate { thread: role as u32 });
                commands.extend(super::stage::posts(self.tell_others(role)));
                commands
            }
            Act::Stop(_) | Act::Kill(_) | Act::Download(_) => Vec::new(),
        }
    }

    fn gives_up(&self) -> bool {
        let is_written =
            || self.stage(Role::Write).is_killed || self.written.is_some() || self.trouble.is_some();
        let is_killed = self.stages.iter().any(|stage| stage.is_killed);
        is_killed && Role::ALL.into_iter().all(|role| self.has_ended(role)) && is_written()
    }

    fn stopped(&mut self) {
        self.is_stopped = self.has_begun;
    }

    fn over(&mut self, _: RoundOver) {
        let write = self.stage(Role::Write).progress;
        if self.is_complete() {
            self.sweep.note(self.way(), write.lines, write.at_us);
            self.over += 1;
        } else {
            // A stage may be gone: nothing more is compared.
            self.over = self.ways.len();
        }
    }

    fn shown(&self, _: &[f64]) -> Shown {
        if self.has_begun { self.told() } else { Shown::default() }
    }
}

impl PipelineRuns {
    /// Before a paused stage is ended, all go on: the others must be able to say that they have ended.
    fn resume(&mut self) -> Vec<Command> {
        if std::mem::take(&mut self.is_paused) { self.to_all(Control::GoOn) } else { Vec::new() }
    }

    /// What was written, if anything was and it can be saved.
    fn output(&self) -> Option<Output> {
        let write = self.stage(Role::Write);
        let bytes = self.written.as_ref().map_or(write.progress.bytes_out, |&(bytes, _)| bytes);
        let has_ended = self.is_over() || self.written.is_some();
        let name = match &self.file {
            None => "generated-upper.txt".to_owned(),
            Some(ChosenFile { name, .. }) => {
                let stem = name.rsplit_once('.').map_or(&**name, |(stem, _)| stem);
                format!("{}-upper.txt", crate::text::cut_to(stem, 60))
            }
        };
        (has_ended && bytes > 0).then_some(Output { name, bytes, is_complete: self.is_complete() })
    }
}

#[cfg(test)]
mod tests;
