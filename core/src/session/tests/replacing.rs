//! When the user is asked before the run here is dropped.

use super::*;
use crate::text::short_count;

const LITTLE: Duration = Duration::from_millis(4_900);
const MUCH: Duration = Duration::from_millis(5_100);

/// What would drop the run here.
fn replacements() -> [Event; 4] {
    let (browser, _) = browser_with(&[9]);
    let loaded = browser
        .stored
        .values()
        .next()
        .map(|text| SavedRun::parse(text).unwrap().run.current().unwrap().clone());
    [
        Event::Reset,
        Event::Set(Setting::Seed(Seed(9))),
        Event::Load(loaded.unwrap()),
        Event::AddressChanged("#/?seed=9".to_owned()),
    ]
}

// Fails with: a run of minutes dropped by one click; a question about a run of a moment.
#[test]
fn a_run_is_dropped_without_asking_only_if_there_is_little_to_lose() {
    for event in replacements() {
        let mut page = SimulatedPage::first("#/?seed=7");
        page.count_for(LITTLE);
        page.tell(event.clone());
        assert_eq!(page.view().question, None, "{event:?}");
        assert!(page.seed() == 9 || page.points() == 0, "{event:?}");

        let mut page = SimulatedPage::first("#/?seed=7");
        page.count_for(MUCH);
        let counted = page.points();
        page.tell(event.clone());
        assert!(page.view().question.is_some(), "{event:?}");
        assert_eq!((page.seed(), page.points()), (7, counted), "{event:?}");
        page.tell(Event::Answered { drop: false });
        assert_eq!((page.seed(), page.points()), (7, counted), "{event:?}");
        assert_eq!(page.view().question, None);
        assert!(page.address.contains("seed=7"), "{event:?}: {}", page.address);

        page.tell(event.clone());
        page.tell(Event::Answered { drop: true });
        assert!(page.seed() == 9 || page.points() == 0, "{event:?}");
        assert!(page.address.contains(&format!("seed={}", page.seed())), "{event:?}: {}", page.address);
    }
}

// Fails with: a run of a moment, which is millions of points, dropped by a key.
#[test]
fn a_key_drops_nothing_that_is_counted_without_asking() {
    for seed in [7, 9] {
        let mut page = SimulatedPage::first("#/?seed=7");
        page.count_for(LITTLE / 10);
        let counted = page.points();
        page.tell(Event::Pressed(Seed(seed)));
        assert!(page.view().question.is_some());
        page.tell(Event::Answered { drop: false });
        assert!(page.seed() == 7 && page.points() >= counted);
        page.tell(Event::Pressed(Seed(seed)));
        page.tell(Event::Answered { drop: true });
        assert_eq!((page.seed(), page.points()), (seed, 0));
        page.tell(Event::Pressed(Seed(8)));
        assert_eq!((page.seed(), page.view().question), (8, None), "nothing is lost");
    }
}

#[test]
fn the_question_says_what_is_lost_and_what_follows() {
    let mut page = SimulatedPage::first("#/?seed=7");
    page.count_for(MUCH);
    let lost = format!("You will lose the {} points counted here. ", short_count(page.points() as f64));
    let other = ("Start another run?", "Start the other", "The other run has seed 9.");
    for (event, (heading, drop, follows)) in replacements().into_iter().zip([
        ("Reset this run?", "Reset", "Counting starts again from 0."),
        other,
        ("Load another run?", "Load the other", "The loaded run has seed 9 and "),
        other,
    ]) {
        page.tell(event);
        let question = page.view().question.unwrap();
        assert_eq!((question.heading, question.drop), (heading, drop));
        assert!(question.text.starts_with(&format!("{lost}{follows}")), "{question:?}");
    }
}

// Fails with: an answer that drops a run which nobody asked about.
#[test]
fn a_question_is_answered_once_and_withdrawn_by_another_address() {
    let mut page = SimulatedPage::first("#/?seed=7");
    page.count_for(MUCH);
    let counted = page.points();
    page.tell(Event::Answered { drop: true });
    assert_eq!(page.points(), counted);
    page.tell(Event::Reset);
    page.tell(Event::AddressChanged("#/?seed=7".to_owned()));
    page.tell(Event::Answered { drop: true });
    assert_eq!(page.points(), counted);
}

#[test]
fn the_address_waits_for_the_answer_and_a_start_comes_with_it() {
    let mut page = SimulatedPage::first("#/?seed=7");
    page.count_for(MUCH);
    let written = page.addresses;
    page.tell(Event::AddressChanged("#/?seed=9&start=1".to_owned()));
    page.pass(MINUTE);
    assert_eq!(page.addresses, written);
    page.tell(Event::Answered { drop: true });
    assert_eq!((page.seed(), page.status()), (9, RunStatus::Running));
}

#[test]
fn a_loaded_run_is_paused_where_it_was() {
    let mut page = SimulatedPage::first("#/?seed=7");
    let [_, _, load, _] = replacements();
    page.tell(load);
    assert_eq!((page.seed(), page.status()), (9, RunStatus::Paused));
    assert!(page.points() > 0 && page.address.contains("seed=9"));
}
