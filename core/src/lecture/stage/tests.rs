use dartboard_threads::memory;
use std::time::Duration;

use dartboard_threads::memory::{COUNTER, Own};
use dartboard_threads::task::{Change, End, Protection, Sample, State};
use proptest::prelude::*;

use dartboard_threads::task::Done;

use super::*;
use crate::lecture::local_memory::Local;
use crate::lecture::shown::{Look, Stretch};
use crate::lecture::{daemon, processes, race, window};

const BUILD: &str = "b";

fn at(ms: u64) -> Instant {
    Instant::after_origin(Duration::from_millis(ms))
}

fn race(settings: &[(&'static LessonField, u64)]) -> Stage {
    let mut stage = Stage::new(Lesson::Race, Values::defaults(Lesson::Race.about().fields), BUILD);
    for &(field, units) in settings {
        stage.handle(at(0), Event::Set(field, units.into()));
    }
    stage
}

fn words(counter: i32) -> Vec<i32> {
    let mut words = vec![0; COUNTER as usize];
    words.push(counter);
    words
}

fn heard(thread: u32, report: Report, counter: i32) -> Event {
    Event::Heard { thread, report, words: words(counter) }
}

fn ready(thread: u32) -> Event {
    heard(thread, Report::Ready { build: BUILD.to_owned() }, 0)
}

/// A thread that added from `from_us` to `to_us`.
fn added(from_us: u64, to_us: u64, own: u32) -> Report {
    let change = |at_us, state| Change { at_us, state };
    let trace = vec![
        change(from_us.saturating_sub(5), State::Waiting),
        change(from_us, State::Working),
        change(to_us, State::Over),
    ];
    let samples = vec![Sample { at_us: to_us, own, counter: own }];
    Report::Done(Done { trace, samples, own, ..Done::default() })
}

/// Runs all rounds, each of which ends with the counter that `got` says.
fn run_through(stage: &mut Stage, got: &[i32]) {
    let commands = stage.handle(at(0), Event::Run { shares_memory: true });
    let words = Some(memory::words(2, 0));
    assert_eq!(commands, [Command::Start { threads: 2, words, program: Program::Thread }]);
    assert_eq!(stage.handle(at(20), ready(0)), []);
    let mut commands = stage.handle(at(30), ready(1));
    for (round, &counter) in got.iter().enumerate() {
        let [Command::Begin { tasks, since_start, fault: None }] = &*commands else { panic!("{commands:?}") };
        assert_eq!((tasks.len(), *since_start), (2, round == 0));
        assert_eq!(stage.handle(at(40), heard(1, added(10, 20, 1_000), 1_500)), []);
        commands = stage.handle(at(50), heard(0, added(10, 30, 1_000), counter));
    }
    assert_eq!(commands, [Command::End]);
}

// Fails with: a figure of another run, a loss that is not counted, a table without a run.
#[test]
fn what_came_is_told_as_it_was_counted() {
    let mut stage = race(&[(&race::INCREMENTS, 1_000), (&race::RUNS, 3)]);
    assert!(!stage.has_run() && stage.shown() == Shown::default());
    run_through(&mut stage, &[2_000, 1_200, 1_500]);
    assert_eq!(stage.status(), &Status::Finished);
    let shown = stage.shown();
    let figures = shown.figures.map(|figure| figure.unwrap());
    assert_eq!(figures.clone().map(|figure| figure.text), ["2,000", "1,500", "500"]);
    assert_eq!(figures[2].beside.as_deref(), Some("25 %"));
    assert_eq!(shown.strip.unwrap().rows[0].values, [2_000.0, 1_200.0, 1_500.0]);
    assert_eq!(shown.findings, ["2 of 3 runs lost additions."]);
    let data = ["data-expected=2000", "data-got=1500", "data-lost-runs=2", "data-runs=3"];
    assert_eq!(shown.data.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>(), data);
    let csv = shown.table.csv();
    assert_eq!(csv.lines().count(), 4);
    assert!(csv.contains("2,2000,1200,800,40.0,0.0,"), "{csv}");
    // The lanes are of the last run, whose threads were there already.
    let lanes = shown.lanes.unwrap();
    assert_eq!((lanes.title.as_str(), lanes.rows.len(), lanes.span_us), ("Run 3, measured", 2, 30));
    let curve = lanes.curve.unwrap();
    assert_eq!((curve.expected.last(), curve.got.last()), (Some(&(30, 2_000)), Some(&(30, 1_500))));
}

// Fails with: a first run that hides how long its threads took to start.
#[test]
fn the_first_run_shows_how_threads_start() {
    let mut stage = race(&[(&race::INCREMENTS, 1_000), (&race::RUNS, 1)]);
    run_through(&mut stage, &[2_000]);
    let lanes = stage.shown().lanes.unwrap();
    let starts: Vec<_> = lanes.rows.iter().map(|row| row.stretches[0]).collect();
    let ends: Vec<_> = starts.iter().map(|start| (start.from_us, start.to_us)).collect();
    assert_eq!(ends, [(0, 20_000), (0, 30_000)]);
}

// Fails with: a protected counter that is shown as exact although it is not; a cost without what it is compared with.
#[test]
fn protection_is_compared_with_none() {
    let mut stage = race(&[(&race::INCREMENTS, 1_000), (&race::RUNS, 1)]);
    run_through(&mut stage, &[1_300]);
    stage.handle(at(100), Event::Set(&race::GUARD, Value::Units(1)));
    run_through(&mut stage, &[2_000]);
    let findings = stage.shown().findings;
    assert_eq!(findings[0], "Nothing was lost in 1 run.");
    assert!(
        findings[1].starts_with("An addition takes 10.0 ns this way, and took 10.0 ns without protection"),
        "{findings:?}"
    );
    run_through(&mut stage, &[1_999]);
    assert_eq!(stage.shown().findings[0], "1 of 1 run lost additions.");
}

// Fails with: a run that hangs, or a void one that is counted.
#[test]
fn a_thread_that_dies_voids_its_run_and_no_other() {
    let mut stage = race(&[(&race::INCREMENTS, 1_000), (&race::RUNS, 2)]);
    stage.handle(at(0), Event::Run { shares_memory: true });
    stage.handle(at(1), ready(0));
    stage.handle(at(2), ready(1));
    stage.handle(at(3), heard(0, added(1, 2, 1_000), 1_000));
    stage.handle(at(4), heard(1, added(1, 2, 1_000), 1_700));
    let died = Event::Died { thread: 1, reason: "its script could not be loaded".to_owned() };
    assert_eq!(stage.handle(at(5), died), [Command::End]);
    let reason = "Thread 2 died: its script could not be loaded. This run does not count.";
    assert_eq!(stage.status(), &Status::Failed(reason.to_owned()));
    assert_eq!(stage.rounds(), Some((1, 2)));
    // Late words of those that were ended.
    assert_eq!(stage.handle(at(6), heard(0, added(1, 2, 1_000), 9)), []);
    assert_eq!(stage.rounds(), Some((1, 2)));
}

// Fails with: waiters that nobody sees, a rescue that is none, a round with a dead thread that counts.
#[test]
fn who_waits_for_a_dead_threads_lock_is_shown_and_helped_out() {
    let mut stage = race(&[(&race::GUARD, 1), (&race::FAULT, 2), (&race::INCREMENTS, 1_000)]);
    stage.handle(at(0), Event::Run { shares_memory: true });
    stage.handle(at(10), ready(0));
    let begun = stage.handle(at(20), ready(1));
    assert!(matches!(begun[..], [Command::Begin { fault: Some(Fault::DieHolding), .. }]), "{begun:?}");
    assert_eq!(stage.handle(at(30), heard(0, Report::Failed { text: "on purpose".to_owned() }, 7)), []);
    // The others may not have come to the lock yet.
    assert_eq!(stage.handle(at(40), Event::Looked { words: words(7) }), []);
    assert_eq!(stage.hang(), None);
    let memory = Local::new(memory::words(2, 0));
    for (index, (at_us, state)) in (0..).zip([(20_000, State::Working), (31_000, State::Blocked)]) {
        Own::new(&memory, 1).note(index, at_us, state);
    }
    // As long as it takes.
    for ms in [50, 60_000] {
        assert_eq!(stage.handle(at(ms), Event::Looked { words: memory.copy() }), []);
        assert_eq!(stage.hang(), Some(race::HANG));
    }
    let lanes = stage.shown().lanes.unwrap();
    let last = lanes.rows.iter().map(|row| *row.stretches.last().unwrap()).collect::<Vec<_>>();
    let stretch = |from_us, look| Stretch { from_us, to_us: 60_000_000, look };
    assert_eq!(last, [stretch(30_000, Look::Dead), stretch(31_000, Look::Blocked)]);
    assert_eq!(stage.handle(at(60_001), Event::Rescue), [Command::GiveUp]);
    let gave_up = Report::Done(Done { end: End::Abandoned, ..Done::default() });
    assert_eq!(stage.handle(at(60_002), heard(1, gave_up, 7)), [Command::End]);
    let reason = "Thread 1 died: on purpose. This run does not count.";
    assert_eq!(stage.status(), &Status::Failed(reason.to_owned()));
    assert_eq!((stage.hang(), stage.has_run()), (None, false));
}

// Fails with: an event set too early or never, a round that waits for threads that were ended, a second run without threads.
#[test]
fn threads_are_ended_and_the_next_run_has_new_ones() {
    let mut stage = Stage::new(Lesson::Daemon, Values::defaults(daemon::ABOUT.fields), BUILD);
    for (field, units) in [(&daemon::END, 1), (&daemon::LIMIT, 1), (&daemon::RUNS, 2)] {
        stage.handle(at(0), Event::Set(field, units.into()));
    }
    let starts = [Command::Start { threads: 3, words: Some(memory::words(3, 0)), program: Program::Thread }];
    let mut commands = stage.handle(at(0), Event::Run { shares_memory: true });
    for (run, origin_ms) in [(1, 0), (2, 10_000)] {
        assert_eq!(commands, starts, "run {run}");
        for thread in 0..3 {
            commands = stage.handle(at(origin_ms + 20), ready(thread));
        }
        assert!(matches!(commands[..], [Command::Begin { since_start: true, .. }]), "{commands:?}");
        let memory = Local::new(memory::words(3, 0));
        for thread in 0..3 {
            Own::new(&memory, thread).note(0, 30_000, State::Working);
        }
        let mut look =
            |at_ms: u64| stage.handle(at(origin_ms + at_ms), Event::Looked { words: memory.copy() });
        // From now on the main thread goes on for as long as it is set to.
        assert_eq!(look(30), []);
        assert_eq!(look(129), []);
        assert_eq!(look(130), [Command::SetEvent, Command::Terminate { thread: 0 }]);
        for (index, state) in [(1, State::Asleep), (2, State::Over)] {
            Own::new(&memory, 1).note(index, 131_000, state);
        }
        assert_eq!(look(230), [Command::Terminate { thread: 2 }]);
        assert_eq!(look(729), []);
        // The polite thread's report may come before or after that.
        commands = stage.handle(at(origin_ms + 10_000), Event::Looked { words: memory.copy() });
    }
    assert_eq!(commands, [Command::End]);
    assert_eq!((stage.rounds(), stage.status()), (Some((2, 2)), &Status::Finished));
}

// Fails with: a page that works before its label is set, threads that begin beside its work, a worker's word for it that is
// heard after Stop.
#[test]
fn threads_wait_until_the_page_has_worked() {
    let worked = || Event::Worked(Worked { from: at(10), to: at(1_010), pieces: 1 });
    let ready = || heard(0, Report::Ready { build: BUILD.to_owned() }, 0);
    let label = |text: &str| Command::OnPage(PageCommand::Label(text.to_owned()));
    let begins = |command: &Command| matches!(command, Command::Begin { since_start: true, .. });
    for is_ready_first in [true, false] {
        let mut stage = Stage::new(Lesson::Window, Lesson::Window.values(2), BUILD);
        let commands = stage.handle(at(0), Event::Run { shares_memory: true });
        assert_eq!(
            commands[..2],
            [Command::Start { threads: 1, words: None, program: Program::Thread }, label("Computing…")]
        );
        assert!(matches!(commands[3], Command::OnPage(PageCommand::Work { .. })), "{commands:?}");
        let commands = if is_ready_first {
            assert_eq!(stage.handle(at(200), ready()), []);
            stage.handle(at(1_010), worked())
        } else {
            assert_eq!(stage.handle(at(1_010), worked()), [label("Done!")]);
            stage.handle(at(1_200), ready())
        };
        assert!(commands.last().is_some_and(begins), "{commands:?}");
        let touched = Report::Touched { text: "no".to_owned() };
        stage.handle(at(1_300), heard(0, touched, 0));
        assert_eq!(stage.handle(at(1_400), Event::Stop), [Command::End]);
        let seen = Watched { since: at(0), frames: Vec::new(), inputs: Vec::new(), was_hidden: false };
        assert_eq!(
            (stage.handle(at(1_500), worked()), stage.handle(at(1_500), Event::Watched(seen))),
            (vec![], vec![])
        );
        let shown = stage.shown();
        assert_eq!((stage.status(), shown.lanes, shown.table.rows.len()), (&Status::Idle, None, 0));
    }
    // A worker's work is begun with its thread.
    let mut stage = Stage::new(Lesson::Window, Lesson::Window.values(2), BUILD);
    stage.handle(at(0), Event::Set(&window::WHERE, Value::Units(2)));
    assert!(stage.warning().is_none());
    assert_eq!(stage.handle(at(0), Event::Run { shares_memory: false }).len(), 3);
    assert!(stage.handle(at(200), ready()).last().is_some_and(begins));
}

// Fails with: a Stop that is not one, a second press that starts more threads.
#[test]
fn stop_ends_and_run_begins_anew() {
    let mut stage = race(&[]);
    assert_eq!(stage.handle(at(0), Event::Stop), []);
    stage.handle(at(0), Event::Run { shares_memory: true });
    assert_eq!(stage.handle(at(1), Event::Run { shares_memory: true }), []);
    assert_eq!(stage.handle(at(2), Event::Stop), [Command::End]);
    assert_eq!(stage.status(), &Status::Idle);
    assert_eq!(stage.handle(at(3), Event::Run { shares_memory: true }).len(), 1);
}

// Fails with: a queue that is looked at and ended, and then shown as if nothing had run.
#[test]
fn what_was_seen_of_a_queue_stays_when_it_is_ended() {
    let mut stage = Stage::new(Lesson::Queue, Values::defaults(Lesson::Queue.about().fields), BUILD);
    assert_eq!(stage.handle(at(0), Event::Run { shares_memory: true }).len(), 1);
    stage.handle(at(1), ready(0));
    assert!(matches!(stage.handle(at(2), ready(1))[..], [Command::Begin { .. }]));
    stage.handle(at(500), Event::Looked { words: Vec::new() });
    assert!(!stage.has_run() && stage.shown().places.is_some());
    assert_eq!(stage.handle(at(600), Event::Rescue).len(), 1);
    assert_eq!(stage.handle(at(700), Event::Stop), [Command::End]);
    assert_eq!(stage.status(), &Status::Finished);
    assert!(stage.has_run() && stage.shown().places.is_some());
    assert_eq!(stage.handle(at(800), Event::Rescue), []);
}

// Fails with: a refused field that does not hold Run back.
#[test]
fn what_is_refused_holds_run_back() {
    let mut stage = race(&[]);
    assert_eq!(stage.not_ready(), None);
    stage.handle(at(0), Event::Refused("runs", true));
    assert_eq!(stage.not_ready().unwrap(), "Correct the field “runs” first.");
    assert_eq!(stage.handle(at(0), Event::Run { shares_memory: true }), []);
    stage.handle(at(0), Event::Refused("runs", false));
    assert_eq!(stage.handle(at(0), Event::Run { shares_memory: true }).len(), 1);
}

// Fails with: a counter by messages that another thread's words move.
#[test]
fn without_shared_memory_the_counter_is_the_pages() {
    let mut stage = race(&[(&race::RUNS, 1)]);
    stage.handle(at(0), Event::Run { shares_memory: false });
    stage.handle(at(1), ready(0));
    let commands = stage.handle(at(2), ready(1));
    let [Command::Begin { tasks, .. }] = &*commands else { panic!("{commands:?}") };
    assert_eq!(tasks[1], Task::AddByMessages { thread: 1, threads: 2, increments: race::MOST_BY_MESSAGES });
    let said = |thread, report| Event::Heard { thread, report, words: Vec::new() };
    let post = |thread, value| [Command::Post { thread, task: Task::Value(value) }];
    assert_eq!(stage.handle(at(3), said(0, Report::Read)), post(0, 0));
    assert_eq!(stage.handle(at(3), said(1, Report::Read)), post(1, 0));
    assert_eq!(stage.handle(at(4), said(0, Report::Write(1))), []);
    assert_eq!(stage.handle(at(4), said(1, Report::Write(1))), []);
    assert_eq!(stage.handle(at(5), said(0, Report::Read)), post(0, 1));
    stage.handle(at(6), said(0, added(1, 2, 2)));
    stage.handle(at(7), said(1, added(1, 2, 2)));
    let shown = stage.shown();
    assert_eq!(shown.figures[1].as_ref().unwrap().text, "1");
    assert_eq!(shown.data[0].1, "4000");
}

#[test]
fn guesses_are_kept_and_refused_in_words() {
    let mut stage = race(&[(&race::INCREMENTS, 1_000), (&race::RUNS, 1)]);
    stage.handle(at(0), Event::Guess("2,000, 1,500".to_owned()));
    run_through(&mut stage, &[1_800]);
    assert_eq!(stage.shown().strip.unwrap().guesses, [2_000.0, 1_500.0]);
    stage.handle(at(9), Event::Guess("all of them".to_owned()));
    assert!(stage.guess().read.as_ref().unwrap_err().contains("not “all”"));
    assert_eq!(stage.not_ready(), None);
}

proptest! {
    // Fails with: an event at any moment that panics, or leaves threads behind that nobody ends.
    #[test]
    fn any_order_of_events_is_taken(events in proptest::collection::vec(0..11_u8, 0..60), fault in 0..3_u64) {
        let mut stage = race(&[(&race::INCREMENTS, 1_000), (&race::RUNS, 2), (&race::FAULT, fault)]);
        let mut are_up = false;
        for (index, event) in (0_u64..).zip(events) {
            let event = match event {
                0 => Event::Run { shares_memory: true },
                1 => Event::Stop,
                2 => ready(0),
                3 => ready(1),
                4 => heard(0, added(1, 2, 1_000), 1_000),
                5 => heard(1, added(1, 2, 1_000), 2_000),
                6 => Event::Died { thread: 7, reason: "x".to_owned() },
                7 => Event::Looked { words: words(5) },
                8 => heard(0, Report::Failed { text: "x".to_owned() }, 0),
                9 => Event::Rescue,
                _ => heard(0, Report::Read, 0),
            };
            for command in stage.handle(at(index * 1_000), event) {
                match command {
                    Command::Start { .. } => { prop_assert!(!are_up); are_up = true; }
                    Command::End => { prop_assert!(are_up); are_up = false; }
                    _ => prop_assert!(are_up),
                }
            }
            prop_assert_eq!(are_up, *stage.status() == Status::Running);
        }
    }
}

#[test]
fn protections_have_the_names_that_addresses_have() {
    assert_eq!(Protection::ALL.map(Protection::name), ["none", "lock", "atomic", "own"]);
}

/// The lesson *Processes*, in the part of that number.
fn processes(part: u64) -> Stage {
    let mut values = Values::defaults(Lesson::Processes.about().fields);
    values.set(&processes::PART, part);
    Stage::new(Lesson::Processes, values, BUILD)
}

// Fails with: an errand before what carries it out is there, an answer without a next errand, a script that is silent and is
// waited for without end, workers that stay after the last answer.
#[test]
fn errands_follow_each_other_until_the_last_answer() {
    let begin = |stage: &mut Stage| {
        assert_eq!(stage.handle(at(0), Event::Run { shares_memory: true }), [Command::StartErrands]);
        let begun = stage.handle(at(10), ready(0));
        let [Command::Begin { tasks, .. }, Command::Errand(Errand::Post { thing: "number" })] = &begun[..]
        else {
            panic!("{begun:?}")
        };
        assert!(tasks.is_empty());
    };
    let told = |stage: &mut Stage, ms| {
        stage.handle(at(ms), Event::Told(Answer::Back { before: "1".to_owned(), after: "1".to_owned() }))
    };
    let looked = || Event::Looked { words: Vec::new() };
    let mut stage = processes(2);
    begin(&mut stage);
    for ms in 1..6 {
        assert!(matches!(told(&mut stage, 9_000 * ms)[..], [Command::Errand(_)]));
        assert_eq!(stage.handle(at(9_000 * ms + 8_000), looked()), []);
    }
    assert_eq!(told(&mut stage, 60_000), [Command::End]);
    assert_eq!((stage.status(), stage.rounds()), (&Status::Finished, Some((1, 1))));
    assert_eq!(stage.shown().figures[0].as_ref().unwrap().text, "6");
    // After the end.
    assert_eq!(told(&mut stage, 60_001), []);

    let mut stage = processes(2);
    begin(&mut stage);
    assert_eq!(stage.handle(at(5_000), looked()), []);
    assert_eq!(stage.handle(at(10_010), looked()), [Command::End]);
    assert!(matches!(stage.status(), Status::Failed(reason) if reason.contains("no further for 10 s")));

    let mut stage = processes(2);
    stage.handle(at(0), Event::Run { shares_memory: false });
    let failed = || Event::Told(Answer::Failed { text: "process.js could not be loaded".to_owned() });
    assert_eq!(stage.handle(at(10), failed()), [Command::End]);
    let reason = "A worker does not run: process.js could not be loaded. This run does not count.";
    assert_eq!(stage.status(), &Status::Failed(reason.to_owned()));
    assert_eq!(stage.handle(at(20), failed()), []);
    // Whoever leaves ends it.
    begin(&mut stage);
    assert_eq!(stage.handle(at(30), Event::Stop), [Command::End]);
    assert_eq!(told(&mut stage, 31), []);
}

// Fails with: figures of one part under the names of another, a guess of another part, a change of a number that drops what
// came.
#[test]
fn another_part_is_a_lesson_that_was_not_run() {
    let mut stage = processes(2);
    stage.handle(at(0), Event::Run { shares_memory: false });
    stage.handle(at(10), ready(0));
    for ms in 0..6 {
        let back = Answer::Back { before: "1".to_owned(), after: "1".to_owned() };
        stage.handle(at(20 + ms), Event::Told(back));
    }
    stage.handle(at(30), Event::Guess("four".to_owned()));
    stage.handle(at(31), Event::Set(&processes::KINDS, Value::Units(1)));
    assert!(stage.has_run() && stage.guess().text == "four");
    stage.handle(at(32), Event::Set(&processes::PART, Value::Units(1)));
    assert_eq!((stage.has_run(), stage.status(), stage.shown()), (false, &Status::Idle, Shown::default()));
    assert_eq!(stage.guess(), &Guess::default());
}
