//! Slots and the workers in them.

use std::ops::{Index, IndexMut};
use std::time::Duration;

use dartboard_points::kernel::Kernel;

use super::backoff::Backoff;
use super::batch_size::Pace;
use super::death::Cause;
use super::lease::{Deadline, Hand};
use super::rate::Rate;
use super::timeline::{Activity, Timeline};
use super::{SlotIndex, WorkerId};
use crate::time::Instant;

/// A place for a worker.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slot {
    pub(crate) state: SlotState,
    pub(crate) backoff: Backoff,
    /// The pace of its workers, for the first batch of the next one.
    pub(crate) pace: Option<Pace>,
    /// Points counted here in this run.
    pub(crate) points: u64,
    /// Replacements made here in this run.
    pub(crate) restarts: u32,
    pub(crate) rate: Rate,
    pub(crate) timeline: Timeline,
    /// The log's entry of the last death, until a replacement has a result.
    pub(crate) last_death: Option<u64>,
}

/// What a slot holds.
#[derive(Clone, Debug, Default)]
pub(crate) enum SlotState {
    /// Nothing.
    #[default]
    Empty,
    /// Nothing, until the next replacement is due.
    Waiting { until: Instant },
    /// A worker that has not said yet that it is ready.
    Starting(Starting),
    /// A worker that takes batches.
    Ready(Ready),
    /// Nothing: its workers keep dying, the last one of this.
    GivenUp(Cause),
}

/// A worker that has not said yet that it is ready.
#[derive(Clone, Debug)]
pub(crate) struct Starting {
    pub(crate) worker: WorkerId,
    pub(crate) deadline: Deadline,
    /// Whether a fault was injected.
    pub(crate) injected: bool,
}

/// A worker that takes batches.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    pub(crate) worker: WorkerId,
    /// Its own.
    pub(crate) kernel: Kernel,
    pub(crate) hand: Hand,
    /// Its own pace, once it has finished a lease.
    pub(crate) pace: Option<Pace>,
    /// Whether it was ever given a lease.
    pub(crate) used: bool,
    /// Whether a fault was injected.
    pub(crate) injected: bool,
}

impl Slot {
    /// Brings the timeline in line with the state.
    pub(crate) fn show(&mut self, now: Instant) {
        let activity = match &self.state {
            SlotState::Empty => None,
            SlotState::Waiting { .. } | SlotState::GivenUp(_) => Some(Activity::Dead),
            SlotState::Starting(_) => Some(Activity::Starting),
            SlotState::Ready(Ready { hand: Hand::Empty, .. }) => Some(Activity::Waiting),
            SlotState::Ready(_) => Some(Activity::Computing),
        };
        self.timeline.switch(now, activity);
    }

    /// How fast its workers were says nothing of how fast they will be.
    pub(crate) fn forget_pace(&mut self) {
        self.pace = None;
        if let SlotState::Ready(ready) = &mut self.state {
            ready.pace = None;
        }
    }

    /// The worker it holds.
    pub(crate) fn worker(&self) -> Option<WorkerId> {
        match &self.state {
            SlotState::Starting(starting) => Some(starting.worker),
            SlotState::Ready(ready) => Some(ready.worker),
            SlotState::Empty | SlotState::Waiting { .. } | SlotState::GivenUp(_) => None,
        }
    }

    pub(crate) fn ready(&self) -> Option<&Ready> {
        if let SlotState::Ready(ready) = &self.state { Some(ready) } else { None }
    }

    /// What must happen here by when.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match &self.state {
            SlotState::Waiting { until } => Some(*until),
            SlotState::Starting(starting) => Some(starting.deadline.at),
            SlotState::Ready(ready) => ready.hand.head().map(|head| head.deadline.at),
            SlotState::Empty | SlotState::GivenUp(_) => None,
        }
    }

    /// Nothing could be heard for `gap`.
    pub(crate) fn shift(&mut self, now: Instant, gap: Duration, announced: bool) {
        self.timeline.skip(now - gap, now);
        self.rate.shift(gap);
        match &mut self.state {
            SlotState::Starting(starting) => starting.deadline.shift(gap, announced),
            SlotState::Ready(ready) => ready.hand.shift(gap, announced),
            SlotState::Empty | SlotState::Waiting { .. } | SlotState::GivenUp(_) => {}
        }
    }
}

/// The slots, the wanted ones first; those beyond them are being removed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roster {
    slots: Vec<Slot>,
    wanted: u32,
}

impl Roster {
    /// Changes the number of wanted slots.
    pub(crate) fn resize(&mut self, wanted: u32) {
        self.wanted = wanted;
        while self.slots.len() < wanted as usize {
            self.slots.push(Slot::default());
        }
    }

    /// Forgets removed slots that no longer hold anything.
    pub(crate) fn trim(&mut self) {
        while self.slots.len() > self.wanted as usize
            && self.slots.last().is_some_and(|slot| matches!(slot.state, SlotState::Empty))
        {
            self.slots.pop();
        }
    }

    pub(crate) fn is_wanted(&self, slot: SlotIndex) -> bool {
        slot.0 < self.wanted
    }

    /// The slot at `slot`, if there is one.
    pub(crate) fn get(&self, slot: SlotIndex) -> Option<&Slot> {
        self.slots.get(slot.0 as usize)
    }

    pub(crate) fn get_mut(&mut self, slot: SlotIndex) -> Option<&mut Slot> {
        self.slots.get_mut(slot.0 as usize)
    }

    /// Where slots are now, also those being removed.
    pub(crate) fn indices(&self) -> impl Iterator<Item = SlotIndex> + use<> {
        (0..).map(SlotIndex).take(self.slots.len())
    }

    /// All slots, also those being removed.
    pub(crate) fn all(&self) -> &[Slot] {
        &self.slots
    }

    pub(crate) fn all_mut(&mut self) -> &mut [Slot] {
        &mut self.slots
    }

    /// All slots, each with where it is.
    pub(crate) fn indexed(&self) -> impl Iterator<Item = (SlotIndex, &Slot)> {
        (0..).map(SlotIndex).zip(&self.slots)
    }

    /// The slots that should hold a worker.
    pub(crate) fn wanted(&self) -> &[Slot] {
        &self.slots[..self.wanted as usize]
    }

    pub(crate) fn wanted_mut(&mut self) -> impl Iterator<Item = (SlotIndex, &mut Slot)> {
        (0..self.wanted).map(SlotIndex).zip(&mut self.slots)
    }

    /// The slot that holds `worker`.
    pub(crate) fn find(&self, worker: WorkerId) -> Option<SlotIndex> {
        self.indexed().find(|(_, slot)| slot.worker() == Some(worker)).map(|(index, _)| index)
    }
}

impl Index<SlotIndex> for Roster {
    type Output = Slot;

    fn index(&self, slot: SlotIndex) -> &Slot {
        &self.slots[slot.0 as usize]
    }
}

impl IndexMut<SlotIndex> for Roster {
    fn index_mut(&mut self, slot: SlotIndex) -> &mut Slot {
        &mut self.slots[slot.0 as usize]
    }
}
