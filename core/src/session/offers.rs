//! Which saved runs the user may resume, and what comes of the answer.

use std::time::Duration;

use super::places::Place;
use super::{Acquired, Command, Moment, Session};
use crate::coordinator;
use crate::run::checkpoint::{Checkpoint, WrittenRun};
use crate::run::saved_runs::{
    self, InUse, LastSave, Offer, OfferError, SavedRun, StoreError, Stored, Survey, Visit,
};
use crate::run::stored_names::{RunKey, Scope};
use crate::time::Instant;

/// How long to wait before pages are asked again which runs are theirs.
const ASK_AGAIN: Duration = Duration::from_millis(250);

/// How often they are asked again while this tab's own run is locked: the lock of a page that was left may take two
/// seconds to be free on a busy computer.
const ASKS_AGAIN: u32 = 8;

/// What the user says to the offer that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferAnswer {
    /// Resume it or, if it is of an earlier stream, begin it again.
    Resume,
    /// Remove it for good; the user has confirmed it.
    Discard,
    /// Leave all saved runs for another visit.
    NotNow,
    /// Show the next one.
    Next,
}

/// The saved runs on offer, and what has to be said of saving.
#[derive(Clone, Debug, Default)]
pub(super) struct Offers {
    pub(super) saved: Vec<Offer>,
    /// A start that the address asks for waits until no run is on offer any more.
    pub(super) start_waits: bool,
    /// What could not be offered or done, a sentence each.
    pub(super) notices: Vec<String>,
    /// Why the run here is not being saved.
    pub(super) trouble: Option<StoreError>,
}

impl Offers {
    /// Before the browser's storage has been looked through, with a start that waits, or not.
    pub(super) fn awaited(start_waits: bool) -> Self {
        Self { start_waits, ..Self::default() }
    }

    /// Withdraws the offers, since another run has been started; they stay saved.
    pub(super) fn withdraw(&mut self) {
        self.saved.clear();
        self.start_waits = false;
    }

    fn found(&mut self, survey: Survey) {
        self.saved = survey.offers;
        if self.start_waits {
            // A run that cannot go on is no reason not to start another.
            self.saved.retain(|offer| offer.saved.run.current().is_some_and(|run| !run.is_finished()));
        }
        let set_aside = |error: &saved_runs::SavedRunError| {
            format!("{} It is set aside; everything else works.", sentence(&error.to_string()))
        };
        self.notices.extend(survey.refusals.iter().map(set_aside));
    }

    fn remove(&mut self, key: RunKey) {
        self.saved.retain(|offer| offer.key != key);
    }
}

/// A message as a sentence of its own.
fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    format!("{}{}.", first.map(String::from).unwrap_or_default(), characters.as_str())
}

/// The search for saved runs, once a visit.
#[derive(Clone, Debug)]
pub(super) struct Search {
    scope: Scope,
    /// The run that this tab saved last.
    own: Option<RunKey>,
    /// Runs to be moved under their locks, since their names carry no scope.
    unscoped: Vec<RunKey>,
    /// Those whose lock this page holds.
    held: Vec<RunKey>,
    step: SearchStep,
}

#[derive(Clone, Debug)]
enum SearchStep {
    /// It is being found out whether there are any.
    Reading,
    /// Pages are being asked which runs are theirs; how often they may be asked again.
    Asking { asks_left: u32 },
    /// The page that was here before this one may be about to give its run up.
    Waiting { until: Instant, asks_left: u32 },
    /// They are read anew, since other pages may have written meanwhile.
    ReadingAnew(InUse),
    /// It is over.
    Over,
}

impl Search {
    pub(super) fn new(scope: Scope, own: Option<RunKey>) -> Self {
        Self { scope, own, unscoped: Vec::new(), held: Vec::new(), step: SearchStep::Reading }
    }

    /// When pages are to be asked again.
    pub(super) fn due(&self) -> Option<Instant> {
        match self.step {
            SearchStep::Waiting { until, .. } => Some(until),
            _ => None,
        }
    }

    /// The runs to be moved whose lock this page does not hold.
    fn locked_elsewhere(&self) -> Vec<RunKey> {
        self.unscoped.iter().filter(|key| !self.held.contains(key)).copied().collect()
    }
}

/// An answer to an offer that is being carried out; one at a time.
#[derive(Clone, Debug)]
pub(super) struct Answering {
    offer: Offer,
    step: AnswerStep,
}

#[derive(Clone, Copy, Debug)]
enum AnswerStep {
    /// The offered run's lock is asked for.
    Locking { resume: bool },
    /// What is stored now is being read; whether this page holds the lock.
    Reading { resume: bool, held: bool },
    /// The run was resumed without a lock: once it is saved in a place of its own, the old copy goes.
    Copying,
    /// The stored run is being removed.
    Removing,
}

impl Answering {
    pub(super) fn awaits_lock_of(&self, key: RunKey) -> bool {
        self.offer.key == key && matches!(self.step, AnswerStep::Locking { .. })
    }

    pub(super) fn awaits_text_of(&self, key: RunKey) -> bool {
        self.offer.key == key && matches!(self.step, AnswerStep::Reading { .. })
    }

    pub(super) fn awaits_removal_of(&self, key: RunKey) -> bool {
        self.offer.key == key && matches!(self.step, AnswerStep::Removing)
    }
}

impl Session {
    /// Starts the run if the address asked for it and nothing is on offer any more.
    fn start_if_due(&mut self, at: Moment) {
        if self.offers.saved.is_empty() && std::mem::take(&mut self.offers.start_waits) {
            self.run(at.now, coordinator::Event::Start);
        }
    }

    pub(super) fn runs_read(&mut self, at: Moment, stored: &[Stored]) {
        match std::mem::replace(&mut self.search.step, SearchStep::Over) {
            // Without storage there is nothing to offer; that nothing is saved is said when there is something to save.
            SearchStep::Reading if stored.is_empty() => self.start_if_due(at),
            SearchStep::Reading => {
                self.search.step = SearchStep::Asking { asks_left: ASKS_AGAIN };
                self.search.unscoped = saved_runs::unscoped_runs(stored);
                self.push(Command::AskLocks(self.search.unscoped.clone()));
            }
            SearchStep::ReadingAnew(in_use) => {
                let visit = Visit {
                    scope: self.search.scope.clone(),
                    unscoped: std::mem::take(&mut self.search.held),
                    own: self.search.own,
                    in_use,
                    now_ms: at.wall_ms,
                };
                let survey = saved_runs::survey(stored, &visit);
                self.places.come_after(survey.newest_ms);
                self.commands.extend(survey.drops.iter().cloned().map(Command::Drop));
                let moves = survey.moves.iter().cloned();
                self.commands.extend(moves.map(|(from, to)| Command::Move { from, to }));
                self.push(Command::UnlockUnscoped);
                self.offers.found(survey);
                self.start_if_due(at);
            }
            step @ (SearchStep::Asking { .. } | SearchStep::Waiting { .. } | SearchStep::Over) => {
                self.search.step = step;
            }
        }
    }

    pub(super) fn ask_again_if_due(&mut self, now: Instant) {
        let SearchStep::Waiting { until, asks_left } = self.search.step else { return };
        if until <= now {
            self.search.step = SearchStep::Asking { asks_left: asks_left.saturating_sub(1) };
            self.push(Command::AskLocks(self.search.locked_elsewhere()));
        }
    }

    pub(super) fn locks_known(&mut self, at: Moment, in_use: InUse, unscoped: &[RunKey]) {
        let SearchStep::Asking { asks_left } = self.search.step else { return };
        self.search.held.extend_from_slice(unscoped);
        let may_be_given_up = match &in_use {
            InUse::Locked(keys) => {
                self.search.own.is_some_and(|own| keys.contains(&own))
                    || !self.search.locked_elsewhere().is_empty()
            }
            InUse::Unknown => false,
        };
        if may_be_given_up && asks_left > 0 {
            self.search.step = SearchStep::Waiting { until: at.now + ASK_AGAIN, asks_left };
        } else {
            self.search.step = SearchStep::ReadingAnew(in_use);
            self.push(Command::ReadRuns);
        }
    }

    pub(super) fn answer_offer(&mut self, at: Moment, key: RunKey, answer: OfferAnswer) {
        let Some(place) = self.offers.saved.iter().position(|offer| offer.key == key) else { return };
        let offer = self.offers.saved[place].clone();
        match answer {
            OfferAnswer::Resume | OfferAnswer::Discard if self.answering.is_some() => {}
            OfferAnswer::Resume | OfferAnswer::Discard => {
                self.push(Command::Lock(offer.key));
                let step = AnswerStep::Locking { resume: answer == OfferAnswer::Resume };
                self.answering = Some(Answering { offer, step });
            }
            OfferAnswer::NotNow => self.offers.saved.clear(),
            // The next one is shown already.
            OfferAnswer::Next if place > 0 => {}
            OfferAnswer::Next => self.offers.saved.rotate_left(1),
        }
        self.start_if_due(at);
    }

    /// Forgets an answer that has no lock yet: the run stays on offer.
    pub(super) fn forget_answer_without_lock(&mut self) {
        self.answering.take_if(|answering| matches!(answering.step, AnswerStep::Locking { .. }));
    }

    /// The lock of the offered run was asked for.
    pub(super) fn go_on_answering(&mut self, at: Moment, acquired: Acquired) {
        let Some(answering) = &mut self.answering else { return };
        let AnswerStep::Locking { resume } = answering.step else { return };
        if acquired == Acquired::Elsewhere {
            return self.refuse(at, &OfferError::InUse);
        }
        answering.step = AnswerStep::Reading { resume, held: acquired == Acquired::Held };
        let key = answering.offer.key;
        self.push(Command::Read(key));
    }

    /// What is stored of the offered run now is known.
    pub(super) fn answer_with(&mut self, at: Moment, stored: Result<Option<String>, StoreError>) {
        let Some(Answering { offer, step: AnswerStep::Reading { resume, held } }) = self.answering.clone()
        else {
            return;
        };
        let stored = match stored {
            Ok(stored) => stored,
            Err(error) => return self.refuse(at, &OfferError::Storage(error)),
        };
        if !resume {
            return if stored.as_ref() == Some(&offer.text) {
                self.step_to(AnswerStep::Removing);
                self.push(Command::Remove(offer.key));
            } else {
                // A page may have gone on with it meanwhile.
                self.end_answering(at, Ok(()));
            };
        }
        let Some(text) = stored else { return self.refuse(at, &OfferError::Gone) };
        match SavedRun::parse(&text) {
            Ok(SavedRun { run: WrittenRun::Current(run), .. }) => self.resume(at, &offer, run, text, held),
            Ok(SavedRun { run: WrittenRun::Earlier(run), .. }) => {
                self.close_answer();
                self.begin_again(at, &run);
            }
            Err(error) => self.refuse(at, &OfferError::Unreadable(error)),
        }
    }

    /// Resumes a saved run in place of the one here, which stays saved.
    fn resume(&mut self, at: Moment, offer: &Offer, checkpoint: Checkpoint, text: String, held: bool) {
        let is_unchanged = text == offer.text;
        let place = if held {
            self.remember_own(offer.key);
            Place::resumed(offer.key, LastSave { checkpoint: checkpoint.clone(), text })
        } else {
            // Another page may still have it. The copy here gets a new place, and the old one is removed only once the copy
            // is saved.
            self.places.new_place()
        };
        let gives_way = self.coordinator.checkpoint(at.now);
        let save = self.places.leave_here(place, gives_way);
        self.commands.extend(save);
        self.let_places_go();
        self.is_lesson_run = false;
        self.run(at.now, coordinator::Event::Restore(checkpoint));
        self.offers.withdraw();
        if held {
            self.answering = None;
        } else {
            let key = self.places.here().key();
            self.push(Command::Lock(key));
            self.save(at);
            if is_unchanged {
                self.step_to(AnswerStep::Copying);
            } else {
                self.answering = None;
            }
        }
    }

    /// Removes what was resumed without a lock, once its copy is saved; if that fails, it stays.
    pub(super) fn remove_resumed(&mut self) {
        let Some(Answering { offer, step: AnswerStep::Copying }) = &self.answering else { return };
        let key = offer.key;
        if self.places.here().is_saved() {
            self.step_to(AnswerStep::Removing);
            self.push(Command::Remove(key));
        } else if !self.places.here().is_saving() {
            self.answering = None;
        }
    }

    fn step_to(&mut self, step: AnswerStep) {
        if let Some(answering) = &mut self.answering {
            answering.step = step;
        }
    }

    /// What was wanted of the offered run is done, or the browser does not let it be removed.
    pub(super) fn end_answering(&mut self, at: Moment, result: Result<(), StoreError>) {
        match result {
            Ok(()) => {
                if let Some(key) = self.close_answer() {
                    self.offers.remove(key);
                }
                self.start_if_due(at);
            }
            Err(error) => self.refuse(at, &OfferError::Storage(error)),
        }
    }

    /// What was wanted of the offered run cannot be done.
    fn refuse(&mut self, at: Moment, error: &OfferError) {
        if let Some(key) = self.close_answer() {
            self.offers.remove(key);
        }
        self.offers.notices.push(sentence(&error.to_string()));
        self.start_if_due(at);
    }

    fn close_answer(&mut self) -> Option<RunKey> {
        let key = self.answering.take()?.offer.key;
        self.push(Command::Unlock(key));
        Some(key)
    }
}
