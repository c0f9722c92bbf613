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
use super::{SlotIndex, SlotKind, WorkerId};
use crate::time::Instant;

/// A place for a worker.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slot {
    pub(crate) index: SlotIndex,
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
    /// Its own; none if it counts on a GPU.
    pub(crate) kernel: Option<Kernel>,
    /// The name of its adapter, if it counts on a GPU.
    pub(crate) adapter: Option<String>,
    pub(crate) hand: Hand,
    /// Its own pace, once it has finished a lease.
    pub(crate) pace: Option<Pace>,
    /// Whether it was ever given a lease.
    pub(crate) used: bool,
    /// Whether a fault was injected.
    pub(crate) injected: bool,
}

impl Slot {
    fn new(index: SlotIndex) -> Self {
        Self { index, ..Self::default() }
    }

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

/// The slots of the processor, the wanted ones first; those beyond them are being removed. Then that of the GPU, if there is
/// one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roster {
    slots: Vec<Slot>,
    wanted: Wanted,
}

/// Which slots should hold a worker.
#[derive(Clone, Copy, Debug, Default)]
struct Wanted {
    /// How many of the processor.
    of_processor: u32,
    gpu: bool,
}

impl Wanted {
    fn has(self, slot: SlotIndex) -> bool {
        match slot.kind() {
            SlotKind::Processor => slot.0 < self.of_processor,
            SlotKind::Gpu => self.gpu,
        }
    }
}

impl Roster {
    /// Changes how many slots of the processor are wanted, and whether that of the GPU is.
    pub(crate) fn resize(&mut self, of_processor: u32, gpu: bool) {
        self.wanted = Wanted { of_processor, gpu };
        for number in (0..of_processor).skip(self.of_processor()) {
            self.slots.insert(number as usize, Slot::new(SlotIndex(number)));
        }
        if gpu && self.position(SlotIndex::GPU).is_none() {
            self.slots.push(Slot::new(SlotIndex::GPU));
        }
    }

    /// Forgets removed slots that no longer hold anything.
    pub(crate) fn trim(&mut self) {
        // From the end: a slot of the processor stays as long as a later one holds something.
        for at in (0..self.slots.len()).rev() {
            let Slot { index, state, .. } = &self.slots[at];
            if !self.wanted.has(*index) && matches!(state, SlotState::Empty) {
                self.slots.remove(at);
            } else if *index != SlotIndex::GPU {
                break;
            }
        }
    }

    pub(crate) fn is_wanted(&self, slot: SlotIndex) -> bool {
        self.wanted.has(slot)
    }

    /// How many slots the processor has, also those being removed.
    fn of_processor(&self) -> usize {
        self.slots.len() - usize::from(self.position(SlotIndex::GPU).is_some())
    }

    fn position(&self, slot: SlotIndex) -> Option<usize> {
        // The GPU's is the last one.
        let at = (slot.0 as usize).min(self.slots.len().checked_sub(1)?);
        (self.slots[at].index == slot).then_some(at)
    }

    /// The slot at `slot`, if there is one.
    pub(crate) fn get(&self, slot: SlotIndex) -> Option<&Slot> {
        self.position(slot).map(|at| &self.slots[at])
    }

    pub(crate) fn get_mut(&mut self, slot: SlotIndex) -> Option<&mut Slot> {
        self.position(slot).map(|at| &mut self.slots[at])
    }

    /// Where slots are now, also those being removed.
    pub(crate) fn indices(&self) -> impl Iterator<Item = SlotIndex> + use<> {
        let gpu = self.position(SlotIndex::GPU).map(|_| SlotIndex::GPU);
        (0..).map(SlotIndex).take(self.of_processor()).chain(gpu)
    }

    /// All slots, also those being removed.
    pub(crate) fn all(&self) -> &[Slot] {
        &self.slots
    }

    pub(crate) fn all_mut(&mut self) -> &mut [Slot] {
        &mut self.slots
    }

    /// The slots that should hold a worker.
    pub(crate) fn wanted(&self) -> impl DoubleEndedIterator<Item = &Slot> + Clone {
        self.slots.iter().filter(|slot| self.wanted.has(slot.index))
    }

    pub(crate) fn wanted_mut(&mut self) -> impl Iterator<Item = &mut Slot> {
        let wanted = self.wanted;
        self.slots.iter_mut().filter(move |slot| wanted.has(slot.index))
    }

    /// The slot that holds `worker`.
    pub(crate) fn find(&self, worker: WorkerId) -> Option<SlotIndex> {
        self.slots.iter().find(|slot| slot.worker() == Some(worker)).map(|slot| slot.index)
    }
}

impl Index<SlotIndex> for Roster {
    type Output = Slot;

    fn index(&self, slot: SlotIndex) -> &Slot {
        &self.slots[self.position(slot).unwrap_or(usize::MAX)]
    }
}

impl IndexMut<SlotIndex> for Roster {
    fn index_mut(&mut self, slot: SlotIndex) -> &mut Slot {
        let at = self.position(slot).unwrap_or(usize::MAX);
        &mut self.slots[at]
    }
}
