//! The coordinator's state as the page shows it.

use std::fmt;
use std::time::Duration;

use dartboard_points::kernel::Kernel;
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Tally};

use super::counted::BatchSample;
use super::death::{Cause, Failure};
use super::log::EventLog;
use super::roster::{Slot, SlotState};
use super::timeline::Cell;
use super::{Coordinator, Phase, SlotIndex, SlotKind, WorkerId};
use crate::run::config::{AfterDeath, Config};
use crate::run::trace::Trace;
use crate::time::Instant;

/// How long the GPU must have counted, by its timeline, before it is compared with the processor, in microseconds.
const GPU_JUDGED_AFTER_US: u64 = 5_000_000;

/// What the page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Where the run stands.
    pub status: RunStatus,
    /// What is counted.
    pub tally: Tally,
    /// The configuration in force.
    pub config: Config,
    /// Workers that are ready or computing now.
    pub workers_alive: u32,
    /// Replacements of dead workers in this run.
    pub restarts: u64,
    /// A sample of the batches that this page counted of the run.
    pub sample: BatchSample,
    /// Results dropped because they were late, doubled or foreign.
    pub stale_results: u64,
    /// Points of batches that the last pause cut off; 0 once the run goes on.
    pub recomputed_points: u64,
    /// The highest counted block plus one: where Finish ends. In points, see [`Self::counted_end_points`].
    pub counted_end: u64,
    /// Whether blocks below `counted_end` are still to be counted, so that the tally is not yet one that a
    /// link reproduces.
    pub has_gaps: bool,
    /// Points that dead workers were counting, and that nobody counts again for now.
    pub missing_points: u64,
    /// Points counted by a GPU that has then miscounted a block, until [`super::Event::CountAgain`]; 0 if none are in doubt.
    pub points_in_doubt: u64,
    /// Points a second over the last two seconds; 0 unless running.
    pub points_per_second: f64,
    /// Time in Running.
    pub running_time: Duration,
    /// The slots, in order; those being removed last.
    pub slots: Vec<SlotView>,
    /// The run's tallies so far, log-spaced.
    pub trace: Trace,
    /// What happened.
    pub log: EventLog,
}

impl Snapshot {
    /// The points of all blocks up to the highest counted one.
    pub fn counted_end_points(&self) -> u64 {
        self.counted_end.saturating_mul(BLOCK_POINTS)
    }

    /// Whether the processor's workers, all together, are faster than the GPU that has counted beside them for some seconds.
    pub fn is_gpu_slower(&self) -> bool {
        let Some(gpu) = self.slots.last().filter(|slot| slot.slot.kind() == SlotKind::Gpu) else {
            return false;
        };
        let counted_us: u64 = gpu.timeline.iter().map(|cell| u64::from(cell.computing_us)).sum();
        // What is not the GPU's is the processor's.
        counted_us >= GPU_JUDGED_AFTER_US && self.points_per_second > 2.0 * gpu.points_per_second
    }
}

/// Where the run stands.
#[derive(Clone, Debug, PartialEq)]
pub enum RunStatus {
    /// Nothing is counted yet.
    Idle,
    /// Workers count.
    Running,
    /// The last batches before a pause have a moment to finish.
    Pausing,
    /// Stopped; Start goes on.
    Paused,
    /// All that was asked for is counted.
    Finished,
    /// Running with fewer slots than wanted; Retry tries the others again.
    Degraded {
        /// Slots given up.
        given_up: u32,
        /// Slots wanted.
        wanted: u32,
        /// Whether dead workers are replaced.
        after_death: AfterDeath,
        /// What the last worker of one of them died of.
        last: Cause,
    },
    /// Stopped by trouble; Retry tries again.
    Failed(Failure),
}

impl RunStatus {
    /// The word in the page's `data-status`. Pausing is still running: points may still be counted.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Running | Self::Pausing => "running",
            Self::Paused => "paused",
            Self::Finished => "finished",
            Self::Degraded { .. } => "degraded",
            Self::Failed(_) => "failed",
        }
    }

    /// Whether workers count, and more than the last batches before a pause.
    pub fn is_counting(&self) -> bool {
        matches!(self, Self::Running | Self::Degraded { .. })
    }

    /// What is wrong, in plain words.
    pub fn trouble(&self) -> Option<String> {
        match self {
            Self::Degraded { given_up: 1, last, .. } if last.is_of_gpu() => {
                Some(format!("the GPU does not count: {last}"))
            }
            Self::Degraded { given_up, wanted, after_death, last } => {
                let what = match after_death {
                    AfterDeath::Replace => "cannot be kept alive",
                    AfterDeath::GoOn => "dead and not replaced",
                };
                Some(format!("{given_up} of {wanted} workers {what}: {last}"))
            }
            Self::Failed(failure) => Some(failure.to_string()),
            _ => None,
        }
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "Idle",
            Self::Running => "Running",
            Self::Pausing => "Pausing",
            Self::Paused => "Paused",
            Self::Finished => "Finished",
            Self::Degraded { .. } => "Degraded",
            Self::Failed(_) => "Failed",
        })
    }
}

/// One slot.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotView {
    /// Its number.
    pub slot: SlotIndex,
    /// What it holds.
    pub state: SlotStateView,
    /// The own kernel of its worker, once that has announced itself; none of one on the GPU.
    pub kernel: Option<Kernel>,
    /// The name of the adapter of its worker on the GPU, once that has announced itself; it may be empty.
    pub adapter: Option<String>,
    /// Points counted here in this run.
    pub points: u64,
    /// Points a second over the last two seconds; 0 unless running.
    pub points_per_second: f64,
    /// Replacements made here in this run.
    pub restarts: u32,
    /// What its workers did recently, by cells of [`super::timeline::CELL`]; the last one is not over yet.
    pub timeline: Vec<Cell>,
}

/// What a slot holds.
#[derive(Clone, Debug, PartialEq)]
pub enum SlotStateView {
    /// Nothing.
    Empty,
    /// Nothing until the next replacement.
    Backoff {
        /// The time left.
        remaining: Duration,
    },
    /// A worker that is being started.
    Starting {
        /// The worker.
        worker: WorkerId,
    },
    /// A worker that waits for a batch.
    Ready {
        /// The worker.
        worker: WorkerId,
    },
    /// A worker that counts.
    Computing {
        /// The worker.
        worker: WorkerId,
        /// The blocks of its head lease.
        blocks: BlockRange,
        /// Since when.
        age: Duration,
        /// The blocks of the lease that waits in its message queue.
        next: Option<BlockRange>,
    },
    /// A worker of a slot that is being removed: it finishes its head lease.
    Retiring {
        /// The worker.
        worker: WorkerId,
        /// The blocks of its head lease.
        blocks: BlockRange,
        /// Since when.
        age: Duration,
    },
    /// Nothing: its workers keep dying.
    GivenUp {
        /// What the last one died of.
        last: Cause,
    },
}

impl Coordinator {
    /// The state at `now`, for the page.
    pub fn snapshot(&self, now: Instant) -> Snapshot {
        let now = now.max(self.latest);
        let counted_end = self.run.ledger.counted_end();
        let running = matches!(self.run.phase, Phase::Running);
        let slots = self.roster.all().iter().map(|slot| self.slot_view(now, slot)).collect();
        let alive = self.roster.all().iter().filter(|slot| slot.ready().is_some()).count();
        Snapshot {
            status: self.status(),
            tally: self.run.tally,
            config: self.config,
            workers_alive: u32::try_from(alive).unwrap_or(u32::MAX),
            restarts: self.run.restarts,
            sample: self.run.sample.clone(),
            stale_results: self.run.stale_results,
            recomputed_points: self.run.recomputed_points,
            counted_end,
            missing_points: self.run.ledger.missing_blocks().saturating_mul(BLOCK_POINTS),
            points_in_doubt: self.run.gpu.points_in_doubt(),
            has_gaps: self.run.ledger.prefix() < counted_end,
            points_per_second: if running { self.run.rate.per_second(now) } else { 0.0 },
            running_time: self.run.running_time(now),
            slots,
            trace: self.run.trace.clone(),
            log: self.log.clone(),
        }
    }

    /// What the run does.
    pub fn status(&self) -> RunStatus {
        match &self.run.phase {
            Phase::Idle => RunStatus::Idle,
            Phase::Running => self.degraded().unwrap_or(RunStatus::Running),
            Phase::Pausing { .. } => RunStatus::Pausing,
            Phase::Paused => RunStatus::Paused,
            Phase::Finished => RunStatus::Finished,
            Phase::Failed { failure, .. } => RunStatus::Failed(failure.clone()),
        }
    }

    fn degraded(&self) -> Option<RunStatus> {
        let mut causes = self.roster.wanted().filter_map(|slot| match &slot.state {
            SlotState::GivenUp(cause) => Some(cause),
            _ => None,
        });
        let given_up = u32::try_from(causes.clone().count()).unwrap_or(u32::MAX);
        let last = causes.next_back()?.clone();
        let wanted = self.config.all_workers();
        Some(RunStatus::Degraded { given_up, wanted, after_death: self.config.after_death, last })
    }

    fn slot_view(&self, now: Instant, slot: &Slot) -> SlotView {
        let state = match &slot.state {
            SlotState::Empty => SlotStateView::Empty,
            SlotState::Waiting { until } => SlotStateView::Backoff { remaining: *until - now },
            SlotState::Starting(starting) => SlotStateView::Starting { worker: starting.worker },
            SlotState::GivenUp(cause) => SlotStateView::GivenUp { last: cause.clone() },
            SlotState::Ready(ready) => match ready.hand.head() {
                None => SlotStateView::Ready { worker: ready.worker },
                Some(head) => {
                    let (worker, blocks) = (ready.worker, head.lease.blocks);
                    let age = now - head.deadline.since;
                    if self.roster.is_wanted(slot.index) {
                        let next = ready.hand.second().map(|lease| lease.blocks);
                        SlotStateView::Computing { worker, blocks, age, next }
                    } else {
                        SlotStateView::Retiring { worker, blocks, age }
                    }
                }
            },
        };
        let running = self.run.phase == Phase::Running;
        SlotView {
            slot: slot.index,
            state,
            kernel: slot.ready().and_then(|ready| ready.kernel),
            adapter: slot.ready().and_then(|ready| ready.adapter.clone()),
            points: slot.points,
            points_per_second: if running { slot.rate.per_second(now) } else { 0.0 },
            restarts: slot.restarts,
            timeline: slot.timeline.cells(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use dartboard_points::tally::Seed;

    use super::*;
    use crate::run::config::{BatchSize, WorkerCount};

    #[test]
    fn statuses_have_a_word_for_scripts_and_one_for_people() {
        let last = Cause::ReadyTwice;
        let degraded =
            |after_death| RunStatus::Degraded { given_up: 1, wanted: 4, after_death, last: last.clone() };
        let no_gpu = |given_up| RunStatus::Degraded {
            given_up,
            wanted: 4,
            after_death: AfterDeath::Replace,
            last: Cause::NoGpu("this browser has no WebGPU".to_owned()),
        };
        for (status, word, text, trouble) in [
            (no_gpu(1), "degraded", "Degraded", Some("the GPU does not count: this browser has no WebGPU")),
            (
                no_gpu(2),
                "degraded",
                "Degraded",
                Some("2 of 4 workers cannot be kept alive: this browser has no WebGPU"),
            ),
            (RunStatus::Idle, "idle", "Idle", None),
            (RunStatus::Running, "running", "Running", None),
            (RunStatus::Pausing, "running", "Pausing", None),
            (RunStatus::Paused, "paused", "Paused", None),
            (RunStatus::Finished, "finished", "Finished", None),
            (
                degraded(AfterDeath::Replace),
                "degraded",
                "Degraded",
                Some("1 of 4 workers cannot be kept alive: the worker said twice that it was ready"),
            ),
            (
                degraded(AfterDeath::GoOn),
                "degraded",
                "Degraded",
                Some("1 of 4 workers dead and not replaced: the worker said twice that it was ready"),
            ),
            (
                RunStatus::Failed(Failure::NoWorkers { last }),
                "failed",
                "Failed",
                Some("no worker can be kept alive: the worker said twice that it was ready"),
            ),
        ] {
            assert_eq!((status.word(), status.to_string().as_str()), (word, text));
            assert_eq!(status.trouble().as_deref(), trouble);
        }
    }

    // Fails with: a GPU called slow that has barely begun, that is held against itself, or that counts alone.
    #[test]
    fn the_gpu_is_called_slower_once_it_has_counted_for_five_seconds_beside_faster_workers() {
        let config = Config::new(Seed(1), WorkerCount::nearest(2), BatchSize::Auto);
        let empty = Coordinator::new(config, String::new()).snapshot(Instant::default());
        let slot = |slot, points_per_second, cells: usize| {
            let cell = Cell { computing_us: 100_000, ..Cell::default() };
            SlotView { slot, points_per_second, timeline: vec![cell; cells], ..empty.slots[0].clone() }
        };
        for (workers, gpu, cells, is_slower) in [
            (6.0, 5.0, 50, true),
            (6.0, 5.0, 49, false),
            (5.0, 6.0, 100, false),
            (0.0, 5.0, 100, false),
            (0.0, 0.0, 100, false),
        ] {
            let slots = vec![slot(SlotIndex(0), workers, 100), slot(SlotIndex::GPU, gpu, cells)];
            let mut snapshot = Snapshot { slots, points_per_second: workers + gpu, ..empty.clone() };
            assert_eq!(snapshot.is_gpu_slower(), is_slower, "{workers} {gpu} {cells}");
            snapshot.slots.pop();
            assert!(!snapshot.is_gpu_slower(), "there is none");
        }
    }
}
