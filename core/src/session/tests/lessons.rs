//! A lesson never asks and never loses: the run here is parked, and comes back.

use super::*;

fn open_lesson(page: &mut SimulatedPage, experiment: Experiment) {
    let link = crate::address::write(&lesson_config(experiment), Some(experiment), false);
    page.tell(Event::AddressChanged(link));
}

fn lesson_config(experiment: Experiment) -> Config {
    let seed = Seed(1_000 + Experiment::ALL.iter().position(|other| *other == experiment).unwrap() as u64);
    Config::new(seed, WorkerCount::nearest(2), BatchSize::Fixed(BatchPoints::nearest(10)))
}

const LESSON_SEED: u64 = 1_000;

// Fails with: a question, or an hour's run lost, by a click on a lesson; a parked run that another tab is offered; one
// that comes back changed, or running.
#[test]
fn a_lesson_parks_the_run_without_asking_and_gives_it_back() {
    let mut page = SimulatedPage::first("#/?seed=7");
    page.run(coordinator::Event::Start);
    page.pass(MINUTE);
    let counted = page.points();
    open_lesson(&mut page, Experiment::ALL[0]);
    let view = page.view();
    assert_eq!((view.question, view.lesson), (None, Some(Experiment::ALL[0])));
    assert_eq!(view.parked.map(|(seed, tally)| (seed.0, tally.points)), Some((7, counted)));
    assert_eq!((page.seed(), page.points(), page.status()), (LESSON_SEED, 0, RunStatus::Idle));
    assert_eq!(page.saved(), [(7, counted)]);
    assert_eq!(page.locks.len(), 2, "no other tab is offered the run parked");

    page.count_for(Duration::from_secs(2));
    assert_eq!(page.saved().len(), 2);
    page.tell(Event::BackToRun);
    assert_eq!((page.seed(), page.points(), page.status()), (7, counted, RunStatus::Paused));
    assert_eq!((page.view().parked, page.view().lesson), (None, None));
    assert!(page.address.contains("seed=7") && !page.address.contains("experiment"), "{}", page.address);
    assert_eq!(page.saved(), [(7, counted)], "a lesson's run of a moment is forgotten");
    assert_eq!(page.locks.len(), 1);

    page.count_for(Duration::from_secs(2));
    assert!(page.points() > counted);
    assert_eq!(page.saved(), [(7, page.points())]);
}

// Fails with: a lesson's run that was counted for long and is lost without a word.
#[test]
fn a_lessons_run_of_some_length_stays_saved_for_another_visit() {
    let mut page = SimulatedPage::first("#/?seed=7");
    page.count_for(MINUTE);
    open_lesson(&mut page, Experiment::ALL[0]);
    page.count_for(MINUTE);
    let lesson_points = page.points();
    page.tell(Event::BackToRun);
    let counted = page.points();
    assert_eq!(page.saved(), [(7, counted), (LESSON_SEED, lesson_points)]);
    let mut page = page.reopened("");
    page.pass(Duration::from_secs(1));
    assert_eq!((page.offered(), page.view().offer.unwrap().others), (Some(7), 1), "the own run comes first");
}

// Fails with: a second lesson that parks the first one's run in place of the user's.
#[test]
fn from_lesson_to_lesson_the_users_run_stays_parked() {
    let mut page = SimulatedPage::first("#/?seed=7");
    page.count_for(MINUTE);
    let counted = page.points();
    for experiment in Experiment::ALL {
        open_lesson(&mut page, experiment);
        page.count_for(Duration::from_secs(2));
        assert_eq!(page.view().parked.map(|(seed, _)| seed.0), Some(7));
        assert_eq!(page.view().question, None);
        assert_eq!(page.saved().len(), 2);
    }
    page.tell(Event::BackToRun);
    assert_eq!((page.seed(), page.points()), (7, counted));
    assert_eq!((page.saved(), page.locks.len()), (vec![(7, counted)], 1));
}

#[test]
fn the_browsers_back_button_leads_out_of_a_lesson() {
    let mut page = SimulatedPage::first("#/?seed=7");
    page.count_for(MINUTE);
    let (before, counted) = (page.address.clone(), page.points());
    open_lesson(&mut page, Experiment::ALL[0]);
    page.count_for(MINUTE);
    page.tell(Event::AddressChanged(before.clone()));
    assert_eq!((page.seed(), page.points(), page.view().question), (7, counted, None));
    assert_eq!(page.address, before);
}

#[test]
fn a_run_that_has_counted_nothing_is_not_parked() {
    let mut page = SimulatedPage::first("#/?seed=7");
    open_lesson(&mut page, Experiment::ALL[0]);
    assert_eq!((page.view().parked, page.seed()), (None, LESSON_SEED));
    page.tell(Event::BackToRun);
    assert_eq!(page.seed(), LESSON_SEED, "there is nothing to go back to");
}

// Fails with: a lesson that is closed and takes its run, or the one parked, with it.
#[test]
fn closing_a_lesson_touches_no_run() {
    let mut page = SimulatedPage::first("#/?seed=7");
    page.count_for(MINUTE);
    open_lesson(&mut page, Experiment::ALL[0]);
    page.count_for(Duration::from_secs(2));
    let counted = page.points();
    page.tell(Event::CloseLesson);
    assert_eq!((page.seed(), page.points(), page.view().lesson), (LESSON_SEED, counted, None));
    assert!(!page.address.contains("experiment"), "{}", page.address);
    assert!(page.view().parked.is_some());
}

// Fails with: a parked run that is lost with the page.
#[test]
fn a_parked_run_outlives_its_page_and_is_offered_first() {
    let mut page = SimulatedPage::first("#/?seed=7");
    page.count_for(MINUTE);
    let counted = page.points();
    open_lesson(&mut page, Experiment::ALL[0]);
    page.count_for(MINUTE);
    let fragment = page.address.clone();
    let mut page = page.reopened(&fragment);
    assert_eq!(page.locks.len(), 1);
    page.pass(Duration::from_secs(1));
    assert_eq!((page.offered(), page.seed(), page.points()), (Some(7), LESSON_SEED, 0));
    page.answer(OfferAnswer::Resume);
    assert_eq!((page.seed(), page.points()), (7, counted));
}

// Fails with: a run parked over another one, which is lost.
#[test]
fn a_run_that_the_user_begins_in_a_lesson_is_parked_like_any_other() {
    let mut page = SimulatedPage::first("#/?seed=7");
    page.count_for(MINUTE);
    let first = page.points();
    open_lesson(&mut page, Experiment::ALL[0]);
    page.tell(Event::AddressChanged("#/?seed=8".to_owned()));
    page.count_for(MINUTE);
    let second = page.points();
    assert_eq!(page.seed(), 8);
    open_lesson(&mut page, Experiment::ALL[1]);
    assert_eq!(page.view().parked.map(|(seed, tally)| (seed.0, tally.points)), Some((8, second)));
    assert_eq!(page.saved(), [(7, first), (8, second)]);
    page.tell(Event::BackToRun);
    assert_eq!((page.seed(), page.points()), (8, second));
    assert_eq!(page.saved(), [(7, first), (8, second)]);
    assert_eq!(page.locks.len(), 1);
}

// Fails with: a page left within a lesson that keeps the parked run from others, or comes back to find it taken.
#[test]
fn a_page_left_within_a_lesson_gives_up_both_locks() {
    let mut page = SimulatedPage::first("#/?seed=7");
    page.count_for(MINUTE);
    open_lesson(&mut page, Experiment::ALL[0]);
    page.tell(Event::Left);
    assert_eq!(page.locks.len(), 0);
    let parked = key_of(page.browser.stored.keys().next().unwrap()).unwrap();
    page.browser.locked_elsewhere.insert(parked);
    page.tell(Event::CameBack);
    assert_eq!(page.locks.len(), 2);
    assert_eq!(page.saved().len(), 2, "the copy here has a place of its own");
    page.tell(Event::BackToRun);
    assert_eq!(page.seed(), 7);
    page.count_for(Duration::from_secs(2));
    assert_eq!(page.saved().iter().filter(|run| run.1 == page.points()).count(), 1);
}

// Fails with: the parked run saved in place of the lesson's, which is lost.
#[test]
fn a_lessons_run_that_is_elsewhere_when_its_page_comes_back_is_saved_under_a_new_key() {
    let mut page = SimulatedPage::first("#/?seed=7");
    page.count_for(MINUTE);
    let counted = page.points();
    open_lesson(&mut page, Experiment::ALL[0]);
    page.count_for(MINUTE);
    page.tell(Event::Left);
    let lessons = page.key_here();
    page.browser.locked_elsewhere.insert(lessons);
    page.tell(Event::CameBack);
    assert_ne!(page.key_here(), lessons);
    let lessons_run = (LESSON_SEED, page.points());
    assert_eq!(page.saved(), [(7, counted), lessons_run, lessons_run]);
}
