use dartboard_threads::task::{Change, Done, Report, State, Task};

use super::*;
use crate::lecture::Lesson;
use crate::lecture::runs::RoundOver;
use crate::lecture::shown::Look;

fn values(set: &[(&'static LessonField, u64)]) -> Values {
    let mut values = Values::defaults(ABOUT.fields);
    for &(field, units) in set {
        values.set(field, units);
    }
    values
}

/// Workers that report in this order, each with the total that `total` says.
fn round(runs: &mut dyn Runs, order: &[u32], total: impl Fn(u32) -> u64) {
    let tasks = runs.next_round().unwrap();
    assert_eq!(tasks.len(), order.len());
    let mut done = vec![Done::default(); order.len()];
    for (&worker, at_us) in order.iter().zip((50_000_u64..).step_by(10_000)) {
        runs.said(worker, &Report::Total(total(worker)), at_us);
        let change = |at_us, state| Change { at_us, state };
        done[worker as usize].trace = vec![
            change(20_000, State::Waiting),
            change(21_000, State::Working),
            change(at_us - 1_000, State::Over),
        ];
    }
    let started_us = vec![19_000; order.len()];
    runs.over(RoundOver { done, heard_us: 90_000, words: &[], started_us });
}

// Fails with: a total of another worker, an order that is not that of arrival, a total that is rounded.
#[test]
fn totals_come_in_the_order_of_arrival_to_the_last_digit() {
    let mut runs = runs(&values(&[(&RUNS, 2)]));
    let task = |thread| Task::Sum { thread, threads: 4, numbers: 10_000_000 };
    assert_eq!(runs.threads(), 4);
    round(&mut *runs, &[2, 0, 3, 1], |_| 49_999_995_000_000);
    assert_eq!(runs.next_round().unwrap(), (0..4).map(task).collect::<Vec<_>>());
    // The second run, half way.
    runs.said(1, &Report::Total(49_999_995_000_000), 7_000);
    let shown = runs.shown(&[]);
    assert_eq!(shown.figures.map(|figure| figure.unwrap().text), ["Worker 2", "1 of 4", "1 of 4"]);
    for worker in [0, 2, 3] {
        runs.said(worker, &Report::Total(49_999_995_000_000), 9_000);
    }
    runs.over(RoundOver { done: Vec::new(), heard_us: 0, words: &[], started_us: Vec::new() });
    assert_eq!((runs.rounds(), runs.next_round()), ((2, 2), None));
    let shown = runs.shown(&[]);
    assert_eq!(shown.strip.unwrap().rows[0].values, [3.0, 2.0]);
    assert_eq!(
        shown.findings,
        [
            "4 workers added up 10,000,000 numbers each, one by one. Their totals came in this order: 2, 1, 3, 4.",
            "Every total is n (n − 1) / 2 = 49,999,995,000,000, as it must be.",
            "First of 2 runs: worker 2 in 1, worker 3 in 1. The system decides.",
        ]
    );
    assert_eq!(shown.table.rows.len(), 8);
    assert_eq!(shown.table.rows[0], ["1", "Worker 3", "49,999,995,000,000", "50.0"]);
    assert_eq!(shown.data[..2], [("data-results", "4".to_owned()), ("data-order", "2 1 3 4".to_owned())]);
}

// Fails with: a wrong total that nobody sees, a sum over 2⁵³ that an `f64` has rounded.
#[test]
fn a_wrong_total_is_told() {
    let numbers = 2_000_000_000;
    let mut runs = runs(&values(&[(&WORKERS, 2), (&NUMBERS, numbers)]));
    let right = 1_999_999_999_000_000_000;
    round(&mut *runs, &[0, 1], |worker| right - u64::from(worker));
    let shown = runs.shown(&[]);
    let right = shown.figures[2].as_ref().unwrap();
    assert!(right.is_loss && right.text == "1 of 2");
    assert_eq!(shown.findings[1], "1 total wrong: it must be 1,999,999,999,000,000,000.");
    assert!(shown.data.contains(&("data-totals", "1999999999000000000 1999999998999999999".to_owned())));
    let lanes = shown.lanes.unwrap();
    let looks: Vec<_> = lanes.rows[1].stretches.iter().map(|it| (it.from_us, it.to_us, it.look)).collect();
    let expected = [
        (0, 19_000, Look::Starting),
        (19_000, 21_000, Look::Waiting),
        (21_000, 59_000, Look::Working),
        (59_000, 60_000, Look::Blocked),
    ];
    assert_eq!((looks, lanes.span_us), (expected.to_vec(), 60_000));
}

// Fails with: a figure or a guess of another part, one that has no room on a phone.
#[test]
fn each_part_has_its_own_figures_and_guess() {
    let mut names = Vec::new();
    for part in 0..4 {
        let values = values(&[(&PART, part)]);
        let (figures, guess) = Lesson::Processes.figures(&values);
        let GuessKind::Words { label, .. } = guess else { panic!("{guess:?}") };
        assert!(label.chars().count() <= 38, "{label}");
        assert!(figures.iter().all(|name| name.chars().count() <= 20), "{figures:?}");
        names.push(figures);
        assert_eq!(runs(&values).threads() > 0, part == 0);
    }
    names.dedup();
    assert_eq!(names.len(), 4);
    assert_eq!(names[0], ABOUT.figures);
}
