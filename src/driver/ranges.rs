//! A coordinator that counts parts of others' runs: one lease after another.

use std::rc::Rc;

use dartboard_core::coordinator::{self, Command, Coordinator};
use dartboard_core::run::config::{BatchSize, Config, LiveSetting, WorkerCount};
use dartboard_points::build::BUILD_ID;
use dartboard_points::tally::{BlockRange, Seed, Tally};
use gloo::utils::{document, window};

use super::{Decider, Driver};
use crate::browser::clock;

/// What a coordinator of ranges is told.
pub enum Event {
    /// Count these blocks of the run of `seed`, instead of what is being counted.
    Count {
        /// The lease that is told of them.
        lease: u64,
        /// The run's seed.
        seed: Seed,
        /// The blocks.
        blocks: BlockRange,
    },
    /// Count nothing.
    Abandon,
    /// So many workers.
    SetWorkers(u32),
    /// Of its workers, its timer or the page.
    Run(coordinator::Event),
}

impl From<coordinator::Event> for Event {
    fn from(event: coordinator::Event) -> Self {
        Self::Run(event)
    }
}

/// What a coordinator of ranges tells.
pub enum Told {
    /// So many points of the lease are counted, and why no more are, if so.
    Progress {
        /// The points.
        points: u64,
        /// Why nothing is counted.
        trouble: Option<String>,
    },
    /// The lease is counted.
    Counted {
        /// The lease.
        lease: u64,
        /// Its tally.
        tally: Tally,
    },
}

/// A coordinator, the lease that it counts, and who is told how far it is.
pub struct RangeCoordinator {
    coordinator: Coordinator,
    lease: Option<u64>,
    /// What was told last of the progress.
    last: (u64, Option<String>),
    told: Rc<dyn Fn(Told)>,
}

impl Driver<RangeCoordinator> {
    /// A coordinator without workers as long as there is nothing to count; `told` must not tell it anything at once.
    pub fn of_ranges(told: Rc<dyn Fn(Told)>) -> Self {
        let config = Config::new(Seed(0), WorkerCount::MIN, BatchSize::Auto);
        let coordinator = Coordinator::new(config, BUILD_ID.to_owned()).keeping_workers();
        let driver = Self::new(RangeCoordinator { coordinator, lease: None, last: (0, None), told });
        driver.listen(&window(), "pagehide", || Event::Run(coordinator::Event::Frozen));
        driver.listen(&window(), "pageshow", || Event::Run(coordinator::Event::Thawed));
        driver.listen(&document(), "freeze", || Event::Run(coordinator::Event::Frozen));
        driver.listen(&document(), "resume", || Event::Run(coordinator::Event::Thawed));
        driver
    }
}

impl RangeCoordinator {
    /// What there is to tell.
    fn news(&mut self) -> Option<Told> {
        let lease = self.lease?;
        let progress = self.coordinator.progress();
        if progress.finished {
            self.lease = None;
            return Some(Told::Counted { lease, tally: progress.tally });
        }
        let now = (progress.tally.points, progress.failure);
        if now == self.last {
            return None;
        }
        self.last = now.clone();
        Some(Told::Progress { points: now.0, trouble: now.1 })
    }
}

impl Decider for RangeCoordinator {
    type Event = Event;
    type Command = Command;

    fn handle(&mut self, event: Event) -> Vec<Command> {
        let now = clock::now();
        let event = match event {
            Event::Count { lease, seed, blocks } => {
                self.lease = Some(lease);
                let mut commands = self.coordinator.reset_to(now, seed, blocks);
                commands.extend(self.coordinator.handle(now, coordinator::Event::Start));
                return commands;
            }
            Event::Abandon => {
                if self.lease.take().is_none() {
                    return Vec::new();
                }
                coordinator::Event::Reset(self.coordinator.config())
            }
            Event::SetWorkers(workers) => {
                coordinator::Event::Set(LiveSetting::Workers(WorkerCount::nearest(workers)))
            }
            Event::Run(event) => event,
        };
        self.coordinator.handle(now, event)
    }

    fn carry_out(driver: &Driver<Self>, command: Command) {
        match command {
            Command::SetTimer(at) => driver.set_timer(at, Event::Run(coordinator::Event::Timer)),
            command => driver.carry_out_for_workers(command),
        }
    }

    fn settled(driver: &Driver<Self>) {
        let (news, told) = {
            let mut decider = driver.inner.decider.borrow_mut();
            (decider.news(), decider.told.clone())
        };
        if let Some(news) = news {
            told(news);
        }
    }
}
