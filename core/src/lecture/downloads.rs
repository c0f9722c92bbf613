//! The third exercise: a list of addresses, so many of which are downloaded at a time.
//!
//! What is decided here is little: the worker that downloads decides which is next and what follows an error
//! (`dartboard_downloads::machine`). The lesson mirrors what it says, lets the user end and repeat downloads, and compares how
//! long the same list took with other limits.

mod program;
mod told;

use dartboard_threads::task::{
    DownloadOrder, DownloadReport, DownloadRow, DownloadState, DownloadTask, DownloadTotals, MAX_AT_A_TIME,
    Report, Task,
};

use super::guess::GuessKind;
use super::index::CAPSTONE;
use super::python::Python;
use super::recorded::Recorded;
use super::runs::{Act, Program, RoundOver, Runs};
use super::settings::{Choice, Kind, LessonField, Values};
use super::shown::Shown;
use super::stage::Command;
use super::{About, MemoryNeed};

/// How many downloads at a time.
pub static LIMIT: LessonField = LessonField {
    name: "limit",
    label: "At a time",
    kind: Kind::Number { min: 1, max: MAX_AT_A_TIME as u64, default: 4, decimals: 0 },
};

/// How long nothing may come.
pub static SILENCE: LessonField = LessonField {
    name: "silence",
    label: "Silence limit (s)",
    kind: Kind::Number { min: 1, max: 300, default: 30, decimals: 0 },
};

/// Whether one limit is run, or several are compared.
pub static MEASURE: LessonField = LessonField {
    name: "measure",
    label: "Run",
    kind: Kind::Choice {
        choices: &[
            Choice { name: "once", label: "once, as it is set" },
            Choice { name: "all", label: "with 1, 4 and 16 at a time" },
        ],
    },
};

/// How often a download that fails is tried again by itself.
pub static RETRIES: LessonField = LessonField {
    name: "retries",
    label: "Automatic retries",
    kind: Kind::Number { min: 0, max: 5, default: 0, decimals: 0 },
};

/// How long before the first of them.
pub static BACKOFF: LessonField = LessonField {
    name: "backoff",
    label: "Retry after (s)",
    kind: Kind::Number { min: 1, max: 600, default: 5, decimals: 1 },
};

/// How long between two starts at one host.
pub static PAUSE: LessonField = LessonField {
    name: "pause",
    label: "Pause between starts at one host (s)",
    kind: Kind::Number { min: 0, max: 600, default: 0, decimals: 1 },
};

/// What the lesson is.
pub static ABOUT: About = About {
    name: "downloads",
    title: "Exercise 3: downloads",
    group: CAPSTONE,
    short_question: "How much faster are four at a time?",
    question: "Eight downloads: how much faster are four at a time?",
    fields: &[&LIMIT, &SILENCE, &MEASURE, &RETRIES, &BACKOFF, &PAUSE],
    guess: GuessKind::Words {
        label: "Your guess: four at a time?",
        answers: &["as fast as one at a time", "twice as fast", "four times as fast"],
    },
    figures: ["Done", "Time (s)", "MB a second"],
    files: ["downloads.csv", "downloads.json"],
    why: &[
        "A thread that waits for the network needs no core. So others can wait at the same time, and many downloads end in the time of the slowest.",
        "That is why threads help here even in Python: a thread that waits has released the GIL.",
        "A limit protects the server and your line. With more at a time, each download only gets a smaller share of the line. Browsers open at most six connections to one server anyway.",
        "A download that fails must not stop the others. Each one ends in done or in error, and can be tried again.",
    ],
    python: Python {
        file_name: "downloads.py",
        program: program::of,
        beside: &[
            ("threading.Thread", "one Web Worker: its fetches wait side by side"),
            ("urllib.request.urlretrieve", "fetch(), written to a file piece by piece"),
            ("semaphore", "the limit that the state machine keeps"),
            ("except OSError", "an error with its reason; the others go on"),
        ],
        prints: &[],
        remark: "In Python a thread that waits in urlretrieve has released the GIL, so the downloads really overlap.",
    },
    in_short: &[(&SILENCE, 1)],
    per_core: None,
    memory: MemoryNeed::None,
    recorded: Recorded {
        figures: ["5 of 8", "33.6", "0.3"],
        findings: &["At most 4 were under way at once; 10,800,000 bytes came."],
    },
};

/// The limits that are compared.
const LIMITS: [u32; 3] = [1, 4, 16];

/// While limits are compared, one that is silent is given up after so long: otherwise its silence is all that is measured.
const COMPARED_SILENCE_MS: u32 = 3_000;

/// How long a list took.
#[derive(Clone, Debug, PartialEq)]
struct Measured {
    addresses: Vec<String>,
    limit: u32,
    ms: u64,
    /// The user has ended or repeated some of it.
    is_touched: bool,
}

/// How it stands with the worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Worker {
    /// It was told nothing yet.
    NotYet,
    /// It does what it is told.
    Works,
    /// It was told to end all of it.
    Cancels,
    /// It is there no more: what is whole can still be saved, and nothing else happens.
    Gone,
}

/// The downloads of a press of the button, and how long earlier ones took.
#[derive(Clone, Debug)]
pub struct DownloadRuns {
    order: DownloadOrder,
    limits: Vec<u32>,
    /// How many rounds are over: the limits, and what the user has tried again since.
    over: u32,
    /// How many there are to be.
    rounds: u32,
    /// What the user tries again next.
    again: Option<DownloadTask>,
    rows: Vec<DownloadRow>,
    notes: Vec<String>,
    totals: DownloadTotals,
    measured: Vec<Measured>,
    reports: u64,
    worker: Worker,
    is_touched: bool,
}

impl DownloadRuns {
    /// Those of `values`.
    pub fn new(values: &Values) -> Self {
        let [limit, retries] = [&LIMIT, &RETRIES].map(|field| values.small(field));
        let [silence_s, backoff_ds, pause_ds] = [&SILENCE, &BACKOFF, &PAUSE].map(|field| values.small(field));
        let compares = values.get(&MEASURE) == 1;
        let stall_ms = 1_000 * silence_s;
        let limits = if compares { LIMITS.to_vec() } else { vec![limit] };
        let order = DownloadOrder {
            limit,
            host_pause_ms: 100 * pause_ds,
            retries,
            backoff_ms: 100 * backoff_ds,
            stall_ms: if compares { stall_ms.min(COMPARED_SILENCE_MS) } else { stall_ms },
        };
        let rounds = u32::try_from(limits.len()).unwrap_or(u32::MAX);
        Self {
            order,
            limits,
            over: 0,
            rounds,
            again: None,
            rows: Vec::new(),
            notes: Vec::new(),
            totals: DownloadTotals::default(),
            measured: Vec::new(),
            reports: 0,
            worker: Worker::NotYet,
            is_touched: false,
        }
    }

    fn is_over(&self) -> bool {
        self.over >= self.rounds
    }

    fn hear(&mut self, said: DownloadReport) {
        match said {
            DownloadReport::Note { text } => self.notes.push(text),
            DownloadReport::Row(row) => match self.rows.iter_mut().find(|known| known.row == row.row) {
                Some(known) => *known = row,
                None => self.rows.push(row),
            },
            DownloadReport::Cleared => self.rows.retain(|row| row.state != DownloadState::Done),
            DownloadReport::Totals(totals) => self.totals = totals,
        }
    }

    fn count(&self, state: DownloadState) -> usize {
        self.rows.iter().filter(|row| row.state == state).count()
    }

    fn addresses(&self) -> Vec<String> {
        self.rows.iter().map(|row| row.address.clone()).collect()
    }
}

impl Runs for DownloadRuns {
    fn threads(&self) -> u32 {
        1
    }

    fn program(&self) -> Program {
        Program::Download
    }

    fn times_from_press(&self) -> bool {
        false
    }

    fn lingers(&self) -> bool {
        true
    }

    fn rounds(&self) -> (u32, u32) {
        (self.over, self.rounds)
    }

    fn next_round(&mut self) -> Option<Vec<Task>> {
        let task = match self.limits.get(self.over as usize) {
            Some(&limit) => {
                self.worker = Worker::Works;
                self.rows.clear();
                self.notes.clear();
                self.totals = DownloadTotals::default();
                self.is_touched = false;
                DownloadTask::Begin(DownloadOrder { limit, ..self.order })
            }
            None => self.again.take()?,
        };
        Some(vec![Task::Download(task)])
    }

    fn said(&mut self, _: u32, report: &Report, _: u64) -> Vec<(u32, Task)> {
        if let Report::Own(said) = report
            && let Ok(said) = DownloadReport::parse(said)
        {
            self.reports += 1;
            self.hear(said);
        }
        Vec::new()
    }

    fn progress(&self, _: &[i32]) -> u64 {
        self.reports
    }

    fn act(&mut self, act: Act) -> Vec<Command> {
        let Act::Download(task) = act else { return Vec::new() };
        if matches!(self.worker, Worker::NotYet | Worker::Gone) {
            return Vec::new();
        }
        self.is_touched = true;
        if self.is_over() && matches!(task, DownloadTask::Retry { .. } | DownloadTask::RetryFailed) {
            self.again = Some(task);
            self.rounds += 1;
            return Vec::new();
        }
        vec![Command::Post { thread: 0, task: Task::Download(task) }]
    }

    fn cancel(&mut self) -> Option<Vec<Command>> {
        // One that does not answer any more is ended by another press.
        if self.worker != Worker::Works {
            return None;
        }
        self.worker = Worker::Cancels;
        self.is_touched = true;
        self.limits.truncate(self.over as usize + 1);
        self.rounds = self.over + 1;
        Some(vec![Command::Post { thread: 0, task: Task::Download(DownloadTask::CancelAll) }])
    }

    fn stopped(&mut self) {
        self.worker = Worker::Gone;
        for row in self.rows.iter_mut().filter(|row| !row.state.is_over()) {
            row.state = DownloadState::Cancelled;
            "The list was left.".clone_into(&mut row.reason);
        }
    }

    fn over(&mut self, _: RoundOver) {
        let is_first = (self.over as usize) < self.limits.len();
        if is_first && !self.rows.is_empty() {
            let limit = self.limits[self.over as usize];
            let (addresses, ms) = (self.addresses(), self.totals.took_ms);
            self.measured.retain(|it| it.addresses == addresses && it.limit != limit);
            let place = self.measured.partition_point(|it| it.limit < limit);
            self.measured.insert(place, Measured { addresses, limit, ms, is_touched: self.is_touched });
        }
        self.over += 1;
        self.worker = Worker::Works;
    }

    fn shown(&self, _: &[f64]) -> Shown {
        if self.worker == Worker::NotYet { Shown::default() } else { self.told() }
    }

    fn again(&self, values: &Values, _: bool) -> Option<Box<dyn Runs>> {
        Some(Box::new(Self { measured: self.measured.clone(), ..Self::new(values) }))
    }
}

#[cfg(test)]
mod tests;
