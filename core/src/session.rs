//! The app above the coordinator: what the address says, which saved run is offered, what happens to a run that is
//! replaced, and what is saved when.
//!
//! A state machine like the [`Coordinator`], which it owns: [`Session::handle`] takes an [`Event`] and the time, and
//! returns the [`Command`]s that the driver carries out. In reading order:
//! - `address`: the run's configuration and the page's address follow each other;
//! - `replace`: what replaces the run, and whether the user is asked first; lessons park it;
//! - `offers`: which saved runs the user may resume;
//! - `places`: where in the browser's storage each run of this page is saved, and under which lock;
//! - [`attention`]: the tab's title, keeping the screen on, and the notice at the end, for a run that nobody watches;
//! - [`view`]: what the page shows; [`shortcut`]: what keys mean.
//!
//! Invariants: a run that has counted for [`LITTLE_TO_LOSE`] is dropped only when the user says so; a lesson drops none; a
//! place in the storage is written by the page that holds its lock, and only over what that page wrote.

use std::time::Duration;

use crate::address::{self as page_address, Address, Page};
use crate::coordinator::{self, Coordinator};
use crate::lecture::experiment::Experiment;
use crate::run::checkpoint::{Checkpoint, EarlierRun};
use crate::run::config::{Config, Setting};
use crate::run::saved_runs::{InUse, StoreError, Stored};
use crate::run::stored_names::{RunKey, Scope};
use crate::time::Instant;
use dartboard_points::tally::Seed;

use address::AddressState;
use attention::Attention;
use offers::{Answering, Offers, Search};
use places::Places;
use replace::Replacement;
use view::{Change, Pictures, Showing};

mod address;
pub mod attention;
mod offers;
mod places;
mod replace;
pub mod shortcut;
#[cfg(test)]
mod tests;
pub mod view;

pub use offers::OfferAnswer;
pub use replace::{LITTLE_TO_LOSE, Question};

/// How often a changing run is saved.
pub const SAVE_EVERY: Duration = Duration::from_secs(1);

/// When something happens, by both clocks of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// By the one that never runs backwards.
    pub now: Instant,
    /// Milliseconds since 1970, by a clock that may be set.
    pub wall_ms: u64,
}

/// What a session begins with.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The page's address from `#` on, or from a `?` before it on.
    pub address_end: String,
    /// The run of an address that says nothing.
    pub config: Config,
    /// The page's own build id.
    pub build: String,
    /// What the names of all that is stored carry.
    pub scope: Scope,
    /// The run that this tab saved last.
    pub own_run: Option<RunKey>,
    /// Whether the first darts of a run are to be shown one by one: when the user starts it for the first time here.
    pub shows_first_darts: bool,
    /// Any number: the keys of this page's runs follow from it.
    pub random: u64,
}

/// What the session is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The page is there. The first event, told once.
    Opened,
    /// What the coordinator is to know: what the user does with the run as it is, what workers say.
    Run(coordinator::Event),
    /// The user gives a setting this value.
    Set(Setting),
    /// The user wants the same run from its beginning.
    Reset,
    /// A key was pressed for the run of this seed, from its beginning. A key is pressed by accident more easily than a
    /// button, so that whatever would be lost is asked about.
    Pressed(Seed),
    /// The user wants the run of a file.
    Load(Checkpoint),
    /// The user wants the run of a file, which is of an earlier stream, to be counted anew.
    BeginAgain(EarlierRun),
    /// The user answers whether the run here may be dropped.
    Answered {
        /// Whether it may.
        drop: bool,
    },
    /// The user answers the offer of a saved run.
    Offered {
        /// Which one was shown when they did: another one may be on offer by now.
        key: RunKey,
        /// The answer.
        answer: OfferAnswer,
    },
    /// The user closes the lesson; the run stays.
    CloseLesson,
    /// The user wants the run back that a lesson has parked.
    BackToRun,
    /// The user wants to see the first darts of the run one by one, or no more of them.
    FirstDarts(bool),
    /// The user enters the presenter view, or leaves it.
    Present(bool),
    /// The user has changed the address, from `#` on, to this.
    AddressChanged(String),
    /// What came of [`Command::WriteAddress`]: some browsers refuse very frequent changes.
    AddressWritten(bool),
    /// The time of the last [`Command::SetTimer`] has come.
    Timer,
    /// The page is left, perhaps for good, perhaps for the back/forward cache.
    Left,
    /// The page is shown again after [`Event::Left`], or for the first time.
    CameBack,
    /// The page is about to be frozen.
    Frozen,
    /// The page goes on after [`Event::Frozen`].
    Thawed,
    /// The page is hidden. On a phone nothing may follow.
    Hidden,
    /// The page is seen again.
    Seen,
    /// The page shows the session, with these pictures, as [`Command::Show`] asked it to.
    Shown(Pictures),
    /// What came of [`Command::Lock`].
    Locked {
        /// Whose lock.
        key: RunKey,
        /// Whether this page holds it now.
        acquired: Acquired,
    },
    /// What came of [`Command::AskLocks`].
    LocksKnown {
        /// The runs whose lock some page holds.
        in_use: InUse,
        /// Those of the locks asked for that this page holds now.
        unscoped: Vec<RunKey>,
    },
    /// What came of [`Command::ReadRuns`].
    RunsRead(Vec<Stored>),
    /// What came of [`Command::Read`].
    Read {
        /// Where it is stored.
        key: RunKey,
        /// What is stored there; none if nothing is.
        stored: Result<Option<String>, StoreError>,
    },
    /// What came of [`Command::Write`] or [`Command::Remove`].
    Written {
        /// Where.
        key: RunKey,
        /// Whether it was done.
        result: Result<(), StoreError>,
    },
}

impl From<coordinator::Event> for Event {
    fn from(event: coordinator::Event) -> Self {
        Self::Run(event)
    }
}

/// What came of a request for a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquired {
    /// This page holds it.
    Held,
    /// Another page holds it.
    Elsewhere,
    /// This browser has no locks.
    NoLocks,
}

/// What the driver is to do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Something that the coordinator commands; never its timer.
    Run(coordinator::Command),
    /// Say [`Event::Timer`] at this time instead of the one set before; at none, not at all.
    SetTimer(Option<Instant>),
    /// Show [`Session::view`] at the next frame, at once in a hidden page, and say [`Event::Shown`]. It is forgotten when
    /// the page is hidden or seen again.
    Show,
    /// Put this before the page's name in its title; nothing before it if it is empty.
    SetTitle(String),
    /// Keep the screen on, if the browser can, or no longer.
    KeepAwake(bool),
    /// Replace the page's address, from `#` on, and say [`Event::AddressWritten`].
    WriteAddress(String),
    /// Take this lock if it is free, and say [`Event::Locked`].
    Lock(RunKey),
    /// Release this lock, if this page holds it.
    Unlock(RunKey),
    /// Take those of these locks, whose names carry no scope, that are free; find out which locks pages hold, and say
    /// [`Event::LocksKnown`].
    AskLocks(Vec<RunKey>),
    /// Release the locks whose names carry no scope.
    UnlockUnscoped,
    /// Read everything stored for this page whose name says that it is a run, and say [`Event::RunsRead`].
    ReadRuns,
    /// Read what is stored under this key, and say [`Event::Read`].
    Read(RunKey),
    /// Store `text`, and say [`Event::Written`].
    Write {
        /// Where.
        key: RunKey,
        /// What.
        text: String,
    },
    /// Remove what is stored under this key, and say [`Event::Written`].
    Remove(RunKey),
    /// Remove what is stored under this name. Where the browser refuses it is found again on the next visit.
    Drop(String),
    /// Store what is under one name under another, and remove it there. Where the browser refuses, likewise.
    Move {
        /// The name that it has.
        from: String,
        /// The name that it gets.
        to: String,
    },
    /// Remember, as long as this tab lives, which run is its own.
    RememberOwn(RunKey),
}

/// See the module's documentation.
#[derive(Debug)]
pub struct Session {
    coordinator: Coordinator,
    address: AddressState,
    /// What could not be followed in the address.
    address_errors: Vec<String>,
    /// The lesson that the address names.
    lesson: Option<Experiment>,
    /// Whether the run here was set up by a lesson.
    is_lesson_run: bool,
    /// Whether the address names another page.
    away: bool,
    /// Whether that has paused the run.
    paused_by_leaving: bool,
    /// The run that would take the place of the one here if the user agreed.
    question: Option<Replacement>,
    offers: Offers,
    search: Search,
    answering: Option<Answering>,
    places: Places,
    /// The run that the tab remembers as its own.
    own_run: Option<RunKey>,
    /// No save is due before this time.
    next_save: Instant,
    /// When the run is to be saved, if that is to be.
    save_at: Option<Instant>,
    /// The timer that the coordinator wants.
    run_timer: Option<Instant>,
    /// The timer as the driver has it.
    timer: Option<Instant>,
    showing: Showing,
    attention: Attention,
    commands: Vec<Command>,
}

impl Session {
    /// A session of the run that the address names, idle.
    pub fn new(opening: Opening) -> Self {
        let named = page_address::parse(&opening.address_end);
        let away = named.page() != Page::Run;
        let (link, errors) = match named {
            Address::Run { link, errors } => (link, errors),
            Address::Other(_) => Default::default(),
        };
        let config = link.applied_to(opening.config);
        // An address that could not be followed stays as it is until the run's configuration changes.
        let address = if errors.is_empty() { AddressState::Stale } else { AddressState::Says(config) };
        Self {
            coordinator: Coordinator::new(config, opening.build),
            address,
            address_errors: errors.iter().map(ToString::to_string).collect(),
            lesson: link.experiment,
            is_lesson_run: link.experiment.is_some(),
            away,
            paused_by_leaving: false,
            question: None,
            // With a saved run at hand the start waits for what the user says to that.
            offers: Offers::awaited(link.start),
            search: Search::new(opening.scope, opening.own_run),
            answering: None,
            places: Places::new(opening.random),
            own_run: opening.own_run,
            next_save: Instant::ORIGIN,
            save_at: None,
            run_timer: None,
            timer: None,
            showing: Showing::new(link.presenter, opening.shows_first_darts),
            attention: Attention::default(),
            commands: Vec::new(),
        }
    }

    /// Takes an event, and returns what the driver is to do.
    pub fn handle(&mut self, at: Moment, event: Event) -> Vec<Command> {
        // The consequences of an answer to an offer are shown at once.
        let change = if self.answering.is_some() {
            Change::State
        } else if event == Event::Timer && self.run_timer.is_none_or(|timer| at.now < timer) {
            // It came for the title, a save or the address.
            Change::None
        } else {
            Change::by(&event)
        };
        let (happened, was_running) = (self.coordinator.happened(), self.coordinator.is_running());
        self.dispatch(at, event);
        if self.save_at.is_some_and(|save_at| save_at <= at.now) {
            self.save(at);
        }
        if self.coordinator.is_running() {
            self.paused_by_leaving = false;
            self.offers.withdraw();
        }
        self.write_address(at.now);
        self.attend(at.now, was_running);
        self.showing.note(if self.coordinator.happened() == happened { change } else { Change::State });
        if self.showing.ask(at.now) {
            self.push(Command::Show);
        }
        self.set_timer();
        std::mem::take(&mut self.commands)
    }

    /// The coordinator, for what the page shows and takes away of the run.
    pub fn coordinator(&self) -> &Coordinator {
        &self.coordinator
    }

    fn dispatch(&mut self, at: Moment, event: Event) {
        match event {
            Event::Opened => {
                self.run(at.now, coordinator::Event::Open);
                let key = self.places.here().key();
                self.push(Command::Lock(key));
                self.push(Command::ReadRuns);
            }
            Event::Present(presenter) => self.present(presenter),
            Event::Run(event) => {
                let starts = event == coordinator::Event::Start && self.coordinator.tally().points == 0;
                self.run(at.now, event);
                if starts && self.coordinator.is_running() {
                    self.showing.start_first_darts(at.now);
                }
            }
            Event::FirstDarts(wanted) => self.showing.set_first_darts(wanted.then_some(at.now)),
            Event::Set(setting) => self.set(at, setting),
            Event::Reset => {
                let config = self.coordinator.config();
                self.replace_by(at, Replacement::New { config, start: false });
            }
            Event::Pressed(seed) => self.begin_by_key(at, seed),
            Event::BeginAgain(run) => self.begin_again(at, &run),
            Event::Load(checkpoint) => self.replace_by(at, Replacement::Loaded(checkpoint)),
            Event::Answered { drop } => self.answer_question(at, drop),
            Event::Offered { key, answer } => self.answer_offer(at, key, answer),
            Event::CloseLesson => {
                self.lesson = None;
                self.address = AddressState::Stale;
            }
            Event::BackToRun => self.back_to_run(at),
            Event::AddressChanged(fragment) => self.follow_address(at, &fragment),
            Event::AddressWritten(done) => self.address_written(at.now, done),
            Event::Timer => self.timer_came(at),
            Event::Left => {
                self.run(at.now, coordinator::Event::Frozen);
                self.leave(at);
            }
            Event::CameBack => {
                self.run(at.now, coordinator::Event::Thawed);
                self.come_back();
            }
            Event::Frozen => {
                self.run(at.now, coordinator::Event::Frozen);
                self.save(at);
            }
            Event::Thawed => self.run(at.now, coordinator::Event::Thawed),
            Event::Hidden => {
                self.showing.set_hidden(true);
                self.save(at);
            }
            Event::Seen => self.showing.set_hidden(false),
            Event::Shown(pictures) => {
                self.showing.shown(at.now, pictures, self.coordinator.latest_block());
            }
            Event::Locked { key, acquired } => self.locked(at, key, acquired),
            Event::LocksKnown { in_use, unscoped } => self.locks_known(at, in_use, &unscoped),
            Event::RunsRead(stored) => self.runs_read(at, &stored),
            Event::Read { key, stored } => self.read(at, key, stored),
            Event::Written { key, result } => self.written(at, key, result),
        }
    }

    /// Tells the coordinator, and passes on what it commands. The run, which may have changed, is saved within
    /// [`SAVE_EVERY`]: in a hidden page timers come late, but workers' messages do not.
    fn run(&mut self, now: Instant, event: coordinator::Event) {
        for command in self.coordinator.handle(now, event) {
            match command {
                coordinator::Command::SetTimer(timer) => self.run_timer = timer,
                command => self.push(Command::Run(command)),
            }
        }
        self.save_at.get_or_insert(self.next_save);
    }

    fn push(&mut self, command: Command) {
        self.commands.push(command);
    }

    fn timer_came(&mut self, at: Moment) {
        self.timer = None;
        if self.run_timer.is_some_and(|timer| timer <= at.now) {
            self.run_timer = None;
            self.run(at.now, coordinator::Event::Timer);
        }
        self.ask_again_if_due(at.now);
    }

    /// Sets the timer to what is due next, unless it is.
    fn set_timer(&mut self) {
        let due = [
            self.run_timer,
            self.save_at,
            self.search.due(),
            self.address.due(),
            self.showing.due(),
            self.attention.due(),
        ];
        let next = due.into_iter().flatten().min();
        if self.timer != next {
            self.timer = next;
            self.push(Command::SetTimer(next));
        }
    }

    /// Saves the run, if it has changed since it was saved last.
    fn save(&mut self, at: Moment) {
        self.next_save = at.now + SAVE_EVERY;
        self.save_at = None;
        let checkpoint = self.coordinator.checkpoint(at.now);
        let command = self.places.here_mut().save(checkpoint);
        self.commands.extend(command);
    }

    /// Saves the run for the last time, perhaps, and gives up the locks: with a lock the browser might not keep the page
    /// for its Back button, and a page kept so must not withhold its runs, or one on offer, from others.
    fn leave(&mut self, at: Moment) {
        self.save(at);
        self.forget_answer_without_lock();
        let keys = self.places.give_up_locks();
        self.commands.extend(keys.into_iter().map(Command::Unlock));
    }

    /// Takes the locks again after [`Self::leave`].
    fn come_back(&mut self) {
        let keys = self.places.want_locks();
        self.commands.extend(keys.into_iter().map(Command::Lock));
    }

    fn locked(&mut self, at: Moment, key: RunKey, acquired: Acquired) {
        if self.answering.as_ref().is_some_and(|answering| answering.awaits_lock_of(key)) {
            self.go_on_answering(at, acquired);
            return;
        }
        let place = self.places.wanting_lock(key);
        match (acquired, place) {
            (Acquired::Held, Some(place)) => place.set_locked(),
            (Acquired::Held, None) => self.push(Command::Unlock(key)),
            // A lock that this page asked for twice is no other page's.
            (Acquired::Elsewhere, Some(place)) if !place.is_locked() => {
                let run = match self.places.parked() {
                    Some(parked) if self.places.own().key() == key => parked.clone(),
                    _ => self.coordinator.checkpoint(at.now),
                };
                let Some(place) = self.places.move_elsewhere(key) else { return };
                let commands = std::iter::once(Command::Lock(place.key())).chain(place.save(run));
                self.commands.extend(commands);
            }
            (Acquired::Elsewhere | Acquired::NoLocks, _) => {}
        }
    }

    fn read(&mut self, at: Moment, key: RunKey, stored: Result<Option<String>, StoreError>) {
        if self.answering.as_ref().is_some_and(|answering| answering.awaits_text_of(key)) {
            self.answer_with(at, stored);
            return;
        }
        match stored {
            Ok(stored) => {
                let commands = self.places.read(key, stored.as_deref(), at.wall_ms);
                self.commands.extend(commands);
            }
            Err(trouble) => {
                self.places.give_up_saving(key);
                self.tell_trouble(key, Some(trouble));
            }
        }
        self.remove_resumed();
        self.let_places_go();
    }

    fn written(&mut self, at: Moment, key: RunKey, result: Result<(), StoreError>) {
        if self.answering.as_ref().is_some_and(|answering| answering.awaits_removal_of(key)) {
            self.end_answering(at, result);
            return;
        }
        match result {
            Ok(()) => {
                let next = self.places.written(key);
                self.commands.extend(next);
                // After a reload the run that a lesson parked comes first.
                if self.places.own().key() == key && self.places.own().is_saved() {
                    self.remember_own(key);
                }
                self.tell_trouble(key, None);
            }
            Err(trouble) => {
                self.places.give_up_saving(key);
                self.tell_trouble(key, Some(trouble));
            }
        }
        self.remove_resumed();
        self.let_places_go();
    }

    /// The run that comes first when this tab is opened again.
    fn remember_own(&mut self, key: RunKey) {
        if self.own_run.replace(key) != Some(key) {
            self.push(Command::RememberOwn(key));
        }
    }

    /// Takes note of whether the run here can be saved.
    fn tell_trouble(&mut self, key: RunKey, trouble: Option<StoreError>) {
        if self.places.here().key() == key {
            self.offers.trouble = trouble;
        }
    }

    /// Gives up the places of runs that are no longer here, once they are saved.
    fn let_places_go(&mut self) {
        for key in self.places.gone() {
            self.push(Command::Unlock(key));
        }
    }
}
