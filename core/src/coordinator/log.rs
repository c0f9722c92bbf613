//! What happened, for the page to show. The log is bounded: the oldest entries go first.

use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::death::{Cause, Failure};
use super::{Fault, LeaseId, SlotIndex, WorkerId};
use crate::run::config::Gpu;
use crate::text::{Fixed, Grouped};
use crate::time::Instant;

/// How many entries are kept.
pub const LOG_CAPACITY: usize = 1_000;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Rises by one with each entry of a page's life, also past entries no longer kept.
    pub number: u64,
    /// When.
    pub at: Instant,
    /// The slot concerned.
    pub slot: Option<SlotIndex>,
    /// The worker concerned.
    pub worker: Option<WorkerId>,
    /// What happened.
    pub what: LogEvent,
    /// The lease that the worker was counting.
    pub lease: Option<LeaseId>,
    /// Blocks to be done again by another worker.
    pub requeued_blocks: u64,
    /// For a death: the time until the slot's replacement had its first result; none as long as it has not.
    pub recovered_after: Option<Duration>,
}

/// What an [`Entry`] tells.
#[derive(Clone, Debug, PartialEq)]
pub enum LogEvent {
    /// A worker died and was terminated.
    Died(Cause),
    /// A fault was asked for.
    Injected(Fault),
    /// A slot whose workers keep dying stays empty.
    GivenUp,
    /// A slot stays empty because the dead are not replaced.
    NotReplaced,
    /// The user tries again with the slots given up.
    Retried,
    /// The run began, or went on after a pause.
    Started,
    /// The run is paused.
    Paused {
        /// Points of batches cut off, which will be counted again.
        recomputed_points: u64,
    },
    /// The run goes on only to close the gaps between counted blocks.
    Finishing,
    /// The run reached its end.
    Finished,
    /// The run cannot go on.
    Failed(Failure),
    /// A run was resumed from its checkpoint.
    Restored {
        /// Points counted before.
        points: u64,
    },
    /// The number of workers was changed.
    WorkersSet(u32),
    /// What the GPU has counted of the run is in doubt, since it miscounts.
    InDoubt {
        /// Its points.
        points: u64,
    },
    /// So may be what was counted before the run was resumed: by whom, is not known.
    EarlierInDoubt,
    /// A GPU counts from now on, or no longer.
    GpuSet(Gpu),
    /// Nothing was heard for a while: the page was hidden, blocked or asleep.
    TimeJumped {
        /// How long.
        gap: Duration,
    },
    /// The browser froze the page and thawed it.
    Thawed {
        /// How long it was frozen.
        away: Duration,
    },
}

impl fmt::Display for LogEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Died(cause) => cause.fmt(f),
            Self::Injected(Fault::Crash) => f.write_str("you pressed Crash"),
            Self::Injected(Fault::Hang) => f.write_str("you pressed Hang"),
            Self::Injected(Fault::Kill) => f.write_str("you pressed Kill; the coordinator was not told"),
            Self::GivenUp => f.write_str("not started again: its workers keep dying"),
            Self::NotReplaced => f.write_str("not replaced; what it was counting is missing"),
            Self::Retried => f.write_str("workers are started where none could be kept alive"),
            Self::Started => f.write_str("the run is running"),
            Self::Paused { recomputed_points: 0 } => f.write_str("the run is paused"),
            Self::Paused { recomputed_points } => {
                write!(f, "the run is paused; {} points will be counted again", Grouped(*recomputed_points))
            }
            Self::Finishing => f.write_str("counting what is missing"),
            Self::Finished => f.write_str("the run is finished"),
            Self::Failed(failure) => failure.fmt(f),
            Self::Restored { points } => {
                write!(f, "resumed at {} points", Grouped(*points))
            }
            Self::WorkersSet(1) => f.write_str("1 worker from now on"),
            Self::WorkersSet(workers) => write!(f, "{workers} workers from now on"),
            Self::InDoubt { points } => {
                write!(f, "{} points that the GPU counted are in doubt; they can be counted again", Grouped(*points))
            }
            Self::EarlierInDoubt => {
                f.write_str("points from before the run was resumed may be in doubt too; it is not known what counted them")
            }
            Self::GpuSet(Gpu::Off) => f.write_str("no GPU from now on"),
            Self::GpuSet(Gpu::Beside) => f.write_str("the GPU too from now on"),
            Self::GpuSet(Gpu::Alone) => f.write_str("only the GPU from now on"),
            Self::TimeJumped { gap } => {
                write!(
                    f,
                    "nothing was heard for {} s: time limits were extended",
                    Fixed(gap.as_secs_f64(), 1)
                )
            }
            Self::Thawed { away } => {
                write!(
                    f,
                    "the page was frozen for {} s: time limits were extended",
                    Fixed(away.as_secs_f64(), 1)
                )
            }
        }
    }
}

/// The last [`LOG_CAPACITY`] entries. Clones share them until one of the two writes.
#[derive(Clone, Debug, Default)]
pub struct EventLog {
    entries: Rc<VecDeque<Entry>>,
    /// Number of the next entry.
    next: u64,
}

impl PartialEq for EventLog {
    /// Whether both are clones with the same entries; cheap, and never true for others.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.entries, &other.entries)
    }
}

impl EventLog {
    /// The entries kept, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        self.entries.iter()
    }

    /// Writes an entry and returns its number, which replaces the one given.
    pub(crate) fn write(&mut self, entry: Entry) -> u64 {
        let number = self.next;
        self.next += 1;
        let entries = Rc::make_mut(&mut self.entries);
        if entries.len() == LOG_CAPACITY {
            entries.pop_front();
        }
        entries.push_back(Entry { number, ..entry });
        number
    }

    /// A replacement of the worker whose death is entry `number` had its first result now.
    pub(crate) fn recovered(&mut self, number: u64, now: Instant) {
        let kept_from = self.next - self.entries.len() as u64;
        let index = number.checked_sub(kept_from).and_then(|index| usize::try_from(index).ok());
        if let Some(entry) = index.and_then(|index| Rc::make_mut(&mut self.entries).get_mut(index)) {
            entry.recovered_after = Some(now - entry.at);
        }
    }
}

impl Entry {
    /// An entry that concerns the run, not one worker. The log numbers it.
    pub(crate) fn of_run(at: Instant, what: LogEvent) -> Self {
        Self {
            number: 0,
            at,
            slot: None,
            worker: None,
            what,
            lease: None,
            requeued_blocks: 0,
            recovered_after: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_second(second: u64) -> Instant {
        Instant::after_origin(Duration::from_secs(second))
    }

    #[test]
    fn the_last_thousand_entries_are_kept_and_numbered() {
        let mut log = EventLog::default();
        for second in 0..1_500 {
            let number = log.write(Entry::of_run(at_second(second), LogEvent::Started));
            assert_eq!(number, second);
        }
        assert_eq!((log.next, log.entries().len()), (1_500, LOG_CAPACITY));
        assert_eq!(log.entries().next().map(|entry| entry.number), Some(500));
        for number in [499, 500, 1_499, 1_500] {
            log.recovered(number, at_second(2_000));
        }
        let recovered: Vec<_> = log.entries().filter_map(|entry| entry.recovered_after).collect();
        assert_eq!(recovered, [Duration::from_secs(1_500), Duration::from_secs(501)]);
    }

    // Fails with: a log on the page that stands still, or is drawn anew with every frame.
    #[test]
    fn a_clone_is_the_same_log_until_one_of_them_writes() {
        let mut log = EventLog::default();
        log.write(Entry::of_run(Instant::ORIGIN, LogEvent::Started));
        let clone = log.clone();
        assert_eq!(log, clone);
        log.write(Entry::of_run(Instant::ORIGIN, LogEvent::Finishing));
        assert_ne!(log, clone);
    }

    #[test]
    fn what_happens_to_a_run_is_said_in_plain_words() {
        let gap = Duration::from_millis(61_234);
        for (what, said) in [
            (LogEvent::Retried, "workers are started where none could be kept alive"),
            (LogEvent::Paused { recomputed_points: 0 }, "the run is paused"),
            (
                LogEvent::Paused { recomputed_points: 1_200_000 },
                "the run is paused; 1,200,000 points will be counted again",
            ),
            (LogEvent::Finishing, "counting what is missing"),
            (
                LogEvent::Failed(Failure::NoWorkers { last: Cause::ReadyTwice }),
                "no worker can be kept alive: the worker said twice that it was ready",
            ),
            (LogEvent::WorkersSet(1), "1 worker from now on"),
            (LogEvent::WorkersSet(5), "5 workers from now on"),
            (
                LogEvent::InDoubt { points: 1_200_000 },
                "1,200,000 points that the GPU counted are in doubt; they can be counted again",
            ),
            (LogEvent::GpuSet(Gpu::Off), "no GPU from now on"),
            (LogEvent::GpuSet(Gpu::Beside), "the GPU too from now on"),
            (LogEvent::GpuSet(Gpu::Alone), "only the GPU from now on"),
            (LogEvent::TimeJumped { gap }, "nothing was heard for 61.2 s: time limits were extended"),
        ] {
            assert_eq!(what.to_string(), said);
        }
    }
}
