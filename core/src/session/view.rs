//! What the page shows of a session.

use std::rc::Rc;

use super::Session;
use crate::coordinator::snapshot::Snapshot;
use crate::lecture::Experiment;
use crate::run::saved_runs::{Offer, StoreError};
use crate::time::Instant;
use dartboard_points::tally::{Seed, Tally};

/// What the page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// The run.
    pub snapshot: Rc<Snapshot>,
    /// What could not be followed in the address.
    pub address_errors: Vec<String>,
    /// Whether the address names another page.
    pub is_away: bool,
    /// Whether opening another page has paused the run.
    pub paused_by_leaving: bool,
    /// What the user is asked before the run here is dropped.
    pub question: Option<String>,
    /// The lesson that the address names.
    pub lesson: Option<Experiment>,
    /// The run that the lesson has parked: its seed, and what it has counted.
    pub parked: Option<(Seed, Tally)>,
    /// The saved run that may be resumed.
    pub offer: Option<OfferView>,
    /// What could not be offered, resumed or discarded, a sentence each.
    pub storage_notices: Vec<String>,
    /// Why the run here is not being saved.
    pub trouble: Option<StoreError>,
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
            snapshot: Rc::new(self.coordinator.snapshot(now)),
            address_errors: self.address_errors.clone(),
            is_away: self.away,
            paused_by_leaving: self.paused_by_leaving,
            question: self.question_text(),
            lesson: self.lesson,
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
