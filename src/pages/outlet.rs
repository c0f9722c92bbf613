//! What the run's page gives to the workshop, which is a program of its own.

use std::cell::RefCell;

use yew::Callback;

use crate::coordinator::checkpoint::Checkpoint;
use crate::driver::Driver;
use crate::exchange::{encode_journey, encode_marks, encode_sample};
use crate::trace::Trace;

thread_local! {
    static OUTLET: RefCell<Option<Outlet>> = const { RefCell::new(None) };
}

struct Outlet {
    driver: Driver,
    take_up: Callback<Checkpoint>,
}

/// The page's run is that of `driver`; `take_up` is told of a run that is to take its place.
pub(super) fn open(driver: Driver, take_up: Callback<Checkpoint>) {
    OUTLET.set(Some(Outlet { driver, take_up }));
}

fn ask<T: Default>(question: impl FnOnce(&Outlet) -> T) -> T {
    OUTLET.with_borrow(|outlet| outlet.as_ref().map(question).unwrap_or_default())
}

/// The run as it stands: a [`Checkpoint`] as text.
pub fn checkpoint() -> String {
    ask(|outlet| outlet.driver.checkpoint().encode())
}

/// The run's history from its first hundred points on, as text.
pub fn marks() -> String {
    ask(|outlet| {
        let snapshot = outlet.driver.snapshot();
        let beginning = if snapshot.tally.points > 0 {
            Trace::of_first_block(snapshot.config.seed)
        } else {
            Trace::default()
        };
        encode_marks(&beginning.followed_by(&snapshot.trace, snapshot.tally))
    })
}

/// A sample of the batches that the page counted, as text.
pub fn sample() -> String {
    ask(|outlet| encode_sample(&outlet.driver.snapshot().sample))
}

/// The way of the batch counted last, as text; none before there is one.
pub fn latest_batch() -> Option<String> {
    ask(|outlet| outlet.driver.snapshot().latest.as_ref().map(encode_journey))
}

/// Takes up the run of a [`Checkpoint`] given as text, once the user agrees to lose the one here; a text that cannot
/// be read changes nothing.
pub fn take_up(checkpoint: &str) {
    let Ok(checkpoint) = Checkpoint::parse(checkpoint) else { return };
    let callback = ask(|outlet| Some(outlet.take_up.clone()));
    if let Some(callback) = callback {
        callback.emit(checkpoint);
    }
}
