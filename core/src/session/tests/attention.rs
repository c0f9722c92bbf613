//! What there is for a run that nobody watches.

use super::*;
use crate::session::attention::TITLE_EVERY;

const SECOND: Duration = Duration::from_secs(1);

// Fails with: a tab that does not say how far its run is; one whose title flickers, or stays behind at the end.
#[test]
fn the_title_says_state_and_estimate_once_a_second_at_most() {
    let mut page = SimulatedPage::first("#/?seed=1&target=100000000");
    assert_eq!(page.titles, []);
    page.run(coordinator::Event::Start);
    page.pass(2 * SECOND);
    page.tell(Event::Hidden);
    page.pass(30 * SECOND);
    let (times, titles): (Vec<Duration>, Vec<&str>) =
        page.titles.iter().map(|(time, title)| (*time, title.as_str())).unzip();
    let gaps: Vec<Duration> = times.windows(2).map(|pair| pair[1].abs_diff(pair[0])).collect();
    assert_eq!(gaps.iter().min(), Some(&TITLE_EVERY), "{times:?}");
    assert!((5..=8).contains(&titles.len()), "{titles:?}");
    assert_eq!(titles[0], "Running 1 % · π ≈ 3.12000");
    assert_eq!(titles.last(), Some(&"✓ Finished · π ≈ 3.12000"));
    page.titles.clear();
    page.tell(Event::Reset);
    page.tell(Event::Answered { drop: true });
    page.pass(2 * SECOND);
    assert_eq!(page.titles.last().map(|(_, title)| title.as_str()), Some(""), "nothing is counted");
}

// Fails with: a title that a second change within its second leaves behind.
#[test]
fn a_title_that_had_to_wait_is_set_without_another_event() {
    let mut page = SimulatedPage::first("#/?seed=1");
    page.run(coordinator::Event::Start);
    page.pass(3 * SECOND);
    page.run(coordinator::Event::Pause);
    page.pass(2 * SECOND);
    assert_eq!(page.titles.last().map(|(_, title)| title.as_str()), Some("Paused · π ≈ 3.12000"));
    page.tell(Event::AddressChanged("#/benchmark".to_owned()));
    page.pass(2 * SECOND);
    assert_eq!(page.titles.last().map(|(_, title)| title.as_str()), Some(""), "on another page");
    page.pass(5 * SECOND);
    for fragment in ["#/", "#/benchmark"] {
        page.tell(Event::AddressChanged(fragment.to_owned()));
    }
    page.pass(2 * SECOND);
    assert_eq!(page.titles.last().map(|(_, title)| title.as_str()), Some(""));
}

// Fails with: a screen that goes dark in a run of minutes; one that stays on for a run without an end, or after it.
#[test]
fn the_screen_stays_on_while_a_run_with_a_target_counts_and_is_seen() {
    let mut page = SimulatedPage::first("#/?seed=1");
    page.run(coordinator::Event::Start);
    assert!(!page.is_kept_awake, "without a target");
    let target = Target::from_blocks(1_000);
    page.tell(Event::Set(Setting::Live(LiveSetting::Target(target))));
    for (event, awake) in
        [(Event::Hidden, false), (Event::Seen, true), (Event::Hidden, false), (Event::Seen, true)]
    {
        assert_eq!(page.is_kept_awake, !awake);
        page.tell(event.clone());
        assert_eq!(page.is_kept_awake, awake, "{event:?}");
    }
    page.run(coordinator::Event::Pause);
    assert!(!page.is_kept_awake, "paused");
    page.run(coordinator::Event::Start);
    assert!(page.is_kept_awake);
    page.pass(30 * SECOND);
    assert_eq!((page.status(), page.is_kept_awake), (RunStatus::Finished, false));
}

// Fails with: a run that has finished in a tab behind others and says nothing of it; one that was seen to finish and does.
#[test]
fn the_end_of_a_hidden_run_is_told_until_another_begins() {
    for hidden in [true, false] {
        let mut page = SimulatedPage::first("#/?seed=1&target=30000000");
        page.run(coordinator::Event::Start);
        if hidden {
            page.tell(Event::Hidden);
        }
        page.pass(10 * SECOND);
        assert_eq!((page.status(), page.view().finished_hidden), (RunStatus::Finished, hidden));
        page.tell(Event::Seen);
        page.pass(SECOND);
        assert_eq!(page.view().finished_hidden, hidden);
        page.tell(Event::Reset);
        assert!(!page.view().finished_hidden);
    }
}
