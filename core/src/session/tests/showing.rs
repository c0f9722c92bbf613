//! What the page is asked to show, and when.

use super::*;
use crate::coordinator::backoff::FIRST_WAIT;
use crate::coordinator::snapshot::SlotStateView;
use crate::run::darts::Throw;
use crate::session::view::{FIGURES_EVERY, HIDDEN_EVERY, PICTURES_EVERY};

const SECOND: Duration = Duration::from_secs(1);

/// A page that has counted for a second, and is told of a result every 50 ms.
fn running() -> SimulatedPage {
    let mut page = SimulatedPage::first("#/?seed=1");
    page.run(coordinator::Event::Start);
    page.pass(SECOND);
    page.shown.clear();
    page
}

/// The times between those of `shown`.
fn gaps<'a>(shown: impl Iterator<Item = &'a (Duration, View)>) -> Vec<Duration> {
    let times: Vec<Duration> = shown.map(|(time, _)| *time).collect();
    times.windows(2).map(|pair| pair[1].abs_diff(pair[0])).collect()
}

// Fails with: a view with every message, or figures that stand still; pictures drawn with all figures, or in frames of
// their own.
#[test]
fn a_run_that_goes_on_shows_its_figures_six_times_a_second_and_its_pictures_three_times() {
    let mut page = running();
    page.pass(4 * SECOND);
    assert_eq!(page.shown.len(), 24);
    assert!(gaps(page.shown.iter()).into_iter().all(|gap| gap == FIGURES_EVERY));
    let with_pictures = page.shown.iter().filter(|(_, view)| view.pictures.drawn);
    assert!(gaps(with_pictures).into_iter().all(|gap| gap == PICTURES_EVERY));
    // Each shows what is counted by then.
    let counted: Vec<u64> = page.shown.iter().map(|(_, view)| view.snapshot.tally.points).collect();
    assert!(counted.windows(2).all(|pair| pair[0] < pair[1]));
}

// Fails with: a block listed with every picture; shares left out or thrown twice.
#[test]
fn darts_of_one_block_in_two_seconds_are_thrown_in_shares() {
    let mut page = running();
    page.pass(6 * SECOND);
    let pictures = page.shown.iter().filter(|(_, view)| view.pictures.drawn);
    let thrown: Vec<Throw> = pictures.filter_map(|(_, view)| view.pictures.thrown).collect();
    let begun: Vec<usize> = (0..thrown.len()).filter(|&index| thrown[index].share == 0).collect();
    assert_eq!(begun.len(), 3, "{thrown:?}");
    for whole in begun.windows(2) {
        let shares = &thrown[whole[0]..whole[1]];
        assert!(shares.iter().all(|throw| throw.block == shares[0].block));
        assert_eq!(shares.iter().map(|throw| throw.share).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    }
}

// Fails with: an answer to an input, or a death, that waits for the next figures.
#[test]
fn what_is_no_figure_is_shown_at_once_with_pictures_and_no_new_darts() {
    let crash = |page: &mut SimulatedPage| {
        let worker = page.batches[0].0;
        page.run(coordinator::Event::Failed { worker, reason: String::new() });
    };
    let pause = |page: &mut SimulatedPage| page.run(coordinator::Event::Pause);
    let set = |page: &mut SimulatedPage| {
        page.tell(Event::Set(Setting::Live(LiveSetting::Batch(BatchSize::Auto))));
    };
    let changes: [&dyn Fn(&mut SimulatedPage); 3] = [&crash, &pause, &set];
    for (index, change) in changes.into_iter().enumerate() {
        let mut page = running();
        page.pass(FIGURES_EVERY / 2 * 5);
        let before = page.shown.pop().expect("figures").1.pictures.thrown;
        page.shown.clear();
        change(&mut page);
        let [(time, view)] = &page.shown[..] else { panic!("{index}: {} views", page.shown.len()) };
        assert_eq!((*time, view.pictures.drawn, view.pictures.thrown), (page.now, true, before), "{index}");
    }
}

/// A page whose worker never gets ready. With nothing counted there are no pictures, and nothing is saved: these have a page
/// shown, too.
fn starting() -> SimulatedPage {
    let browser =
        SimulatedBrowser { has_locks: true, full: true, starts_slowly: true, ..SimulatedBrowser::default() };
    let mut page = SimulatedPage::open("#/?seed=1", browser, None);
    page.run(coordinator::Event::Start);
    page.pass(3 * SECOND);
    page
}

// Fails with: a view of what is known already, whenever a timer comes for something else.
#[test]
fn a_timer_that_comes_for_a_save_shows_nothing() {
    let mut page = starting();
    // A change is saved at once, the next one a second later.
    for batch in [BatchSize::Auto, BatchSize::Fixed(BatchPoints::MIN)] {
        page.tell(Event::Set(Setting::Live(LiveSetting::Batch(batch))));
        page.pass(SAVE_EVERY / 4);
    }
    page.shown.clear();
    page.pass(2 * SAVE_EVERY);
    assert_eq!(page.shown, []);
}

// Fails with: what comes of time alone, a replacement after a wait, that is not shown before somebody says something.
#[test]
fn a_replacement_that_starts_is_shown_before_it_is_there() {
    let mut page = starting();
    for _ in 0..2 {
        let state = page.view().snapshot.slots[0].state.clone();
        let SlotStateView::Starting { worker } = state else { panic!("{state:?}") };
        page.run(coordinator::Event::Failed { worker, reason: String::new() });
    }
    let last = |page: &SimulatedPage| page.shown.last().expect("a view").1.snapshot.slots[0].state.clone();
    assert!(matches!(last(&page), SlotStateView::Backoff { .. }));
    page.pass(FIRST_WAIT + FIGURES_EVERY);
    assert!(matches!(last(&page), SlotStateView::Starting { .. }), "{:?}", last(&page));
}

// Fails with: final figures that are not shown, or late; darts of the last block left out; a page that goes on drawing.
#[test]
fn the_first_and_the_final_figures_are_shown_at_once_and_then_no_more() {
    let mut page = SimulatedPage::first("#/?seed=1&target=30000000");
    page.run(coordinator::Event::Start);
    page.shown.clear();
    page.pass(Duration::from_millis(50));
    assert_eq!(page.shown.last().map(|(_, view)| view.snapshot.tally.points), Some(1_000_000));
    page.pass(6 * SECOND);
    let finished = |view: &View| view.snapshot.status == RunStatus::Finished;
    let (time, view) = page.shown.iter().find(|(_, view)| finished(view)).expect("it has finished");
    // Each of 30 batches takes 50 ms.
    assert_eq!((*time, view.pictures.drawn), (Duration::from_millis(100 + 30 * 50), true));
    assert_eq!(view.snapshot.tally.points, 30_000_000);
    let last = page.shown.last().and_then(|(_, view)| view.pictures.thrown);
    assert_eq!(last, Some(Throw { block: 299, share: Throw::SHARES - 1 }));
    page.shown.clear();
    page.pass(MINUTE);
    assert_eq!(page.shown.len(), 0, "nothing changes any more");
}

// Fails with: a hidden page that draws a run that goes on, or says nothing of it; one that is seen again and stands still.
#[test]
fn a_hidden_page_has_its_figures_once_a_second_and_no_pictures() {
    let mut page = running();
    page.tell(Event::Hidden);
    page.pass(HIDDEN_EVERY);
    page.shown.clear();
    page.pass(5 * SECOND);
    assert_eq!(page.shown.len(), 5);
    assert!(page.shown.iter().all(|(_, view)| !view.pictures.drawn));
    page.run(coordinator::Event::Pause);
    page.pass(2 * HIDDEN_EVERY);
    assert_eq!(page.shown.last().map(|(_, view)| view.snapshot.status.clone()), Some(RunStatus::Paused));
    page.shown.clear();
    // Once a second at most.
    page.run(coordinator::Event::Start);
    page.run(coordinator::Event::Pause);
    page.pass(HIDDEN_EVERY / 2);
    page.run(coordinator::Event::Start);
    page.run(coordinator::Event::Pause);
    assert_eq!(page.shown.len(), 1);
    page.pass(2 * HIDDEN_EVERY);
    assert_eq!(page.shown.len(), 2);
    page.shown.clear();
    page.tell(Event::Seen);
    assert_eq!(page.shown.len(), 1, "seen again");
    page.run(coordinator::Event::Start);
    page.pass(SECOND);
    assert!(page.shown.len() > 6, "{}", page.shown.len());
}

// Fails with: a page that waits for ever for a frame that the browser dropped while it was hidden.
#[test]
fn a_page_hidden_before_its_frame_is_asked_again() {
    let mut session = running().session;
    let at = |ms: u64| Moment { now: Instant::after_origin(Duration::from_millis(ms)), wall_ms: ms };
    let asked = |commands: Vec<Command>| commands.contains(&Command::Show);
    let pause = || Event::Run(coordinator::Event::Pause);
    assert!(asked(session.handle(at(2_000), pause())));
    assert!(!asked(session.handle(at(2_001), pause())), "once a frame");
    assert!(asked(session.handle(at(2_002), Event::Hidden)));
    assert!(asked(session.handle(at(2_003), Event::Seen)));
}

/// How many of the first darts are shown in each view.
fn first_darts(page: &SimulatedPage) -> Vec<Option<u64>> {
    page.shown.iter().map(|(_, view)| view.first_darts).collect()
}

// Fails with: first darts that hide the count for good, that are shown at each start, or to whom a link starts the run.
#[test]
fn the_first_darts_are_shown_at_the_first_start_alone_while_the_workers_count() {
    let new = || SimulatedBrowser { has_locks: true, is_new: true, ..SimulatedBrowser::default() };
    let mut page = SimulatedPage::open("#/?seed=1", new(), None);
    page.shown.clear();
    page.run(coordinator::Event::Start);
    page.pass(4 * SECOND);
    let shown: Vec<u64> =
        first_darts(&page).into_iter().map(|darts| darts.expect("they are shown")).collect();
    assert!(shown.is_sorted() && shown[0] == 0 && (120..=150).contains(shown.last().unwrap()), "{shown:?}");
    assert!(shown.len() >= 24 && page.shown.iter().all(|(_, view)| view.pictures.drawn));
    assert!(page.session.coordinator().tally().points > 1_000_000, "the workers do not wait");
    page.pass(11 * SECOND);
    assert_eq!(first_darts(&page).last(), Some(&None));
    // Back at the pace of any run.
    page.shown.clear();
    page.pass(4 * SECOND);
    assert_eq!(page.shown.len(), 24);
    assert!(page.shown.iter().any(|(_, view)| !view.pictures.drawn));

    page.tell(Event::Reset);
    page.pass(SECOND);
    page.shown.clear();
    page.run(coordinator::Event::Start);
    page.pass(SECOND);
    assert!(first_darts(&page).iter().all(Option::is_none), "once is enough");

    let mut linked = SimulatedPage::open("#/?seed=1&start=1", new(), None);
    linked.pass(SECOND);
    assert!(linked.session.coordinator().is_running());
    assert!(first_darts(&linked).iter().all(Option::is_none));
}

// Fails with: a button that does nothing, darts that go on after Skip, or of a run that is no longer here.
#[test]
fn the_first_darts_are_shown_when_asked_for_and_no_longer_than_wanted() {
    let mut page = running();
    for end in [Event::FirstDarts(false), Event::Reset, Event::Set(Setting::Seed(Seed(7)))] {
        page.tell(Event::FirstDarts(true));
        page.pass(SECOND);
        assert!(matches!(first_darts(&page).last(), Some(Some(8..=10))), "{end:?}");
        page.tell(end);
        page.tell(Event::Answered { drop: true });
        page.pass(SECOND);
        assert_eq!(page.shown.last().and_then(|(_, view)| view.first_darts), None);
        page.run(coordinator::Event::Start);
        page.pass(SECOND);
    }
}
