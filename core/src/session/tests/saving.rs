//! When the run is saved, and where.

use super::*;

/// The value of the only saved run.
fn only(page: &SimulatedPage) -> &String {
    assert_eq!(page.browser.stored.len(), 1, "{:?}", page.browser.stored);
    page.browser.stored.values().next().unwrap()
}

// Fails with: a run saved at every message, or hardly ever; one saved again although nothing changes; one that is saved
// before it has counted anything.
#[test]
fn a_run_is_saved_once_a_second_while_it_changes() {
    let mut page = SimulatedPage::first("");
    page.pass(MINUTE);
    assert_eq!(page.writes, 0);
    page.run(coordinator::Event::Start);
    page.pass(Duration::from_secs(10));
    assert!((9..=11).contains(&page.writes), "{} times in 10 s", page.writes);
    page.run(coordinator::Event::Pause);
    page.pass(Duration::from_secs(2));
    assert_eq!(page.saved(), [(1, page.points())]);
    let (writes, stored) = (page.writes, only(&page).clone());
    for event in [Event::Hidden, Event::Frozen, Event::Thawed] {
        page.tell(event);
        page.pass(Duration::from_secs(5));
    }
    assert_eq!((page.writes, only(&page)), (writes, &stored));
    assert_eq!(page.timer, None, "nothing is left to be done");
}

// Fails with: what was counted since the last second lost with the page; a lock that keeps a page out of the back/forward
// cache, or the run from others; a page that comes back without its lock.
#[test]
fn a_page_that_is_left_saves_and_gives_up_its_lock_and_takes_it_again() {
    for leave in [Event::Left, Event::Frozen, Event::Hidden] {
        let mut page = SimulatedPage::first("");
        page.run(coordinator::Event::Start);
        page.pass(Duration::from_millis(1_550));
        assert!(page.saved() != [(1, page.points())], "{leave:?}");
        page.tell(leave.clone());
        assert_eq!(page.saved(), [(1, page.points())], "{leave:?}");
        assert_eq!(page.locks.len(), usize::from(leave != Event::Left), "{leave:?}");
        page.tell(Event::CameBack);
        assert_eq!(page.locks.len(), 1);
    }
}

// Fails with: two pages that write over each other's run.
#[test]
fn a_page_that_comes_back_when_its_run_is_elsewhere_saves_under_a_new_key() {
    let mut page = SimulatedPage::first("");
    page.count_for(Duration::from_secs(2));
    page.tell(Event::Left);
    let (key, stored) = (page.own_run.unwrap(), only(&page).clone());
    page.browser.locked_elsewhere.insert(key);
    page.tell(Event::CameBack);
    assert_eq!(page.browser.stored[&name(key)], stored);
    assert_eq!(page.browser.stored.len(), 2);
    assert_ne!(page.own_run, Some(key));
    assert_eq!(page.locks.iter().copied().collect::<Vec<_>>(), [page.own_run.unwrap()]);
}

// Fails with: a page that takes its own lock for another page's, and leaves a second copy of its run.
#[test]
fn a_lock_that_a_page_asked_for_twice_is_no_other_pages() {
    let mut page = SimulatedPage::first("");
    page.count_for(Duration::from_secs(2));
    page.tell(Event::Left);
    let key = page.key_here();
    // It is left and comes back once more before the browser has answered.
    for event in [Event::CameBack, Event::Left, Event::CameBack] {
        page.tell_only(event);
    }
    for acquired in [Acquired::Held, Acquired::Elsewhere] {
        page.tell(Event::Locked { key, acquired });
        assert_eq!((page.key_here(), page.browser.stored.len()), (key, 1), "{acquired:?}");
    }
}

// Fails with: what another page has put there overwritten.
#[test]
fn what_this_page_did_not_write_is_not_written_over() {
    for has_locks in [true, false] {
        let mut page =
            SimulatedPage::open("", SimulatedBrowser { has_locks, ..SimulatedBrowser::default() }, None);
        page.count_for(Duration::from_secs(2));
        let key = page.own_run.unwrap();
        page.browser.stored.insert(name(key), "another page's".to_owned());
        page.count_for(Duration::from_secs(2));
        assert_eq!(page.browser.stored.remove(&name(key)).as_deref(), Some("another page's"));
        assert_eq!(page.saved(), [(1, page.points())]);
        let held: Vec<_> = page.locks.iter().copied().collect();
        assert_eq!(held, Vec::from_iter(page.own_run.filter(|_| has_locks)));
    }
}

#[test]
fn a_reset_run_is_forgotten_and_what_another_page_wrote_is_not() {
    let mut page = SimulatedPage::first("");
    page.count_for(Duration::from_secs(2));
    page.tell(Event::Reset);
    page.pass(Duration::from_secs(2));
    assert_eq!((page.points(), page.saved()), (0, vec![]));

    page.count_for(Duration::from_secs(2));
    let key = page.own_run.unwrap();
    page.browser.stored.insert(name(key), "another page's".to_owned());
    page.tell(Event::Reset);
    page.pass(Duration::from_secs(2));
    assert_eq!(page.browser.stored.len(), 1);
}

// Fails with: silence while nothing is saved; a notice that stays when it is saved again.
#[test]
fn trouble_with_saving_is_told_as_long_as_it_lasts() {
    let mut page = SimulatedPage::first("");
    page.browser.full = true;
    page.pass(Duration::from_secs(3));
    assert_eq!(page.view().trouble, None, "there is nothing to save");
    page.run(coordinator::Event::Start);
    page.pass(Duration::from_secs(3));
    assert_eq!(page.view().trouble, Some(StoreError::Full));
    page.browser.full = false;
    page.pass(Duration::from_secs(3));
    assert_eq!(page.view().trouble, None);
    assert_eq!(page.saved().len(), 1);
}

#[test]
fn trouble_with_reading_is_told_too() {
    let mut page = SimulatedPage::first("");
    page.count_for(Duration::from_secs(2));
    let key = page.own_run.unwrap();
    page.tell(Event::Read { key, stored: Err(StoreError::Disabled) });
    assert_eq!(page.view().trouble, Some(StoreError::Disabled));
}

// Fails with: a timer of the coordinator's that is lost among the session's own: a worker that says nothing would live on.
#[test]
fn the_coordinators_timer_comes_in_time() {
    let mut page = SimulatedPage::first("");
    page.run(coordinator::Event::Start);
    // The worker hangs.
    page.batches.clear();
    page.pass(Duration::from_secs(5));
    assert_eq!(page.view().snapshot.restarts, 1);
}
