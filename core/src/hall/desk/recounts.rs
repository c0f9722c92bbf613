//! What a trusted computer counts again, and what follows.
//!
//! Which counts these are follows from the ledger and the desks' key alone, so that a new desk chooses the same.

use std::collections::BTreeSet;

use dartboard_points::tally::Tally;
use rand::{Rng, SeedableRng};
use rand_xoshiro::SplitMix64;

use super::super::entry::Op;
use super::super::ledger::{Counted, Ledger};
use super::super::message::Trust;
use super::{Command, Setup};

/// How many are asked for at a time.
const AT_ONCE: usize = 2;
/// How many of a seat's counts are counted again at first, where samples are checked.
const FIRST: u64 = 2;

/// What is to be counted again.
#[derive(Clone, Debug, Default)]
pub(super) struct Recounts {
    waiting: BTreeSet<u64>,
    asked: BTreeSet<u64>,
    verdicts: Vec<Op>,
}

/// Whether a count is counted again.
fn is_chosen(setup: &Setup, lease: u64, counted: &Counted) -> bool {
    match setup.run.trust {
        Trust::All => false,
        Trust::Everything => true,
        Trust::Samples => counted.before < FIRST || is_drawn(setup, lease),
    }
}

fn is_drawn(setup: &Setup, lease: u64) -> bool {
    let state = setup.key.wrapping_add(lease.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let drawn = SplitMix64::seed_from_u64(state).next_u64() % 100;
    drawn < u64::from(setup.share_percent)
}

impl Recounts {
    /// Those of a ledger.
    pub(super) fn of(setup: &Setup, ledger: &Ledger) -> Self {
        let chosen = |(lease, counted): (&u64, &Counted)| is_chosen(setup, *lease, counted).then_some(*lease);
        Self { waiting: ledger.state().counted().iter().filter_map(chosen).collect(), ..Self::default() }
    }

    /// These changes were read.
    pub(super) fn observe(&mut self, setup: &Setup, ledger: &Ledger, ops: &[Op]) {
        let counted = ledger.state().counted();
        for op in ops {
            match op {
                Op::Count { lease, .. } => {
                    let is_chosen = counted.get(lease).is_some_and(|count| is_chosen(setup, *lease, count));
                    if is_chosen {
                        self.waiting.insert(*lease);
                    }
                }
                Op::Confirm { lease, .. } => {
                    self.waiting.remove(lease);
                    self.asked.remove(lease);
                }
                Op::Ban { .. } => {
                    self.waiting.retain(|lease| counted.contains_key(lease));
                    self.asked.retain(|lease| counted.contains_key(lease));
                }
                Op::Lease { .. } | Op::Lost { .. } => {}
            }
        }
    }

    /// Whether nothing is to be counted again, or waits for what follows from it.
    pub(super) fn are_done(&self) -> bool {
        self.waiting.is_empty() && self.asked.is_empty() && self.verdicts.is_empty()
    }

    /// Asks for as many as are counted at a time.
    pub(super) fn ask(&mut self, setup: &Setup, ledger: &Ledger, commands: &mut Vec<Command>) {
        while self.asked.len() < AT_ONCE
            && let Some(lease) = self.waiting.pop_first()
        {
            if let Some(Counted { blocks, .. }) = ledger.state().counted().get(&lease) {
                self.asked.insert(lease);
                commands.push(Command::Recount { lease, seed: setup.run.seed, blocks: *blocks });
            }
        }
    }

    /// A lease was counted again.
    pub(super) fn recounted(&mut self, ledger: &Ledger, lease: u64, tally: Tally) {
        if !self.asked.remove(&lease) {
            return;
        }
        let Some(counted) = ledger.state().counted().get(&lease) else { return };
        if tally == counted.tally() {
            self.verdicts.push(Op::Confirm { lease, blocks: counted.blocks, inside: counted.inside });
        } else {
            let why = format!(
                "of lease {lease} it counted {} points inside, and a trusted computer {}",
                counted.inside, tally.inside
            );
            self.verdicts.push(Op::Ban { seat: counted.seat.clone(), why });
        }
    }

    /// What follows from what was counted again.
    pub(super) fn take_verdicts(&mut self) -> Vec<Op> {
        std::mem::take(&mut self.verdicts)
    }
}
