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
        "An event is a flag. A thread that looks at it between two records ends by itself, and what it leaves is whole.",
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
mod tests {
    use dartboard_threads::memory::words;
    use proptest::prelude::*;

    use super::*;
    use crate::lecture::local_memory::Local;

    fn runs(set: &[(&'static LessonField, u64)]) -> DaemonRuns {
        let mut values = Values::defaults(ABOUT.fields);
        for &(field, units) in set {
            values.set(field, units);
        }
        DaemonRuns::new(&values, true)
    }

    /// Notes what the thread did, from the first change on.
    fn note(memory: &Local, thread: u32, changes: &[(u64, State)]) {
        for (index, &(at_ms, state)) in changes.iter().enumerate() {
            Own::new(memory, thread).note(index, at_ms * 1_000, state);
        }
    }

    const BEATS: [(u64, State); 4] =
        [(0, State::Waiting), (10, State::Working), (310, State::Asleep), (1_010, State::Working)];

    // Fails with: a thread that is ended too early or never, a half taken for a whole, one that outlives its end unseen.
    #[test]
    fn the_event_is_set_the_daemon_dies_and_the_stubborn_thread_after_the_limit() {
        let mut runs = runs(&[(&END, 11), (&LIMIT, 5)]);
        assert_eq!(runs.next_round().unwrap().len(), 3);
        let memory = Local::new(words(3, 0));
        for thread in 0..3 {
            note(&memory, thread, &BEATS);
        }
        let look = |runs: &mut DaemonRuns, at_ms: u64| {
            runs.looked(&memory.copy(), at_ms * 1_000, None);
            (runs.due(), runs.gives_up())
        };
        assert_eq!(look(&mut runs, 0), (vec![], false));
        assert_eq!(look(&mut runs, 1_000), (vec![], false));
        let set = vec![Command::SetEvent, Command::Terminate { thread: 0 }];
        assert_eq!(look(&mut runs, 1_100), (set, false));
        let mut over = BEATS.to_vec();
        over.extend([(1_310, State::Asleep), (1_311, State::Over)]);
        note(&memory, 1, &over);
        note(&memory, 2, &[BEATS.as_slice(), &[(1_310, State::Asleep), (1_900, State::Working)]].concat());
        assert_eq!(look(&mut runs, 1_599), (vec![], false));
        assert_eq!(look(&mut runs, 1_600), (vec![Command::Terminate { thread: 2 }], false));
        assert_eq!(look(&mut runs, 2_399), (vec![], false));
        assert_eq!(look(&mut runs, 2_400), (vec![], true));
        runs.over(RoundOver { done: Vec::new(), heard_us: 0, words: &[], started_us: Vec::new() });
        let shown = runs.shown(&[]);
        let figures = shown.figures.map(|figure| figure.unwrap().text);
        assert_eq!(figures, ["half-written", "complete", "0.30 s"]);
        assert_eq!(
            shown.findings,
            [
                "The daemon died in the middle of a record: “beat 2: still” is all there is of it.",
                "The polite thread saw the event and had ended 0.21 s later: “beat 2: still working” is complete.",
                "The stubborn thread never looked. join() came back without it after 0.50 s; after terminate() it ran for \
                 0.30 s more.",
            ]
        );
        assert_eq!(shown.data[0], ("data-last-beat-ms", "1010.0".to_owned()));
        let daemon = &shown.lanes.unwrap().rows[0].stretches;
        let dead = Stretch { from_us: 1_100_000, to_us: 2_400_000, look: Look::Dead };
        assert_eq!(daemon.last(), Some(&dead));
    }

    // Fails with: a thread that is ended before it comes to the start barrier, where the others then wait for ever; a run that
    // waits for ever to begin.
    #[test]
    fn nobody_is_ended_before_all_have_begun() {
        let mut runs = runs(&[(&END, 1)]);
        runs.next_round();
        let memory = Local::new(words(3, 0));
        let look = |runs: &mut DaemonRuns, at_ms: u64| {
            runs.looked(&memory.copy(), at_ms * 1_000, None);
            (runs.due().len(), runs.progress(&[]))
        };
        note(&memory, 1, &BEATS);
        note(&memory, 2, &BEATS);
        assert_eq!([0, 125, 4_000].map(|at_ms| look(&mut runs, at_ms)), [(0, 0); 3]);
        note(&memory, 0, &BEATS);
        assert_eq!(look(&mut runs, 4_125), (0, 4_125_000));
        assert_eq!(look(&mut runs, 4_225), (2, 4_225_000));
    }

    // Fails with: a run that waits for ever for a thread that cannot be ended, or is over before the polite one is.
    #[test]
    fn what_cannot_be_ended_is_given_up() {
        let mut runs = runs(&[(&END, 1), (&LIMIT, 1)]);
        runs.next_round();
        let memory = Local::new(words(3, 0));
        let mut gives_up_at = None;
        for thread in 0..2 {
            note(&memory, thread, &[(0, State::Working)]);
        }
        for at_ms in (0..9_000_u64).step_by(125) {
            note(&memory, 2, &[(0, State::Waiting), (at_ms, State::Asleep)]);
            if at_ms == 8_000 {
                note(&memory, 1, &[(0, State::Working), (at_ms, State::Asleep), (at_ms, State::Over)]);
            }
            runs.looked(&memory.copy(), at_ms * 1_000, None);
            runs.due();
            if runs.gives_up() {
                gives_up_at.get_or_insert(at_ms);
            }
        }
        assert_eq!(gives_up_at, Some(8_000), "not before the polite one has ended");
        runs.over(RoundOver { done: Vec::new(), heard_us: 0, words: &[], started_us: Vec::new() });
        let shown = runs.shown(&[]);
        assert_eq!(shown.figures[2].as_ref().unwrap().text, "not in 5 s");
        assert_eq!((runs.rounds(), runs.next_round()), ((1, 1), None));
    }

    /// Half a second after a run by messages began, in which all threads have said `said`.
    fn by_messages(said: [u32; 3]) -> DaemonRuns {
        let mut values = Values::defaults(ABOUT.fields);
        values.set(&END, 5);
        values.set(&LIMIT, 5);
        let mut runs = DaemonRuns::new(&values, false);
        let tasks = runs.next_round().unwrap();
        assert!(matches!(
            tasks[..],
            [
                Task::BeatByMessages { rest: Rest::Asleep, .. },
                ..,
                Task::BeatByMessages { rest: Rest::Busy, .. }
            ]
        ));
        for (thread, last) in (0..).zip(said) {
            for number in 1..=last {
                let at_us = u64::from(number) * 1_000;
                runs.said(thread, &Report::Tick { number, at_us }, at_us);
            }
        }
        runs.looked(&[], 10_000, None);
        assert_eq!(runs.due(), []);
        runs.looked(&[], 510_000, None);
        runs
    }

    // Fails with: an event that is told to nobody, a half taken for a whole, a thread that runs on unseen, a page that does
    // not say what differs.
    #[test]
    fn without_shared_memory_it_goes_by_messages() {
        let mut runs = by_messages([5, 5, 4]);
        let told: Vec<Command> = (0..3).map(|thread| Command::Post { thread, task: Task::Event }).collect();
        assert_eq!(runs.due(), [told, vec![Command::Terminate { thread: 0 }]].concat());
        runs.said(1, &Report::Tick { number: 6, at_us: 520_000 }, 520_100);
        runs.said(1, &Report::Line(1), 520_200);
        for at_ms in (520_u64..3_000).step_by(20) {
            if at_ms < 2_010 {
                runs.said(2, &Report::Tick { number: 4, at_us: at_ms * 1_000 }, at_ms * 1_000);
            }
            runs.looked(&[], at_ms * 1_000, None);
            let ended = if at_ms == 1_020 { vec![Command::Terminate { thread: 2 }] } else { Vec::new() };
            assert_eq!(runs.due(), ended, "at {at_ms} ms");
            assert_eq!(runs.gives_up(), at_ms >= 2_500, "at {at_ms} ms");
        }
        runs.over(RoundOver { done: Vec::new(), heard_us: 0, words: &[], started_us: Vec::new() });
        let shown = runs.shown(&[]);
        let figures = shown.figures.map(|figure| figure.unwrap().text);
        assert_eq!(figures, ["half-written", "complete", "0.98 s"]);
        assert_eq!(
            shown.findings[0],
            "The daemon died in the middle of a record: “beat 3: still” is all there is of it."
        );
        assert!(shown.findings[1].starts_with("The polite thread saw the event and had ended 0.01 s later"));
        assert!(shown.findings[3].starts_with("Without shared memory a record is two messages"));
        let data: Vec<&str> = shown.data.iter().map(|(_, value)| &**value).collect();
        assert_eq!(data, ["5.0", "half-written", "complete", "10.2", "980.0", "1", "1"]);
    }

    proptest! {
        // Fails with: a record of which both messages came taken for a half, or the other way round; a sign of life taken for
        // a record.
        #[test]
        fn half_a_record_is_one_whose_second_message_did_not_come(last in 1_u32..40, signs in 0_usize..4) {
            let mut runs = by_messages([last, 1, 1]);
            for _ in 0..signs {
                runs.said(0, &Report::Tick { number: last, at_us: 90_000 }, 90_000);
            }
            runs.over(RoundOver { done: Vec::new(), heard_us: 0, words: &[], started_us: Vec::new() });
            let record = &runs.shown(&[]).table.rows[0][1];
            let half = format!("beat {}: still", last.div_ceil(2));
            prop_assert_eq!(record, &if last % 2 == 1 { half } else { half + " working" });
        }
    }
}
