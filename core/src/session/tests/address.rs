//! The address and the run's configuration follow each other.

use super::*;

// Fails with: an address that does not say what the run is, or one that is written again and again.
#[test]
fn the_address_says_what_the_run_is_and_is_written_once() {
    let mut page = SimulatedPage::first("#/?seed=7");
    assert_eq!(page.address, "#/?seed=7&workers=1&batch=1000000&stream=2");
    page.pass(MINUTE);
    assert_eq!(page.addresses, 1);
    page.tell(Event::Set(Setting::Live(LiveSetting::Workers(WorkerCount::nearest(3)))));
    assert_eq!(page.address, "#/?seed=7&workers=3&batch=1000000&stream=2");
    assert_eq!(page.addresses, 2);
}

// Fails with: what the user typed gone before it was read, or left standing for another run; a start in spite of it.
#[test]
fn an_address_that_cannot_be_followed_stays_until_the_run_is_another() {
    let mut page = SimulatedPage::first("#/?seed=7&workers=99&start=1");
    page.pass(MINUTE);
    assert_eq!((page.addresses, page.status(), page.seed()), (0, RunStatus::Idle, 7));
    assert_eq!(page.view().address_errors.len(), 1);
    page.tell(Event::AddressChanged("#/?seed=8&bogus=1".to_owned()));
    page.pass(MINUTE);
    assert_eq!((page.addresses, page.seed()), (0, 7), "nothing of it is followed");
    assert!(page.view().address_errors[0].contains("bogus"));
    page.tell(Event::Set(Setting::Live(LiveSetting::Batch(BatchSize::Auto))));
    assert_eq!(page.address, "#/?seed=7&workers=1&batch=auto&stream=2");
    assert_eq!(page.view().address_errors, Vec::<String>::new());
}

// Fails with: parameters before the # that are ignored in silence, or that keep every later link from being followed.
#[test]
fn parameters_before_the_hash_are_told_once_and_keep_no_link_from_being_followed() {
    let mut page = SimulatedPage::first("?seed=42#/?start=1");
    page.pass(MINUTE);
    assert_eq!((page.status(), page.seed()), (RunStatus::Idle, 1));
    assert!(page.view().address_errors[0].contains("“seed=42” comes before the #"));
    page.tell(Event::AddressChanged("#/?seed=42&start=1".to_owned()));
    page.pass(MINUTE);
    assert_eq!((page.status(), page.seed(), page.view().address_errors.len()), (RunStatus::Running, 42, 0));
}

// Fails with: a refusal that is forgotten, or answered by asking at once, again and again.
#[test]
fn an_address_that_the_browser_refuses_is_tried_again_a_second_later() {
    let mut page = SimulatedPage::open(
        "",
        SimulatedBrowser { refuses_addresses: true, ..SimulatedBrowser::default() },
        None,
    );
    assert_eq!(page.timer, Some(page.at().now + SAVE_EVERY));
    page.pass(Duration::from_millis(900));
    page.browser.refuses_addresses = false;
    assert_eq!(page.addresses, 0);
    page.pass(Duration::from_millis(300));
    assert_eq!((page.addresses, page.address.as_str()), (1, "#/?seed=1&workers=1&batch=1000000&stream=2"));
}

// Fails with: a refusal that is tried again only when the run is saved too, or later than it could be.
#[test]
fn a_refused_address_is_tried_again_although_nothing_else_is_due() {
    let mut page = SimulatedPage::first("#/?seed=7");
    page.pass(MINUTE);
    assert_eq!((page.timer, page.addresses), (None, 1));
    page.browser.refuses_addresses = true;
    page.tell(Event::CloseLesson);
    assert_eq!(page.timer, Some(page.at().now + Duration::from_secs(1)));
    page.browser.refuses_addresses = false;
    page.pass(Duration::from_secs(1));
    assert_eq!((page.timer, page.addresses), (None, 2));
}

#[test]
fn a_changed_address_changes_the_run_without_harm_where_it_can() {
    let mut page = SimulatedPage::first("#/?seed=7&target=900000000&chaos=0.1");
    page.count_for(Duration::from_secs(10));
    let counted = page.points();
    page.tell(Event::AddressChanged("#/?seed=7&workers=2&batch=auto".to_owned()));
    let view = page.view();
    assert_eq!(view.snapshot.config.workers.get(), 2);
    assert_eq!(view.snapshot.config.batch, BatchSize::Auto);
    // Without target or chaos there is none.
    assert_eq!((view.snapshot.config.target, view.snapshot.config.chaos), (None, Chaos::NONE));
    assert_eq!((view.question, page.points()), (None, counted));
    page.tell(Event::AddressChanged("#/?seed=7&start=1&target=2000000000".to_owned()));
    assert_eq!(page.status(), RunStatus::Running);
    assert_eq!(page.view().snapshot.config.target, Target::from_blocks(20_000));
    assert!(
        page.address.contains("target=2000000000") && !page.address.contains("start"),
        "{}",
        page.address
    );
}

// Fails with: a run that counts while another page is measured; a run begun anew, or another one asked for, by coming
// back; a notice that outlives its reason.
#[test]
fn another_page_pauses_the_run_and_coming_back_changes_nothing() {
    let mut page = SimulatedPage::first("#/?seed=7&start=1");
    page.pass(MINUTE);
    let written = page.addresses;
    page.tell(Event::AddressChanged("#/benchmark".to_owned()));
    page.pass(Duration::from_secs(2));
    let view = page.view();
    assert!(view.is_away && view.paused_by_leaving && view.snapshot.status == RunStatus::Paused);
    assert_eq!(page.addresses, written, "the address is the other page's");
    let counted = page.points();
    page.tell(Event::AddressChanged("#/".to_owned()));
    let view = page.view();
    assert!(!view.is_away && view.paused_by_leaving && view.question.is_none());
    assert_eq!((page.points(), page.seed()), (counted, 7));
    assert!(page.address.contains("seed=7"), "{}", page.address);
    page.run(coordinator::Event::Start);
    assert!(!page.view().paused_by_leaving);
    page.run(coordinator::Event::Pause);
    page.pass(Duration::from_secs(1));
    page.tell(Event::AddressChanged("#/benchmark?x".to_owned()));
    assert!(!page.view().paused_by_leaving, "there was nothing to pause");
}

#[test]
fn a_page_opened_at_another_page_leaves_the_address_alone() {
    let mut page = SimulatedPage::first("#/benchmark");
    page.pass(MINUTE);
    assert_eq!((page.addresses, page.view().is_away), (0, true));
    page.tell(Event::AddressChanged("#/?seed=3".to_owned()));
    assert_eq!((page.seed(), page.view().is_away), (3, false));
}

// Fails with: a presenter view that is lost when the run changes, on a reload, or by a link that does not name it.
#[test]
fn the_presenter_view_stays_until_it_is_left() {
    let mut page = SimulatedPage::first("#/?seed=7&view=presenter");
    assert!(page.view().presenter && page.address.ends_with("&view=presenter"));
    page.tell(Event::Set(Setting::Live(LiveSetting::Workers(WorkerCount::nearest(3)))));
    assert_eq!(page.address, "#/?seed=7&workers=3&batch=1000000&stream=2&view=presenter");
    page.tell(Event::Present(false));
    assert_eq!(
        (page.view().presenter, &*page.address),
        (false, "#/?seed=7&workers=3&batch=1000000&stream=2")
    );
    page.tell(Event::Present(true));
    assert!(page.view().presenter && page.address.ends_with("&view=presenter"));
    page.tell(Event::AddressChanged("#/?seed=7".to_owned()));
    assert!(!page.view().presenter);
}
