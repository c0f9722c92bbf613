use std::time::Duration;

use dartboard_threads::task::{Change, Done};
use proptest::prelude::*;

use super::*;
use crate::lecture::shown::{Look, Stretch};

fn at(us: u64) -> Instant {
    Instant::after_origin(Duration::from_micros(us))
}

fn runs(set: &[(&'static LessonField, u64)]) -> WindowRuns {
    let mut values = Values::defaults(ABOUT.fields);
    for &(field, units) in set {
        values.set(field, units);
    }
    WindowRuns::new(&values)
}

/// What a page sees that draws a frame every 16 ms, but for the time between.
fn watched(from_ms: u64, to_ms: u64, inputs_ms: &[(u64, u64)]) -> Watched {
    Watched {
        since: at(1_000),
        frames: (from_ms..=to_ms).step_by(16).map(|ms| at(ms * 1_000)).collect(),
        inputs: inputs_ms.iter().map(|&(stamped, heard)| (at(stamped * 1_000), at(heard * 1_000))).collect(),
        was_hidden: false,
    }
}

fn see(runs: &mut WindowRuns, watched: &Watched, at_ms: u64) -> Vec<Command> {
    runs.watched(watched, at_ms * 1_000, Instant::ORIGIN);
    runs.due()
}

fn tick(runs: &mut WindowRuns, number: u32, said_ms: u64) {
    let report = Report::Tick { number, at_us: said_ms * 1_000 };
    assert_eq!(runs.said(0, &report, said_ms * 1_000 + 300), []);
}

fn label(text: &str) -> Command {
    Command::OnPage(PageCommand::Label(text.to_owned()))
}

fn end(runs: &mut WindowRuns, done: Vec<Done>) -> Shown {
    let words = &[];
    runs.over(RoundOver { done, heard_us: 0, words, started_us: vec![30_000] });
    runs.shown(&[])
}

fn texts(shown: &Shown) -> Vec<String> {
    shown.figures.iter().flatten().map(|figure| figure.text.clone()).collect()
}

fn attribute(shown: &Shown, name: &str) -> String {
    let found = shown.data.iter().find(|(other, _)| *other == name);
    found.unwrap_or_else(|| panic!("{name}")).1.clone()
}

// Fails with: a gap that is not the work's, a label said to be painted before it, an input that is not late, frames that
// nobody misses, a worker that starts to count before the page has worked.
#[test]
fn a_callback_freezes_the_window_for_the_whole_work() {
    let mut runs = runs(&[(&WORK, 20), (&TICKS, 2)]);
    let work = PageCommand::Work { us: 2_000_000, piece_us: 2_000_000 };
    let watch = PageCommand::Watch { every_ms: 100 };
    assert_eq!(runs.on_page(), [PageCommand::Label("Computing…".to_owned()), watch, work]);
    runs.worked(Worked { from: at(1_200), to: at(2_001_200), pieces: 1 }, Instant::ORIGIN);
    assert_eq!(runs.due(), [label("Done!")]);
    let tasks = [Task::TouchPage, Task::Tick { ticks: 2, every_us: 500_000 }];
    assert_eq!(runs.next_round().unwrap(), tasks);
    runs.said(0, &Report::Touched { text: "ReferenceError: no document".to_owned() }, 2_002_000);
    tick(&mut runs, 1, 2_010);
    // The first frame after the work comes after the first tick.
    let inputs = [(500, 2_005), (1_000, 2_005), (1_990, 2_006)];
    assert_eq!(see(&mut runs, &watched(2_017, 2_060, &inputs), 2_060), [label("Count: 1")]);
    tick(&mut runs, 2, 2_510);
    let taken = Command::Post { thread: 0, task: Task::Taken };
    assert_eq!(see(&mut runs, &watched(2_065, 2_560, &[]), 2_570), [label("Count: 2"), taken]);
    assert_eq!(see(&mut runs, &watched(2_577, 2_600, &[]), 2_600), [], "it is told once");
    let shown = end(&mut runs, vec![Done::default(), Done::default()]);
    assert_eq!(texts(&shown), ["2.02 s", "2", "2.02 s"]);
    assert_eq!(shown.figures[0].as_ref().unwrap().beside.as_deref(), Some("125 frames missed"));
    assert!(shown.figures.iter().all(|figure| figure.as_ref().unwrap().is_loss));
    assert_eq!(
        shown.findings,
        [
            "The work ran in the button’s callback: for 2.02 s the page painted nothing, and missed 125 frames.",
            "“Computing…” was set before the work and painted 2.02 s later, after the work.",
            "During the work came 3 inputs; 2 were heard 50 ms late or more, the latest after 1.51 s.",
            "The worker asked for the page’s document. The browser said: “ReferenceError: no document”. Tk is not thread-safe: a \
             call from another thread fails, or waits for the main thread.",
            "In the median, the page had a tick 0.3 ms late by message, 5.0 ms at the next frame, and 55.0 ms by polling every \
             100 ms.",
        ]
    );
    let figures = ["2016.0", "125", "2", "2016.0", "55.00", "0.30", "5.00", "2", "yes"];
    assert_eq!(shown.data.iter().take(9).map(|(_, value)| value.as_str()).collect::<Vec<_>>(), figures);
    assert_eq!(shown.table.rows[0][1..4], ["the callback", "2.0", "2016.0"]);
    assert_eq!((runs.rounds(), runs.next_round()), ((1, 1), None));
    // The label's lane is hatched from when it was set until it was painted, and so are the frames.
    let lanes = shown.lanes.unwrap();
    let unpainted = Stretch { from_us: 1_000, to_us: 2_017_000, look: Look::Blocked };
    assert_eq!((lanes.rows[0].stretches[0], lanes.rows[1].stretches[0]), (unpainted, unpainted));
}

// Fails with: pieces that are one piece, a piece longer than a frame may be late, a window that lives and is said to freeze.
#[test]
fn small_pieces_leave_time_for_frames() {
    let mut runs = runs(&[(&WHERE, 1), (&WORK, 10), (&TICKS, 1)]);
    let [.., PageCommand::Work { us: 1_000_000, piece_us }] = runs.on_page()[..] else { panic!("no work") };
    assert!(piece_us < LATE_US);
    see(&mut runs, &watched(10, 1_400, &[(600, 612)]), 1_410);
    runs.worked(Worked { from: at(2_000), to: at(1_402_000), pieces: 100 }, Instant::ORIGIN);
    runs.next_round();
    tick(&mut runs, 1, 1_420);
    see(&mut runs, &watched(1_402, 1_600, &[]), 1_500);
    let shown = end(&mut runs, vec![Done::default()]);
    assert_eq!(texts(&shown), ["16 ms", "0", "9.0 ms"]);
    assert!(shown.figures.iter().all(|figure| !figure.as_ref().unwrap().is_loss));
    assert_eq!(attribute(&shown, "data-missed-frames"), "0");
    assert_eq!(
        shown.findings[..3],
        [
            "The work of 1.00 s ran in 100 pieces of 10 ms: the longest time between two frames was 16 ms. It took 1.40 s in all.",
            "“Computing…” was set before the work and painted 9.0 ms later.",
            "During the work came 1 input; none was heard 50 ms late or more, the latest after 12 ms.",
        ]
    );
}

// Fails with: work that is not given to the worker, or whose time is the page's; gaps outside of the work that count; an
// earlier run that is forgotten.
#[test]
fn a_worker_works_and_the_page_does_not() {
    let mut runs = runs(&[(&WHERE, 2), (&WORK, 10), (&TICKS, 1)]);
    assert!(runs.on_page().iter().all(|command| !matches!(command, PageCommand::Work { .. })));
    assert_eq!(runs.next_round().unwrap()[0], Task::Work { us: 1_000_000 });
    // A gap of 200 ms before the work, as the page starts the worker.
    assert_eq!(see(&mut runs, &watched(201, 1_250, &[]), 1_250), []);
    runs.said(0, &Report::Touched { text: String::new() }, 1_260_000);
    tick(&mut runs, 1, 1_270);
    assert_eq!(see(&mut runs, &watched(1_257, 1_300, &[]), 1_300)[0], label("Count: 1"));
    let change = |at_ms: u64, state| Change { at_us: at_ms * 1_000, state };
    let trace = vec![change(250, State::Working), change(1_255, State::Over)];
    let shown = end(&mut runs, vec![Done { trace, ..Done::default() }, Done::default()]);
    assert_eq!(texts(&shown), ["16 ms", "0", "200 ms"]);
    assert!(
        shown.findings[0]
            .starts_with("The work ran in a worker: the longest time between two frames was 16 ms")
    );
    assert!(shown.findings[2].starts_with("You pressed nothing"));
    assert!(shown.findings[3].ends_with("and got one."));
    let again = runs.again(&Values::defaults(ABOUT.fields), false).unwrap();
    assert_eq!((again.rounds(), again.shown(&[]).table.rows.len()), ((0, 1), 1));
}

// Fails with: a tick that is lost and not missed, a thread that is told too early that the page has all.
#[test]
fn a_run_ends_when_all_ticks_were_taken_in_all_ways() {
    let mut runs = runs(&[(&TICKS, 2)]);
    tick(&mut runs, 1, 10);
    assert_eq!(see(&mut runs, &watched(16, 90, &[]), 100).len(), 1);
    tick(&mut runs, 2, 110);
    // Polled, but no frame came: the page is hidden.
    let hidden = Watched { frames: Vec::new(), was_hidden: true, ..watched(0, 0, &[]) };
    assert_eq!(see(&mut runs, &hidden, 200), [label("Count: 2")]);
    assert_eq!(see(&mut runs, &watched(300, 390, &[]), 400).len(), 1);
    let shown = end(&mut runs, Vec::new());
    assert!(shown.findings[1].contains("hidden"), "{:?}", shown.findings);
}

// Fails with: a freeze that comes unannounced, an announcement of none.
#[test]
fn a_freeze_is_announced() {
    let mut values = Values::defaults(ABOUT.fields);
    assert!(warning(&values).unwrap().starts_with("Run freezes this page for 5 s"));
    values.set(&WHERE, 1);
    assert_eq!(warning(&values), None);
    assert!(WORK.parse("10.1").is_err() && WORK.parse("10").is_ok());
}

proptest! {
    // Fails with: a gap longer than the longest, a tick that the page has before it came, a median outside of its values.
    #[test]
    fn figures_hold_for_any_frames_and_ticks(
        mut frames in proptest::collection::vec(0_u64..5_000, 1..80),
        mut said in proptest::collection::vec(0_u64..5_000, 1..20),
        from in 0_u64..2_000,
        lasted in 0_u64..2_000,
    ) {
        frames.sort_unstable();
        said.sort_unstable();
        let mut runs = runs(&[(&TICKS, said.len() as u64)]);
        runs.worked(Worked { from: at(from * 1_000), to: at((from + lasted) * 1_000), pieces: 1 }, Instant::ORIGIN);
        let mut due = Vec::new();
        let mut ticks = (1..).zip(&said).peekable();
        // Ticks come as they are said; a batch of frames comes with each poll.
        for poll in (100..=5_300_u64).step_by(100) {
            while let Some((number, &ms)) = ticks.next_if(|&(_, &ms)| ms < poll) {
                tick(&mut runs, number, ms);
            }
            let frames = frames.iter().filter(|&&ms| (poll - 100..poll).contains(&ms)).map(|&ms| at(ms * 1_000));
            let mut frames: Vec<Instant> = frames.collect();
            if poll > 5_000 {
                frames.push(at((poll - 1) * 1_000));
            }
            let watched = Watched { since: at(0), frames, inputs: Vec::new(), was_hidden: false };
            due.extend(see(&mut runs, &watched, poll));
        }
        let taken = due.iter().filter(|command| matches!(command, Command::Post { .. })).count();
        prop_assert_eq!(taken, 1);
        let run = runs.run.as_ref().unwrap();
        prop_assert!(run.is_in_order() && run.has_all(u32::try_from(said.len()).unwrap()));
        for tick in &run.ticks {
            prop_assert!(tick.said_us <= tick.heard_us);
            prop_assert!(tick.framed_us >= Some(tick.heard_us) && tick.polled_us >= Some(tick.heard_us));
            prop_assert!(tick.polled_us.unwrap() - tick.said_us <= 100_300, "{:?}", tick);
        }
        if let Some(longest) = run.longest_gap_us() {
            prop_assert!(run.gaps_at_work().into_iter().all(|gap| gap <= longest));
            prop_assert!(run.gaps_at_work().into_iter().sum::<u64>() + 1 >= lasted * 1_000 || lasted * 1_000 > 5_300_000);
        }
        for (ms, median) in run.latencies_ms().into_iter().zip(run.medians_ms()) {
            let (least, most) = (ms.iter().copied().fold(f64::MAX, f64::min), ms.iter().copied().fold(0.0, f64::max));
            prop_assert!((least..=most).contains(&median.unwrap()));
        }
        let shown = end(&mut runs, Vec::new());
        prop_assert_eq!(shown.table.rows[0].len(), shown.table.head.len());
    }
}
