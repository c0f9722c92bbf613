//! Which runs this browser keeps between visits, when one is written, and which of them a visitor is offered.
//!
//! Every run has its own key in the browser's storage, and a page overwrites only what it wrote itself
//! ([`next_step`]); so no two pages overwrite each other's run, whatever else goes wrong. The locks that pages hold
//! ([`InUse`]) show which saved runs belong to a page that is still open.

use std::cmp::Reverse;

use dartboard_points::decimal::parse_u64;
use thiserror::Error;

use crate::run::checkpoint::{Checkpoint, CheckpointError, WrittenRun};
use crate::run::stored_names::{Named, RunKey, Scope, SetAsideKey};
use crate::text::{Grouped, ago_words};

/// How many saved runs of pages no longer open are kept; the oldest ones beyond are dropped.
pub const MAX_SAVED_RUNS: usize = 8;
/// How many runs under names without a scope are moved on one visit, at most.
pub const MAX_MOVED_RUNS: usize = 64;
/// How many values that cannot be read are kept; the oldest ones beyond are dropped.
pub const MAX_SET_ASIDE: usize = 4;
/// If nothing says which pages are open, a run saved within this many milliseconds is assumed to run
/// elsewhere still.
pub const STILL_OPEN_MS: u64 = 5_000;

/// A run as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedRun {
    /// When it was saved, in milliseconds since 1970, by a clock that may have been wrong: only its age follows from it.
    pub saved_ms: u64,
    /// Greater than that of every run that was saved before, as far as its page knew: the same as `saved_ms`, unless the
    /// clock was set back.
    pub order_ms: u64,
    /// The run.
    pub run: WrittenRun,
}

const SAVED_MS: &str = "saved_ms=";
const ORDER_MS: &str = "order_ms=";

impl SavedRun {
    /// The run as one line of ASCII text: the time, its place in the order if that is another one, then the checkpoint.
    pub fn encode(&self) -> String {
        let Self { saved_ms, order_ms, run } = self;
        let order = if order_ms == saved_ms { String::new() } else { format!("{ORDER_MS}{order_ms}&") };
        format!("{SAVED_MS}{saved_ms}&{order}{}", run.encode())
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(text: &str) -> Result<Self, SavedRunError> {
        let (saved_ms, rest) = leading_ms(text, SAVED_MS).ok_or(SavedRunError::NoTime)?;
        let (order_ms, checkpoint) = leading_ms(rest, ORDER_MS).unwrap_or((saved_ms, rest));
        let run = WrittenRun::parse(checkpoint).map_err(SavedRunError::Checkpoint)?;
        Ok(Self { saved_ms, order_ms, run })
    }
}

/// The number under `name`, with which `text` begins, and what follows.
fn leading_ms<'a>(text: &'a str, name: &str) -> Option<(u64, &'a str)> {
    let (ms, rest) = text.strip_prefix(name)?.split_once('&')?;
    Some((parse_u64(ms)?, rest))
}

/// Why a stored value cannot be resumed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SavedRunError {
    /// It does not begin with the time when it was saved.
    #[error("the saved run cannot be resumed: it is damaged (time)")]
    NoTime,
    /// What follows is no checkpoint that this page can read.
    #[error(transparent)]
    Checkpoint(CheckpointError),
}

/// A key of the browser's storage and what is under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// Which runs belong to pages that are open now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InUse {
    /// Those whose lock is held.
    Locked(Vec<RunKey>),
    /// This browser has no locks (an insecure address, or an old browser).
    Unknown,
}

/// What a page knows when it looks at the saved runs.
#[derive(Clone, Debug)]
pub struct Visit {
    /// What names carry.
    pub scope: Scope,
    /// Runs under names without a scope whose lock this page holds: those that it may move.
    pub unscoped: Vec<RunKey>,
    /// The run that this tab saved last: it comes first.
    pub own: Option<RunKey>,
    /// The runs of other pages.
    pub in_use: InUse,
    /// The time, in milliseconds since 1970.
    pub now_ms: u64,
}

/// The runs under names without a scope, [`MAX_MOVED_RUNS`] at most: to be moved under their locks.
pub fn unscoped_runs(stored: &[Stored]) -> Vec<RunKey> {
    let unscoped = Scope::none();
    let run = |stored: &Stored| match unscoped.parse(&stored.key) {
        Some(Named::Run(key)) => Some(key),
        _ => None,
    };
    stored.iter().filter_map(run).take(MAX_MOVED_RUNS).collect()
}

/// A saved run that may be resumed or, if it is of an earlier stream, begun again.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Where it is stored.
    pub key: RunKey,
    /// The stored value, to tell whether it is still the same.
    pub text: String,
    /// What it says.
    pub saved: SavedRun,
}

impl Offer {
    /// `12,400,000,000 points (seed 42, 3 minutes ago)`, and more of a run that cannot be resumed. A run saved at a time
    /// that is still to come has no age.
    pub fn describe(&self, now_ms: u64) -> String {
        let ago = match self.saved.saved_ms.checked_sub(now_ms) {
            Some(ahead_ms) if ahead_ms >= STILL_OPEN_MS => "saved while the clock was ahead".to_owned(),
            _ => ago_words(now_ms.saturating_sub(self.saved.saved_ms) / 1_000),
        };
        match &self.saved.run {
            WrittenRun::Current(run) => format!(
                "{} points (seed {}, {}{ago})",
                Grouped(run.tally().points),
                run.config().seed,
                if run.is_finished() { "finished, " } else { "" },
            ),
            WrittenRun::Earlier(run) => run.describe(&format!(", {ago}")),
        }
    }
}

/// What is to be done with the saved runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survey {
    /// Keys to remove, first of all.
    pub drops: Vec<String>,
    /// Values to put under another key, as (from, to).
    pub moves: Vec<(String, String)>,
    /// The runs to offer: this tab's own, then the newest first.
    pub offers: Vec<Offer>,
    /// Why values were set aside on this visit; at most [`MAX_SET_ASIDE`].
    pub refusals: Vec<SavedRunError>,
    /// The greatest [`SavedRun::order_ms`] that was found.
    pub newest_ms: u64,
}

/// Looks through the browser's storage. Foreign keys and the runs of open pages are left alone; what carries no scope
/// gets a name that does.
pub fn survey(stored: &[Stored], visit: &Visit) -> Survey {
    let mut survey = Survey::default();
    let unscoped = Scope::none();
    // Both with the key under which each is now.
    let mut offers: Vec<(Offer, &str)> = Vec::new();
    let mut set_aside: Vec<(SetAsideKey, &str)> = Vec::new();
    // The runs whose names are taken, and by what.
    let mut runs: Vec<(RunKey, &str)> = Vec::new();
    for Stored { key, value } in stored {
        if let Some(Named::Run(key)) = visit.scope.parse(key) {
            runs.push((key, value));
        }
    }
    // This tab's own, then the newest first.
    let rank = |(offer, _): &(Offer, &str)| {
        let newest_first = Reverse(offer.saved.order_ms);
        (Some(offer.key) != visit.own, newest_first, offer.key)
    };
    for Stored { key: name, value } in stored {
        let scoped = visit.scope.parse(name);
        let Some(named) = scoped.or_else(|| unscoped.parse(name)) else { continue };
        let (key, aside) = match named {
            Named::Run(key) => (key, SetAsideKey { at_ms: visit.now_ms, run: key }),
            Named::SetAside(aside) => (aside.run, aside),
        };
        let is_run = matches!(named, Named::Run(_));
        if is_run && visit.is_elsewhere(key, scoped.is_some()) {
            continue;
        }
        let is_in_place = scoped == Some(Named::Run(key));
        let taken = runs.iter().find(|(taken, _)| !is_in_place && *taken == key).map(|(_, there)| *there);
        // What there is no room for is dropped at once, so that many thousands of them cost no time.
        let saved = SavedRun::parse(value);
        if let Ok(saved) = &saved {
            survey.newest_ms = survey.newest_ms.max(saved.order_ms);
        }
        let dropped = match saved {
            Ok(saved) if is_run && visit.leaves_alone(key, &saved) => None,
            Ok(saved) if taken.is_none() => {
                runs.push((key, value));
                offer(&mut offers, Offer { key, text: value.clone(), saved }, name, rank)
            }
            // A page was closed between the two halves of a move.
            Ok(_) if is_run && taken == Some(value) => Some(name.as_str()),
            Ok(_) => set_by(&mut set_aside, aside, name),
            Err(error) => {
                if is_run {
                    survey.refusals.push(error);
                }
                set_by(&mut set_aside, aside, name)
            }
        };
        survey.drops.extend(dropped.map(str::to_owned));
    }
    survey.refusals.truncate(MAX_SET_ASIDE);
    for (offer, name) in offers {
        survey.move_to(name, visit.scope.run(offer.key));
        survey.offers.push(offer);
    }
    for (key, name) in set_aside {
        survey.move_to(name, visit.scope.set_aside(key));
    }
    survey
}

/// Takes an offer in, and returns the name of the one that there is no room for then.
fn offer<'a, R: Ord>(
    offers: &mut Vec<(Offer, &'a str)>,
    offer: Offer,
    name: &'a str,
    rank: impl Fn(&(Offer, &'a str)) -> R,
) -> Option<&'a str> {
    insert_sorted(offers, MAX_SAVED_RUNS, (offer, name), rank).map(|(_, name)| name)
}

/// Takes in a value to be set aside, and returns the name of the one that there is no room for then.
fn set_by<'a>(
    set_aside: &mut Vec<(SetAsideKey, &'a str)>,
    key: SetAsideKey,
    name: &'a str,
) -> Option<&'a str> {
    // Of two values of one run in one millisecond one is kept: they cannot have the same key.
    if set_aside.iter().any(|(other, _)| *other == key) {
        return Some(name);
    }
    insert_sorted(set_aside, MAX_SET_ASIDE, (key, name), |aside| Reverse(aside.0)).map(|(_, name)| name)
}

/// Inserts `item` after those whose `rank` is not greater, and returns the last one if there is one too many. General
/// sorting would add 5 KB to the page.
fn insert_sorted<T, R: Ord>(sorted: &mut Vec<T>, most: usize, item: T, rank: impl Fn(&T) -> R) -> Option<T> {
    let at = sorted.iter().take_while(|other| rank(other) <= rank(&item)).count();
    sorted.insert(at, item);
    if sorted.len() > most { sorted.pop() } else { None }
}

impl Survey {
    fn move_to(&mut self, from: &str, to: String) {
        if from != to {
            self.moves.push((from.to_owned(), to));
        }
    }
}

impl Visit {
    /// Whether another page may have the run: its lock is held, or this page does not hold the one without a scope.
    fn is_elsewhere(&self, key: RunKey, is_scoped: bool) -> bool {
        match &self.in_use {
            InUse::Locked(keys) if is_scoped => keys.contains(&key),
            InUse::Locked(_) => !self.unscoped.contains(&key),
            InUse::Unknown => false,
        }
    }

    /// Whether a saved run may well belong to a page that is open.
    fn leaves_alone(&self, key: RunKey, saved: &SavedRun) -> bool {
        // A page that is open saves by the clock as it is now.
        let age_ms = self.now_ms.abs_diff(saved.saved_ms);
        self.in_use == InUse::Unknown && self.own != Some(key) && age_ms < STILL_OPEN_MS
    }
}

/// What a page last wrote.
#[derive(Clone, Debug)]
pub struct LastSave {
    /// The run as it was then.
    pub checkpoint: Checkpoint,
    /// The value that was stored.
    pub text: String,
}

/// What a page does with its run's place in the storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveStep {
    /// All is as it should be.
    Nothing,
    /// Write the run under its key.
    Write,
    /// Write it under a new key: what is stored under the old one is not what this page wrote.
    WriteElsewhere,
    /// Remove it: the run was reset.
    Remove,
}

/// What is to be done so that `checkpoint` is stored, given what this page `last` wrote under its key and what
/// is `stored` there now.
pub fn next_step(checkpoint: &Checkpoint, last: Option<&LastSave>, stored: Option<&str>) -> SaveStep {
    let is_own = stored == last.map(|last| last.text.as_str());
    if checkpoint.tally().points == 0 {
        return if is_own && last.is_some() { SaveStep::Remove } else { SaveStep::Nothing };
    }
    match last {
        _ if !is_own => SaveStep::WriteElsewhere,
        Some(last) if last.checkpoint.counts_the_same(checkpoint) => SaveStep::Nothing,
        _ => SaveStep::Write,
    }
}

/// Why the browser does not store a run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// It stores nothing for this page at all.
    #[error("this browser is set to store nothing for this page")]
    Disabled,
    /// There is no room left.
    #[error("the browser’s storage for this page is full")]
    Full,
    /// Another reason, in its words.
    #[error("the browser refused ({0})")]
    Refused(String),
}

/// Why an offer could not be followed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OfferError {
    /// Another page has resumed it meanwhile.
    #[error("the saved run has been opened in another tab meanwhile")]
    InUse,
    /// It was removed meanwhile.
    #[error("the saved run has been resumed or discarded in another tab meanwhile")]
    Gone,
    /// What is stored there now cannot be resumed.
    #[error(transparent)]
    Unreadable(SavedRunError),
    /// The browser does not let it be read or removed.
    #[error("the saved run cannot be reached: {0}")]
    Storage(StoreError),
}

#[cfg(test)]
mod tests;
