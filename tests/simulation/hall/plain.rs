//! The fold of a log once more, block by block and as plainly as can be: what the ledger is compared with.

use std::collections::{BTreeMap, BTreeSet};

use dartboard_core::hall::entry::checkpoint::Item;
use dartboard_core::hall::entry::{Content, Entry, Op, RunSpec};
use dartboard_core::hall::ledger::State;
use dartboard_core::hall::message::Trust;
use dartboard_core::run::config::Target;
use dartboard_points::tally::{BlockRange, Tally};

use crate::stand_in;

/// Where one block is, if it is not to do.
#[derive(Clone, Debug, PartialEq)]
enum Place {
    Open { lease: u64 },
    Counted { lease: u64, seat: String },
    Done,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PlainLease {
    pub(crate) seat: String,
    pub(crate) blocks: BlockRange,
}

/// A run as its log says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plain {
    pub(crate) run: Option<RunSpec>,
    seq: u64,
    pub(crate) term: u64,
    pub(crate) desk: Option<u64>,
    pub(crate) serial: u64,
    places: BTreeMap<u64, Place>,
    pub(crate) leases: BTreeMap<u64, PlainLease>,
    /// The counts not confirmed, by lease.
    pub(crate) counts: BTreeMap<u64, PlainLease>,
    pub(crate) banned: BTreeSet<String>,
    seats: BTreeMap<String, (u64, u64)>,
    pub(crate) next_lease: u64,
    inside: u64,
    parts: Vec<Vec<Item>>,
    last_part: (u64, u64),
}

impl Plain {
    /// Reads an entry; how many changes of a group were not possible, or nothing if it is void.
    pub(crate) fn read(&mut self, seq: u64, text: &str) -> Option<usize> {
        if seq <= self.seq {
            return None;
        }
        self.seq = seq;
        match Entry::parse(text).ok()? {
            Entry::Opening(opening) => {
                if self.run.is_some_and(|run| run != opening.run) || self.desk == Some(opening.desk) {
                    return None;
                }
                self.run = Some(opening.run);
                self.desk = Some(opening.desk);
                (self.term, self.serial) = (seq, 0);
                self.parts.clear();
                Some(0)
            }
            Entry::Group(group) => {
                if group.term != self.term || group.serial <= self.serial {
                    return None;
                }
                let follows = group.serial == self.serial + 1;
                self.serial = group.serial;
                match group.content {
                    Content::Ops(ops) => {
                        self.parts.clear();
                        Some(ops.iter().filter(|op| !self.apply(op)).count())
                    }
                    Content::Checkpoint(part) => {
                        let expected = (self.parts.len() as u64 + 1, part.parts);
                        let fits = follows && expected == (part.part, part.parts);
                        let fits = fits && (part.part == 1 || self.last_part.1 == part.parts);
                        if !fits {
                            self.parts.clear();
                        }
                        if fits || part.part == 1 {
                            self.parts.push(part.items);
                            self.last_part = (part.part, part.parts);
                        }
                        if self.parts.len() as u64 == part.parts {
                            let items = std::mem::take(&mut self.parts).concat();
                            self.restore(items);
                        }
                        Some(0)
                    }
                }
            }
        }
    }

    fn end(&self) -> u64 {
        self.run.and_then(|run| run.target).map_or(u64::MAX, Target::blocks)
    }

    fn apply(&mut self, op: &Op) -> bool {
        match op {
            Op::Lease { lease, seat, blocks, .. } => self.lease(*lease, seat, *blocks),
            Op::Count { lease, seat, blocks, inside } => self.count(*lease, seat, *blocks, *inside),
            Op::Lost { lease } => self.lose(*lease),
            Op::Confirm { lease, blocks, .. }
                if self.counts.get(lease).is_some_and(|count| count.blocks == *blocks) =>
            {
                let Some(count) = self.counts.remove(lease) else { return false };
                self.put(count.blocks, &Place::Done);
                true
            }
            Op::Confirm { .. } => false,
            Op::Ban { seat, .. } => self.ban(seat),
        }
    }

    fn put(&mut self, blocks: BlockRange, place: &Place) {
        for block in blocks.first()..blocks.end() {
            self.places.insert(block, place.clone());
        }
    }

    fn lease(&mut self, lease: u64, seat: &str, blocks: BlockRange) -> bool {
        let is_free = (blocks.first()..blocks.end()).all(|block| !self.places.contains_key(&block));
        let is_known = self.leases.contains_key(&lease) || self.counts.contains_key(&lease);
        if !is_free || is_known || blocks.end() > self.end() || self.banned.contains(seat) {
            return false;
        }
        self.put(blocks, &Place::Open { lease });
        self.leases.insert(lease, PlainLease { seat: seat.to_owned(), blocks });
        self.seats.entry(seat.to_owned()).or_default();
        self.next_lease = self.next_lease.max(lease + 1);
        true
    }

    fn count(&mut self, lease: u64, seat: &str, blocks: BlockRange, inside: u64) -> bool {
        if self.leases.get(&lease) != Some(&PlainLease { seat: seat.to_owned(), blocks }) {
            return false;
        }
        for block in blocks.first()..blocks.end() {
            assert_eq!(
                self.places.get(&block),
                Some(&Place::Open { lease }),
                "block {block} is counted twice"
            );
        }
        let counted = self.leases.remove(&lease).expect("just found");
        if self.run.is_some_and(|run| run.trust == Trust::All) {
            self.put(blocks, &Place::Done);
        } else {
            self.put(blocks, &Place::Counted { lease, seat: seat.to_owned() });
            self.counts.insert(lease, counted);
        }
        let seat = self.seats.entry(seat.to_owned()).or_default();
        *seat = (seat.0 + 1, seat.1 + blocks.points());
        self.inside += inside;
        true
    }

    fn free(&mut self, blocks: BlockRange) {
        for block in blocks.first()..blocks.end() {
            self.places.remove(&block);
        }
    }

    fn lose(&mut self, lease: u64) -> bool {
        let lost = self.leases.remove(&lease);
        lost.map(|lost| self.free(lost.blocks)).is_some()
    }

    fn ban(&mut self, seat: &str) -> bool {
        let is_new = self.banned.insert(seat.to_owned());
        self.seats.entry(seat.to_owned()).or_default();
        let held: Vec<_> =
            self.leases.iter().filter(|(_, lease)| lease.seat == seat).map(|(id, _)| *id).collect();
        for lease in held {
            self.lose(lease);
        }
        let run = self.run.expect("a run");
        for (_, count) in self.counts.extract_if(.., |_, count| count.seat == seat).collect::<Vec<_>>() {
            self.inside -= stand_in(run.seed, count.blocks).inside;
            self.free(count.blocks);
        }
        is_new
    }

    /// The blocks that are counted.
    fn counted(&self) -> impl Iterator<Item = u64> {
        let is_counted = |(_, place): &(&u64, &Place)| !matches!(place, Place::Open { .. });
        self.places.iter().filter(is_counted).map(|(block, _)| *block)
    }

    /// The tally of the blocks that are counted, by the kernel.
    pub(crate) fn tally(&self) -> Tally {
        let Some(run) = self.run else { return Tally::default() };
        let of = |block| stand_in(run.seed, BlockRange::new(block, block + 1).expect("one block"));
        let tally = self.counted().map(of).fold(Tally::default(), |sum, tally| sum + tally);
        assert_eq!(self.inside, tally.inside, "the sum is not that of the blocks counted");
        tally
    }

    /// The lowest blocks to do from a block on, at most `most`.
    pub(crate) fn to_do(&self, from: u64, most: u64) -> Option<BlockRange> {
        let first = (from..self.end()).find(|block| !self.places.contains_key(block))?;
        let end = (first..self.end().min(first + most))
            .take_while(|block| !self.places.contains_key(block))
            .last()?;
        BlockRange::new(first, end + 1).ok()
    }

    /// Fails unless the ledger's state says the same.
    pub(crate) fn assert_same(&self, state: &State) {
        assert_eq!(state.tally(), self.tally());
        let done = self.places.values().filter(|place| **place == Place::Done).count() as u64;
        assert_eq!(state.confirmed().points, done * 100_000);
        if self.run.is_some() {
            assert_eq!(state.to_do(), self.end() - self.places.len() as u64);
        }
        let open: Vec<_> =
            state.open().iter().map(|(id, lease)| (*id, lease.seat.clone(), lease.blocks)).collect();
        let plain = |leases: &BTreeMap<u64, PlainLease>| -> Vec<_> {
            leases.iter().map(|(id, lease)| (*id, lease.seat.clone(), lease.blocks)).collect()
        };
        assert_eq!(open, plain(&self.leases));
        let counted: Vec<_> =
            state.counted().iter().map(|(id, count)| (*id, count.seat.clone(), count.blocks)).collect();
        assert_eq!(counted, plain(&self.counts));
        let seats: Vec<_> = state
            .seats()
            .iter()
            .map(|(name, seat)| (name.clone(), (seat.counts, seat.points), seat.banned.is_some()))
            .collect();
        let own: Vec<_> =
            self.seats.iter().map(|(name, seat)| (name.clone(), *seat, self.banned.contains(name))).collect();
        assert_eq!(seats, own);
        assert_eq!(state.next_lease(), self.next_lease);
    }

    /// The whole state, as a desk writes it.
    pub(crate) fn items(&self) -> Vec<Item> {
        let run = self.run.expect("a run");
        let frontier = self.places.keys().next_back().map_or(0, |last| last + 1);
        let mut confirmed = Tally::default();
        let mut items = Vec::new();
        let mut gap: Option<BlockRange> = None;
        for block in 0..frontier {
            let one = BlockRange::new(block, block + 1).expect("one block");
            match self.places.get(&block) {
                Some(Place::Done) => confirmed += stand_in(run.seed, one),
                Some(_) => {}
                None => match gap.and_then(|gap| gap.joined(one)) {
                    Some(longer) => gap = Some(longer),
                    None => items.extend(gap.replace(one).map(Item::Gap)),
                },
            }
        }
        items.extend(gap.map(Item::Gap));
        let seat = |lease: &PlainLease| lease.seat.clone();
        items.extend(self.leases.iter().map(|(id, lease)| Item::Open {
            lease: *id,
            seat: seat(lease),
            blocks: lease.blocks,
            allow_ms: 5,
            since_ms: 7,
        }));
        items.extend(self.counts.iter().map(|(id, count)| Item::Counted {
            lease: *id,
            seat: seat(count),
            blocks: count.blocks,
            inside: stand_in(run.seed, count.blocks).inside,
            before: 0,
        }));
        items.extend(self.seats.iter().map(|(name, (counts, points))| Item::Seat {
            seat: name.clone(),
            counts: *counts,
            points: *points,
            banned: self.banned.contains(name).then(|| "a liar".to_owned()),
        }));
        items.insert(0, Item::Progress { frontier, next_lease: self.next_lease, confirmed });
        items.insert(0, Item::Run(run));
        items
    }

    fn restore(&mut self, items: Vec<Item>) {
        let run = self.run.expect("a run");
        self.places.clear();
        self.leases.clear();
        self.counts.clear();
        self.seats.clear();
        self.banned.clear();
        let mut others = BTreeSet::new();
        let mut frontier = 0;
        for item in items {
            match item {
                Item::Run(_) => {}
                Item::Progress { frontier: until, next_lease, confirmed } => {
                    (frontier, self.next_lease, self.inside) = (until, next_lease, confirmed.inside);
                }
                Item::Gap(blocks) => others.extend(blocks.first()..blocks.end()),
                Item::Open { lease, seat, blocks, .. } => {
                    others.extend(blocks.first()..blocks.end());
                    self.put(blocks, &Place::Open { lease });
                    self.leases.insert(lease, PlainLease { seat, blocks });
                }
                Item::Counted { lease, seat, blocks, .. } => {
                    others.extend(blocks.first()..blocks.end());
                    self.put(blocks, &Place::Counted { lease, seat: seat.clone() });
                    self.inside += stand_in(run.seed, blocks).inside;
                    self.counts.insert(lease, PlainLease { seat, blocks });
                }
                Item::Seat { seat, counts, points, banned } => {
                    if banned.is_some() {
                        self.banned.insert(seat.clone());
                    }
                    self.seats.insert(seat, (counts, points));
                }
            }
        }
        for block in (0..frontier).filter(|block| !others.contains(block)) {
            self.places.insert(block, Place::Done);
        }
    }
}
