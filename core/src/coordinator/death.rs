//! Why workers die and runs fail, in words for the page.

use std::fmt;
use std::time::Duration;

use dartboard_points::tally::{BlockRange, Seed, Tally};
use thiserror::Error;

use super::backoff::Weight;
use crate::supervision::Mismatch;
use crate::text::{Fixed, Grouped};

/// Why a worker was given up and terminated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Cause {
    /// It panicked; the panic's message and place.
    #[error("the worker panicked{}", Because(.0))]
    Panicked(String),
    /// The browser reported an error in it (a trap, a stack overflow); the browser's words, if any.
    #[error("the worker stopped with an error{}", Because(.0))]
    Errored(String),
    /// Its program could not be loaded or started; the reason, if any is known.
    #[error("the worker's program could not be loaded or started{}", Because(.0))]
    StartFailed(String),
    /// It did not say that it was ready.
    #[error("the worker did not start within {} s", Fixed(.waited.as_secs_f64(), 1))]
    NeverReady {
        /// How long it was waited for.
        waited: Duration,
    },
    /// It did not finish its lease in time.
    #[error("the worker did not answer within {} s", Fixed(.waited.as_secs_f64(), 1))]
    LeaseExpired {
        /// How long it was waited for.
        waited: Duration,
    },
    /// It said something that could not be understood.
    #[error("the worker's message made no sense{}", Because(.0))]
    Malformed(String),
    /// It reported a tally that its lease cannot have.
    #[error(
        "the worker reported {} points inside of {} for a batch of {}",
        Grouped(.tally.inside),
        Grouped(.tally.points),
        Grouped(*.expected)
    )]
    ImpossibleTally {
        /// What it reported.
        tally: Tally,
        /// The points of its lease.
        expected: u64,
    },
    /// It said twice that it was ready.
    #[error("the worker said twice that it was ready")]
    ReadyTwice,
    /// It could not understand the page.
    #[error("the worker could not read the page's message{}", Because(.0))]
    Rejected(String),
    /// It and the page do not belong together.
    #[error(transparent)]
    Mismatch(Mismatch),
    /// There is no GPU that it may count on; why.
    #[error("{0}")]
    NoGpu(String),
    /// Its GPU does not count as the processor does; a block and both counts.
    #[error("{0}")]
    Miscounted(String),
}

impl Cause {
    /// How a death of this cause counts; `asked_for` if a fault was injected or the batch carried chaos.
    pub(crate) fn weight(&self, asked_for: bool) -> Weight {
        if self.is_mismatch() || self.is_of_gpu() {
            Weight::Final
        } else if asked_for {
            Weight::Deliberate
        } else {
            Weight::Accident
        }
    }

    /// Whether it says that no GPU counts, or none that is to be trusted.
    pub(crate) fn is_of_gpu(&self) -> bool {
        matches!(self, Self::NoGpu(_) | Self::Miscounted(_))
    }

    /// Whether page and worker do not belong together, which only loading the page again can mend.
    pub fn is_mismatch(&self) -> bool {
        matches!(self, Self::Mismatch(_))
    }
}

/// `: ` and the browser's words, if it had any.
struct Because<'a>(&'a str);

impl fmt::Display for Because<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ": {}", self.0) }
    }
}

/// Why a run cannot go on by itself. What is counted is kept.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    /// No slot can keep a worker alive.
    #[error("no worker can be kept alive: {last}")]
    NoWorkers {
        /// What the last worker died of.
        last: Cause,
    },
    /// All workers are dead, and the dead are not replaced.
    #[error("all workers are dead, and dead workers are not replaced: {last}")]
    NoneLeft {
        /// What the last worker died of.
        last: Cause,
    },
    /// Every worker that was given these blocks died.
    #[error("every worker given the blocks {blocks} of seed {seed} died; the last time {last}")]
    Lethal {
        /// The run's seed.
        seed: Seed,
        /// The blocks.
        blocks: BlockRange,
        /// What the last worker died of.
        last: Cause,
    },
}

impl Failure {
    /// Whether loading the page again may help where Retry does not: the page is of another build than the worker, or
    /// the host has a newer build, and no longer the worker that this page asks for.
    pub fn offers_reload(&self) -> bool {
        matches!(self, Self::NoWorkers { last } if last.is_mismatch() || matches!(last, Cause::StartFailed(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_said_in_plain_words() {
        let tally = Tally { points: 2_000_000, inside: 1_500_000 };
        let waited = Duration::from_millis(2_260);
        for (cause, said) in [
            (Cause::Panicked("at x.rs".to_owned()), "the worker panicked: at x.rs"),
            (Cause::Errored(String::new()), "the worker stopped with an error"),
            (
                Cause::StartFailed("404".to_owned()),
                "the worker's program could not be loaded or started: 404",
            ),
            (Cause::NeverReady { waited }, "the worker did not start within 2.3 s"),
            (Cause::LeaseExpired { waited }, "the worker did not answer within 2.3 s"),
            (Cause::Malformed("no kind".to_owned()), "the worker's message made no sense: no kind"),
            (
                Cause::ImpossibleTally { tally, expected: 100_000 },
                "the worker reported 1,500,000 points inside of 2,000,000 for a batch of 100,000",
            ),
            (Cause::ReadyTwice, "the worker said twice that it was ready"),
            (Cause::Rejected("no seed".to_owned()), "the worker could not read the page's message: no seed"),
            (
                Cause::Mismatch(Mismatch::Protocol { worker: 9 }),
                "the worker speaks version 9 of the protocol and the page version 4; reload the page",
            ),
            (
                Cause::Mismatch(Mismatch::Build { page: "a".to_owned(), worker: "b".repeat(1_000) }),
                "the worker is of build “bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…” and the page of build “a”; \
                 reload the page",
            ),
        ] {
            assert_eq!(cause.to_string(), said);
        }
    }

    #[test]
    fn deaths_weigh_by_cause_and_intent() {
        let mismatch = Cause::Mismatch(Mismatch::Protocol { worker: 2 });
        for (cause, asked_for, weight) in [
            (&Cause::ReadyTwice, false, Weight::Accident),
            (&Cause::ReadyTwice, true, Weight::Deliberate),
            (&mismatch, false, Weight::Final),
            (&mismatch, true, Weight::Final),
            (&Cause::NoGpu(String::new()), false, Weight::Final),
            (&Cause::Miscounted(String::new()), true, Weight::Final),
        ] {
            assert_eq!(cause.weight(asked_for), weight, "{cause}");
        }
    }
}
