//! The coordinator's rules, one by one; `tests/simulation` shakes them all at once.

use std::time::Duration;

use dartboard_worker::protocol::{FromWorker, PROTOCOL_VERSION, ToWorker};
use dartboard_worker::tally::{Seed, Tally};

use super::snapshot::Status;
use super::{Command, Coordinator, Event, WorkerId};
use crate::config::{BatchPoints, BatchSize, Chaos, Config, Target, WorkerCount};

const BUILD: &str = "build-1";

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn config(workers: u32, batch_blocks: u64, target_blocks: u64) -> Config {
    Config {
        seed: Seed(42),
        workers: WorkerCount::nearest(workers),
        batch: BatchSize::Fixed(BatchPoints::nearest(batch_blocks)),
        target: Target::from_blocks(target_blocks),
        chaos: Chaos::NONE,
    }
}

/// A coordinator with the leases that its commands have given out.
struct Desk {
    coordinator: Coordinator,
    now: Duration,
    timer: Option<Duration>,
}

impl Desk {
    fn new(config: Config) -> Self {
        Self { coordinator: Coordinator::new(config, BUILD.to_owned()), now: ms(0), timer: None }
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
        self.now = ms(now);
        self.tell(event)
    }

    /// Lets the timer come at its time.
    fn fire(&mut self) -> Vec<Command> {
        self.now = self.timer.expect("a timer must be set");
        self.timer = None;
        self.tell(Event::Timer)
    }

    fn ready(&mut self, worker: u64) -> Vec<Command> {
        let message = FromWorker::Ready { protocol: PROTOCOL_VERSION, build: BUILD.to_owned() };
        self.tell(Event::Message { worker: WorkerId(worker), message })
    }

    fn ready_all(&mut self, commands: &[Command]) -> Vec<Command> {
        spawned(commands).into_iter().flat_map(|worker| self.ready(worker)).collect()
    }

    fn result(&mut self, worker: u64, lease: u64, blocks: u64) -> Vec<Command> {
        self.tell(result(worker, lease, blocks))
    }

    fn status(&self) -> Status {
        self.coordinator.snapshot(self.now).status
    }

    fn points(&self) -> u64 {
        self.coordinator.snapshot(self.now).tally.points
    }
}

fn result(worker: u64, lease: u64, blocks: u64) -> Event {
    let tally = Tally { points: blocks * 100_000, inside: blocks * 78_000 };
    Event::Message {
        worker: WorkerId(worker),
        message: FromWorker::Tally { lease, tally, compute_us: 1_000 },
    }
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

#[test]
fn the_ordinary_run_gives_two_leases_a_worker_and_ends_at_its_target() {
    let (mut desk, commands) = Desk::running(config(2, 2, 7));
    assert_eq!(leases(&commands), [(0, 0, 0, 2), (1, 1, 2, 4), (0, 2, 4, 6), (1, 3, 6, 7)]);
    assert_eq!(desk.status(), Status::Running);
    assert_eq!(desk.result(0, 0, 2), []);
    assert_eq!(desk.points(), 200_000);
    desk.result(1, 1, 2);
    desk.result(1, 3, 1);
    let snapshot = desk.coordinator.snapshot(desk.now);
    assert!(snapshot.has_gaps);
    assert_eq!(snapshot.counted_end, 7);
    let commands = desk.result(0, 2, 2);
    assert_eq!(terminated(&commands), [0, 1]);
    assert_eq!(commands.last(), Some(&Command::SetTimer(None)));
    assert_eq!(desk.status(), Status::Finished);
    assert_eq!(desk.points(), 700_000);
}

#[test]
fn pause_gives_heads_their_moment_and_start_goes_on_with_fresh_workers() {
    let (mut desk, _) = Desk::running(config(2, 1, 0));
    desk.at(10, Event::Pause);
    assert_eq!(desk.status(), Status::Pausing);
    let commands = desk.at(100, result(0, 0, 1));
    assert_eq!((terminated(&commands), spawned(&commands)), (vec![0], vec![2]));
    let commands = desk.fire();
    assert_eq!(desk.now, ms(210));
    assert_eq!((terminated(&commands), spawned(&commands)), (vec![1], vec![3]));
    assert_eq!(desk.status(), Status::Paused);
    assert_eq!(desk.coordinator.snapshot(desk.now).recomputed_points, 100_000);
    desk.ready(2);
    desk.ready(3);
    let commands = desk.tell(Event::Start);
    assert_eq!(leases(&commands), [(2, 4, 1, 2), (3, 5, 2, 3), (2, 6, 3, 4), (3, 7, 4, 5)]);
    assert_eq!(desk.coordinator.snapshot(desk.now).recomputed_points, 0);
    assert_eq!(desk.coordinator.snapshot(desk.now).restarts, 0);
}
