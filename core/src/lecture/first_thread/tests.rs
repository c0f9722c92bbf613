use proptest::prelude::*;

use super::*;
use crate::lecture::settings::Value;

fn runs(set: &[(&'static LessonField, u64)]) -> FirstThreadRuns {
    let mut values = Values::defaults(ABOUT.fields);
    for &(field, units) in set {
        values.set(field, units);
    }
    FirstThreadRuns::new(&values)
}

/// A run in which all start at once, each is done when it has slept, and who is started first wins a draw.
fn run(runs: &mut FirstThreadRuns) -> Vec<u32> {
    let tasks = runs.next_round().unwrap();
    let slept = |task: &Task| match *task {
        Task::Sleep { thread, us, .. } => (us, thread),
        other => panic!("{other:?}"),
    };
    let mut sleepers: Vec<(u32, u32)> = tasks.iter().map(slept).collect();
    let times: Vec<u32> = sleepers.iter().map(|&(us, _)| us).collect();
    for &(_, thread) in &sleepers {
        runs.said(thread, &Report::Line(0), 0);
    }
    sleepers.sort_unstable();
    for (us, thread) in sleepers {
        runs.said(thread, &Report::Line(1), us.into());
    }
    runs.over(RoundOver { done: Vec::new(), heard_us: 0, words: &[], started_us: Vec::new() });
    times
}

// Fails with: a time given to the wrong one, equal times that are not equal, a moral drawn from the wrong runs.
#[test]
fn the_shorter_sleep_decides_and_then_the_system() {
    let mut runs = runs(&[]);
    assert_eq!(run(&mut runs), [2_000_000, 1_000_000]);
    let shown = runs.shown(&[]);
    let figures = shown.figures.map(|figure| figure.unwrap().text);
    assert_eq!(figures, ["Alice", "Bob", "2.00 s"]);
    assert_eq!(shown.data[0], ("data-order", "Bob,Alice".to_owned()));
    assert_eq!(shown.data[1], ("data-joined-after-ms", "2000.0".to_owned()));
    assert_eq!(run(&mut runs), [1_000_000, 1_000_000]);
    assert_eq!((runs.rounds(), runs.next_round()), ((2, 2), None));
    let shown = runs.shown(&[]);
    assert_eq!(shown.data[2..4], [("data-first", "Bob".into()), ("data-first-of-equals", "Alice".into())]);
    assert_eq!(
        shown.findings,
        [
            "When Alice slept 2.00 s and Bob 1.00 s, these were done first: Bob in 1 of 1 run. The shorter sleep decides.",
            "When all slept 1.00 s, these were done first: Alice in 1 of 1 run. The system decides.",
            "The last run’s lines came in this order: Alice starts, Bob starts, Alice done, Bob done, all joined.",
        ]
    );
    assert_eq!(shown.table.rows[1], ["2", "equal", "Alice", "Alice", "1000.0"]);
    let strip = shown.strip.unwrap();
    let rows: Vec<(&str, &[f64])> = strip.rows.iter().map(|row| (row.name, &row.values[..])).collect();
    let (alice, bob) = (&[0.0][..], &[1.0][..]);
    let expected = [("started", alice), ("done", bob), ("equal: started", alice), ("equal: done", alice)];
    assert_eq!(rows, expected);
    assert_eq!((strip.names, strip.axis), (vec!["Alice".to_owned(), "Bob".to_owned()], (0.0, 1.0)));
}

// Fails with: a thread that is taken for another where the last one is started first; equal times that are run twice.
#[test]
fn who_is_started_first_says_so_first() {
    let mut runs = runs(&[(&THREADS, 3), (&START, 1), (&JOIN, 2), (&BOB, 200), (&RUNS, 2)]);
    assert_eq!(runs.rounds(), (0, 2), "all sleep as long at once");
    run(&mut runs);
    let shown = runs.shown(&[]);
    assert_eq!(shown.figures.clone().map(|figure| figure.unwrap().text), ["Carol", "Carol", "–"]);
    assert!(shown.findings[1].contains("order: the main thread goes on, Carol starts, Bob starts, Alice"));
}

// Fails with: a name that is forgotten or taken for another, a sentence that a name turns, two threads of one name.
#[test]
fn names_that_are_set_stand_wherever_alices_and_bobs_did() {
    let mut values = Values::defaults(ABOUT.fields);
    values.set(&NAMES, Value::Names("Bob,דנה".to_owned()));
    values.set(&THREADS, 4);
    let mut runs = FirstThreadRuns::new(&values);
    run(&mut runs);
    let shown = runs.shown(&[]);
    let lanes: Vec<String> = shown.lanes.unwrap().rows.into_iter().map(|row| row.name).collect();
    assert_eq!(lanes, ["Bob", "דנה", "Alice", "Carol", "main"]);
    assert_eq!(shown.strip.unwrap().names, lanes[..4]);
    assert_eq!(shown.figures.map(|figure| figure.unwrap().text), ["Bob", "דנה", "2.00 s"]);
    assert_eq!(shown.table.rows[0][2..4], ["Bob", "דנה"]);
    assert_eq!(shown.data[0].1, "דנה,Alice,Carol,Bob");
    let first = "When Bob slept 2.00 s and \u{2068}דנה\u{2069} 1.00 s, these were done first: \u{2068}דנה\u{2069} in 1";
    assert!(shown.findings[0].starts_with(first), "{}", shown.findings[0]);
    assert!(shown.findings[1].contains("\u{2068}דנה\u{2069} starts, Alice starts"), "{}", shown.findings[1]);
    let question = "Bob starts first. Who is done first?";
    assert_eq!(with_names(ABOUT.question, &values), question);
    assert_eq!(with_names("as Alice, Bob", &values), "as Bob, \u{2068}דנה\u{2069}");
    assert_eq!(with_names(ABOUT.question, &Values::defaults(ABOUT.fields)), ABOUT.question);
}

// Fails with: threads of which nothing is seen before they are done.
#[test]
fn a_run_is_seen_while_it_goes_on() {
    let mut runs = runs(&[]);
    runs.next_round();
    assert_eq!(runs.shown(&[]).lanes, None);
    runs.said(0, &Report::Line(0), 3_000);
    runs.looked(&[], 500_000, None);
    let lanes = runs.shown(&[]).lanes.unwrap();
    let sleeping = Stretch { from_us: 3_000, to_us: 500_000, look: Look::Working };
    assert_eq!((lanes.rows[0].stretches[1], lanes.span_us), (sleeping, 500_000));
    assert!(lanes.rows[1].stretches.is_empty() && lanes.rows[2].stretches.is_empty());
    runs.said(0, &Report::Line(1), 2_003_000);
    runs.looked(&[], 2_500_000, None);
    let done = Stretch { from_us: 2_003_000, to_us: 2_500_000, look: Look::Waiting };
    assert_eq!(runs.shown(&[]).lanes.unwrap().rows[0].stretches[2], done);
}

proptest! {
    // Fails with: a join that returns before the thread's last line, or before one that was waited for earlier.
    #[test]
    fn join_returns_after_the_last_line(
        done_us in proptest::collection::vec(0_u64..100, 8),
        is_reversed in any::<bool>(),
    ) {
        let lines = (0..).zip(&done_us).map(|(person, &at_us)| Line { person, is_done: true, at_us });
        let run = Run { is_equal: false, lines: lines.collect() };
        let order: Vec<u32> = if is_reversed { (0..8).rev().collect() } else { (0..8).collect() };
        let joins = run.joins(order.into_iter());
        prop_assert_eq!(joins.len(), 8);
        for &(person, from_us, to_us) in &joins {
            prop_assert!(from_us <= to_us && to_us >= done_us[person as usize]);
        }
        prop_assert!(joins.windows(2).all(|pair| pair[0].2 == pair[1].1));
        prop_assert_eq!(joins[7].2, *done_us.iter().max().unwrap());
    }
}
