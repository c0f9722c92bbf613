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
        [Task::BeatByMessages { rest: Rest::Asleep, .. }, .., Task::BeatByMessages { rest: Rest::Busy, .. }]
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
