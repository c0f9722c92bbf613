//! What the page makes happen.

use dartboard_points::kernel::Kernel;
use dartboard_points::protocol::ToWorker;
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed};

use super::backoff::Backoff;
use super::death::{Cause, Failure};
use super::doubt::GpuShare;
use super::lease::lease_allowance;
use super::ledger::{Ledger, Limit};
use super::log::{Entry, LogEvent};
use super::rate::Rate;
use super::roster::SlotState;
use super::{
    BeforeFailure, Command, Coordinator, Event, Fault, PAUSE_GRACE, Phase, Run, SlotIndex, SlotKind,
};
use crate::run::checkpoint::Checkpoint;
use crate::run::config::{AfterDeath, Config, Gpu, Target, WorkerCount};
use crate::time::Instant;

impl Coordinator {
    pub(super) fn start(&mut self, now: Instant) {
        self.opened = true;
        self.run.ledger.set_limit(self.target_limit());
        let finished = self.run.phase == Phase::Finished && self.run.ledger.is_complete();
        if finished || self.run.phase == Phase::Running {
            return;
        }
        self.revive();
        self.run_on(now, LogEvent::Started);
    }

    /// Enters Running.
    fn run_on(&mut self, now: Instant, what: LogEvent) {
        self.run.recomputed_points = 0;
        self.run.rate.restart(now, self.run.tally.points);
        for slot in self.roster.all_mut() {
            slot.rate.restart(now, slot.points);
        }
        self.run.enter(now, Phase::Running);
        self.note(now, what);
    }

    pub(super) fn pause(&mut self, now: Instant) {
        if self.run.phase != Phase::Running {
            return;
        }
        self.run.enter(now, Phase::Pausing { until: now + PAUSE_GRACE });
        for index in self.roster.indices() {
            let idle = self.roster[index].ready().filter(|ready| ready.hand.head().is_none());
            if idle.is_some_and(|ready| ready.used) {
                self.vacate(index);
            }
        }
    }

    /// Ends Pausing: terminates the workers whose heads did not finish in time.
    pub(super) fn cut_off(&mut self, now: Instant) {
        let mut recomputed_blocks = 0;
        for index in self.roster.indices() {
            let head = self.roster[index].ready().and_then(|ready| ready.hand.head());
            if let Some(head) = head {
                recomputed_blocks += head.lease.blocks.blocks();
                self.vacate(index);
            }
        }
        self.run.recomputed_points += recomputed_blocks * BLOCK_POINTS;
        self.run.enter(now, Phase::Paused);
        self.note(now, LogEvent::Paused { recomputed_points: self.run.recomputed_points });
    }

    /// Ends all workers; their leases are to do again.
    pub(super) fn close(&mut self, now: Instant) {
        self.opened = false;
        if matches!(self.run.phase, Phase::Running | Phase::Pausing { .. }) {
            self.cut_off(now);
        }
        self.dismiss();
    }

    pub(super) fn finish(&mut self, now: Instant) {
        match self.run.phase {
            Phase::Running => self.note(now, LogEvent::Finishing),
            Phase::Pausing { .. } | Phase::Paused => {
                self.revive();
                self.run_on(now, LogEvent::Finishing);
            }
            Phase::Idle | Phase::Finished | Phase::Failed { .. } => return,
        }
        self.run.ledger.find();
        self.run.ledger.set_limit(Limit::Closing);
    }

    pub(super) fn retry(&mut self, now: Instant) {
        self.revive_all(|_| true);
        self.note(now, LogEvent::Retried);
        let Phase::Failed { before, .. } = self.run.phase else { return };
        match before {
            BeforeFailure::Idle => self.run.enter(now, Phase::Idle),
            BeforeFailure::Running => self.run_on(now, LogEvent::Started),
            BeforeFailure::Paused => self.run.enter(now, Phase::Paused),
        }
    }

    /// Gives the slots given up and the blocks that killed workers another go; not a GPU that miscounts.
    fn revive(&mut self) {
        self.revive_all(|cause| !matches!(cause, Cause::Miscounted(_)));
    }

    /// Gives the blocks that killed workers another go, and those slots given up for a cause that `helps`.
    fn revive_all(&mut self, helps: fn(&Cause) -> bool) {
        self.run.suspects = super::Suspects::default();
        for slot in self.roster.all_mut() {
            if matches!(&slot.state, SlotState::GivenUp(cause) if helps(cause)) {
                slot.state = SlotState::Empty;
                slot.backoff = Backoff::default();
            }
        }
    }

    pub(super) fn reset(&mut self, now: Instant, config: Config) {
        for index in self.roster.indices() {
            let ready = self.roster[index].ready();
            let stays = |used: bool, busy: bool| !used || (self.keeps_workers && !busy);
            if ready.is_some_and(|ready| ready.injected || !stays(ready.used, ready.hand.head().is_some())) {
                self.vacate(index);
            }
            let slot = &mut self.roster[index];
            slot.points = 0;
            slot.restarts = 0;
            slot.rate = Rate::default();
        }
        self.revive();
        self.run = Run::new();
        self.set_kernel(config.kernel);
        self.config = config;
        self.resize(now);
    }

    /// Forgets the run, as [`Event::Reset`] does, and is idle with one over `blocks` of `seed` alone; [`Event::Start`]
    /// begins it. It is finished, and its tally whole, once these blocks are counted. What else is configured stays.
    /// Blocks from [`Target::MAX`] on belong to no run and are not counted.
    ///
    /// It is not an event, since only devices that count parts of others' runs need it: other programs do not contain it.
    pub fn reset_to(&mut self, now: Instant, seed: Seed, blocks: BlockRange) -> Vec<Command> {
        let target = Target::from_blocks(blocks.end()).unwrap_or(Target::MAX);
        let config = Config { seed, target: Some(target), ..self.config };
        let commands = self.handle(now, Event::Reset(config));
        self.run.ledger = Ledger::from_block(blocks.first());
        commands
    }

    pub(super) fn restore(&mut self, now: Instant, checkpoint: &Checkpoint) {
        self.reset(now, checkpoint.config());
        self.run.ledger = Ledger::resume(0, checkpoint.done());
        self.run.ledger.set_limit(self.target_limit());
        self.run.tally = checkpoint.tally();
        self.run.trace.record(self.run.tally);
        self.run.restarts = checkpoint.restarts;
        self.run.stale_results = checkpoint.stale_results;
        self.run.ran = checkpoint.ran;
        self.run.gpu = GpuShare::of(checkpoint);
        if self.run.tally.points > 0 {
            self.run.enter(now, Phase::Paused);
        }
        self.note(now, LogEvent::Restored { points: self.run.tally.points });
    }

    pub(super) fn set_workers(&mut self, now: Instant, workers: WorkerCount) {
        if workers == self.config.workers {
            return;
        }
        self.config.workers = workers;
        self.resize(now);
        self.note(now, LogEvent::WorkersSet(workers.get()));
    }

    pub(super) fn set_gpu(&mut self, now: Instant, gpu: Gpu) {
        if gpu == self.config.gpu {
            return;
        }
        self.config.gpu = gpu;
        self.resize(now);
        self.note(now, LogEvent::GpuSet(gpu));
    }

    /// Follows a changed number of workers.
    fn resize(&mut self, now: Instant) {
        self.roster.resize(self.config.processor_workers(), self.config.gpu != Gpu::Off);
        for index in self.roster.indices() {
            let concurrency = self.concurrency(index.kind());
            if !self.roster.is_wanted(index) {
                // One with a head finishes it first.
                let slot = &self.roster[index];
                if slot.ready().is_none_or(|ready| ready.hand.head().is_none()) {
                    self.vacate(index);
                }
            }
            let slot = &mut self.roster[index];
            let patience = slot.backoff.patience();
            if let SlotState::Ready(ready) = &mut slot.state {
                let pace = ready.pace;
                if let Some(head) = ready.hand.head_mut() {
                    let points = head.lease.blocks.points();
                    head.deadline.allow(lease_allowance(points, pace, concurrency, patience));
                }
            }
            if slot.points == 0 {
                slot.rate.restart(now, 0);
            }
        }
    }

    pub(super) fn set_target(&mut self, target: Option<Target>) {
        self.config.target = target;
        if self.run.phase != Phase::Finished {
            self.run.ledger.set_limit(self.target_limit());
        }
    }

    /// Further batches are counted by this kernel. How fast the workers were with another says nothing.
    pub(super) fn set_kernel(&mut self, kernel: Option<Kernel>) {
        if kernel != self.config.kernel {
            self.config.kernel = kernel;
            self.paces[SlotKind::Processor as usize] = None;
            for slot in self.roster.all_mut() {
                if slot.index.kind() == SlotKind::Processor {
                    slot.forget_pace();
                }
            }
        }
    }

    pub(super) fn set_after_death(&mut self, after_death: AfterDeath) {
        if after_death != self.config.after_death {
            self.config.after_death = after_death;
            if after_death == AfterDeath::Replace && !matches!(self.run.phase, Phase::Failed { .. }) {
                self.revive();
            }
        }
    }

    pub(super) fn inject(&mut self, now: Instant, index: SlotIndex, fault: Fault) {
        let Some(slot) = self.roster.get_mut(index) else { return };
        let worker = match (&mut slot.state, fault) {
            (SlotState::Ready(ready), _) => {
                ready.injected = true;
                ready.worker
            }
            (SlotState::Starting(starting), Fault::Kill) => {
                starting.injected = true;
                starting.worker
            }
            _ => return,
        };
        self.commands.push(match fault {
            Fault::Crash => Command::Post { worker, message: ToWorker::Crash },
            Fault::Hang => Command::Post { worker, message: ToWorker::Hang },
            Fault::Kill => Command::KillSilently { worker },
        });
        let entry = Entry::of_run(now, LogEvent::Injected(fault));
        self.log.write(Entry { slot: Some(index), worker: Some(worker), ..entry });
    }

    /// Stops the run for a reason that it cannot remove itself. What is counted is kept.
    pub(super) fn fail(&mut self, now: Instant, failure: Failure) {
        let before = match self.run.phase {
            Phase::Idle => BeforeFailure::Idle,
            Phase::Running => BeforeFailure::Running,
            Phase::Pausing { .. } | Phase::Paused => BeforeFailure::Paused,
            Phase::Finished | Phase::Failed { .. } => return,
        };
        self.dismiss();
        self.note(now, LogEvent::Failed(failure.clone()));
        self.run.enter(now, Phase::Failed { failure, before });
    }

    /// Ends all workers. Slots given up stay so, for the page to show why.
    pub(super) fn dismiss(&mut self) {
        for index in self.roster.indices() {
            if !matches!(self.roster[index].state, SlotState::GivenUp(_)) {
                self.vacate(index);
            }
        }
    }

    /// Writes an entry that concerns the whole run.
    pub(super) fn note(&mut self, now: Instant, what: LogEvent) {
        self.log.write(Entry::of_run(now, what));
    }
}
