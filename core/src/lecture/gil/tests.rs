use super::*;

/// A round in which threads ran one after another, or together, for `ms` in all.
fn round(runs: &mut GilRuns, tasks: &[Task], ms: u64, counter: i32) {
    let done = tasks.iter().map(|_| {
        let change = |at_us, state| Change { at_us, state };
        let trace = vec![
            change(0, State::Waiting),
            change(100, State::Working),
            change(100 + ms * 1_000, State::Over),
        ];
        Done { trace, switches: 3, ..Done::default() }
    });
    let mut words = vec![0; COUNTER as usize];
    words.push(counter);
    runs.over(RoundOver {
        done: done.collect(),
        heard_us: 0,
        words: &words,
        started_us: vec![20_000, 45_000],
    });
}

fn runs(set: &[(&'static LessonField, u64)]) -> GilRuns {
    let mut values = Values::defaults(ABOUT.fields);
    for &(field, units) in set {
        values.set(field, units);
    }
    GilRuns::new(&values)
}

/// Runs everything; each way takes as long as `ms` says.
fn run_through(runs: &mut GilRuns, ms: fn(Way) -> u64) {
    while let Some(tasks) = runs.next_round() {
        let (way, counter) = (runs.now, if matches!(runs.now, Way::Counter(1)) { 100_000 } else { 70_000 });
        round(runs, &tasks, ms(way), counter);
    }
}

fn on_free_cores(way: Way) -> u64 {
    match way {
        Way::Loop => 100,
        Way::Gil | Way::PairWithGil | Way::AloneWithGil => 104,
        Way::PairFree => 65,
        Way::WarmUp | Way::Free | Way::Processes | Way::Control | Way::Counter(_) => 52,
    }
}

// Fails with: a ratio turned upside down, work that is not shared out, a round that is forgotten.
#[test]
fn speed_is_told_in_loops() {
    let mut runs = runs(&[(&ROUNDS, 3), (&THREADS, 3), (&SLICES, 1_000)]);
    let tasks = runs.next_round().unwrap();
    round(&mut runs, &tasks, 900, 0);
    let tasks = runs.next_round().unwrap();
    assert_eq!(tasks.len(), 1, "the loop, after the warm-up");
    round(&mut runs, &tasks, 100, 0);
    let tasks = runs.next_round().unwrap();
    assert_eq!(tasks.len(), 2, "two of the three threads");
    round(&mut runs, &tasks, 104, 0);
    let tasks = runs.next_round().unwrap();
    let slices = tasks.iter().map(|task| match task {
        Task::Compute { slices, held: Held::Gil { interval_us: 5_000 }, .. } => *slices,
        other => panic!("{other:?}"),
    });
    assert_eq!(slices.collect::<Vec<_>>(), [334, 333, 333]);
    round(&mut runs, &tasks, 104, 0);
    assert_eq!(runs.shown(&[]), Shown::default(), "nothing is told before a round is whole");
    run_through(&mut runs, on_free_cores);
    assert_eq!(runs.rounds(), (3, 3));
    let shown = runs.shown(&[2.0]);
    let figures = shown.figures.map(|figure| figure.unwrap().text);
    assert_eq!(figures, ["1.0 ×", "1.9 ×", "1.9 ×"]);
    assert_eq!(shown.data[0], ("data-speedup-gil", "0.962".to_owned()));
    let bars = shown.bars.unwrap();
    let texts: Vec<_> = bars.bars.iter().map(|bar| bar.text.as_str()).collect();
    let [one_loop, pair_with_gil, with_gil] = ["100 ms  1.0 ×", "104 ms  1.0 ×", "104 ms  1.0 ×"];
    let [pair, free, processes, control] = ["65 ms  1.5 ×", "52 ms  1.9 ×", "97 ms  1.0 ×", "52 ms  1.9 ×"];
    assert_eq!(texts, [one_loop, pair_with_gil, with_gil, pair, free, processes, control]);
    assert_eq!(bars.guesses_ms, [50.0]);
    assert_eq!(shown.table.rows.len(), 24);
    assert!(
        shown.findings[0].starts_with("With a GIL, 3 threads were 1.0 times as fast"),
        "{:?}",
        shown.findings
    );
    assert_eq!(shown.findings[2], "One thread alone took 4 % longer with the GIL than without.");
    assert!(shown.findings[3].contains("3.10 to 3.13 (switches only when a loop goes round) lost 50,000"));
}

// Fails with: a moral drawn on a computer that has no core to spare.
#[test]
fn a_busy_computer_proves_nothing() {
    let mut runs = runs(&[(&ROUNDS, 1)]);
    run_through(&mut runs, |_| 100);
    let shown = runs.shown(&[]);
    assert!(shown.findings[0].starts_with("This computer is busy"), "{:?}", shown.findings);
    assert!(!shown.findings.iter().any(|finding| finding.contains("times as fast")));
    assert_eq!(shown.data[3], ("data-speedup-control", "1.000".to_owned()));
}

// Fails with: threads that wait, compared with workers that do not.
#[test]
fn threads_that_wait_are_compared_with_one_that_waits() {
    let mut runs = runs(&[(&ROUNDS, 1), (&WORK, 1)]);
    while let Some(tasks) = runs.next_round() {
        if let [Task::Compute { held, pause, .. }, ..] = tasks[..] {
            assert!(held != Held::Alone && pause == Some(Pause { every: 300, us: 5_000 }));
        }
        let ms = if runs.now == Way::Loop { 200 } else { 110 };
        round(&mut runs, &tasks, ms, 0);
    }
    let shown = runs.shown(&[]);
    assert_eq!(shown.figures.clone().map(|figure| figure.unwrap().text), ["1.8 ×", "1.8 ×", "–"]);
    assert!(shown.findings[0].contains("2 threads that also wait were 1.8 times as fast"));
}
