//! The coordinator's rules, one by one; `tests/simulation` shakes them all at once.

use std::time::Duration;

use dartboard_points::kernel::Kernel;
use dartboard_points::protocol::{Announcement, FromWorker, Probability, ToWorker};
use dartboard_points::tally::{BlockRange, Seed, Tally};

use super::death::{Cause, Failure};
use super::log::LogEvent;
use super::snapshot::{RunStatus, SlotStateView};
use super::timeline::Cell;
use super::{Command, Coordinator, Event, Fault, LeaseId, Progress, SlotIndex, WorkerId};
use crate::run::config::{
    AfterDeath, BatchPoints, BatchSize, Chaos, Config, LiveSetting, Target, WorkerCount,
};
use crate::time::Instant;

mod deaths;
mod gpu;
mod run;
mod time;
mod workers;

const BUILD: &str = "build-1";

fn at(milliseconds: u64) -> Instant {
    Instant::after_origin(ms(milliseconds))
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn config(workers: u32, batch_blocks: u64, target_blocks: u64) -> Config {
    Config {
        target: Target::from_blocks(target_blocks),
        ..Config::new(
            Seed(42),
            WorkerCount::nearest(workers),
            BatchSize::Fixed(BatchPoints::nearest(batch_blocks)),
        )
    }
}

/// A coordinator with the leases that its commands have given out.
struct Desk {
    coordinator: Coordinator,
    now: Instant,
    timer: Option<Instant>,
}

impl Desk {
    fn new(config: Config) -> Self {
        Self { coordinator: Coordinator::new(config, BUILD.to_owned()), now: at(0), timer: None }
    }

    /// One whose workers, one a slot, are ready.
    fn opened(config: Config) -> Self {
        let mut desk = Self::new(config);
        let commands = desk.tell(Event::Open);
        desk.ready_all(&commands);
        desk
    }

    /// One that runs, and the commands of its Start.
    fn running(config: Config) -> (Self, Vec<Command>) {
        let mut desk = Self::opened(config);
        let commands = desk.tell(Event::Start);
        (desk, commands)
    }

    fn tell(&mut self, event: Event) -> Vec<Command> {
        let commands = self.coordinator.handle(self.now, event);
        for command in &commands {
            if let Command::SetTimer(timer) = command {
                self.timer = *timer;
            }
        }
        commands
    }

    fn at(&mut self, now: u64, event: Event) -> Vec<Command> {
        self.now = at(now);
        self.tell(event)
    }

    /// Lets the timer come at its time.
    fn fire(&mut self) -> Vec<Command> {
        self.now = self.timer.expect("a timer must be set");
        self.timer = None;
        self.tell(Event::Timer)
    }

    fn ready(&mut self, worker: u64) -> Vec<Command> {
        let message = FromWorker::Ready(Announcement::new(BUILD, Kernel::Tree));
        self.tell(Event::Message { worker: WorkerId(worker), message })
    }

    fn ready_all(&mut self, commands: &[Command]) -> Vec<Command> {
        spawned(commands).into_iter().flat_map(|worker| self.ready(worker)).collect()
    }

    fn result(&mut self, worker: u64, lease: u64, blocks: u64) -> Vec<Command> {
        self.tell(result(worker, lease, blocks))
    }

    /// How many entries its log was ever given.
    fn written(&self) -> u64 {
        self.coordinator.log().entries().next_back().map_or(0, |entry| entry.number + 1)
    }

    fn status(&self) -> RunStatus {
        self.coordinator.snapshot(self.now).status
    }

    fn points(&self) -> u64 {
        self.coordinator.snapshot(self.now).tally.points
    }
}

fn result(worker: u64, lease: u64, blocks: u64) -> Event {
    let tally = Tally { points: blocks * 100_000, inside: blocks * 78_000 };
    Event::Message { worker: WorkerId(worker), message: FromWorker::tally(lease, tally, 1_000) }
}

/// The workers spawned.
fn spawned(commands: &[Command]) -> Vec<u64> {
    let worker = |command: &Command| match command {
        Command::Spawn { worker, .. } => Some(worker.0),
        _ => None,
    };
    commands.iter().filter_map(worker).collect()
}

/// The workers terminated.
fn terminated(commands: &[Command]) -> Vec<u64> {
    let worker = |command: &Command| match command {
        Command::Terminate { worker } => Some(worker.0),
        _ => None,
    };
    commands.iter().filter_map(worker).collect()
}

/// The leases posted: worker, lease, first block, end.
fn leases(commands: &[Command]) -> Vec<(u64, u64, u64, u64)> {
    let lease = |command: &Command| match command {
        Command::Post { worker, message: ToWorker::Compute { lease, blocks, .. } } => {
            Some((worker.0, *lease, blocks.first(), blocks.end()))
        }
        _ => None,
    };
    commands.iter().filter_map(lease).collect()
}
