//! What the page shows of a session, and when.
//!
//! Nobody reads digits sixty times a second, and drawing takes time from the workers. So the figures of a run that goes
//! on follow six times a second, the pictures (chart, timelines, dartboard) three times. What the user did, a change of
//! state and the final figures are shown at the next frame, with pictures. A hidden page gets its figures once a
//! second, for scripts, and draws no pictures of a run that goes on.

use std::rc::Rc;
use std::time::Duration;

use super::replace::Question;
use super::{Event, Session};
use crate::coordinator;
use crate::coordinator::snapshot::Snapshot;
use crate::lecture::experiment::Experiment;
use crate::run::darts::Throw;
use crate::run::first_darts;
use crate::run::saved_runs::{Offer, StoreError};
use crate::time::Instant;
use dartboard_points::protocol::FromWorker;
use dartboard_points::tally::{Seed, Tally};

/// How often the figures of a run that goes on are shown.
pub const FIGURES_EVERY: Duration = Duration::from_millis(166);
/// How often its pictures are drawn: each second time that the figures are shown.
pub const PICTURES_EVERY: Duration = Duration::from_millis(332);
/// How often a hidden page is told of anything.
pub const HIDDEN_EVERY: Duration = Duration::from_secs(1);

/// What the page shows.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a thing of its own that the page says or does not"
)]
pub struct View {
    /// The run.
    pub snapshot: Rc<Snapshot>,
    /// How the pictures follow it.
    pub pictures: Pictures,
    /// How many darts of the run's first block are shown in the place of all that is counted; none if they are not.
    pub first_darts: Option<u64>,
    /// What could not be followed in the address.
    pub address_errors: Vec<String>,
    /// Whether the address names another page.
    pub is_away: bool,
    /// Whether opening another page has paused the run.
    pub paused_by_leaving: bool,
    /// Whether the run has finished while the page was hidden.
    pub finished_hidden: bool,
    /// What the user is asked before the run here is dropped.
    pub question: Option<Question>,
    /// The lesson that the address names.
    pub lesson: Option<Experiment>,
    /// Whether it is the presenter view.
    pub presenter: bool,
    /// The run that the lesson has parked: its seed, and what it has counted.
    pub parked: Option<(Seed, Tally)>,
    /// The saved run that may be resumed.
    pub offer: Option<OfferView>,
    /// What could not be offered, resumed or discarded, a sentence each.
    pub storage_notices: Vec<String>,
    /// Why the run here is not being saved.
    pub trouble: Option<StoreError>,
}

/// How the chart, the timelines and the dartboard follow the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pictures {
    /// Whether they are drawn anew; otherwise they stay as they are.
    pub drawn: bool,
    /// The darts thrown last.
    pub thrown: Option<Throw>,
}

/// How much there is to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// Only pictures.
    Pictures,
    /// Figures of a run that goes on, with their pictures.
    Figures,
    /// What cannot wait.
    State,
}

impl Change {
    /// What `event` changes at least.
    pub(super) fn by(event: &Event) -> Self {
        match event {
            Event::Shown(_) => Self::None,
            Event::Run(coordinator::Event::Message { message: FromWorker::Tally { .. }, .. })
            | Event::Timer
            | Event::AddressWritten(_)
            // Of a run that is being saved.
            | Event::Read { .. }
            | Event::Written { .. } => Self::Figures,
            _ => Self::State,
        }
    }
}

/// What is shown and what is to be shown when.
#[derive(Debug)]
pub(super) struct Showing {
    /// Whether it is shown in the presenter view.
    pub(super) presenter: bool,
    behind: Change,
    /// Figures and pictures are not due before these times.
    next_figures: Instant,
    next_pictures: Instant,
    /// Whether the page was asked to show the session and has not yet.
    asked: bool,
    hidden: bool,
    thrown: Option<Throw>,
    first_darts: FirstDarts,
}

/// Whether the first darts of a run are shown one by one.
#[derive(Clone, Copy, Debug)]
enum FirstDarts {
    /// From the next start on.
    Due,
    /// Since then.
    Since(Instant),
    /// Only when the user asks for them.
    Seen,
}

impl Showing {
    pub(super) fn new(presenter: bool, shows_first_darts: bool) -> Self {
        Self {
            presenter,
            behind: Change::None,
            next_figures: Instant::ORIGIN,
            next_pictures: Instant::ORIGIN,
            asked: false,
            hidden: false,
            thrown: None,
            first_darts: if shows_first_darts { FirstDarts::Due } else { FirstDarts::Seen },
        }
    }

    pub(super) fn note(&mut self, change: Change) {
        self.behind = self.behind.max(change);
    }

    /// The page is hidden or seen again: what it was asked for before does not come.
    pub(super) fn set_hidden(&mut self, hidden: bool) {
        (self.hidden, self.asked) = (hidden, false);
    }

    pub(super) fn is_hidden(&self) -> bool {
        self.hidden
    }

    /// When the page is to be asked; none if there is nothing to show, or it was asked already.
    pub(super) fn due(&self) -> Option<Instant> {
        match self.behind {
            _ if self.asked => None,
            Change::State if !self.hidden => Some(Instant::ORIGIN),
            Change::State | Change::Figures => Some(self.next_figures),
            Change::Pictures if self.hidden => None,
            Change::Pictures => Some(self.next_pictures),
            Change::None => None,
        }
    }

    /// Whether the page is to be asked now: then it is.
    pub(super) fn ask(&mut self, now: Instant) -> bool {
        let due = self.due().is_some_and(|due| due <= now);
        self.asked |= due;
        due
    }

    /// The user has started a run: the first time, its first darts are shown.
    pub(super) fn start_first_darts(&mut self, now: Instant) {
        if matches!(self.first_darts, FirstDarts::Due) {
            self.first_darts = FirstDarts::Since(now);
        }
    }

    /// The user wants to see them from now on, or no longer, or the run is another one.
    pub(super) fn set_first_darts(&mut self, since: Option<Instant>) {
        self.first_darts = match (since, self.first_darts) {
            (Some(since), _) => FirstDarts::Since(since),
            (None, FirstDarts::Due) => FirstDarts::Due,
            (None, _) => FirstDarts::Seen,
        };
    }

    /// How many of the first darts are shown at `now`.
    fn first_darts(&self, now: Instant) -> Option<u64> {
        match self.first_darts {
            FirstDarts::Since(since) => first_darts::shown(now - since),
            FirstDarts::Due | FirstDarts::Seen => None,
        }
    }

    /// How the pictures follow at `now`, when `latest` is the block counted last. Darts are thrown only where nothing
    /// waits for the frame: to list a block's takes a while.
    fn pictures(&self, now: Instant, latest: Option<u64>) -> Pictures {
        let follow = self.next_pictures <= now && !self.hidden;
        let at_once = self.behind == Change::State || matches!(self.first_darts, FirstDarts::Since(_));
        let thrown = if latest.is_none() {
            None
        } else if follow && !at_once {
            Throw::after(self.thrown, latest)
        } else {
            self.thrown
        };
        Pictures { drawn: follow || at_once, thrown }
    }

    /// The page has shown the session with these pictures, when `latest` was the block counted last.
    pub(super) fn shown(&mut self, now: Instant, pictures: Pictures, latest: Option<u64>) {
        self.asked = false;
        self.next_figures = now + if self.hidden { HIDDEN_EVERY } else { FIGURES_EVERY };
        if pictures.drawn {
            self.next_pictures = now + PICTURES_EVERY;
        }
        let shows_first_darts = self.first_darts(now).is_some();
        if !shows_first_darts {
            self.set_first_darts(None);
        }
        self.thrown = pictures.thrown;
        let complete = pictures.drawn && Throw::after(self.thrown, latest) == self.thrown;
        self.behind = match complete {
            _ if shows_first_darts => Change::Figures,
            true => Change::None,
            false => Change::Pictures,
        };
    }
}

/// The first of the saved runs on offer.
#[derive(Clone, Debug, PartialEq)]
pub struct OfferView {
    /// It.
    pub offer: Offer,
    /// How many others there are.
    pub others: usize,
    /// Whether a start that the address asks for waits for the answer.
    pub start_waits: bool,
}

impl Session {
    /// What the page shows at `now`.
    pub fn view(&self, now: Instant) -> View {
        let offers = &self.offers;
        View {
            pictures: self.showing.pictures(now, self.coordinator.latest_block()),
            snapshot: Rc::new(self.coordinator.snapshot(now)),
            first_darts: self.showing.first_darts(now),
            address_errors: self.address_errors.clone(),
            is_away: self.away,
            paused_by_leaving: self.paused_by_leaving,
            finished_hidden: self.attention.finished_hidden,
            question: self.question(),
            lesson: self.lesson,
            presenter: self.showing.presenter,
            parked: self.places.parked().map(|run| (run.config().seed, run.tally())),
            offer: offers.saved.first().map(|offer| OfferView {
                offer: offer.clone(),
                others: offers.saved.len() - 1,
                start_waits: offers.start_waits,
            }),
            storage_notices: offers.notices.clone(),
            trouble: offers.trouble.clone(),
        }
    }
}
