//! What came of a world, judged by an account that no desk has seen.

use std::collections::BTreeMap;

use dartboard_core::hall::entry::Op;
use dartboard_core::hall::ledger::{Ledger, Read};
use dartboard_points::tally::BlockRange;

use super::{Outcome, World};
use crate::stand_in;

impl World {
    pub(super) fn fold(&self) -> Ledger {
        let mut ledger = Ledger::default();
        for at in 0..self.log.len() {
            let (seq, time_ms, text) = self.log.get(at).expect("within the log");
            ledger.read(seq, time_ms, &text);
        }
        ledger
    }

    /// The total is the kernel's, and the log claims nothing that was not really counted.
    pub(super) fn judge(mut self) -> Outcome {
        let (tally, _) = self.finished.expect("the world has ended");
        let all = BlockRange::new(0, self.run.target.expect("a target").blocks()).expect("not empty");
        let mut ledger = Ledger::default();
        let mut wrong = BTreeMap::new();
        for at in 0..self.log.len() {
            let (seq, time_ms, text) = self.log.get(at).expect("within the log");
            let Read::Taken(ops) = ledger.read(seq, time_ms, &text) else { continue };
            for op in ops {
                match op {
                    Op::Count { lease, seat, blocks, inside } => {
                        let really = (seat.clone(), blocks.first(), blocks.end(), inside);
                        assert!(self.account.contains(&really), "nobody has counted {really:?}");
                        if inside != stand_in(self.run.seed, blocks).inside {
                            wrong.insert(lease, seat);
                        }
                    }
                    Op::Confirm { lease, .. } => assert_eq!(wrong.get(&lease), None, "a lie is confirmed"),
                    Op::Ban { seat, .. } => wrong.retain(|_, liar| *liar != seat),
                    Op::Lease { .. } => self.outcome.leases += 1,
                    Op::Lost { .. } => {}
                }
            }
        }
        assert_eq!(tally, stand_in(self.run.seed, all), "the total of the run");
        self.outcome.took = self.now;
        self.outcome.entries = self.log.len() as u64;
        self.outcome
    }
}
