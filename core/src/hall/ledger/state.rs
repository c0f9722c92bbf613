//! Where a run stands, and what each change does to it.

use std::collections::BTreeMap;

use dartboard_points::tally::{BlockRange, Tally};

use super::super::entry::{Op, RunSpec};
use super::super::message::Trust;
use super::blocks::Blocks;

/// A lease that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Who holds it.
    pub seat: String,
    /// Its blocks.
    pub blocks: BlockRange,
    /// After how many milliseconds a seat that is not heard of loses it.
    pub allow_ms: u64,
    /// When the log stored it, in milliseconds by the log's clock.
    pub since_ms: u64,
}

/// A count that may still be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Who has counted.
    pub seat: String,
    /// What.
    pub blocks: BlockRange,
    /// How many of their points are inside.
    pub inside: u64,
    /// How many leases the seat had counted before.
    pub before: u64,
}

impl Counted {
    /// What was counted.
    pub fn tally(&self) -> Tally {
        Tally { points: self.blocks.points(), inside: self.inside }
    }
}

/// What is known of a seat that was given a lease once, or is banned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeatRecord {
    /// The leases that it holds, by id: oldest first, since a desk's ids rise.
    pub holds: Vec<u64>,
    /// How many leases it has counted.
    pub counts: u64,
    /// How many points it has counted; those taken back included.
    pub points: u64,
    /// Why it is banned, if it is.
    pub banned: Option<String>,
}

/// Where a run stands. Each block is to do, of an open lease, counted, or counted for good.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub(super) blocks: Blocks,
    pub(super) open: BTreeMap<u64, Lease>,
    pub(super) counted: BTreeMap<u64, Counted>,
    pub(super) seats: BTreeMap<String, SeatRecord>,
    pub(super) tally: Tally,
    pub(super) confirmed: Tally,
    pub(super) next_lease: u64,
    pub(super) believes_all: bool,
}

impl State {
    /// A run of which nothing is counted.
    pub(super) fn new(run: RunSpec) -> Self {
        Self { blocks: Blocks::all(run), believes_all: run.trust == Trust::All, ..Self::default() }
    }

    /// Makes a change that the log has stored at `time_ms`. False, and nothing happens, if it is not possible.
    pub(crate) fn apply(&mut self, time_ms: u64, op: &Op) -> bool {
        match op {
            Op::Lease { lease, seat, blocks, allow_ms } => {
                let seat = seat.clone();
                self.lease(*lease, Lease { seat, blocks: *blocks, allow_ms: *allow_ms, since_ms: time_ms })
            }
            Op::Count { lease, seat, blocks, inside } => self.count(*lease, seat, *blocks, *inside),
            Op::Lost { lease } => self.lose(*lease),
            Op::Confirm { lease, blocks, inside } => self.confirm(*lease, *blocks, *inside),
            Op::Ban { seat, why } => self.ban(seat, why),
        }
    }

    fn lease(&mut self, id: u64, lease: Lease) -> bool {
        let is_banned = self.seats.get(&lease.seat).is_some_and(|seat| seat.banned.is_some());
        let is_known = self.open.contains_key(&id) || self.counted.contains_key(&id);
        if is_banned || is_known || !self.blocks.take(lease.blocks) {
            return false;
        }
        let holds = &mut self.seats.entry(lease.seat.clone()).or_default().holds;
        holds.insert(holds.partition_point(|held| *held < id), id);
        self.open.insert(id, lease);
        self.next_lease = self.next_lease.max(id.saturating_add(1));
        true
    }

    /// Takes out the open lease.
    fn close(&mut self, id: u64) -> Option<Lease> {
        let lease = self.open.remove(&id)?;
        if let Some(seat) = self.seats.get_mut(&lease.seat) {
            seat.holds.retain(|held| *held != id);
        }
        Some(lease)
    }

    fn lose(&mut self, id: u64) -> bool {
        self.close(id).map(|lost| self.blocks.give_back(lost.blocks)).is_some()
    }

    fn count(&mut self, id: u64, seat: &str, blocks: BlockRange, inside: u64) -> bool {
        if !self.is_open(id, seat, blocks) || inside > blocks.points() {
            return false;
        }
        let Some(lease) = self.close(id) else { return false };
        let seat = self.seats.entry(lease.seat.clone()).or_default();
        let counted = Counted { seat: lease.seat, blocks, inside, before: seat.counts };
        seat.counts += 1;
        seat.points = seat.points.saturating_add(blocks.points());
        self.tally += counted.tally();
        if self.believes_all {
            self.confirmed += counted.tally();
        } else {
            self.counted.insert(id, counted);
        }
        true
    }

    fn confirm(&mut self, id: u64, blocks: BlockRange, inside: u64) -> bool {
        if self.counted.get(&id).is_none_or(|counted| (counted.blocks, counted.inside) != (blocks, inside)) {
            return false;
        }
        self.counted.remove(&id).map(|counted| self.confirmed += counted.tally()).is_some()
    }

    fn ban(&mut self, name: &str, why: &str) -> bool {
        let seat = self.seats.entry(name.to_owned()).or_default();
        if seat.banned.is_some() {
            return false;
        }
        seat.banned = Some(why.to_owned());
        for id in seat.holds.clone() {
            self.lose(id);
        }
        for (_, counted) in self.counted.extract_if(.., |_, counted| counted.seat == name) {
            let Tally { points, inside } = counted.tally();
            self.tally = Tally { points: self.tally.points - points, inside: self.tally.inside - inside };
            self.blocks.give_back(counted.blocks);
        }
        true
    }

    /// Whether this lease is open with this seat and these blocks.
    pub fn is_open(&self, id: u64, seat: &str, blocks: BlockRange) -> bool {
        self.open.get(&id).is_some_and(|lease| lease.seat == seat && lease.blocks == blocks)
    }

    /// What is counted, for good or not.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// What is counted for good.
    pub fn confirmed(&self) -> Tally {
        self.confirmed
    }

    /// The open leases, by id.
    pub fn open(&self) -> &BTreeMap<u64, Lease> {
        &self.open
    }

    /// The counts that may be taken back, by the id of their lease.
    pub fn counted(&self) -> &BTreeMap<u64, Counted> {
        &self.counted
    }

    /// The seats that were given a lease once, or are banned.
    pub fn seats(&self) -> &BTreeMap<String, SeatRecord> {
        &self.seats
    }

    /// The least id that no lease has had.
    pub fn next_lease(&self) -> u64 {
        self.next_lease
    }

    /// The lowest blocks to do, at most `most` of them.
    pub fn lowest_to_do(&self, most: u64) -> Option<BlockRange> {
        self.blocks.lowest(most)
    }

    /// How many blocks are to do.
    pub fn to_do(&self) -> u64 {
        self.blocks.count()
    }

    /// Whether all blocks up to the target are counted, for good or not.
    pub fn is_complete(&self) -> bool {
        self.blocks.are_done() && self.open.is_empty()
    }

    /// How many things it remembers: it follows open leases, seats, and counts that may be taken back, not the run's length.
    pub fn remembered(&self) -> usize {
        self.open.len() + self.counted.len() + self.seats.len() + self.blocks.gaps().len()
    }
}
