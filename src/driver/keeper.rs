//! The run in the browser's storage: written about once a second, found again on the next visit.
//!
//! What is written, offered, set aside and dropped is decided in [`dartboard_core::run::saved_runs`].

use std::cell::{Cell, RefCell};
use std::time::Duration;

use gloo::timers::callback::Timeout;
use gloo::utils::window;
use js_sys::futures::spawn_local;
use web_sys::Storage;
use yew::Callback;

use super::Driver;
use crate::browser::locks::{self, Acquired, Lock};
use crate::browser::{clock, storage};
use dartboard_core::coordinator::Event;
use dartboard_core::run::saved_runs::{
    self, InUse, LastSave, Offer, OfferError, RUN_PREFIX, RunKey, SET_ASIDE_PREFIX, SavedRun, Step,
    StoreError, Stored, Survey, Visit,
};
use dartboard_core::time::Instant;

/// How often a changing run is saved.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// How long the lock of a page that was left may take to be free, in milliseconds.
const RELEASE_MS: u32 = 250;

/// Where a tab remembers across reloads which run it saved last: in its own session storage.
const OWN_RUN: &str = "dartboard.own-run";

/// What the page is told of saved runs.
#[derive(Clone, Debug, PartialEq)]
pub enum StorageNews {
    /// What was found on this visit; told once, also when it is nothing.
    Found(Survey),
    /// The run saved under this key has been taken up.
    Resumed(RunKey),
    /// The run saved under this key has been removed.
    Discarded(RunKey),
    /// What was wanted of the run saved under this key could not be done.
    Refused(RunKey, OfferError),
    /// Saving has begun to fail, or (none) works again.
    Trouble(Option<StoreError>),
}

/// Keeps the run of this page in the browser's storage.
pub(super) struct Keeper {
    on_news: Callback<StorageNews>,
    key: Cell<RunKey>,
    /// The lock of `key`, while this page is not left.
    lock: RefCell<Option<Lock>>,
    last: RefCell<Option<LastSave>>,
    trouble: RefCell<Option<StoreError>>,
    /// Whether an answer to an offer is being carried out.
    answering: Cell<bool>,
    /// Whether the page has been left, for the back/forward cache perhaps.
    away: Cell<bool>,
    next_save: Cell<Instant>,
    timer: RefCell<Option<Timeout>>,
}

impl Keeper {
    pub(super) fn new(on_news: Callback<StorageNews>) -> Self {
        Self {
            on_news,
            key: Cell::new(new_key()),
            lock: RefCell::default(),
            last: RefCell::default(),
            trouble: RefCell::default(),
            answering: Cell::new(false),
            away: Cell::new(false),
            next_save: Cell::new(Instant::ORIGIN),
            timer: RefCell::default(),
        }
    }

    /// Makes `key` the place of this page's run; the run of the old key stays where it is.
    fn move_to(&self, key: RunKey, last: Option<LastSave>, lock: Option<Lock>) {
        self.key.set(key);
        *self.last.borrow_mut() = last;
        *self.lock.borrow_mut() = lock;
    }

    fn save(&self, saved: SavedRun) -> Result<(), StoreError> {
        if self.last.borrow().is_none() && saved.checkpoint.tally().points == 0 {
            return Ok(());
        }
        let storage = storage::local()?;
        let stored = storage::get(&storage, &self.key.get().to_string())?;
        let step = saved_runs::next_step(&saved.checkpoint, self.last.borrow().as_ref(), stored.as_deref());
        match step {
            Step::Nothing => {
                if saved.checkpoint.tally().points == 0 {
                    self.last.borrow_mut().take();
                }
                return Ok(());
            }
            Step::Remove => {
                self.last.borrow_mut().take();
                return storage::remove(&storage, &self.key.get().to_string());
            }
            Step::WriteElsewhere => self.move_to(new_key(), None, None),
            Step::Write => {}
        }
        let name = self.key.get().to_string();
        let text = saved.encode();
        storage::set(&storage, &name, &text)?;
        *self.last.borrow_mut() = Some(LastSave { checkpoint: saved.checkpoint, text });
        remember_own(&name);
        Ok(())
    }

    fn tell_trouble(&self, trouble: Option<StoreError>) {
        if *self.trouble.borrow() != trouble {
            self.trouble.borrow_mut().clone_from(&trouble);
            self.on_news.emit(StorageNews::Trouble(trouble));
        }
    }
}

impl Driver {
    /// Saves the run, if it has changed since it was saved last.
    pub(super) fn save(&self) {
        let (Some(keeper), now) = (self.keeper(), clock::now()) else { return };
        // The event being handled is followed by another look.
        let Ok(coordinator) = self.inner.coordinator.try_borrow() else { return };
        keeper.timer.borrow_mut().take();
        keeper.next_save.set(now + SAVE_EVERY);
        let key = keeper.key.get();
        let saved = SavedRun { saved_ms: clock::wall_clock_ms(), checkpoint: coordinator.checkpoint(now) };
        drop(coordinator);
        let result = keeper.save(saved);
        if keeper.key.get() != key {
            self.hold_lock();
        }
        keeper.tell_trouble(result.err());
    }

    /// Saves the run now or within [`SAVE_EVERY`]. In a hidden page timers come late, but workers' messages do not.
    pub(super) fn save_soon(&self) {
        let Some(keeper) = self.keeper() else { return };
        let wait = keeper.next_save.get() - clock::now();
        if wait.is_zero() {
            self.save();
        } else if keeper.timer.borrow().is_none() {
            let driver = self.clone();
            let wait_ms = u32::try_from(wait.as_micros().div_ceil(1_000)).unwrap_or(u32::MAX);
            *keeper.timer.borrow_mut() = Some(Timeout::new(wait_ms, move || driver.save()));
        }
    }

    /// Saves the run for the last time, perhaps, and gives up its lock: with a lock the browser might not keep the
    /// page for its Back button, and a page kept so must not withhold its run from others.
    pub(super) fn leave(&self) {
        let Some(keeper) = self.keeper() else { return };
        self.save();
        keeper.away.set(true);
        keeper.lock.borrow_mut().take();
    }

    /// Takes the lock again after [`Self::leave`].
    pub(super) fn come_back(&self) {
        if self.keeper().is_some_and(|keeper| keeper.away.replace(false)) {
            self.hold_lock();
        }
    }

    /// Takes the lock of this page's run, or, if it has gone to another page meanwhile, a new place for it.
    fn hold_lock(&self) {
        let driver = self.clone();
        let Some(key) = self.keeper().map(|keeper| keeper.key.get()) else { return };
        spawn_local(async move {
            let acquired = locks::acquire(key).await;
            let Some(keeper) = driver.keeper() else { return };
            if keeper.key.get() != key || keeper.away.get() {
                return;
            }
            match acquired {
                Acquired::Held(lock) => *keeper.lock.borrow_mut() = Some(lock),
                // One that this page asked for twice is no other page's.
                Acquired::Elsewhere if keeper.lock.borrow().is_none() => {
                    keeper.move_to(new_key(), None, None);
                    driver.hold_lock();
                    driver.save();
                }
                Acquired::Elsewhere | Acquired::NoLocks => {}
            }
        });
    }

    /// Looks for saved runs, sets aside what is damaged, and tells the page: at once if there is nothing.
    pub(super) fn look_for_saved_runs(&self) {
        let Some(keeper) = self.keeper() else { return };
        self.hold_lock();
        // Without storage there is nothing to offer; that nothing is saved is said when there is something to save.
        let stored = storage::local().and_then(|storage| stored_runs(&storage)).unwrap_or_default();
        if stored.is_empty() {
            keeper.on_news.emit(StorageNews::Found(Survey::default()));
            return;
        }
        let driver = self.clone();
        spawn_local(async move {
            let Some(keeper) = driver.keeper() else { return };
            let own = own_run();
            let mut in_use = locks::in_use().await;
            if own.is_some_and(|own| matches!(&in_use, InUse::Locked(keys) if keys.contains(&own))) {
                // The page that was here before this one may be about to give it up.
                clock::wait(RELEASE_MS).await;
                in_use = locks::in_use().await;
            }
            let visit = Visit { own, in_use, now_ms: clock::wall_clock_ms() };
            let storage = storage::local();
            // Read anew: other pages may have written since.
            let stored = storage.as_ref().ok().and_then(|storage| stored_runs(storage).ok());
            let survey = saved_runs::survey(stored.unwrap_or_default(), &visit);
            if let Ok(storage) = storage {
                tidy(&storage, &survey);
            }
            keeper.on_news.emit(StorageNews::Found(survey));
        });
    }

    /// Takes up a saved run in place of the one here, which stays saved. The page is told how it went.
    pub fn resume(&self, offer: Offer) {
        self.answer(offer, |driver, offer, acquired| {
            let keeper = driver.keeper().ok_or(OfferError::Gone)?;
            let text = stored_text(offer.key)?;
            let saved = SavedRun::parse(&text).map_err(OfferError::Unreadable)?;
            // Of the run that gives way.
            driver.save();
            let checkpoint = saved.checkpoint.clone();
            if let Acquired::Held(lock) = acquired {
                let last = LastSave { checkpoint: saved.checkpoint, text };
                keeper.move_to(offer.key, Some(last), Some(lock));
                remember_own(&offer.key.to_string());
                driver.send(Event::Restore(checkpoint));
            } else {
                // Perhaps another page has it still. The copy here gets a place of its own, and only once it is
                // there the old one is removed.
                keeper.move_to(new_key(), None, None);
                driver.send(Event::Restore(checkpoint));
                driver.save();
                if keeper.last.borrow().is_some() {
                    remove_unchanged(&offer).map_err(OfferError::Storage)?;
                }
            }
            Ok(StorageNews::Resumed(offer.key))
        });
    }

    /// Removes a saved run for good. The page is told how it went.
    pub fn discard(&self, offer: Offer) {
        self.answer(offer, |_, offer, _lock| {
            remove_unchanged(&offer).map_err(OfferError::Storage)?;
            Ok(StorageNews::Discarded(offer.key))
        });
    }

    /// Does what the user wants with a saved run, unless another page has it; one at a time.
    fn answer(
        &self,
        offer: Offer,
        carry_out: impl FnOnce(&Self, Offer, Acquired) -> Result<StorageNews, OfferError> + 'static,
    ) {
        if self.keeper().is_none_or(|keeper| keeper.answering.replace(true)) {
            return;
        }
        let driver = self.clone();
        spawn_local(async move {
            let key = offer.key;
            let result = match locks::acquire(key).await {
                Acquired::Elsewhere => Err(OfferError::InUse),
                acquired => carry_out(&driver, offer, acquired),
            };
            let news = result.unwrap_or_else(|error| StorageNews::Refused(key, error));
            if let Some(keeper) = driver.keeper() {
                keeper.answering.set(false);
                keeper.on_news.emit(news);
            }
        });
    }
}

fn new_key() -> RunKey {
    // Without secure random numbers the clock has to do: a key that is taken is noticed before it is written.
    RunKey(getrandom::u64().unwrap_or_else(|_| clock::wall_clock_ms()))
}

/// Moves and removes what the survey says. What the browser refuses is found again on the next visit.
fn tidy(storage: &Storage, survey: &Survey) {
    for name in &survey.drops {
        let _ = storage::remove(storage, name);
    }
    for (from, to) in &survey.moves {
        let moved = storage::get(storage, from).and_then(|value| match value {
            Some(value) => storage::set(storage, to, &value),
            None => Ok(()),
        });
        if moved.is_ok() {
            let _ = storage::remove(storage, from);
        }
    }
}

/// Everything stored for this page whose key says that it is a saved run or one set aside.
fn stored_runs(storage: &Storage) -> Result<Vec<Stored>, StoreError> {
    let mut found = Vec::new();
    for key in storage::names(storage)? {
        if (key.starts_with(RUN_PREFIX) || key.starts_with(SET_ASIDE_PREFIX))
            && let Some(value) = storage::get(storage, &key)?
        {
            found.push(Stored { key, value });
        }
    }
    Ok(found)
}

fn stored_text(key: RunKey) -> Result<String, OfferError> {
    let text = storage::local().and_then(|storage| storage::get(&storage, &key.to_string()));
    text.map_err(OfferError::Storage)?.ok_or(OfferError::Gone)
}

/// Removes a saved run that is still what was offered: a page may have gone on with it meanwhile.
fn remove_unchanged(offer: &Offer) -> Result<(), StoreError> {
    let (storage, name) = (storage::local()?, offer.key.to_string());
    if storage::get(&storage, &name)?.as_ref() == Some(&offer.text) {
        storage::remove(&storage, &name)
    } else {
        Ok(())
    }
}

/// Remembers which run is this tab's own; without it the newest run is offered first.
fn remember_own(name: &str) {
    if let Ok(Some(session)) = window().session_storage() {
        let _ = session.set_item(OWN_RUN, name);
    }
}

fn own_run() -> Option<RunKey> {
    let session = window().session_storage().ok().flatten()?;
    RunKey::parse(&session.get_item(OWN_RUN).ok().flatten()?)
}
