//! Alice and Bob: threads that sleep, who starts first, who is done first, and what `join()` waits for.

mod program;

use dartboard_threads::task::{Report, Task};

use super::guess::GuessKind;
use super::python::Python;
use super::recorded::Recorded;
use super::runs::{RoundOver, Runs};
use super::settings::{Choice, Kind, LessonField, Values};
use super::shown::{Figure, Lane, Lanes, Look, Shown, Stretch, Strip, StripRow, Table};
use super::{About, MemoryNeed};
use crate::text::{Fixed, counted, cut_to, isolated};

/// Who they are. Those that are not named have names of [`NAMES_BY_DEFAULT`].
pub static NAMES: LessonField = LessonField {
    name: "names",
    label: "Names",
    kind: Kind::Names { most: NAMES_BY_DEFAULT.len(), default: "Alice,Bob" },
};

/// How long the first thread sleeps.
pub static ALICE: LessonField = LessonField {
    name: "alice",
    label: "First sleeps (s)",
    kind: Kind::Number { min: 0, max: 1_000, default: 200, decimals: 2 },
};

/// How long the others sleep.
pub static BOB: LessonField = LessonField {
    name: "bob",
    label: "Others sleep (s)",
    kind: Kind::Number { min: 0, max: 1_000, default: 100, decimals: 2 },
};

/// How many threads there are.
pub static THREADS: LessonField = LessonField {
    name: "threads",
    label: "Threads",
    kind: Kind::Number { min: 2, max: 8, default: 2, decimals: 0 },
};

/// Who is started first.
pub static START: LessonField = LessonField {
    name: "start",
    label: "Started first",
    kind: Kind::Choice {
        choices: &[Choice { name: "alice", label: "Alice" }, Choice { name: "last", label: "the last one" }],
    },
};

/// Whom the main thread waits for, in this order.
pub static JOIN: LessonField = LessonField {
    name: "join",
    label: "Joined",
    kind: Kind::Choice {
        choices: &[
            Choice { name: "alice", label: "Alice first" },
            Choice { name: "last", label: "Alice last" },
            Choice { name: "none", label: "no one" },
        ],
    },
};

/// Whether all sleep as long as Bob afterwards.
pub static EQUAL: LessonField = LessonField {
    name: "equal",
    label: "Then all sleep as long as Bob",
    kind: Kind::Choice {
        choices: &[Choice { name: "yes", label: "yes" }, Choice { name: "no", label: "no" }],
    },
};

/// How often each is run.
pub static RUNS: LessonField = LessonField {
    name: "runs",
    label: "Runs of each",
    kind: Kind::Number { min: 1, max: 50, default: 1, decimals: 0 },
};

/// What the lesson is.
pub static ABOUT: About = About {
    name: "threads",
    title: "First thread",
    group: "Threads",
    short_question: "Who is done first?",
    question: "Alice starts first. Who is done first?",
    fields: &[&ALICE, &BOB, &THREADS, &NAMES, &START, &JOIN, &EQUAL, &RUNS],
    guess: GuessKind::Words {
        label: "Your guess: who is done first?",
        answers: &["Alice", "Bob", "now one, now the other"],
    },
    figures: ["Started first", "Done first", "Joined after"],
    files: ["threads.csv", "threads.json"],
    why: &[
        "start() comes back at once. The new thread begins when the system gives it a processor.",
        "join() waits until a thread has ended. That Alice is joined first does not make Alice first: the main thread only \
         looks at Bob later.",
        "With different times the shorter sleep decides. With equal times the system does, and your program has no say: run \
         it often.",
    ],
    python: Python {
        file_name: "threads.py",
        program: program::of,
        beside: &[
            ("threading.Thread(target=work)", "a Web Worker"),
            ("thread.start()", "a message to the worker"),
            ("time.sleep(2)", "a timer of the worker"),
            ("thread.join()", "the worker’s last message: the page goes on meanwhile"),
        ],
        prints: &[("3.11", "Alice starts, Bob starts, Bob done, Alice done, joined after 2.00 s")],
        remark: "A page must never wait as join() does: it would freeze. A message tells it instead.",
    },
    in_short: &[(&ALICE, 20), (&BOB, 10)],
    per_core: None,
    memory: MemoryNeed::None,
    recorded: Recorded {
        figures: ["Bob", "Alice", "1.00 s"],
        findings: &[
            "When Alice slept 2.00 s and Bob 1.00 s, Bob was done first. When both slept 1.00 s, Alice was.",
        ],
    },
};

const NAMES_BY_DEFAULT: [&str; 8] = ["Alice", "Bob", "Carol", "Dave", "Erin", "Frank", "Grace", "Heidi"];

/// A longer name is cut where it stands as a figure.
const FIGURE_COLUMNS: u32 = 10;

/// All names: those that are set, then others.
fn names(values: &Values) -> Vec<String> {
    let mut names: Vec<String> = values.names(&NAMES).map(str::to_owned).collect();
    for other in NAMES_BY_DEFAULT {
        if !names.iter().any(|name| name == other) {
            names.push(other.to_owned());
        }
    }
    names
}

/// A text of the lesson, with the names that are set in the place of Alice's and Bob's.
pub(super) fn with_names(text: &str, values: &Values) -> String {
    let names = names(values);
    let mut with_names = String::new();
    for word in text.split_inclusive(' ') {
        let person =
            (0..).zip(["Alice", "Bob"]).find_map(|(person, name)| Some((person, word.strip_prefix(name)?)));
        let (person, rest) = person.map_or((None, word), |(person, rest)| (Some(person), rest));
        with_names.extend(person.map(|person| isolated(&name(&names, person))));
        with_names.push_str(rest);
    }
    with_names
}

/// A person's name.
fn name(names: &[String], person: u32) -> String {
    usize::try_from(person).ok().and_then(|person| names.get(person)).cloned().unwrap_or_default()
}

/// Whom the main thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Join {
    AliceFirst,
    AliceLast,
    NoOne,
}

/// A line that a thread has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    /// Who: a place among the names.
    person: u32,
    /// That it is done, or that it starts.
    is_done: bool,
    /// When the page heard of it, in µs since the run began.
    at_us: u64,
}

/// What is said in a run, in the order in which the page hears it.
#[derive(Clone, Debug, Default)]
struct Run {
    /// Whether all sleep as long as Bob.
    is_equal: bool,
    lines: Vec<Line>,
}

impl Run {
    fn first(&self, is_done: bool) -> Option<u32> {
        self.lines.iter().find(|line| line.is_done == is_done).map(|line| line.person)
    }

    fn when(&self, person: u32, is_done: bool) -> Option<u64> {
        self.lines.iter().find(|line| (line.person, line.is_done) == (person, is_done)).map(|line| line.at_us)
    }

    /// When the main thread waits for whom: from and to, in µs; none of those that are not done yet.
    fn joins(&self, order: impl Iterator<Item = u32>) -> Vec<(u32, u64, u64)> {
        let mut from_us = 0;
        let mut joins = Vec::new();
        for person in order {
            let Some(done_us) = self.when(person, true) else { break };
            // One that is done already is not waited for.
            let to_us = done_us.max(from_us);
            joins.push((person, from_us, to_us));
            from_us = to_us;
        }
        joins
    }
}

/// The runs of a press of Run: with the times that are set, then with equal ones.
#[derive(Clone, Debug)]
pub struct FirstThreadRuns {
    names: Vec<String>,
    threads: u32,
    /// Alice's, and everybody else's.
    sleep_us: [u32; 2],
    starts_with_the_last: bool,
    join: Join,
    /// The kinds of runs, in their order: whether all sleep as long as Bob.
    kinds: &'static [bool],
    /// Those to come, the next one last: whether all sleep as long as Bob.
    to_do: Vec<bool>,
    of: u32,
    now: Run,
    /// When it was looked at last, in µs since the run began.
    looked_us: u64,
    over: Vec<Run>,
}

impl FirstThreadRuns {
    /// Those of `values`.
    pub fn new(values: &Values) -> Self {
        // Hundredths of a second.
        let sleep_us = [&ALICE, &BOB].map(|field| values.small(field) * 10_000);
        let runs = values.get(&RUNS);
        let kinds: &[bool] = match (sleep_us[0] == sleep_us[1], values.get(&EQUAL)) {
            (true, _) => &[true],
            (false, 0) => &[false, true],
            (false, _) => &[false],
        };
        let mut to_do = Vec::new();
        for &is_equal in kinds.iter().rev() {
            to_do.extend((0..runs).map(|_| is_equal));
        }
        Self {
            names: names(values),
            threads: values.small(&THREADS),
            sleep_us,
            starts_with_the_last: values.get(&START) == 1,
            join: match values.get(&JOIN) {
                0 => Join::AliceFirst,
                1 => Join::AliceLast,
                _ => Join::NoOne,
            },
            of: u32::try_from(to_do.len()).unwrap_or(u32::MAX),
            kinds,
            to_do,
            now: Run::default(),
            looked_us: 0,
            over: Vec::new(),
        }
    }

    /// Who sleeps in that thread: threads are started in their order.
    fn person(&self, thread: u32) -> u32 {
        if self.starts_with_the_last { self.threads.saturating_sub(thread + 1) } else { thread }
    }

    /// What a person is called in a picture, a table or a figure.
    fn name(&self, person: u32) -> String {
        name(&self.names, person)
    }

    /// What a person is called in a sentence.
    fn said_name(&self, person: u32) -> String {
        isolated(&self.name(person))
    }

    fn sleep_us(&self, person: u32, is_equal: bool) -> u32 {
        self.sleep_us[usize::from(person > 0 || is_equal)]
    }

    fn joins(&self, run: &Run) -> Vec<(u32, u64, u64)> {
        match self.join {
            Join::AliceFirst => run.joins(0..self.threads),
            Join::AliceLast => run.joins((0..self.threads).rev()),
            Join::NoOne => Vec::new(),
        }
    }

    /// When the main thread has waited for all, in µs since the run began.
    fn joined_us(&self, run: &Run) -> Option<u64> {
        self.joins(run).last().map(|&(_, _, to_us)| to_us)
    }

    /// The runs with equal times, or with the others.
    fn of_kind(&self, is_equal: bool) -> impl Iterator<Item = &Run> {
        self.over.iter().filter(move |run| run.is_equal == is_equal)
    }

    fn findings(&self) -> Vec<String> {
        let mut findings = Vec::new();
        for is_equal in [false, true] {
            let runs = self.of_kind(is_equal).count();
            if runs == 0 {
                continue;
            }
            let firsts = (0..self.threads).filter_map(|person| {
                let first = self.of_kind(is_equal).filter(|run| run.first(true) == Some(person)).count();
                (first > 0)
                    .then(|| format!("{} in {first} of {}", self.said_name(person), counted(runs, "run")))
            });
            let firsts = firsts.collect::<Vec<_>>().join(", ");
            let seconds = |us: u32| Fixed(f64::from(us) / 1e6, 2);
            let [alice, bob] = self.sleep_us.map(seconds);
            findings.push(if is_equal {
                format!("When all slept {bob} s, these were done first: {firsts}. The system decides.")
            } else {
                let shortest = self.sleep_us.into_iter().min();
                let decides = self.of_kind(false).filter_map(|run| run.first(true));
                let decides = decides.map(|first| self.sleep_us(first, false)).all(|us| Some(us) == shortest);
                let moral = if decides {
                    "The shorter sleep decides."
                } else {
                    "This computer was too busy for the shorter sleep to decide."
                };
                format!(
                    "When {} slept {alice} s and {} {bob} s, these were done first: {firsts}. {moral}",
                    self.said_name(0),
                    self.said_name(1)
                )
            });
        }
        if let Some(run) = self.over.last() {
            findings.push(format!("The last run’s lines came in this order: {}.", self.log(run)));
        }
        findings
    }

    /// What Python would print, the main thread's line among it.
    fn log(&self, run: &Run) -> String {
        let said = |line: &Line| {
            let does = if line.is_done { "done" } else { "starts" };
            format!("{} {does}", self.said_name(line.person))
        };
        let mut lines: Vec<String> = run.lines.iter().map(said).collect();
        match self.join {
            Join::NoOne => lines.insert(0, "the main thread goes on".to_owned()),
            Join::AliceFirst | Join::AliceLast => lines.push("all joined".to_owned()),
        }
        lines.join(", ")
    }

    fn lanes(&self, run: &Run, now_us: u64) -> Lanes {
        let row = |person| {
            let name = self.name(person);
            let Some(from_us) = run.when(person, false) else {
                return Lane { name, stretches: Vec::new() };
            };
            let to_us = run.when(person, true).unwrap_or(now_us);
            let starting = Stretch { from_us: 0, to_us: from_us, look: Look::Starting };
            let sleeping = Stretch { from_us, to_us, look: Look::Working };
            let done = Stretch { from_us: to_us, to_us: now_us, look: Look::Waiting };
            let stretches = Stretch::joined([starting, sleeping, done].into_iter());
            Lane { name, stretches }
        };
        let joins = self.joins(run).into_iter();
        let waits = joins.map(|(_, from_us, to_us)| Stretch { from_us, to_us, look: Look::Blocked });
        let mut rows: Vec<Lane> = (0..self.threads).map(row).collect();
        rows.push(Lane { name: "main".to_owned(), stretches: Stretch::joined(waits) });
        Lanes {
            title: if run.is_equal { "All sleep as long".to_owned() } else { "The last run".to_owned() },
            note: "as the page heard of it".to_owned(),
            rows,
            span_us: now_us.max(1),
            legend: vec![
                (Look::Starting, "starting"),
                (Look::Working, "asleep: its work"),
                (Look::Waiting, "done"),
                (Look::Blocked, "waiting in join()"),
            ],
            curve: None,
        }
    }

    /// Who started first and who was done first in each run.
    fn strip(&self) -> Strip {
        let mut rows = Vec::new();
        for &is_equal in self.kinds {
            let names = if is_equal { ["equal: started", "equal: done"] } else { ["started", "done"] };
            for (name, is_done) in names.into_iter().zip([false, true]) {
                let firsts = self.of_kind(is_equal).filter_map(|run| run.first(is_done));
                rows.push(StripRow { name, values: firsts.map(f64::from).collect() });
            }
        }
        let axis = (0.0, f64::from(self.threads) - 1.0);
        Strip {
            rows,
            names: self.names.iter().take(self.threads as usize).cloned().collect(),
            ..Strip::of_runs("who was first".to_owned(), Vec::new(), axis, Vec::new())
        }
    }

    fn row(&self, number: u64, run: &Run) -> Vec<String> {
        let first = |is_done| run.first(is_done).map_or_else(String::new, |person| self.name(person));
        let joined = self.joined_us(run).map_or_else(String::new, |us| Fixed(us as f64 / 1e3, 1).to_string());
        let times = if run.is_equal { "equal" } else { "as set" };
        vec![number.to_string(), times.to_owned(), first(false), first(true), joined]
    }
}

impl Runs for FirstThreadRuns {
    fn threads(&self) -> u32 {
        self.threads
    }

    fn rounds(&self) -> (u32, u32) {
        (u32::try_from(self.over.len()).unwrap_or(u32::MAX), self.of)
    }

    fn next_round(&mut self) -> Option<Vec<Task>> {
        let is_equal = self.to_do.pop()?;
        self.now = Run { is_equal, lines: Vec::new() };
        self.looked_us = 0;
        let threads = self.threads;
        let task = |thread| Task::Sleep { thread, threads, us: self.sleep_us(self.person(thread), is_equal) };
        Some((0..threads).map(task).collect())
    }

    fn said(&mut self, thread: u32, report: &Report, at_us: u64) -> Vec<(u32, Task)> {
        if let Report::Line(line) = report {
            let person = self.person(thread);
            self.now.lines.push(Line { person, is_done: *line > 0, at_us });
            self.looked_us = at_us;
        }
        Vec::new()
    }

    fn looked(&mut self, _: &[i32], at_us: u64, _: Option<u64>) {
        self.looked_us = at_us;
    }

    fn progress(&self, _: &[i32]) -> u64 {
        // Threads may sleep for long.
        self.looked_us
    }

    fn over(&mut self, _: RoundOver) {
        self.over.push(std::mem::take(&mut self.now));
    }

    fn shown(&self, _: &[f64]) -> Shown {
        let Some(run) = self.over.last() else {
            let is_running = !self.now.lines.is_empty();
            let lanes = is_running.then(|| self.lanes(&self.now, self.looked_us));
            return Shown { lanes, strip: Some(self.strip()), ..Shown::default() };
        };
        let joined_us = self.joined_us(run);
        let first = |is_done| {
            run.first(is_done).map(|person| Figure::plain(cut_to(&self.name(person), FIGURE_COLUMNS)))
        };
        let joined =
            joined_us.map_or_else(|| "–".to_owned(), |us| format!("{} s", Fixed(us as f64 / 1e6, 2)));
        let (shown, now_us) = if self.now.lines.is_empty() {
            (run, run.lines.iter().map(|line| line.at_us).max().unwrap_or(0))
        } else {
            (&self.now, self.looked_us)
        };
        let firsts = |is_equal| {
            let firsts = self.of_kind(is_equal).filter_map(|run| run.first(true));
            firsts.map(|person| self.name(person)).collect::<Vec<_>>().join(",")
        };
        let order = run.lines.iter().filter(|line| line.is_done).map(|line| self.name(line.person));
        Shown {
            figures: [first(false), first(true), Some(Figure::plain(joined))],
            lanes: Some(self.lanes(shown, now_us)),
            strip: Some(self.strip()),
            findings: self.findings(),
            table: Table {
                head: vec!["run", "times", "started first", "done first", "joined after (ms)"],
                rows: (1_u64..).zip(&self.over).map(|(number, run)| self.row(number, run)).collect(),
            },
            data: vec![
                ("data-order", order.collect::<Vec<_>>().join(",")),
                (
                    "data-joined-after-ms",
                    joined_us.map_or_else(String::new, |us| Fixed(us as f64 / 1e3, 1).to_string()),
                ),
                ("data-first", firsts(false)),
                ("data-first-of-equals", firsts(true)),
                ("data-runs", self.over.len().to_string()),
            ],
            ..Shown::default()
        }
    }
}

#[cfg(test)]
mod tests;
