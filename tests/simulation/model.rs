//! A separate account of blocks and workers, kept from events and commands alone,
//! with which the coordinator must agree after every step.

use std::collections::BTreeMap;

use dartboard_core::coordinator::snapshot::{RunStatus, SlotStateView, Snapshot};
use dartboard_core::coordinator::{Command, Event, LeaseId, SlotIndex, SlotKind, WorkerId};
use dartboard_core::run::config::{AfterDeath, Config, Gpu, LiveSetting, Target, WorkerCount};
use dartboard_core::time::Instant;
use dartboard_points::kernel::Kernel;
use dartboard_points::protocol::{Announcement, FromWorker, PROTOCOL_VERSION, ToWorker, check_parts};
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed, Tally};

use crate::BUILD;

/// Where a block stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    ToDo,
    InFlight(WorkerId),
    Done,
    /// Its worker was ended; whether it is missing, the page has yet to say.
    Gone(SlotIndex),
    Missing,
}

/// A worker as its messages and commands show it.
#[derive(Clone, Debug)]
struct Known {
    slot: SlotIndex,
    is_ready: bool,
    /// Its own, once it is ready; none on the GPU.
    kernel: Option<Kernel>,
    /// Head first.
    leases: Vec<(LeaseId, BlockRange)>,
}

/// What a GPU has counted of the run.
#[derive(Clone, Debug, Default)]
struct GpuShare {
    /// Blocks and tally before its first result, and the wrong points in it.
    before: Option<(Vec<Block>, Tally, u64)>,
    points: u64,
    in_doubt: bool,
}

/// The account.
pub(crate) struct Model {
    pub(crate) config: Config,
    /// The first block of the run; those before it are kept as done.
    pub(crate) first: u64,
    /// Every block handed out so far.
    blocks: Vec<Block>,
    /// No block below is to do.
    lowest: usize,
    workers: BTreeMap<WorkerId, Known>,
    newest_worker: Option<WorkerId>,
    newest_lease: Option<LeaseId>,
    pub(crate) tally: Tally,
    /// What the kernel says.
    right: fn(Seed, BlockRange) -> Tally,
    /// Points inside that are missing in the tally because a GPU counted wrong.
    pub(crate) wrong: u64,
    gpu: GpuShare,
    stale: u64,
    timer: Option<Instant>,
    frozen: bool,
    latest: Instant,
    /// Whether the worker that the last event came from must be terminated.
    doomed: Option<WorkerId>,
    finishing: bool,
}

impl Model {
    pub(crate) fn new(config: Config, right: fn(Seed, BlockRange) -> Tally) -> Self {
        Self {
            config,
            right,
            wrong: 0,
            gpu: GpuShare::default(),
            first: 0,
            blocks: Vec::new(),
            lowest: 0,
            workers: BTreeMap::new(),
            newest_worker: None,
            newest_lease: None,
            tally: Tally::default(),
            stale: 0,
            timer: None,
            frozen: false,
            latest: Instant::ORIGIN,
            doomed: None,
            finishing: false,
        }
    }

    /// The run is one over `blocks` alone.
    pub(crate) fn reset_to(&mut self, config: Config, blocks: BlockRange) {
        self.config = Config { target: Target::from_blocks(blocks.end()), ..config };
        self.first = blocks.first();
        self.blocks = vec![Block::Done; blocks.first() as usize];
    }

    /// The page was closed and opened again with what is counted: then the run is a whole one.
    pub(crate) fn reload(&mut self) {
        self.workers.clear();
        self.gpu = GpuShare::default();
        let before = std::mem::take(&mut self.first) as usize;
        self.blocks[..before].fill(Block::ToDo);
        for block in &mut self.blocks {
            if *block != Block::Done {
                *block = Block::ToDo;
            }
        }
        (self.lowest, self.newest_worker, self.newest_lease) = (0, None, None);
        (self.timer, self.frozen, self.finishing) = (None, false, false);
    }

    /// The highest block done, plus one.
    pub(crate) fn counted_end(&self) -> u64 {
        self.blocks.iter().rposition(|block| *block == Block::Done).map_or(0, |index| index as u64 + 1)
    }

    pub(crate) fn is_done(&self, block: u64) -> bool {
        self.blocks.get(block as usize) == Some(&Block::Done)
    }

    fn has_gaps(&self) -> bool {
        self.blocks[..self.counted_end() as usize].iter().any(|block| *block != Block::Done)
    }

    /// Takes note of an event before the coordinator does.
    pub(crate) fn before(&mut self, now: Instant, event: &Event, status: &RunStatus) {
        self.latest = self.latest.max(now);
        self.doomed = None;
        let outside = matches!(
            event,
            Event::Timer | Event::Message { .. } | Event::Malformed { .. } | Event::Failed { .. }
        );
        match event {
            Event::Frozen => self.frozen = true,
            _ if !outside => self.frozen = false,
            _ => {}
        }
        match event {
            Event::Timer => self.timer = None,
            Event::Start => self.finishing = false,
            Event::Finish => {
                let stopped = matches!(status, RunStatus::Idle | RunStatus::Finished | RunStatus::Failed(_));
                self.finishing |= !stopped;
                if !stopped {
                    self.find_missing();
                }
            }
            Event::Set(LiveSetting::Workers(workers)) => self.config.workers = *workers,
            Event::Set(LiveSetting::Batch(batch)) => self.config.batch = *batch,
            Event::Set(LiveSetting::Target(target)) => {
                self.config.target = *target;
                self.finishing = false;
            }
            Event::Set(LiveSetting::Chaos(chaos)) => self.config.chaos = *chaos,
            Event::Set(LiveSetting::Kernel(kernel)) => self.config.kernel = *kernel,
            Event::Set(LiveSetting::AfterDeath(after_death)) => self.config.after_death = *after_death,
            Event::Set(LiveSetting::Gpu(gpu)) => self.config.gpu = *gpu,
            Event::CountAgain if self.gpu.in_doubt => {
                let share = std::mem::take(&mut self.gpu);
                let (blocks, tally, wrong) = share.before.expect("it has counted");
                (self.blocks, self.tally, self.wrong) = (blocks, tally, wrong);
                for block in &mut self.blocks {
                    if *block != Block::Done {
                        *block = Block::ToDo;
                    }
                }
                // What is out is another run's.
                for known in self.workers.values_mut() {
                    known.leases.clear();
                }
                self.config.gpu = Gpu::Off;
                (self.lowest, self.finishing) = (0, false);
            }
            Event::Reset(config) => {
                (self.gpu, self.wrong) = (GpuShare::default(), 0);
                self.config = *config;
                self.blocks.clear();
                self.first = 0;
                (self.lowest, self.tally, self.stale, self.finishing) = (0, Tally::default(), 0, false);
                // Only workers without leases may be kept; `check` sees to it.
            }
            Event::Message { worker, message: FromWorker::Tally { lease, tally, parts, .. } } => {
                self.result(*worker, LeaseId(*lease), *tally, parts);
            }
            Event::Message { worker, message: FromWorker::Ready(announced) } => {
                if let Some(known) = self.workers.get_mut(worker) {
                    let Announcement { protocol, build, kernel } = announced;
                    let exact = [Kernel::Tree, Kernel::Reference].into_iter().find(|of| of.name() == kernel);
                    let counts = match known.slot.kind() {
                        SlotKind::Processor => exact.is_some(),
                        SlotKind::Gpu => announced.adapter().is_some(),
                    };
                    let fits = *protocol == PROTOCOL_VERSION && build == BUILD && counts;
                    if known.is_ready || !fits {
                        self.doomed = Some(*worker);
                    }
                    (known.is_ready, known.kernel) = (true, exact);
                }
            }
            Event::Message { worker, message: FromWorker::Miscounted { .. } } => {
                let known = self.workers.get(worker);
                self.doomed = known.map(|_| *worker);
                self.gpu.in_doubt |=
                    known.is_some_and(|known| known.slot == SlotIndex::GPU) && self.gpu.points > 0;
            }
            Event::Message { worker, .. }
            | Event::Malformed { worker, .. }
            | Event::Failed { worker, .. } => {
                self.doomed = self.workers.contains_key(worker).then_some(*worker);
            }
            _ => {}
        }
    }

    fn result(&mut self, worker: WorkerId, lease: LeaseId, tally: Tally, parts: &[u64]) {
        let known = self.workers.get_mut(&worker);
        let Some(known) = known.filter(|known| known.leases.first().is_some_and(|head| head.0 == lease))
        else {
            self.stale += 1;
            return;
        };
        let range = known.leases[0].1;
        if tally.points != range.points() || tally.inside > tally.points || check_parts(tally, parts).is_err()
        {
            self.doomed = Some(worker);
            return;
        }
        known.leases.remove(0);
        if known.slot == SlotIndex::GPU {
            let (blocks, tally_before, wrong) = (&self.blocks, self.tally, self.wrong);
            self.gpu.before.get_or_insert_with(|| (blocks.clone(), tally_before, wrong));
            self.gpu.points += tally.points;
            self.wrong += (self.right)(self.config.seed, range).inside - tally.inside;
        }
        self.tally += tally;
        for block in range.first()..range.end() {
            assert_eq!(self.blocks[block as usize], Block::InFlight(worker), "block {block}");
            self.blocks[block as usize] = Block::Done;
        }
    }

    /// Checks and takes note of one command.
    pub(crate) fn command(&mut self, command: &Command) {
        match command {
            Command::Spawn { worker, slot } => {
                assert!(Some(*worker) > self.newest_worker, "{worker:?} is used again");
                self.newest_worker = Some(*worker);
                let occupied = self.workers.values().any(|known| known.slot == *slot);
                assert!(!occupied, "{slot:?} still holds a worker");
                assert!(self.wants(*slot), "{slot:?} is not wanted");
                self.find_missing();
                let leases = Vec::new();
                self.workers.insert(*worker, Known { slot: *slot, is_ready: false, kernel: None, leases });
            }
            Command::Terminate { worker } => {
                let known = self.workers.remove(worker).expect("only a living worker is terminated");
                self.doomed = self.doomed.filter(|doomed| doomed != worker);
                for (_, range) in known.leases {
                    self.lowest = self.lowest.min(range.first() as usize);
                    for block in range.first()..range.end() {
                        // After Reset these are another run's blocks.
                        if let Some(state) = self.blocks.get_mut(block as usize) {
                            assert_eq!(*state, Block::InFlight(*worker), "block {block}");
                            *state = match self.config.after_death {
                                AfterDeath::Replace => Block::ToDo,
                                AfterDeath::GoOn => Block::Gone(known.slot),
                            };
                        }
                    }
                }
            }
            Command::Post { worker, message } => {
                let known = self.workers.get(worker).expect("only a living worker is posted to");
                assert!(known.is_ready, "{worker:?} is not ready");
                if let ToWorker::Compute { lease, seed, blocks, kernel, chaos } = message {
                    let asked = if known.slot == SlotIndex::GPU { None } else { self.config.kernel };
                    assert_eq!(*kernel, asked);
                    assert_eq!(*seed, self.config.seed);
                    assert_eq!(*chaos, self.config.chaos.probability());
                    self.lease(*worker, LeaseId(*lease), *blocks);
                }
            }
            Command::KillSilently { worker } => {
                assert!(self.workers.contains_key(worker), "only a living worker is killed");
            }
            Command::SetTimer(timer) => {
                assert_ne!(self.timer, *timer, "the timer is set to what it is");
                assert!(timer.is_none_or(|at| at > self.latest), "the timer {timer:?} is past");
                self.timer = *timer;
            }
        }
    }

    fn lease(&mut self, worker: WorkerId, lease: LeaseId, range: BlockRange) {
        assert!(Some(lease) > self.newest_lease, "{lease:?} is used again");
        self.newest_lease = Some(lease);
        let known = self.workers.get_mut(&worker).expect("checked");
        assert!(known.leases.len() < 2, "{worker:?} holds two leases");
        known.leases.push((lease, range));
        let slot = known.slot;
        assert!(self.wants(slot), "{worker:?} is being removed");

        let (first, end) = (range.first() as usize, range.end() as usize);
        for block in self.blocks.iter_mut().take(end).skip(first) {
            if matches!(block, Block::Gone(_)) {
                // It was not missing, then.
                *block = Block::ToDo;
            }
        }
        self.lowest = self.lowest.min(first);
        while self.blocks.get(self.lowest).is_some_and(|block| *block != Block::ToDo) {
            self.lowest += 1;
        }
        assert_eq!(self.lowest, first, "the lowest blocks to do go first");
        if end > self.blocks.len() {
            let target = self.config.target.map_or(BlockRange::MAX_BLOCKS, Target::blocks);
            assert!(end as u64 <= target, "the batch {range} passes the target {target}");
            assert!(!self.finishing, "the new batch {range} while finishing");
            self.blocks.resize(end, Block::ToDo);
        }
        for block in &mut self.blocks[first..end] {
            assert_eq!(*block, Block::ToDo, "a block of {range}");
            *block = Block::InFlight(worker);
        }
    }

    /// Whether the slot should hold a worker.
    fn wants(&self, slot: SlotIndex) -> bool {
        match slot.kind() {
            SlotKind::Processor => slot.0 < self.config.processor_workers(),
            SlotKind::Gpu => self.config.gpu != Gpu::Off,
        }
    }

    /// What is missing is to do again.
    fn find_missing(&mut self) {
        for block in &mut self.blocks {
            if matches!(block, Block::Missing | Block::Gone(_)) {
                *block = Block::ToDo;
                self.lowest = 0;
            }
        }
    }

    /// Whether some block may be handed out.
    fn has_work(&self) -> bool {
        let target = self.config.target.map_or(BlockRange::MAX_BLOCKS, Target::blocks);
        // Blocks lost at the very top are as good as never handed out.
        let end = self.blocks.iter().rposition(|block| *block != Block::ToDo).map_or(0, |index| index + 1);
        let lost = self.blocks[..end].iter().skip(self.lowest).any(|block| *block == Block::ToDo);
        lost || (!self.finishing && (end as u64) < target)
    }

    /// Compares the coordinator's view with the account.
    pub(crate) fn check(&mut self, snapshot: &Snapshot) {
        // Only the view tells a worker that has died and is not replaced from one that was ended.
        let is_given_up = |slot: SlotIndex| {
            let view = snapshot.slots.iter().find(|view| view.slot == slot);
            view.is_some_and(|view| matches!(view.state, SlotStateView::GivenUp { .. }))
        };
        for (index, block) in self.blocks.iter_mut().enumerate() {
            if let Block::Gone(slot) = *block {
                *block = if is_given_up(slot) { Block::Missing } else { Block::ToDo };
                if *block == Block::ToDo {
                    self.lowest = self.lowest.min(index);
                }
            }
        }
        let missing = self.blocks.iter().filter(|block| **block == Block::Missing).count() as u64;
        assert_eq!(snapshot.missing_points, missing * BLOCK_POINTS);
        assert_eq!(self.doomed, None, "this worker must be terminated");
        assert_eq!(snapshot.tally, self.tally);
        assert_eq!(snapshot.stale_results, self.stale);
        assert_eq!(snapshot.config, self.config);
        assert_eq!(snapshot.counted_end, self.counted_end());
        assert_eq!(snapshot.has_gaps, self.has_gaps());
        assert!(snapshot.slots.len() <= WorkerCount::MAX.get() as usize + 1);
        assert_eq!(snapshot.points_in_doubt, if self.gpu.in_doubt { self.gpu.points } else { 0 });
        let ready = self.workers.values().filter(|known| known.is_ready).count();
        assert_eq!(snapshot.workers_alive as usize, ready);

        let shown = snapshot.slots.iter().filter_map(|slot| match &slot.state {
            SlotStateView::Starting { worker } | SlotStateView::Ready { worker } => {
                Some((*worker, slot.slot, slot.kernel, None, None))
            }
            SlotStateView::Computing { worker, blocks, next, .. } => {
                Some((*worker, slot.slot, slot.kernel, Some(*blocks), *next))
            }
            SlotStateView::Retiring { worker, blocks, .. } => {
                let next = self.workers.get(worker).and_then(|known| known.leases.get(1));
                Some((*worker, slot.slot, slot.kernel, Some(*blocks), next.map(|lease| lease.1)))
            }
            SlotStateView::Empty | SlotStateView::Backoff { .. } | SlotStateView::GivenUp { .. } => None,
        });
        let mut shown: Vec<_> = shown.collect();
        shown.sort_unstable_by_key(|worker| worker.0);
        let known: Vec<_> = self
            .workers
            .iter()
            .map(|(worker, known)| {
                let lease = |index: usize| known.leases.get(index).map(|lease| lease.1);
                (*worker, known.slot, known.kernel, lease(0), lease(1))
            })
            .collect();
        assert_eq!(shown, known);

        let waiting = self.workers.values().any(|known| !known.is_ready || !known.leases.is_empty());
        assert!(!waiting || self.frozen || self.timer.is_some(), "nobody would notice a hung worker");
        assert!(!self.frozen || self.timer.is_none(), "a frozen page has no timer");
        match snapshot.status {
            RunStatus::Idle | RunStatus::Paused => {
                assert!(self.workers.values().all(|known| known.leases.is_empty()), "leases while stopped");
            }
            RunStatus::Finished | RunStatus::Failed(_) => {
                assert!(self.workers.is_empty(), "workers while {:?}", snapshot.status);
            }
            RunStatus::Running | RunStatus::Degraded { .. } => {
                let wanted = |known: &&Known| known.is_ready && self.wants(known.slot);
                if self.workers.values().filter(wanted).any(|known| known.leases.len() < 2) {
                    assert!(!self.has_work(), "a worker waits although there is work");
                }
            }
            RunStatus::Pausing => {
                let any = self.workers.values().any(|known| !known.leases.is_empty());
                assert!(any, "pausing with nothing to wait for");
            }
        }
    }
}
