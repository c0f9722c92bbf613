//! One simulated world: a page, its user, its workers and its time, all drawn from one seed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use dartboard_core::coordinator::log::LOG_CAPACITY;
use dartboard_core::coordinator::snapshot::{RunStatus, Snapshot};
use dartboard_core::coordinator::{Command, Coordinator, Event, SlotIndex, SlotKind, WorkerId};
use dartboard_core::run::config::{
    AfterDeath, BatchPoints, BatchSize, Config, Gpu, LiveSetting, Target, WorkerCount,
};
use dartboard_core::time::Instant;
use dartboard_points::kernel::Kernel;
use dartboard_points::protocol::ToWorker;
use dartboard_points::tally::{BlockRange, Seed, Tally};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::BUILD;
use crate::model::Model;
use crate::outcome::Outcome;
use crate::worker::{FaultRates, GpuNature, Health, Said, SimWorker};

mod user;

/// What is going to happen.
#[derive(Debug)]
enum Coming {
    /// A worker begins to load its program.
    Start(WorkerId),
    /// A posted message reaches its worker.
    Post(WorkerId, ToWorker),
    /// A worker is done with a message and says this.
    Done(WorkerId, Said),
    /// The page hears something.
    Page(Event),
    /// The timer set as the n-th fires.
    Timer(u64),
    /// The user does something.
    User,
}

impl Coming {
    /// Whether it needs the page's main thread.
    fn is_for_page(&self) -> bool {
        matches!(self, Self::Page(_) | Self::Timer(_) | Self::User)
    }
}

/// How a world behaves while it is wild.
struct Character {
    faults: FaultRates,
    /// The longest way of a message.
    latency: Duration,
    /// The longest time between two actions of the user.
    leisure: Duration,
    /// Whether nothing is wrong with any worker.
    quiet: bool,
    /// Whether faults are injected and chaos is set.
    mischief: bool,
    cores: f64,
    /// The most workers the user asks for.
    workers: u32,
    /// What is wrong with the GPU, in a world that has one.
    gpu: Option<GpuNature>,
    /// How coarse a timer is: in hidden tabs a second or a minute.
    timer_step: Duration,
}

/// See the module's documentation.
pub(crate) struct World {
    rng: Xoshiro256PlusPlus,
    now: Instant,
    coming: BinaryHeap<Reverse<(Instant, u64, usize)>>,
    /// What `coming` names, by its last number; taken out when it comes.
    store: Vec<Option<Coming>>,
    sequence: u64,
    timers: u64,
    /// Until when the page's main thread is blocked.
    blocked_until: Instant,
    workers: BTreeMap<WorkerId, SimWorker>,
    coordinator: Coordinator,
    model: Model,
    character: Character,
    tally: fn(Seed, BlockRange) -> Tally,
    shown: Snapshot,
    calm: bool,
    /// How many steps it is wild for.
    wild: u64,
    outcome: Outcome,
    most_ranges: usize,
    /// Whether it is told on standard output.
    told: bool,
}

fn config(rng: &mut Xoshiro256PlusPlus, most_workers: u32) -> Config {
    Config {
        target: rng
            .random_bool(0.5)
            .then(|| Target::from_blocks(rng.random_range(1..200)).expect("in range")),
        kernel: kernel(rng),
        after_death: after_death(rng),
        ..Config::new(Seed(rng.random()), workers(rng, most_workers), batch(rng))
    }
}

fn kernel(rng: &mut Xoshiro256PlusPlus) -> Option<Kernel> {
    rng.random_bool(0.3).then_some(Kernel::Reference)
}

fn after_death(rng: &mut Xoshiro256PlusPlus) -> AfterDeath {
    if rng.random_bool(0.3) { AfterDeath::GoOn } else { AfterDeath::Replace }
}

fn gpu(rng: &mut Xoshiro256PlusPlus) -> Gpu {
    [Gpu::Off, Gpu::Beside, Gpu::Beside, Gpu::Beside, Gpu::Alone][rng.random_range(0..5)]
}

fn workers(rng: &mut Xoshiro256PlusPlus, most: u32) -> WorkerCount {
    WorkerCount::nearest(rng.random_range(1..=most))
}

fn batch(rng: &mut Xoshiro256PlusPlus) -> BatchSize {
    if rng.random_bool(0.2) {
        BatchSize::Auto
    } else {
        BatchSize::Fixed(BatchPoints::nearest(rng.random_range(1..9)))
    }
}

impl World {
    pub(crate) fn new(seed: u64, tally: fn(Seed, BlockRange) -> Tally) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let choose = |rng: &mut Xoshiro256PlusPlus, of: &[f64]| of[rng.random_range(0..of.len())];
        let quiet = rng.random_bool(0.1);
        let rate = |rng: &mut Xoshiro256PlusPlus| {
            if quiet { 0.0 } else { choose(rng, &[0.0, 0.01, 0.05, 0.2, 0.6]) }
        };
        let faults = FaultRates {
            start: rate(&mut rng),
            batch: rate(&mut rng),
            lethal: (!quiet && rng.random_bool(0.1)).then(|| rng.random_range(0..100)),
        };
        let workers = if rng.random_bool(0.05) { WorkerCount::MAX.get() } else { rng.random_range(1..8) };
        let character = Character {
            faults,
            quiet,
            latency: Duration::from_secs_f64(choose(
                &mut rng,
                if quiet { &[0.0002, 0.002, 0.05] } else { &[0.0002, 0.002, 0.05, 0.3] },
            )),
            leisure: Duration::from_secs_f64(choose(&mut rng, &[0.02, 0.2, 1.0, 5.0])),
            mischief: !quiet && rng.random_bool(0.7),
            cores: choose(&mut rng, &[2.0, 4.0, 64.0]),
            workers,
            gpu: None,
            timer_step: Duration::from_secs_f64(choose(&mut rng, &[0.0, 0.0, 0.0, 1.0, 60.0])),
        };
        let config = config(&mut rng, workers);
        let wild = rng.random_range(50..500);
        let coordinator = Coordinator::new(config, BUILD.to_owned());
        Self {
            shown: coordinator.snapshot(Instant::ORIGIN),
            rng,
            now: Instant::after_origin(Duration::from_millis(100)),
            coming: BinaryHeap::new(),
            store: Vec::new(),
            sequence: 0,
            timers: 0,
            blocked_until: Instant::ORIGIN,
            workers: BTreeMap::new(),
            coordinator,
            model: Model::new(config, tally),
            character,
            tally,
            calm: false,
            wild,
            outcome: Outcome::default(),
            most_ranges: 0,
            told: false,
        }
    }

    /// The same, wild for a fifth of the time: for a tally that takes long.
    pub(crate) fn short(mut self) -> Self {
        self.wild /= 5;
        self
    }

    /// The same, but the run is one over some blocks only, in the middle of nowhere, until the user wants another.
    pub(crate) fn over_a_range(mut self) -> Self {
        let first = self.rng.random_range(1..1_000);
        let blocks = BlockRange::new(first, first + self.rng.random_range(1..200)).expect("not empty");
        let config = self.model.config;
        let commands = self.coordinator.reset_to(Instant::ORIGIN, config.seed, blocks);
        assert_eq!(commands, [], "no worker is wanted yet");
        self.model.reset_to(config, blocks);
        self.shown = self.coordinator.snapshot(Instant::ORIGIN);
        self
    }

    /// The same, but the user may have a GPU count, which has a nature of its own. Every other time nothing is wrong with
    /// anything else.
    pub(crate) fn with_gpu(mut self) -> Self {
        self.character.gpu = Some(GpuNature::any(&mut self.rng));
        if self.rng.random_bool(0.5) {
            self.character.faults = FaultRates { start: 0.0, batch: 0.0, lethal: None };
            self.character.latency = Duration::from_millis(2);
            (self.character.quiet, self.character.mischief) = (true, false);
        }
        let gpu = gpu(&mut self.rng);
        self.tell(Event::Set(LiveSetting::Gpu(gpu)));
        if self.model.config.batch == BatchSize::Auto {
            // The blocks of its automatic batches are too many to be watched one by one: `gpu` has worlds for these.
            self.tell(Event::Set(LiveSetting::Batch(BatchSize::Fixed(BatchPoints::MIN))));
        }
        self
    }

    /// The same, told step by step on standard output.
    pub(crate) fn told(mut self) -> Self {
        self.told = true;
        self
    }

    /// Lives the world to its end: wild for a while, then calm until the run is finished.
    pub(crate) fn live(mut self) -> Outcome {
        if self.rng.random_bool(0.9) {
            self.tell(Event::Open);
        }
        self.schedule(Duration::ZERO, Coming::User);
        while self.outcome.steps < self.wild {
            self.step();
        }
        self.calm_down();
        let patience = self.outcome.steps + 100_000;
        while self.shown.status != RunStatus::Finished || self.shown.points_in_doubt > 0 {
            assert!(self.outcome.steps < patience, "the run never ends: {:?}", self.shown);
            self.step();
        }
        self.check_end();
        self.outcome
    }

    fn check_end(&mut self) {
        let end = self.shown.counted_end;
        assert!(!self.shown.has_gaps);
        let undisturbed = match BlockRange::new(self.model.first, end) {
            Ok(blocks) => (self.tally)(self.model.config.seed, blocks),
            Err(_) => Tally::default(),
        };
        // What a GPU counted wrong and nobody has found out is in the total, and nothing else.
        let told = Tally { inside: undisturbed.inside - self.model.wrong, ..undisturbed };
        assert_eq!(self.shown.tally, told, "the tally of {end} blocks");
        for kept in self.shown.sample.kept() {
            let right = |blocks| (self.tally)(self.model.config.seed, blocks);
            if self.model.wrong == 0 {
                assert_eq!(kept.tally, right(kept.blocks), "a batch in the sample");
            }
            let parts: Vec<_> = (0..kept.parts.len()).filter_map(|index| kept.part(index)).collect();
            assert_eq!(parts.len(), kept.parts.len());
            for part in parts.iter().filter(|_| self.model.wrong == 0) {
                assert_eq!(part.tally, right(part.blocks), "a part of a batch in the sample");
            }
        }
        if self.character.quiet && self.character.gpu.is_none() {
            assert_eq!(self.shown.restarts, 0, "nothing was wrong with any worker: {:?}", self.log());
        }
        self.outcome.read(self.coordinator.log());
        assert!(self.workers.is_empty(), "finished runs leave no worker");
    }

    fn log(&self) -> Vec<String> {
        self.coordinator.log().entries().map(|entry| format!("{:?} {}", entry.at, entry.what)).collect()
    }

    fn schedule(&mut self, after: Duration, coming: Coming) {
        self.sequence += 1;
        let at = self.now + after;
        let at = if coming.is_for_page() { at.max(self.blocked_until) } else { at };
        self.coming.push(Reverse((at, self.sequence, self.store.len())));
        self.store.push(Some(coming));
    }

    fn latency(&mut self) -> Duration {
        let longest = self.character.latency;
        self.rng.random_range(Duration::ZERO..longest)
    }

    fn faults(&self) -> FaultRates {
        if self.calm { FaultRates { start: 0.0, batch: 0.0, lethal: None } } else { self.character.faults }
    }

    /// Lets the next thing happen.
    fn step(&mut self) {
        self.outcome.steps += 1;
        let Reverse((at, _, number)) = self.coming.pop().expect("the user always comes back");
        self.now = self.now.max(at);
        match self.store[number].take().expect("each thing comes once") {
            Coming::Start(worker) => {
                let faults = self.faults();
                let Some(sim) = self.workers.get_mut(&worker) else { return };
                let said = sim.start(&faults, &mut self.rng);
                self.say(worker, said);
            }
            Coming::Post(worker, message) => {
                if let Some(sim) = self.workers.get_mut(&worker) {
                    sim.queue.push_back(message);
                    self.work(worker);
                }
            }
            Coming::Done(worker, said) => {
                self.say(worker, said);
                if let Some(sim) = self.workers.get_mut(&worker) {
                    sim.busy = false;
                    self.work(worker);
                }
            }
            Coming::Page(event) => self.tell(event),
            Coming::Timer(number) => {
                if number == self.timers || self.rng.random_bool(0.01) {
                    self.tell(Event::Timer);
                }
            }
            Coming::User => {
                if self.calm {
                    self.insist();
                    self.schedule(Duration::from_secs(1), Coming::User);
                } else {
                    self.act();
                    let leisure = self.character.leisure;
                    let after = self.rng.random_range(Duration::ZERO..leisure);
                    self.schedule(after, Coming::User);
                }
            }
        }
    }

    /// Lets a worker take its next message, if it is free.
    fn work(&mut self, worker: WorkerId) {
        let faults = self.faults();
        let computing = self.workers.values().filter(|sim| sim.busy).count() as f64;
        let slowdown = ((computing + 1.0) / self.character.cores).clamp(1.0, 6.0);
        let Some(sim) = self.workers.get_mut(&worker) else { return };
        if sim.busy {
            return;
        }
        if let Some((took, said)) = sim.take(self.tally, &faults, slowdown, &mut self.rng) {
            sim.busy = true;
            self.schedule(took, Coming::Done(worker, said));
        }
    }

    /// Sends what a worker says on its way to the page, which also the messages of the dead may reach.
    fn say(&mut self, worker: WorkerId, said: Said) {
        if self.workers.get(&worker).is_none_or(|sim| sim.condition == Health::Mute && said.len() > 1) {
            return;
        }
        for (delay, event) in said {
            let arrival = self.now + self.latency();
            let sim = self.workers.get_mut(&worker).expect("checked");
            let arrival = if delay.is_zero() { arrival.max(sim.heard_until) } else { arrival + delay };
            if delay.is_zero() {
                sim.heard_until = arrival;
            }
            self.schedule(arrival - self.now, Coming::Page(event));
        }
    }

    /// Tells the coordinator, checks all that it says and does it.
    fn tell(&mut self, event: Event) {
        // Clocks have been seen to go back a little.
        let back = if self.rng.random_bool(0.002) { Duration::from_millis(50) } else { Duration::ZERO };
        let now = self.now - back;
        self.model.before(now, &event, &self.shown.status);
        if self.told {
            println!("{now:?} {event:?}");
        }
        let commands = self.coordinator.handle(now, event);
        if self.told {
            for command in &commands {
                println!("    {command:?}");
            }
        }
        for command in commands {
            self.model.command(&command);
            self.carry_out(command);
        }
        let had_failed = matches!(self.shown.status, RunStatus::Failed(_));
        self.shown = self.coordinator.snapshot(self.now);
        self.model.check(&self.shown);
        if self.character.quiet && self.model.config.gpu != Gpu::Alone {
            let fails = !had_failed && matches!(self.shown.status, RunStatus::Failed(_));
            assert!(!fails, "nothing is wrong with the processor: {:?}", self.log());
            let of_processor = self.shown.slots.iter().filter(|slot| slot.slot.kind() == SlotKind::Processor);
            assert!(of_processor.map(|slot| slot.restarts).all(|restarts| restarts == 0), "{:?}", self.log());
        }
        self.most_ranges = self.most_ranges.max(self.coordinator.remembered_ranges());
        assert!(
            self.most_ranges <= (WorkerCount::MAX.get() as usize + 1) * 6,
            "{} ranges are remembered",
            self.most_ranges
        );
        assert!(self.coordinator.log().entries().len() <= LOG_CAPACITY);
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Spawn { worker, slot } => {
                let mut sim = SimWorker::new(worker, &self.faults(), &mut self.rng);
                if slot == SlotIndex::GPU {
                    sim = sim.on_gpu(self.character.gpu.expect("this world has a GPU"));
                }
                self.workers.insert(worker, sim);
                if self.rng.random_bool(self.faults().start * 0.1) {
                    // The constructor throws: the driver says so at once.
                    let reason = "SecurityError".to_owned();
                    self.schedule(Duration::ZERO, Coming::Page(Event::Failed { worker, reason }));
                } else {
                    self.schedule(Duration::ZERO, Coming::Start(worker));
                }
            }
            Command::Post { worker, message } => {
                let mut arrival = self.now + self.latency();
                // Messages keep their order, except where everything goes wrong.
                let disorder = self.rng.random_bool(self.faults().batch * 0.1);
                if let Some(sim) = self.workers.get_mut(&worker).filter(|_| !disorder) {
                    arrival = arrival.max(sim.reached_until);
                    sim.reached_until = arrival;
                }
                self.schedule(arrival - self.now, Coming::Post(worker, message));
            }
            Command::Terminate { worker } => {
                self.workers.remove(&worker);
            }
            Command::KillSilently { worker } => {
                if let Some(sim) = self.workers.get_mut(&worker) {
                    sim.condition = Health::Mute;
                    sim.queue.clear();
                }
            }
            Command::SetTimer(timer) => {
                self.timers += 1;
                let Some(at) = timer else { return };
                let step = self.character.timer_step.as_secs_f64();
                let mut fires = at + Duration::from_millis(self.rng.random_range(0..10));
                if step > 0.0 {
                    fires = Instant::after_origin(Duration::from_secs_f64(
                        (fires.since_origin().as_secs_f64() / step).ceil() * step,
                    ));
                }
                if self.rng.random_bool(0.05) {
                    fires = at - Duration::from_millis(1);
                }
                self.schedule(fires - self.now, Coming::Timer(self.timers));
            }
        }
    }
}
