use dartboard_threads::task::{Change, Done, State};

use super::*;

fn runs(shares_memory: bool) -> CompareRuns {
    let mut values = Values::defaults(ABOUT.fields);
    values.set(&ITEMS, 1_000);
    values.set(&TURNS, 100);
    values.set(&RUNS, 2);
    CompareRuns::new(&values, shares_memory)
}

/// A thread that has worked for so long and counted so much.
fn done(from_us: u64, to_us: u64, own: u32) -> Done {
    let change = |at_us, state| Change { at_us, state };
    let trace = vec![change(from_us, State::Working), change(to_us, State::Over)];
    Done { trace, own, ..Done::default() }
}

fn round(done: Vec<Done>, words: &[i32]) -> RoundOver<'_> {
    RoundOver { done, heard_us: 0, words, started_us: Vec::new() }
}

/// Runs both runs; the second consumer gets `got` items, and the counter of the lock shows `counter`.
fn run(runs: &mut CompareRuns, got: u32, counter: i32) -> Vec<(u32, bool)> {
    let mut crews = Vec::new();
    let mut words = vec![0; 64];
    words[COUNTER as usize] = counter;
    while let Some(tasks) = runs.next_round() {
        crews.push((runs.threads(), runs.has_new_threads()));
        match (tasks.first(), runs.errand()) {
            (Some(Task::Produce { items: 5_000, .. }), None) => {
                // From the producer's first item to the consumer's end: 5,000 items in 10 ms.
                runs.over(round(vec![done(1_000, 9_000, 5_000), done(2_000, 11_000, got)], &words));
            }
            (Some(Task::Add { increments: 10_000, .. }), None) => {
                runs.over(round(vec![done(0, 5_000, 10_000), done(0, 6_000, 10_000)], &words));
            }
            (None, Some(Errand::Queue { items: 1_000 })) => {
                assert_eq!(runs.told(Answer::Passed { count: 1_000, us: 20_000 }), Next::Over);
                runs.over(round(Vec::new(), &[]));
            }
            (None, Some(Errand::Lock { turns: 100 })) => {
                assert_eq!(runs.told(Answer::Passed { count: 200, us: 20_000 }), Next::Over);
                runs.over(round(Vec::new(), &[]));
            }
            other => panic!("{other:?}"),
        }
    }
    crews
}

// Fails with: a queue timed from another moment than its first item, counts that are mixed up, threads that are kept
// where a page is to do it, a ratio the wrong way round.
#[test]
fn each_is_timed_and_compared_with_the_one_that_shares_memory() {
    let mut runs = runs(true);
    let crews = run(&mut runs, 5_000, 20_000);
    let once = [(2, true), (2, false), (0, true), (0, false)];
    assert_eq!(crews, [once, once].concat());
    let shown = runs.shown(&[]);
    let texts = shown.figures.map(|figure| figure.unwrap().text);
    assert_eq!(texts, ["10 ×", "333 ×", "0"]);
    let rows = shown.table.rows;
    assert_eq!(rows[0][..5], ["queue.Queue", "500,000", "2.00", "0", "places in shared memory"]);
    assert_eq!(rows[1][..4], ["multiprocessing.Queue", "50,000", "20.00", "0"]);
    assert_eq!(rows[2][..4], ["threading.Lock", "3,333,333", "0.30", "0"]);
    assert_eq!(rows[3][..4], ["multiprocessing.Lock", "10,000", "100.00", "0"]);
    assert_eq!(
        shown.findings,
        [
            "An item by message took 20.0 µs, 10 times as long as one in shared memory.",
            "A turn with a Web Lock took 100.0 µs, 333 times as long as one in shared memory.",
            "Nothing was lost: every item came, and every addition counts.",
        ]
    );
}

// Fails with: a loss that is not told.
#[test]
fn what_is_lost_is_told() {
    let mut runs = runs(true);
    run(&mut runs, 4_999, 19_990);
    let shown = runs.shown(&[]);
    let lost = shown.figures[2].clone().unwrap();
    assert!(lost.is_loss && lost.text == "22", "{lost:?}");
    assert_eq!(shown.findings[2], "22 items or additions were lost.");
}

// Fails with: a row without its reason, threads that are started in vain, a run that waits for what is not there.
#[test]
fn what_is_not_there_says_why() {
    let mut runs = runs(false);
    assert_eq!(runs.rounds(), (0, 4));
    for _ in 0..2 {
        assert_eq!((runs.threads(), runs.next_round().unwrap().len()), (0, 0));
        assert!(runs.errand().is_some());
        runs.told(Answer::Passed { count: 1_000, us: 20_000 });
        runs.over(round(Vec::new(), &[]));
        runs.next_round();
        let text = "navigator.locks is undefined".to_owned();
        assert_eq!(runs.told(Answer::Missing { text }), Next::Over);
        runs.over(round(Vec::new(), &[]));
    }
    assert!(runs.next_round().is_none());
    let shown = runs.shown(&[]);
    assert_eq!(shown.figures[0].as_ref().unwrap().text, "20.0 µs");
    assert!(shown.figures[1].is_none());
    assert_eq!(
        shown.findings[..3],
        [
            "queue.Queue was not timed: the page was loaded without shared memory.",
            "threading.Lock was not timed: the page was loaded without shared memory.",
            "multiprocessing.Lock was not timed: navigator.locks is undefined.",
        ]
    );
    assert_eq!(shown.table.rows[0][1], "not here");
    assert!(matches!(runs.told(Answer::Failed { text: "404".to_owned() }), Next::Void(_)));
}
