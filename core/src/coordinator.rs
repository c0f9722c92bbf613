//! Decides which batch goes to which worker, what is lost and what is done.
//!
//! A state machine without clock, randomness or browser: [`Coordinator::handle`] takes an [`Event`] and the
//! time, and returns the [`Command`]s that the driver carries out. In reading order:
//! - `ledger`: where each block stands;
//! - `lease`, `batch_size`: what a worker holds, how long it may take, how much it gets;
//! - `roster`, `backoff`, `suspects`, `doubt`: slots, their workers, and what follows a death;
//! - `control`, `workers`: what the page and what the workers make happen;
//! - [`death`], [`log`], [`counted`], [`snapshot`]: what the page shows.
//!
//! Invariants: a block is to do, in flight at one worker, or done; a lease leaves its worker only by an
//! accepted result or by the worker's `Terminate`; worker and lease ids are never used again.

use std::time::Duration;

use dartboard_points::kernel::Kernel;
use dartboard_points::protocol::{FromWorker, ToWorker};
use dartboard_points::tally::Tally;

use crate::run::checkpoint::Checkpoint;
use crate::run::config::{Config, Gpu, LiveSetting};
use crate::run::trace::Trace;
use crate::supervision::Heard;
use crate::time::Instant;

use backoff::Backoff;
use batch_size::Pace;
use counted::BatchSample;
use death::Failure;
use doubt::GpuShare;
use ledger::{Ledger, Limit};
use log::{Entry, EventLog, LogEvent};
use rate::Rate;
use roster::Roster;
use suspects::Suspects;
use timeline::Cell;

pub mod backoff;
pub mod batch_size;
pub(crate) mod block_set;
mod control;
pub mod counted;
pub mod death;
mod doubt;
mod ids;
pub mod lease;
mod ledger;
pub mod log;
pub(crate) mod rate;
mod roster;
pub mod snapshot;
mod suspects;
pub mod timeline;
mod workers;

pub use ids::{LeaseId, SlotIndex, SlotKind, WorkerId};

/// How long the heads may go on after Pause.
pub const PAUSE_GRACE: Duration = Duration::from_millis(200);
/// How late beyond the timer an event must come to mean that nothing could be heard meanwhile.
pub const JUMP: Duration = Duration::from_millis(250);

/// What is done to a worker on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// It panics, after the leases it holds. Nothing happens to a worker that is not ready.
    Crash,
    /// It loops for ever, after the leases it holds. Nothing happens to a worker that is not ready.
    Hang,
    /// It is terminated without the coordinator being told.
    Kill,
}

/// What the coordinator is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The page is there: workers are made ready, so that Start is instant.
    Open,
    /// No workers are wanted until [`Event::Open`] or [`Event::Start`]: all end, and a run is paused.
    Close,
    /// Run, or go on: from idle, paused, failed (as after [`Event::Retry`]), or finished short of the target.
    Start,
    /// Stop; the heads have [`PAUSE_GRACE`] to finish.
    Pause,
    /// Start no new block; finish once the counted blocks have no gaps.
    Finish,
    /// Try again with the slots given up; a failed run goes back to what it was doing.
    Retry,
    /// Forget what was counted since a GPU began to, if that is in doubt ([`snapshot::Snapshot::points_in_doubt`]), and count
    /// it again without a GPU.
    CountAgain,
    /// Forget the run and be idle with another one.
    Reset(Config),
    /// Forget the run and resume this one, paused.
    Restore(Checkpoint),
    /// Change a value of the configuration: a batch size, chaos or kernel that of further batches, a target where the run
    /// ends. A run already past its target ends once it has no gaps. Where the dead are replaced from now on, those that
    /// were not are.
    Set(LiveSetting),
    /// Do something to the worker of a slot.
    Inject {
        /// The slot.
        slot: SlotIndex,
        /// What is done.
        fault: Fault,
    },
    /// A worker said something.
    Message {
        /// The worker.
        worker: WorkerId,
        /// What it said.
        message: FromWorker,
    },
    /// A worker said something that could not be parsed.
    Malformed {
        /// The worker.
        worker: WorkerId,
        /// What is wrong with it.
        reason: String,
    },
    /// An error was reported for a worker, or it could not be made at all.
    Failed {
        /// The worker.
        worker: WorkerId,
        /// The browser's words; may be empty.
        reason: String,
    },
    /// The time of the last [`Command::SetTimer`] has come, or is past.
    Timer,
    /// The page is about to be frozen.
    Frozen,
    /// The page goes on after [`Event::Frozen`].
    Thawed,
}

impl Event {
    /// What was heard of `worker`.
    pub fn of_worker(worker: WorkerId, heard: Heard) -> Self {
        match heard {
            Heard::Said(message) => Self::Message { worker, message },
            Heard::Malformed(reason) => Self::Malformed { worker, reason },
            Heard::Failed(reason) => Self::Failed { worker, reason },
        }
    }
}

/// What the driver is to do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Make a worker. If that throws, say [`Event::Failed`].
    Spawn {
        /// Its id, never used before.
        worker: WorkerId,
        /// Its slot.
        slot: SlotIndex,
    },
    /// Send a worker a message.
    Post {
        /// The worker, spawned and not terminated.
        worker: WorkerId,
        /// The message.
        message: ToWorker,
    },
    /// End a worker and forget it; what it still says may be told or not.
    Terminate {
        /// The worker, spawned and not terminated before.
        worker: WorkerId,
    },
    /// End a worker as [`Fault::Kill`] asks: the coordinator takes it for alive.
    /// A [`Command::Terminate`] of the same worker follows in time.
    KillSilently {
        /// The worker.
        worker: WorkerId,
    },
    /// Say [`Event::Timer`] at this time instead of the one set before; at none, not at all.
    SetTimer(Option<Instant>),
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq)]
enum Phase {
    Idle,
    Running,
    Pausing { until: Instant },
    Paused,
    Finished,
    Failed { failure: Failure, before: BeforeFailure },
}

/// What a failed run was doing, and does again after Retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BeforeFailure {
    Idle,
    Running,
    Paused,
}

/// What belongs to one run and is forgotten with it.
#[derive(Clone, Debug)]
struct Run {
    phase: Phase,
    ledger: Ledger,
    tally: Tally,
    trace: Trace,
    suspects: Suspects,
    rate: Rate,
    /// The last block of the batch that was counted last.
    latest_block: Option<u64>,
    sample: BatchSample,
    gpu: GpuShare,
    stale_results: u64,
    restarts: u64,
    /// Points of batches that the last pause cut off.
    recomputed_points: u64,
    /// Time in Running, up to `running_since`.
    ran: Duration,
    running_since: Option<Instant>,
}

impl Run {
    fn new() -> Self {
        Self {
            phase: Phase::Idle,
            ledger: Ledger::default(),
            tally: Tally::default(),
            trace: Trace::default(),
            suspects: Suspects::default(),
            rate: Rate::default(),
            latest_block: None,
            sample: BatchSample::default(),
            gpu: GpuShare::default(),
            stale_results: 0,
            restarts: 0,
            recomputed_points: 0,
            ran: Duration::ZERO,
            running_since: None,
        }
    }

    /// Time in Running so far.
    fn running_time(&self, now: Instant) -> Duration {
        self.ran + self.running_since.map_or(Duration::ZERO, |since| now - since)
    }

    fn enter(&mut self, now: Instant, phase: Phase) {
        self.ran = self.running_time(now);
        self.running_since = (phase == Phase::Running).then_some(now);
        self.phase = phase;
    }
}

/// How far things are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Workers that are ready or computing.
    pub ready_workers: u32,
    /// Whether all that was asked for is counted.
    pub finished: bool,
    /// Why the run has failed, if it has.
    pub failure: Option<String>,
    /// Replacements of dead workers in this run.
    pub restarts: u64,
    /// What is counted.
    pub tally: Tally,
}

/// The page is frozen.
#[derive(Clone, Copy, Debug)]
struct Frozen {
    since: Instant,
    /// Up to when deadlines have been moved meanwhile.
    accounted: Instant,
}

/// See the module's documentation.
#[derive(Clone, Debug)]
pub struct Coordinator {
    config: Config,
    /// The page's own build id.
    build: String,
    run: Run,
    roster: Roster,
    /// The pace last measured in any slot of a kind, for those of that kind that have none.
    paces: [Option<Pace>; 2],
    log: EventLog,
    /// Whether workers are wanted at all.
    opened: bool,
    /// Whether the workers of a finished run stay for the next one.
    keeps_workers: bool,
    frozen: Option<Frozen>,
    /// The time of the latest event.
    latest: Instant,
    /// The timer as the driver has it.
    timer: Option<Instant>,
    next_worker: u64,
    next_lease: u64,
    commands: Vec<Command>,
}

impl Coordinator {
    /// A coordinator of an idle run, for a page of build `build`.
    pub fn new(config: Config, build: String) -> Self {
        let mut roster = Roster::default();
        roster.resize(config.processor_workers(), config.gpu != Gpu::Off);
        Self {
            config,
            build,
            run: Run::new(),
            roster,
            paces: [None; 2],
            log: EventLog::default(),
            opened: false,
            keeps_workers: false,
            frozen: None,
            latest: Instant::ORIGIN,
            timer: None,
            next_worker: 0,
            next_lease: 0,
            commands: Vec::new(),
        }
    }

    /// The same, but the workers of a finished run stay and count the next one: for measuring, once they are warm.
    #[must_use]
    pub fn keeping_workers(mut self) -> Self {
        self.keeps_workers = true;
        self
    }

    /// Takes an event at `now` and returns what the driver is to do.
    /// A `now` before that of an earlier event counts as that one.
    pub fn handle(&mut self, now: Instant, event: Event) -> Vec<Command> {
        let before = self.latest;
        self.latest = before.max(now);
        let now = self.latest;
        self.notice_lost_time(before, now, &event);
        self.dispatch_event(now, event);
        self.judge(now);
        self.settle(now);
        self.set_timer();
        std::mem::take(&mut self.commands)
    }

    /// How far things are, for callers that do not need a [`snapshot::Snapshot`].
    pub fn progress(&self) -> Progress {
        let ready = self.roster.wanted().filter(|slot| slot.ready().is_some()).count();
        Progress {
            ready_workers: u32::try_from(ready).unwrap_or(u32::MAX),
            finished: self.run.phase == Phase::Finished,
            failure: match &self.run.phase {
                // Callers that wanted a GPU know that this one is a GPU's.
                Phase::Failed { failure: Failure::NoWorkers { last }, .. } if last.is_of_gpu() => {
                    Some(last.to_string())
                }
                Phase::Failed { failure, .. } => Some(failure.to_string()),
                _ => None,
            },
            restarts: self.run.restarts,
            tally: self.run.tally,
        }
    }

    /// The name of the adapter that the GPU's worker counts on, which may be empty; none as long as there is none.
    pub fn adapter(&self) -> Option<&str> {
        self.roster.get(SlotIndex::GPU)?.ready()?.adapter.as_deref()
    }

    /// The configuration in force.
    pub fn config(&self) -> Config {
        self.config
    }

    /// What is counted.
    pub fn tally(&self) -> Tally {
        self.run.tally
    }

    /// What has happened so far, for comparing: more in the log, or the first batch of a run.
    pub(crate) fn happened(&self) -> (Option<u64>, bool) {
        (self.log.entries().next_back().map(|entry| entry.number), self.run.tally.points > 0)
    }

    /// The last block of the batch counted last.
    pub(crate) fn latest_block(&self) -> Option<u64> {
        self.run.latest_block
    }

    /// Whether workers count, with all slots or some.
    pub fn is_running(&self) -> bool {
        self.run.phase == Phase::Running
    }

    /// How long workers have counted.
    pub fn running_time(&self, now: Instant) -> Duration {
        self.run.running_time(now.max(self.latest))
    }

    /// The run as it can be resumed later; blocks in flight are to do in it.
    pub fn checkpoint(&self, now: Instant) -> Checkpoint {
        Checkpoint {
            config: self.config,
            done: self.run.ledger.done(),
            tally: self.run.tally,
            restarts: self.run.restarts,
            stale_results: self.run.stale_results,
            ran: self.run.running_time(now.max(self.latest)),
        }
    }

    /// What happened so far.
    pub fn log(&self) -> &EventLog {
        &self.log
    }

    /// What the slot did in the last ten seconds, oldest first; nothing for a slot that does not exist.
    pub fn timeline(&self, now: Instant, slot: SlotIndex) -> Vec<Cell> {
        self.roster.get(slot).map_or_else(Vec::new, |slot| slot.timeline.cells(now.max(self.latest)))
    }

    /// How many ranges of blocks are remembered: it follows the leases in flight, not the length of the run.
    #[cfg(any(test, feature = "measure"))]
    pub fn remembered_ranges(&self) -> usize {
        self.run.ledger.ranges() + self.run.suspects.ranges()
    }

    /// Moves deadlines by the time in which nothing could be heard, if any passed since the event at `before`.
    fn notice_lost_time(&mut self, before: Instant, now: Instant, event: &Event) {
        if let Some(frozen) = &mut self.frozen {
            let gap = now - frozen.accounted;
            let away = now - frozen.since;
            frozen.accounted = now;
            self.shift(now, gap, true);
            // A page that is looked at again is not frozen, whether its browser says so or not.
            let hidden = matches!(
                event,
                Event::Frozen
                    | Event::Timer
                    | Event::Message { .. }
                    | Event::Malformed { .. }
                    | Event::Failed { .. }
            );
            if !hidden {
                self.frozen = None;
                self.log.write(Entry::of_run(now, LogEvent::Thawed { away }));
            }
        } else if self.timer.is_some_and(|timer| now > timer.max(before) + JUMP) {
            let gap = now - before;
            self.shift(now, gap, false);
            self.log.write(Entry::of_run(now, LogEvent::TimeJumped { gap }));
        }
    }

    /// Moves deadlines by a gap of time: a worker that was not heard in it is not at fault.
    fn shift(&mut self, now: Instant, gap: Duration, announced: bool) {
        for slot in self.roster.all_mut() {
            slot.shift(now, gap, announced);
        }
        self.run.rate.shift(gap);
        self.run.running_since = self.run.running_since.map(|since| since + gap);
    }

    fn dispatch_event(&mut self, now: Instant, event: Event) {
        match event {
            Event::Open => self.opened = true,
            Event::Close => self.close(now),
            Event::Start => self.start(now),
            Event::Pause => self.pause(now),
            Event::Finish => self.finish(now),
            Event::Retry => self.retry(now),
            Event::CountAgain => self.count_again(now),
            Event::Reset(config) => self.reset(now, config),
            Event::Restore(checkpoint) => self.restore(now, &checkpoint),
            Event::Set(LiveSetting::Workers(workers)) => self.set_workers(now, workers),
            Event::Set(LiveSetting::Batch(batch)) => self.config.batch = batch,
            Event::Set(LiveSetting::Target(target)) => self.set_target(target),
            Event::Set(LiveSetting::Chaos(chaos)) => self.config.chaos = chaos,
            Event::Set(LiveSetting::Kernel(kernel)) => self.set_kernel(kernel),
            Event::Set(LiveSetting::AfterDeath(after_death)) => self.set_after_death(after_death),
            Event::Set(LiveSetting::Gpu(gpu)) => self.set_gpu(now, gpu),
            Event::Inject { slot, fault } => self.inject(now, slot, fault),
            Event::Message { worker, message } => self.message(now, worker, message),
            Event::Malformed { worker, reason } => self.malformed(now, worker, reason),
            Event::Failed { worker, reason } => self.failed(now, worker, reason),
            Event::Timer => self.timer = None,
            Event::Frozen => {
                let frozen = Frozen { since: now, accounted: now };
                self.frozen = self.frozen.or(Some(frozen));
            }
            Event::Thawed => {}
        }
    }

    /// How many workers of a kind share what they count on.
    fn concurrency(&self, kind: SlotKind) -> u32 {
        match kind {
            SlotKind::Processor => self.config.workers.get(),
            SlotKind::Gpu => 1,
        }
    }

    /// The kernel that workers of a kind are asked to count with. A GPU has one way only.
    fn kernel(&self, kind: SlotKind) -> Option<Kernel> {
        match kind {
            SlotKind::Processor => self.config.kernel,
            SlotKind::Gpu => None,
        }
    }

    /// The limit that the configured target sets.
    fn target_limit(&self) -> Limit {
        self.config.target.map_or(Limit::None, |target| Limit::Block(target.blocks()))
    }

    /// Sets the timer to the next deadline, unless it is.
    fn set_timer(&mut self) {
        let pausing = match self.run.phase {
            Phase::Pausing { until } => Some(until),
            _ => None,
        };
        let slots = self.roster.all().iter().filter_map(roster::Slot::deadline);
        let next = if self.frozen.is_some() { None } else { slots.chain(pausing).min() };
        if next != self.timer {
            self.timer = next;
            self.commands.push(Command::SetTimer(next));
        }
    }
}

#[cfg(test)]
mod tests;
