//! What an open desk is about to change: the changes of one group, each made on the state with all before it.

use std::collections::{BTreeMap, BTreeSet};

use dartboard_points::tally::BlockRange;

use super::super::entry::Op;
use super::super::ledger::{Lease, State};
use super::super::message::{Ask, MOST_LEASES};
use super::roster::Roster;
use super::{SILENCE, Setup};
use crate::text::whole_ms;

/// How many times its allowance a lease may be open, however often its seat is heard.
const LONGEST_FACTOR: u64 = 5;

/// Changes that are being gathered for one group.
pub(super) struct Plan<'a> {
    ahead: &'a mut State,
    log_ms: u64,
    ops: Vec<Op>,
    answers: &'a mut BTreeMap<String, Vec<u64>>,
}

impl<'a> Plan<'a> {
    /// One of nothing yet, on the state `ahead`, at `log_ms` by the log's clock. Whoever is to be answered goes into `answers`.
    pub(super) fn new(
        ahead: &'a mut State,
        log_ms: u64,
        answers: &'a mut BTreeMap<String, Vec<u64>>,
    ) -> Self {
        Self { ahead, log_ms, ops: Vec::new(), answers }
    }

    /// The state with all that is planned.
    pub(super) fn ahead(&self) -> &State {
        self.ahead
    }

    /// What is planned.
    pub(super) fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// Plans a change, if it is possible.
    pub(super) fn make(&mut self, op: Op) {
        if self.ahead.apply(self.log_ms, &op) {
            self.ops.push(op);
        }
    }

    /// Plans that the leases are lost that are overdue.
    pub(super) fn lose_overdue(&mut self, is_silent: impl Fn(&str) -> bool) {
        let is_lost = |lease: &Lease| is_overdue(lease, self.log_ms, is_silent(&lease.seat));
        let lost: BTreeSet<_> =
            self.ahead.open().iter().filter(|(_, lease)| is_lost(lease)).map(|(id, _)| *id).collect();
        for lease in lost {
            self.make(Op::Lost { lease });
        }
    }

    /// The seat forgets its results when it is answered.
    pub(super) fn settle(&mut self, seat: &str, ask: &Ask) {
        let settled = self.answers.entry(seat.to_owned()).or_default();
        settled.extend(ask.results.iter().map(|result| result.lease));
    }

    /// Plans what a seat asks: its results are counted, and it is given what it wants.
    pub(super) fn serve(&mut self, seat: &str, ask: &Ask, setup: &Setup, roster: &Roster, active: u64) {
        self.settle(seat, ask);
        for result in &ask.results {
            let (lease, blocks, inside) = (result.lease, result.blocks, result.inside);
            if inside > blocks.points() {
                let why = format!("it claims {inside} points inside of {} in lease {lease}", blocks.points());
                self.make(Op::Ban { seat: seat.to_owned(), why });
            } else {
                self.make(Op::Count { lease, seat: seat.to_owned(), blocks, inside });
            }
        }
        while self.hand(seat).len() < ask.wants.min(MOST_LEASES) && self.lease(seat, setup, roster, active) {}
    }

    /// The blocks that a seat holds.
    fn hand(&self, seat: &str) -> Vec<BlockRange> {
        let holds = self.ahead.seats().get(seat).map_or(&[][..], |seat| &seat.holds);
        holds.iter().filter_map(|lease| self.ahead.open().get(lease)).map(|lease| lease.blocks).collect()
    }

    /// Gives a seat one lease more, if there are blocks to do and it is not banned.
    fn lease(&mut self, seat: &str, setup: &Setup, roster: &Roster, active: u64) -> bool {
        let fair = (self.ahead.to_do() / (2 * active.max(1))).max(1);
        let most = roster.blocks(seat, setup.lease).min(fair);
        let Some(blocks) = self.ahead.lowest_to_do(most) else { return false };
        let held: u64 = self.hand(seat).iter().map(|held| held.blocks()).sum();
        let allow_ms = roster.allow_ms(seat, held + blocks.blocks());
        let lease = self.ahead.next_lease();
        let before = self.ops.len();
        self.make(Op::Lease { lease, seat: seat.to_owned(), blocks, allow_ms });
        self.ops.len() > before
    }
}

/// Whether a lease is lost at `log_ms`: its seat is silent and past what it is allowed, or far past that.
fn is_overdue(lease: &Lease, log_ms: u64, is_silent: bool) -> bool {
    let open_ms = log_ms.saturating_sub(lease.since_ms);
    let longest = lease.allow_ms.saturating_mul(LONGEST_FACTOR).saturating_add(whole_ms(SILENCE));
    open_ms > longest || (is_silent && open_ms > lease.allow_ms)
}
