use dartboard_threads::task::{Change, Order};

use super::*;

fn runs(set: &[(&'static LessonField, u64)]) -> BatchRuns {
    let mut values = Values::defaults(ABOUT.fields);
    for &(field, units) in set {
        values.set(field, units);
    }
    BatchRuns::new(&values)
}

/// A worker that counts one batch after another, each `counting_us` long, from `begins_us` on.
fn over(runs: &mut BatchRuns, tasks: &[Task], begins_us: u64, counting_us: u64, heard_us: u64) {
    let done = (0..).zip(tasks).map(|(index, task): (u64, _)| {
        let Task::Count(Count { seed, kernel, blocks, .. }) = task else { panic!("{task:?}") };
        let from = begins_us + index * counting_us;
        let change = |at_us, state| Change { at_us, state };
        let trace = vec![
            change(from, State::Waiting),
            change(from, State::Working),
            change(from + counting_us, State::Over),
        ];
        // What is told of the message stands in it.
        assert!(Order { origin_us: 0, task: *task }.encode().contains(&named(*blocks)));
        Done { trace, sum: kernel.tally(*seed, *blocks).unwrap().inside, ..Done::default() }
    });
    let done = done.collect();
    runs.over(RoundOver { done, heard_us, words: &[], started_us: Vec::new() });
}

// Fails with: a time that is told as another one, points counted twice, a first run in which the program is still being
// compiled.
#[test]
fn the_followed_batch_is_the_last_of_a_run() {
    let mut runs = runs(&[(&BLOCKS, 2), (&AHEAD, 1), (&RUNS, 2), (&KERNEL, 1)]);
    let tasks = runs.next_round().unwrap();
    assert_eq!(tasks.len(), 2);
    over(&mut runs, &tasks, 90_000, 1, 99_000);
    assert_eq!((runs.rounds(), runs.shown(&[])), ((0, 2), Shown::default()));
    let mut counted = Vec::new();
    for _ in 0..2 {
        let tasks = runs.next_round().unwrap();
        over(&mut runs, &tasks, 310, 1_000, 2_450);
        counted.extend(tasks.iter().map(|task| match task {
            Task::Count(count) => (count.blocks.first(), count.blocks.end()),
            other => panic!("{other:?}"),
        }));
    }
    assert_eq!(counted, [(0, 2), (2, 4), (4, 6), (6, 8)]);
    assert_eq!(runs.next_round(), None);
    let shown = runs.shown(&[7.0]);
    let figures = shown.figures.map(|figure| figure.unwrap().text);
    assert_eq!(figures, ["1.31 ms", "1.00 ms", "0.14 ms"]);
    let inside = Kernel::Tree.tally(SEED, BlockRange::new(6, 8).unwrap()).unwrap().inside;
    assert!(shown.data.contains(&("data-inside", inside.to_string())), "{:?}", shown.data);
    let lanes = shown.lanes.unwrap();
    let ends = lanes.rows.iter().map(|row| row.stretches.iter().map(|part| (part.from_us, part.to_us)));
    let ends: Vec<Vec<_>> = ends.map(Iterator::collect).collect();
    assert_eq!(ends, [vec![(0, 1_310)], vec![(310, 1_310), (1_310, 2_310)], vec![(2_310, 2_450)]]);
    assert_eq!(lanes.span_us, 2_450);
    assert_eq!(shown.strip.unwrap().axis, (0.0, 7.0));
    assert!(shown.findings[1].contains("first=6&end=8"), "{:?}", shown.findings);
    assert!(shown.findings[2].contains("1.31 ms") && shown.findings[2].contains("behind one batch."));
    assert_eq!(shown.table.rows.len(), 2);
}

// Fails with: a clock that is said to be finer or coarser than its times are.
#[test]
fn a_coarse_clock_is_told() {
    for (begins_us, said) in [
        (1_000, Some("steps of 1.00 ms")),
        (1_100, Some("steps of 0.10 ms")),
        (1_020, Some("steps of 0.02 ms")),
        (1_005, None),
    ] {
        let mut runs = runs(&[(&AHEAD, 0)]);
        for _ in 0..2 {
            let tasks = runs.next_round().unwrap();
            over(&mut runs, &tasks, begins_us, 2_000, 5_000);
        }
        let told = runs.shown(&[]).findings.get(5).cloned();
        match said {
            Some(said) => assert!(told.unwrap().contains(said)),
            None => assert_eq!(told, None),
        }
    }
}
