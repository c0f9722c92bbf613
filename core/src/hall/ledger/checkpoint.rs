//! A run's state as text and back, believed only if nothing in it contradicts the rest.

use dartboard_points::tally::{BlockRange, Tally};
use thiserror::Error;

use super::super::entry::RunSpec;
use super::super::entry::checkpoint::{Item, Part};
use super::blocks::Blocks;
use super::state::{Counted, Lease, State};
use crate::coordinator::block_set::BlockSet;

/// Why a checkpoint is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// It does not follow the part before it.
    #[error("part {part} of {parts} of a checkpoint does not follow the one before")]
    OutOfOrder {
        /// The part's number.
        part: u64,
        /// How many there are.
        parts: u64,
    },
    /// It does not begin with its run and how far that is.
    #[error("a checkpoint must begin with its run and its progress")]
    NoBeginning,
    /// Something stands in it twice: a lease, a seat, or blocks.
    #[error("the checkpoint has something twice")]
    Twice,
    /// It counts other points than those of its blocks.
    #[error("the checkpoint counts {points} points, and its blocks have {expected}")]
    Points {
        /// The points that it counts.
        points: u64,
        /// The points of its counted blocks.
        expected: u64,
    },
}

/// The parts of a checkpoint that have come so far.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    newest: u64,
    of: u64,
    items: Vec<Item>,
}

impl Parts {
    /// One part more; a first part begins anew.
    pub(super) fn with(so_far: Option<Self>, part: Part) -> Result<Self, CheckpointError> {
        let Part { part, parts, items } = part;
        if part == 1 {
            return Ok(Self { newest: part, of: parts, items });
        }
        let mut so_far = so_far
            .filter(|so_far| (so_far.newest + 1, so_far.of) == (part, parts))
            .ok_or(CheckpointError::OutOfOrder { part, parts })?;
        so_far.newest = part;
        so_far.items.extend(items);
        Ok(so_far)
    }

    pub(super) fn are_whole(&self) -> bool {
        self.newest == self.of
    }

    pub(super) fn state(self) -> Result<(RunSpec, State), CheckpointError> {
        let mut items = self.items.into_iter();
        let (Some(Item::Run(run)), Some(Item::Progress { frontier, next_lease, confirmed })) =
            (items.next(), items.next())
        else {
            return Err(CheckpointError::NoBeginning);
        };
        let blocks = Blocks::from(run, frontier).ok_or(CheckpointError::Twice)?;
        let state = State { blocks, next_lease, confirmed, tally: confirmed, ..State::new(run) };
        let mut filling = Filling { state, taken: BlockSet::default() };
        items.try_for_each(|item| filling.add(item))?;
        filling.finish(confirmed).map(|state| (run, state))
    }
}

/// A state that is being read.
struct Filling {
    state: State,
    /// The blocks of its gaps, leases and counts.
    taken: BlockSet,
}

impl Filling {
    fn add(&mut self, item: Item) -> Result<(), CheckpointError> {
        let state = &mut self.state;
        let is_new = match item {
            Item::Run(_) | Item::Progress { .. } => false,
            Item::Gap(blocks) => {
                self.take(blocks)?;
                self.state.blocks.give_back(blocks);
                true
            }
            Item::Open { lease, seat, blocks, allow_ms, since_ms } => {
                state.seats.entry(seat.clone()).or_default().holds.push(lease);
                let replaced = state.open.insert(lease, Lease { seat, blocks, allow_ms, since_ms });
                self.take(blocks)?;
                replaced.is_none() && !self.state.counted.contains_key(&lease)
            }
            Item::Counted { lease, seat, blocks, inside, before } => {
                let replaced = state.counted.insert(lease, Counted { seat, blocks, inside, before });
                self.take(blocks)?;
                replaced.is_none() && !self.state.open.contains_key(&lease)
            }
            Item::Seat { seat, counts, points, banned } => {
                let record = state.seats.entry(seat).or_default();
                (record.counts, record.points, record.banned) = (counts, points, banned);
                true
            }
        };
        if is_new { Ok(()) } else { Err(CheckpointError::Twice) }
    }

    /// Blocks below the frontier that nothing else has.
    fn take(&mut self, blocks: BlockRange) -> Result<(), CheckpointError> {
        let at = self.taken.ranges().partition_point(|range| range.end() <= blocks.first());
        let is_free = self.taken.ranges().get(at).is_none_or(|next| next.first() >= blocks.end());
        if !is_free {
            return Err(CheckpointError::Twice);
        }
        self.taken.join(blocks);
        Ok(())
    }

    fn finish(self, confirmed: Tally) -> Result<State, CheckpointError> {
        let mut state = self.state;
        let below = self.taken.ranges().last().is_none_or(|last| last.end() <= state.blocks.frontier());
        if !below {
            return Err(CheckpointError::Twice);
        }
        let taken: u64 = self.taken.ranges().iter().map(|range| range.points()).sum();
        let expected = state.blocks.frontier() * dartboard_points::tally::BLOCK_POINTS - taken;
        if confirmed.points != expected {
            return Err(CheckpointError::Points { points: confirmed.points, expected });
        }
        for counted in state.counted.values() {
            state.tally += counted.tally();
        }
        Ok(state)
    }
}

impl State {
    /// All of it, as a checkpoint has it.
    pub(super) fn items(&self, run: RunSpec) -> Vec<Item> {
        let progress = Item::Progress {
            frontier: self.blocks.frontier(),
            next_lease: self.next_lease,
            confirmed: self.confirmed,
        };
        let gaps = self.blocks.gaps().iter().copied().map(Item::Gap);
        let open = self.open.iter().map(|(lease, Lease { seat, blocks, allow_ms, since_ms })| Item::Open {
            lease: *lease,
            seat: seat.clone(),
            blocks: *blocks,
            allow_ms: *allow_ms,
            since_ms: *since_ms,
        });
        let counted = self.counted.iter().map(|(lease, counted)| Item::Counted {
            lease: *lease,
            seat: counted.seat.clone(),
            blocks: counted.blocks,
            inside: counted.inside,
            before: counted.before,
        });
        let seats = self.seats.iter().map(|(seat, record)| Item::Seat {
            seat: seat.clone(),
            counts: record.counts,
            points: record.points,
            banned: record.banned.clone(),
        });
        [Item::Run(run), progress].into_iter().chain(gaps).chain(open).chain(counted).chain(seats).collect()
    }
}
