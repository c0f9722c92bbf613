//! Daemon and event: what is left of a thread that is ended, and of one that ends itself.

mod program;

use dartboard_threads::memory::Own;
use dartboard_threads::task::{Change, Report, Rest, State, Task};

use super::guess::GuessKind;
use super::python::Python;
use super::recorded::Recorded;
use super::runs::{RoundOver, Runs};
use super::settings::{Kind, LessonField, Values};
use super::shown::{Figure, Lane, Lanes, Look, Shown, Stretch, Table};
use super::stage::{Command, posts};
use super::{About, MemoryNeed};
use crate::text::{Fixed, counted};

/// When the main thread ends.
pub static END: LessonField = LessonField {
    name: "end",
    label: "Main ends after (s)",
    kind: Kind::Number { min: 1, max: 100, default: 32, decimals: 1 },
};

/// From one record to the next.
pub static BEAT: LessonField = LessonField {
    name: "beat",
    label: "A beat every (ms)",
    kind: Kind::Number { min: 50, max: 5_000, default: 1_000, decimals: 0 },
};

/// How long a record takes.
pub static WRITE: LessonField = LessonField {
    name: "write",
    label: "Writing takes (ms)",
    kind: Kind::Number { min: 0, max: 5_000, default: 500, decimals: 0 },
};

/// How long the main thread waits for a thread that does not end.
pub static LIMIT: LessonField = LessonField {
    name: "limit",
    label: "join() waits at most (s)",
    kind: Kind::Number { min: 1, max: 50, default: 10, decimals: 1 },
};

/// How often it is run.
pub static RUNS: LessonField = LessonField {
    name: "runs",
    label: "Runs",
    kind: Kind::Number { min: 1, max: 20, default: 1, decimals: 0 },
};

/// What the lesson is.
pub static ABOUT: About = About {
    name: "daemon",
    title: "Daemon and event",
    group: "Threads",
    short_question: "What is left of a killed thread?",
    question: "What does a thread leave behind when it is killed?",
    fields: &[&END, &BEAT, &WRITE, &LIMIT, &RUNS],
    guess: GuessKind::Words {
        label: "Your guess: the daemon’s last record?",
        answers: &["complete", "half-written"],
    },
    figures: ["Daemon left", "Polite one left", "Stubborn one ran on"],
    files: ["daemon.csv", "daemon.json"],
    why: &[
        "A daemon ends with the main thread, wherever it is: in the middle of a record, a file or a lock.",
        "An event is a flag. A thread that looks at it between two records ends by itself, and what it leaves is complete.",
        "Nobody can end a thread of Python from outside: join(timeout) comes back without it. A worker can be ended, and some \
         browsers take their time.",
    ],
    python: Python {
        file_name: "daemon.py",
        program: program::of,
        beside: &[
            ("Thread(daemon=True)", "a Web Worker that the page ends: terminate()"),
            ("threading.Event()", "a word of shared memory; without it, a message"),
            ("event.wait(0.5)", "Atomics.wait() with a limit; without shared memory, a timer"),
            ("thread.join(timeout=1.0)", "the page looks for so long, then ends the worker"),
        ],
        prints: &[("3.11", "daemon: beat 4: still; polite: beat 4: still working; stubborn is alive: True")],
        remark: "Python has no terminate() for threads. There the stubborn thread must be a daemon, or the program never ends.",
    },
    in_short: &[(&END, 3), (&BEAT, 100), (&WRITE, 50), (&LIMIT, 1)],
    per_core: None,
    memory: MemoryNeed::OrMessages,
    recorded: Recorded {
        figures: ["half-written", "complete", "1.99 s"],
        findings: &[
            "The daemon died in the middle of a record: “beat 6: still” is all there is of it.",
            "The stubborn thread never looked. join() came back without it after 1.00 s; after terminate() it ran for 1.99 s more.",
        ],
    },
};

/// The threads, in their order.
const NAMES: [&str; 3] = ["daemon", "polite", "stubborn"];
const RESTS: [Rest; 3] = [Rest::Asleep, Rest::Event, Rest::Busy];
const DAEMON: u32 = 0;
const POLITE: usize = 1;
const STUBBORN: u32 = 2;

/// A thread that has given no sign of life for so long is dead, in µs.
const DEAD_US: u64 = 500_000;

/// Who runs on for less than so many µs was ended at once.
const RAN_ON_US: u64 = 100_000;

/// Longer than so many µs nobody waits for the end of a thread.
const WATCH_US: u64 = 5_000_000;

/// How far a run has got, and when it got there, in µs since it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Beating,
    /// The event is set, and the daemon has been ended.
    Ended(u64),
    /// So has the stubborn one, in the end.
    Terminated {
        ended_us: u64,
        terminated_us: u64,
    },
}

/// What was seen of a run.
#[derive(Clone, Debug)]
struct Run {
    phase: Phase,
    /// When all threads were first seen at work: the main thread's time counts from then on. Who is ended before it comes to
    /// the start barrier would keep the others waiting there.
    begun_us: Option<u64>,
    /// What the threads did.
    traces: [Vec<Change>; 3],
    /// The last sign of life of each.
    alive_us: [u64; 3],
    /// When it was looked at last.
    looked_us: u64,
}

impl Run {
    fn new() -> Self {
        Self {
            phase: Phase::Beating,
            begun_us: None,
            traces: Default::default(),
            alive_us: [0; 3],
            looked_us: 0,
        }
    }

    fn ended_us(&self) -> Option<u64> {
        match self.phase {
            Phase::Beating => None,
            Phase::Ended(ended_us) | Phase::Terminated { ended_us, .. } => Some(ended_us),
        }
    }

    /// Whether the last record of a thread is a half.
    fn is_half(&self, thread: usize) -> bool {
        self.traces[thread].last().is_some_and(|change| change.state == State::Working)
    }

    /// What is to be said of its last record.
    fn word(&self, thread: usize) -> &'static str {
        if self.is_half(thread) { "half-written" } else { "complete" }
    }

    /// Its last record as it stands.
    fn record(&self, thread: usize) -> String {
        let records = self.traces[thread].iter().filter(|change| change.state == State::Working).count();
        let rest = if self.is_half(thread) { "" } else { " working" };
        format!("beat {records}: still{rest}")
    }

    /// When its last record was begun.
    fn last_beat_us(&self, thread: usize) -> u64 {
        let mut begun = self.traces[thread].iter().filter(|change| change.state == State::Working);
        begun.next_back().map_or(0, |change| change.at_us)
    }

    /// A thread has said how far it is, in its messages' numbers.
    fn heard(&mut self, thread: u32, number: u32, at_us: u64) {
        let Some(place) = usize::try_from(thread).ok().filter(|&place| place < NAMES.len()) else { return };
        let state = if number % 2 == 1 { State::Working } else { State::Asleep };
        if self.traces[place].last().is_none_or(|change| change.state != state) {
            self.traces[place].push(Change { at_us, state });
        }
        self.alive_us[place] = at_us;
        self.looked_us = self.looked_us.max(at_us);
    }

    /// How long after the event the polite thread had ended.
    fn joined_us(&self) -> Option<u64> {
        let over = self.traces[POLITE].last().filter(|change| change.state == State::Over)?;
        Some(over.at_us.saturating_sub(self.ended_us()?))
    }

    /// When a thread was ended.
    fn terminated_us(&self, thread: u32) -> Option<u64> {
        match (thread, self.phase) {
            (DAEMON, _) => self.ended_us(),
            (STUBBORN, Phase::Terminated { terminated_us, .. }) => Some(terminated_us),
            _ => None,
        }
    }

    /// How long a thread ran on after it was ended.
    fn ran_on_us(&self, thread: u32) -> Option<u64> {
        Some(self.alive_us[thread as usize].saturating_sub(self.terminated_us(thread)?))
    }

    /// When a thread that was ended died, as far as is known: at its last sign of life.
    fn died_us(&self, thread: u32) -> Option<u64> {
        Some(self.terminated_us(thread)?.max(self.alive_us[thread as usize]))
    }

    /// Whether a thread that was ended is dead.
    fn is_dead(&self, thread: u32) -> bool {
        self.died_us(thread).is_some_and(|us| self.looked_us.saturating_sub(us) >= DEAD_US)
    }

    fn lanes(&self) -> Lanes {
        let row = |(thread, name): (u32, &&str)| {
            let died_us = self.died_us(thread);
            let until_us = died_us.unwrap_or(self.looked_us);
            let dead = died_us.map(|from_us| Stretch { from_us, to_us: self.looked_us, look: Look::Dead });
            let stretches = Stretch::joined(Stretch::of(&self.traces[thread as usize], until_us).chain(dead));
            Lane { name: (*name).to_owned(), stretches }
        };
        Lanes {
            title: "The last run".to_owned(),
            note: self
                .ended_us()
                .map_or_else(String::new, |us| format!("the main thread ended after {} s", seconds(us))),
            rows: (0..).zip(&NAMES).map(row).collect(),
            span_us: self.looked_us.max(1),
            legend: vec![
                (Look::Working, "writing a record"),
                (Look::Waiting, "between two records"),
                (Look::Dead, "dead"),
            ],
            curve: None,
        }
    }
}

/// The runs of a press of Run.
#[derive(Clone, Debug)]
pub struct DaemonRuns {
    shares_memory: bool,
    end_us: u64,
    beat_us: u32,
    write_us: u32,
    limit_us: u64,
    of: u32,
    now: Option<Run>,
    over: Vec<Run>,
}

impl DaemonRuns {
    /// Those of `values`.
    pub fn new(values: &Values, shares_memory: bool) -> Self {
        let tenths_us = |field| values.get(field) * 100_000;
        Self {
            shares_memory,
            end_us: tenths_us(&END),
            beat_us: values.small(&BEAT) * 1_000,
            write_us: values.small(&WRITE) * 1_000,
            limit_us: tenths_us(&LIMIT),
            of: values.small(&RUNS),
            now: None,
            over: Vec::new(),
        }
    }

    /// In how many runs the daemon left half a record.
    fn halves(&self) -> usize {
        self.over.iter().filter(|run| run.is_half(0)).count()
    }

    fn findings(&self, run: &Run) -> Vec<String> {
        let mut findings = vec![match (run.is_half(0), run.record(0)) {
            (true, record) => {
                format!("The daemon died in the middle of a record: “{record}” is all there is of it.")
            }
            (false, record) => {
                format!("The daemon died between two records, by luck: “{record}” is complete.")
            }
        }];
        if let Some(us) = run.ran_on_us(DAEMON).filter(|&us| us >= RAN_ON_US) {
            findings.push(format!("This browser let it run on for {} s after terminate().", seconds(us)));
        }
        if self.over.len() > 1 {
            let halves = self.halves();
            findings
                .push(format!("It left half a record in {halves} of {}.", counted(self.over.len(), "run")));
        }
        if let Some(us) = run.joined_us() {
            findings.push(format!(
                "The polite thread saw the event and had ended {} s later: “{}” is complete.",
                seconds(us),
                run.record(POLITE)
            ));
        }
        let limit = seconds(self.limit_us);
        if let Some(us) = run.ran_on_us(STUBBORN) {
            findings.push(if run.is_dead(STUBBORN) {
                format!(
                    "The stubborn thread never looked. join() came back without it after {limit} s; after terminate() it \
                     ran for {} s more.",
                    seconds(us)
                )
            } else {
                format!(
                    "The stubborn thread never looked. join() came back without it after {limit} s, and {} s after \
                     terminate() it still ran.",
                    WATCH_US / 1_000_000
                )
            });
        }
        if !self.shares_memory {
            findings.push(
                "Without shared memory a record is two messages, and the event is one. The polite thread hears it \
                 between two tasks; the stubborn one has a task without end and hears nothing."
                    .to_owned(),
            );
        }
        findings
    }
}

impl Runs for DaemonRuns {
    fn threads(&self) -> u32 {
        3
    }

    fn rounds(&self) -> (u32, u32) {
        (u32::try_from(self.over.len()).unwrap_or(u32::MAX), self.of)
    }

    fn next_round(&mut self) -> Option<Vec<Task>> {
        if self.rounds().0 >= self.of {
            return None;
        }
        self.now = Some(Run::new());
        let (threads, beat_us, write_us) = (self.threads(), self.beat_us, self.write_us);
        let task = |(thread, rest)| {
            if self.shares_memory {
                Task::Beat { thread, threads, beat_us, write_us, rest }
            } else {
                Task::BeatByMessages { thread, threads, beat_us, write_us, rest }
            }
        };
        Some((0..).zip(RESTS).map(task).collect())
    }

    fn said(&mut self, thread: u32, report: &Report, at_us: u64) -> Vec<(u32, Task)> {
        let Some(run) = &mut self.now else { return Vec::new() };
        match *report {
            Report::Tick { number, at_us } => run.heard(thread, number, at_us),
            Report::Line(1) => run.traces[POLITE].push(Change { at_us, state: State::Over }),
            _ => {}
        }
        Vec::new()
    }

    fn looked(&mut self, words: &[i32], at_us: u64, _: Option<u64>) {
        let Some(run) = &mut self.now else { return };
        if self.shares_memory {
            for ((thread, trace), alive_us) in (0..).zip(&mut run.traces).zip(&mut run.alive_us) {
                let own = Own::new(words, thread);
                (*trace, *alive_us) = (own.trace(), own.alive_us());
            }
        }
        run.looked_us = at_us;
        if run.traces.iter().all(|trace| !trace.is_empty()) {
            run.begun_us.get_or_insert(at_us);
        }
    }

    fn progress(&self, _: &[i32]) -> u64 {
        // They may beat for long, and wait for what never comes; but not to begin.
        self.now.as_ref().filter(|run| run.begun_us.is_some()).map_or(0, |run| run.looked_us)
    }

    fn due(&mut self) -> Vec<Command> {
        let Some(run) = &mut self.now else { return Vec::new() };
        let now_us = run.looked_us;
        match run.phase {
            Phase::Beating if run.begun_us.is_some_and(|begun_us| now_us >= begun_us + self.end_us) => {
                run.phase = Phase::Ended(now_us);
                let mut commands = if self.shares_memory {
                    vec![Command::SetEvent]
                } else {
                    posts((0..).take(NAMES.len()).map(|thread| (thread, Task::Event)).collect())
                };
                commands.push(Command::Terminate { thread: DAEMON });
                commands
            }
            Phase::Ended(ended_us) if now_us >= ended_us + self.limit_us => {
                run.phase = Phase::Terminated { ended_us, terminated_us: now_us };
                vec![Command::Terminate { thread: STUBBORN }]
            }
            _ => Vec::new(),
        }
    }

    fn gives_up(&self) -> bool {
        let Some(run) = &self.now else { return false };
        let Phase::Terminated { terminated_us, .. } = run.phase else { return false };
        let are_dead = run.is_dead(DAEMON) && run.is_dead(STUBBORN);
        let is_watched_long_enough = run.looked_us - terminated_us >= WATCH_US;
        run.joined_us().is_some() && (are_dead || is_watched_long_enough)
    }

    fn has_new_threads(&self) -> bool {
        true
    }

    fn over(&mut self, _: RoundOver) {
        self.over.extend(self.now.take());
    }

    fn shown(&self, _: &[f64]) -> Shown {
        let Some(run) = self.over.last() else {
            let lanes = self.now.as_ref().map(Run::lanes);
            return Shown { lanes, ..Shown::default() };
        };
        let record =
            |thread| Some(Figure { is_loss: run.is_half(thread), ..Figure::plain(run.word(thread)) });
        let ms = |us: Option<u64>| us.map_or_else(String::new, |us| Fixed(us as f64 / 1e3, 1).to_string());
        let ended = match run.ran_on_us(STUBBORN) {
            Some(us) if run.is_dead(STUBBORN) => format!("{} s", seconds(us)),
            Some(_) => format!("not in {} s", WATCH_US / 1_000_000),
            None => "–".to_owned(),
        };
        Shown {
            figures: [record(0), record(POLITE), Some(Figure::plain(ended))],
            lanes: Some(self.now.as_ref().unwrap_or(run).lanes()),
            findings: self.findings(run),
            table: Table {
                head: vec![
                    "run",
                    "daemon’s record",
                    "polite thread’s record",
                    "joined after (ms)",
                    "ran on (ms)",
                ],
                rows: (1_u64..)
                    .zip(&self.over)
                    .map(|(number, run)| {
                        vec![
                            number.to_string(),
                            run.record(0),
                            run.record(POLITE),
                            ms(run.joined_us()),
                            ms(run.ran_on_us(STUBBORN)),
                        ]
                    })
                    .collect(),
            },
            data: vec![
                ("data-last-beat-ms", ms(Some(run.last_beat_us(0)))),
                ("data-record", run.word(0).to_owned()),
                ("data-polite-record", run.word(POLITE).to_owned()),
                ("data-joined-after-ms", ms(run.joined_us())),
                ("data-ran-on-ms", ms(run.ran_on_us(STUBBORN))),
                ("data-half-written", self.halves().to_string()),
                ("data-runs", self.over.len().to_string()),
            ],
            ..Shown::default()
        }
    }
}

fn seconds(us: u64) -> Fixed {
    Fixed(us as f64 / 1e6, 2)
}

#[cfg(test)]
mod tests;
