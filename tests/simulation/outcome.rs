//! What worlds came to, and which troubles they met: a simulation in which nothing happens proves nothing.

use std::collections::BTreeMap;

use dartboard_core::coordinator::death::{Cause, Failure};
use dartboard_core::coordinator::log::{EventLog, LogEvent};
use dartboard_core::supervision::Mismatch;

/// Sums over worlds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) steps: u64,
    pub(crate) reloads: u64,
    /// How often each of [`ALL_TROUBLES`] came.
    pub(crate) troubles: BTreeMap<&'static str, u64>,
}

/// Every trouble that some world must meet.
pub(crate) const ALL_TROUBLES: [&str; 19] = [
    "panicked",
    "errored",
    "start failed",
    "never ready",
    "lease expired",
    "malformed",
    "impossible tally",
    "ready twice",
    "rejected",
    "protocol mismatch",
    "build mismatch",
    "kernel mismatch",
    "unknown kernel",
    "slot given up",
    "no workers",
    "lethal blocks",
    "fault injected",
    "time jumped",
    "thawed",
];

/// Every trouble that some world with a GPU must meet.
pub(crate) const GPU_TROUBLES: [&str; 10] = [
    "panicked",
    "errored",
    "never ready",
    "malformed",
    "slot given up",
    "no workers",
    "no GPU",
    "miscounted",
    "in doubt",
    "earlier in doubt",
];

fn trouble(what: &LogEvent) -> Option<&'static str> {
    Some(match what {
        LogEvent::Died(cause) => match cause {
            Cause::Panicked(_) => "panicked",
            Cause::Errored(_) => "errored",
            Cause::StartFailed(_) => "start failed",
            Cause::NeverReady { .. } => "never ready",
            Cause::LeaseExpired { .. } => "lease expired",
            Cause::Malformed(_) => "malformed",
            Cause::ImpossibleTally { .. } => "impossible tally",
            Cause::ReadyTwice => "ready twice",
            Cause::Rejected(text) if text.contains("no kernel") => "unknown kernel",
            Cause::Rejected(_) => "rejected",
            Cause::Mismatch(Mismatch::Protocol { .. }) => "protocol mismatch",
            Cause::Mismatch(Mismatch::Build { .. }) => "build mismatch",
            Cause::Mismatch(Mismatch::Kernel { .. }) => "kernel mismatch",
            Cause::NoGpu(_) => "no GPU",
            Cause::Miscounted(_) => "miscounted",
        },
        LogEvent::GivenUp => "slot given up",
        LogEvent::InDoubt { .. } => "in doubt",
        LogEvent::EarlierInDoubt => "earlier in doubt",
        LogEvent::Failed(Failure::NoWorkers { .. }) => "no workers",
        LogEvent::Failed(Failure::Lethal { .. }) => "lethal blocks",
        LogEvent::Injected(_) => "fault injected",
        LogEvent::TimeJumped { .. } => "time jumped",
        LogEvent::Thawed { .. } => "thawed",
        _ => return None,
    })
}

impl Outcome {
    /// Counts what the log of a page tells.
    pub(crate) fn read(&mut self, log: &EventLog) {
        for name in log.entries().filter_map(|entry| trouble(&entry.what)) {
            *self.troubles.entry(name).or_default() += 1;
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.steps += other.steps;
        self.reloads += other.reloads;
        for (name, count) in other.troubles {
            *self.troubles.entry(name).or_default() += count;
        }
    }
}
