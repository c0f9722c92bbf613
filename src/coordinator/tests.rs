//! The coordinator's rules, one by one; `tests/simulation` shakes them all at once.

use std::time::Duration;

use dartboard_worker::protocol::{Chance, FromWorker, PROTOCOL_VERSION, ToWorker};
use dartboard_worker::tally::{BlockRange, Seed, Tally};

use super::death::{Cause, Failure};
use super::log::Happening;
use super::snapshot::{SlotStateView, Status};
use super::timeline::Cell;
use super::{Command, Coordinator, Event, Fault, LeaseId, SlotIndex, WorkerId};
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
    assert_eq!((snapshot.counted_end, snapshot.counted_end_points()), (7, 700_000));
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

#[test]
fn a_panic_is_replaced_at_once_and_its_leases_go_first() {
    let (mut desk, _) = Desk::running(config(2, 1, 0));
    let text = "attempt to add with overflow".to_owned();
    let panicked = FromWorker::Panicked { text: text.clone() };
    let commands = desk.at(500, Event::Message { worker: WorkerId(0), message: panicked });
    assert_eq!((terminated(&commands), spawned(&commands)), (vec![0], vec![2]));
    assert_eq!(leases(&commands), []);
    desk.now = ms(600);
    assert_eq!(leases(&desk.ready(2)), [(2, 4, 0, 1), (2, 5, 2, 3)]);
    desk.at(620, result(2, 4, 1));
    let entry = desk.coordinator.log().entries().next_back().unwrap().clone();
    assert_eq!(entry.what, Happening::Died(Cause::Panicked(text)));
    assert_eq!(
        (entry.slot, entry.worker, entry.lease),
        (Some(SlotIndex(0)), Some(WorkerId(0)), Some(LeaseId(0)))
    );
    assert_eq!((entry.requeued_blocks, entry.at, entry.recovered_after), (2, ms(500), Some(ms(120))));
    // What the dead worker still says changes nothing but the count of stale results.
    assert_eq!(desk.result(0, 0, 1), []);
    let failed = Event::Failed { worker: WorkerId(0), reason: "unreachable".to_owned() };
    assert_eq!(desk.tell(failed), []);
    let malformed = Event::Malformed { worker: WorkerId(0), reason: String::new() };
    assert_eq!(desk.tell(malformed), []);
    let snapshot = desk.coordinator.snapshot(desk.now);
    assert_eq!((snapshot.stale_results, snapshot.restarts, snapshot.tally.points), (1, 1, 100_000));
    assert_eq!(snapshot.slots[0].restarts, 1);
}

#[test]
fn every_word_that_makes_no_sense_costs_the_worker_its_life() {
    let message = |message| Event::Message { worker: WorkerId(0), message };
    let tally = |points, inside| {
        message(FromWorker::Tally { lease: 0, tally: Tally { points, inside }, compute_us: 1 })
    };
    let ready = |protocol, build: &str| FromWorker::Ready { protocol, build: build.to_owned() };
    let text = String::new;
    let impossible =
        |points, inside| Cause::ImpossibleTally { tally: Tally { points, inside }, expected: 100_000 };
    for (event, cause) in [
        (tally(200_000, 1), impossible(200_000, 1)),
        (tally(0, 0), impossible(0, 0)),
        (tally(100_000, 100_001), impossible(100_000, 100_001)),
        (message(ready(PROTOCOL_VERSION, BUILD)), Cause::ReadyTwice),
        (message(FromWorker::Panicked { text: text() }), Cause::Panicked(text())),
        (message(FromWorker::StartFailed { text: text() }), Cause::StartFailed(text())),
        (message(FromWorker::Rejected { text: text() }), Cause::Rejected(text())),
        (Event::Malformed { worker: WorkerId(0), reason: text() }, Cause::Malformed(text())),
        (Event::Failed { worker: WorkerId(0), reason: text() }, Cause::Errored(text())),
    ] {
        let (mut desk, _) = Desk::running(config(1, 1, 0));
        let commands = desk.tell(event);
        assert_eq!((terminated(&commands), spawned(&commands)), (vec![0], vec![1]), "{cause:?}");
        let died = desk.coordinator.log().entries().next_back().unwrap().what.clone();
        assert_eq!(died, Happening::Died(cause));
        assert_eq!(desk.points(), 0);
    }
}

#[test]
fn the_second_lease_counts_only_once_it_is_the_head() {
    let (mut desk, _) = Desk::running(config(1, 1, 0));
    assert_eq!(desk.result(0, 1, 1), []);
    assert_eq!(desk.points(), 0);
    desk.result(0, 0, 1);
    desk.result(0, 0, 1);
    assert_eq!(desk.points(), 100_000);
    desk.result(0, 1, 1);
    assert_eq!(desk.points(), 200_000);
    assert_eq!(desk.coordinator.snapshot(desk.now).stale_results, 2);
}

#[test]
fn a_worker_of_another_build_or_protocol_is_not_tried_again() {
    let mismatch = |protocol, build: &str| FromWorker::Ready { protocol, build: build.to_owned() };
    for (message, said) in [
        (mismatch(PROTOCOL_VERSION + 1, BUILD), "version 2 of the protocol"),
        (mismatch(PROTOCOL_VERSION, "old"), "of build “old” and the page of build “build-1”"),
    ] {
        let mut desk = Desk::new(config(2, 1, 0));
        desk.tell(Event::Open);
        let commands = desk.tell(Event::Message { worker: WorkerId(0), message: message.clone() });
        assert_eq!((terminated(&commands), spawned(&commands)), (vec![0], vec![]));
        assert_eq!(desk.status(), Status::Idle);
        desk.ready(1);
        // Start tries it once more.
        assert_eq!(spawned(&desk.tell(Event::Start)), [2]);
        desk.tell(Event::Message { worker: WorkerId(2), message: message.clone() });
        assert_eq!(desk.status().word(), "degraded");
        assert!(desk.status().trouble().unwrap().starts_with("1 of 2 workers cannot be kept alive"));
        let mut desk = Desk::new(config(1, 1, 0));
        desk.tell(Event::Open);
        desk.tell(Event::Message { worker: WorkerId(0), message });
        let Status::Failed(failure) = desk.status() else { panic!("{:?}", desk.status()) };
        assert!(failure.offers_reload());
        assert!(failure.to_string().contains(said), "{failure}");
        assert!(failure.to_string().ends_with("reload the page"), "{failure}");
        let commands = desk.tell(Event::Retry);
        assert_eq!(spawned(&commands), [1]);
        assert_eq!(desk.status(), Status::Idle);
    }
}

#[test]
fn slots_whose_workers_never_start_are_given_up_and_retry_takes_them_up() {
    let mut desk = Desk::new(config(2, 1, 0));
    let mut commands = desk.tell(Event::Open);
    desk.ready(0);
    let mut waits = vec![];
    for _ in 0..6 {
        let worker = spawned(&commands).pop().unwrap();
        let script_missing = Event::Failed { worker: WorkerId(worker), reason: String::new() };
        commands = desk.tell(script_missing);
        let slot = desk.coordinator.snapshot(desk.now).slots[1].clone();
        if let SlotStateView::Backoff { remaining } = slot.state {
            waits.push(remaining);
            commands = desk.fire();
        }
    }
    assert_eq!(waits, [250, 500, 1_000, 2_000].map(ms));
    let snapshot = desk.coordinator.snapshot(desk.now);
    let last = Cause::StartFailed(String::new());
    assert_eq!(snapshot.slots[1].state, SlotStateView::GivenUp { last: last.clone() });
    assert_eq!((snapshot.status, snapshot.restarts), (Status::Idle, 5));
    let words = desk.coordinator.log().entries().next_back().unwrap().what.to_string();
    assert_eq!(words, "the slot is given up: its workers keep dying");
    assert_eq!(desk.coordinator.log().entries().next_back().unwrap().slot, Some(SlotIndex(1)));

    // Without the other slot nothing is left.
    desk.tell(Event::SetWorkers(WorkerCount::nearest(1)));
    for _ in 0..6 {
        let worker = desk.coordinator.next_worker - 1;
        let worker = if worker == 6 { 0 } else { worker };
        commands = desk.tell(Event::Failed { worker: WorkerId(worker), reason: String::new() });
        if spawned(&commands).is_empty() && desk.timer.is_some() {
            desk.fire();
        }
    }
    let Status::Failed(failure) = desk.status() else { panic!("{:?}", desk.status()) };
    assert_eq!(
        failure.to_string(),
        "no worker can be kept alive: the worker's program could not be loaded or started"
    );
    assert!(!failure.offers_reload());
    assert_eq!(spawned(&desk.tell(Event::Retry)).len(), 1);
    assert_eq!(desk.status(), Status::Idle);
}

#[test]
fn a_hung_worker_is_found_by_its_deadline_and_its_blocks_are_done_by_another() {
    let (mut desk, _) = Desk::running(config(1, 1, 2));
    assert_eq!(desk.timer, Some(ms(2_000)));
    assert_eq!(desk.fire(), [Command::SetTimer(Some(ms(2_250)))]);
    let commands = desk.fire();
    assert_eq!((terminated(&commands), spawned(&commands)), (vec![0], vec![1]));
    // The next one is given twice as long.
    desk.ready(1);
    assert_eq!(desk.timer, Some(ms(2_250 + 4_000)));
    desk.result(1, 2, 1);
    assert_eq!(desk.timer, Some(ms(2_250 + 2_000)));
    desk.result(1, 3, 1);
    assert_eq!(desk.status(), Status::Finished);
    let entries: Vec<_> = desk.coordinator.log().entries().map(|entry| entry.what.to_string()).collect();
    assert_eq!(
        entries,
        ["the run is running", "the worker did not answer within 2.3 s", "the run is finished"]
    );
}

#[test]
fn a_worker_that_never_starts_is_replaced() {
    let mut desk = Desk::new(config(3, 1, 0));
    assert_eq!(desk.coordinator.snapshot(ms(0)).slots.len(), 3);
    desk.tell(Event::Open);
    assert_eq!(desk.timer, Some(ms(10_750)));
    desk.ready(0);
    desk.ready(2);
    desk.fire();
    let commands = desk.fire();
    assert_eq!((terminated(&commands), spawned(&commands)), (vec![1], vec![3]));
    let died = desk.coordinator.log().entries().next_back().unwrap().what.to_string();
    assert_eq!(died, "the worker did not start within 11.0 s");
}

#[test]
fn a_batch_that_kills_three_workers_stops_the_run_and_names_it() {
    let (mut desk, _) = Desk::running(config(1, 4, 0));
    for worker in 0..3 {
        let trap = Event::Failed { worker: WorkerId(worker), reason: "unreachable".to_owned() };
        let commands = desk.tell(trap);
        if worker == 2 {
            assert_eq!((terminated(&commands), spawned(&commands)), (vec![2], vec![]));
            break;
        }
        if spawned(&commands).is_empty() {
            desk.fire();
        }
        desk.ready(worker + 1);
    }
    let Status::Failed(failure) = desk.status() else { panic!("{:?}", desk.status()) };
    assert_eq!(
        failure.to_string(),
        "every worker given the blocks 0..4 of seed 42 died; the last time the worker stopped with an error: \
         unreachable"
    );
    assert!(matches!(&failure, Failure::Lethal { .. }) && !failure.offers_reload());
    assert_eq!(desk.coordinator.snapshot(desk.now).workers_alive, 0);
    let commands = desk.tell(Event::Retry);
    assert_eq!(spawned(&commands), [3]);
    assert_eq!(desk.status(), Status::Running);
}

#[test]
fn deliberate_faults_never_use_a_slot_or_a_batch_up() {
    let mut config = config(1, 1, 0);
    config.chaos = Chaos::parse("1").unwrap();
    let (mut desk, mut commands) = Desk::running(config);
    for worker in 0..20 {
        let chances = commands.iter().filter_map(|command| match command {
            Command::Post { message: ToWorker::Compute { chaos, .. }, .. } => Some(*chaos),
            _ => None,
        });
        assert_eq!(chances.collect::<Vec<_>>(), [Chance::ALWAYS; 2]);
        let message = FromWorker::Panicked { text: "chaos".to_owned() };
        commands = desk.tell(Event::Message { worker: WorkerId(worker), message });
        if spawned(&commands).is_empty() {
            desk.fire();
        }
        commands = desk.ready(worker + 1);
    }
    assert_eq!(desk.status(), Status::Running);
    // But only a panic is chaos.
    for worker in 20..23 {
        let hidden = Event::Malformed { worker: WorkerId(worker), reason: String::new() };
        desk.tell(hidden);
        if desk.status() == Status::Running {
            desk.fire();
            desk.ready(worker + 1);
        }
    }
    assert!(matches!(desk.status(), Status::Failed(Failure::Lethal { .. })));
}

#[test]
fn faults_are_carried_to_the_worker_of_the_slot() {
    let mut desk = Desk::new(config(2, 1, 0));
    let inject = |slot, fault| Event::Inject { slot: SlotIndex(slot), fault };
    assert_eq!(desk.tell(inject(0, Fault::Kill)), []);
    desk.tell(Event::Open);
    assert_eq!(desk.tell(inject(0, Fault::Crash)), []);
    assert_eq!(desk.tell(inject(7, Fault::Crash)), []);
    assert_eq!(desk.tell(inject(0, Fault::Kill)), [Command::KillSilently { worker: WorkerId(0) }]);
    desk.ready(1);
    let post = |message| [Command::Post { worker: WorkerId(1), message }];
    assert_eq!(desk.tell(inject(1, Fault::Crash)), post(ToWorker::Crash));
    assert_eq!(desk.tell(inject(1, Fault::Hang)), post(ToWorker::Hang));
    let words: Vec<_> = desk.coordinator.log().entries().map(|entry| entry.what.to_string()).collect();
    assert_eq!(
        words,
        ["the worker was killed without a word", "a crash was asked for", "an endless loop was asked for"]
    );
    let whom: Vec<_> = desk.coordinator.log().entries().map(|entry| (entry.slot, entry.worker)).collect();
    let of = |number| (Some(SlotIndex(number)), Some(WorkerId(u64::from(number))));
    assert_eq!(whom, [of(0), of(1), of(1)]);
    // The killed worker is found by its deadline; it was deliberate.
    desk.fire();
    let commands = desk.fire();
    assert_eq!((terminated(&commands), spawned(&commands)), (vec![0], vec![2]));
}

#[test]
fn workers_come_and_go_during_a_run() {
    let (mut desk, _) = Desk::running(config(2, 1, 0));
    let commands = desk.tell(Event::SetWorkers(WorkerCount::nearest(3)));
    assert_eq!(commands, [Command::Spawn { worker: WorkerId(2), slot: SlotIndex(2) }]);
    assert_eq!(leases(&desk.ready(2)), [(2, 4, 4, 5), (2, 5, 5, 6)]);
    assert_eq!(desk.tell(Event::SetWorkers(WorkerCount::nearest(1))), []);
    let state = |desk: &Desk, slot: usize| desk.coordinator.snapshot(desk.now).slots[slot].state.clone();
    assert!(matches!(state(&desk, 1), SlotStateView::Retiring { worker: WorkerId(1), .. }));
    // The head counts, the second lease goes to another.
    let commands = desk.result(1, 1, 1);
    assert_eq!(terminated(&commands), [1]);
    assert_eq!(desk.points(), 100_000);
    assert_eq!(leases(&desk.result(0, 0, 1)), [(0, 6, 3, 4)]);
    // A dead one is not replaced.
    let dead = Event::Failed { worker: WorkerId(2), reason: String::new() };
    let commands = desk.tell(dead);
    assert_eq!((terminated(&commands), spawned(&commands)), (vec![2], vec![]));
    let snapshot = desk.coordinator.snapshot(desk.now);
    assert_eq!((snapshot.slots.len(), snapshot.workers_alive, snapshot.restarts), (1, 1, 0));
    // One that is wanted again before it is gone stays.
    desk.tell(Event::SetWorkers(WorkerCount::nearest(2)));
    desk.ready(3);
    desk.tell(Event::SetWorkers(WorkerCount::nearest(1)));
    assert_eq!(desk.tell(Event::SetWorkers(WorkerCount::nearest(2))), []);
    assert!(matches!(state(&desk, 1), SlotStateView::Computing { worker: WorkerId(3), next: Some(_), .. }));
    // The same number again is no change.
    let written = desk.coordinator.log().written();
    desk.tell(Event::SetWorkers(WorkerCount::nearest(2)));
    assert_eq!(desk.coordinator.log().written(), written);
}

#[test]
fn idle_workers_of_removed_slots_go_at_once() {
    let mut desk = Desk::opened(config(3, 1, 0));
    let commands = desk.tell(Event::SetWorkers(WorkerCount::nearest(1)));
    assert_eq!(terminated(&commands), [1, 2]);
    assert_eq!(desk.coordinator.snapshot(desk.now).slots.len(), 1);
}

#[test]
fn more_workers_lengthen_the_deadlines_of_those_that_compute() {
    let (mut desk, _) = Desk::running(config(1, 10_000, 0));
    assert_eq!(desk.timer, Some(ms(100_000)));
    let tally = Tally { points: 1_000_000_000, inside: 1 };
    let message = FromWorker::Tally { lease: 0, tally, compute_us: 1 };
    desk.at(1_000, Event::Message { worker: WorkerId(0), message });
    assert_eq!(desk.timer, Some(ms(1_000 + 10_000)));
    desk.tell(Event::SetWorkers(WorkerCount::nearest(20)));
    assert_eq!(desk.timer, Some(ms(1_000 + 15_000)), "the new workers must be ready first");
    for worker in 1..20 {
        desk.ready(worker);
    }
    assert_eq!(desk.timer, Some(ms(1_000 + 100_000)));
}

#[test]
fn a_silence_of_the_page_moves_deadlines() {
    let (mut desk, _) = Desk::running(config(2, 1, 0));
    desk.at(100, Event::SetChaos(Chaos::NONE));
    desk.timer = None;
    // The timer of 2 s comes after a minute: 59.9 s are not held against the workers.
    assert_eq!(desk.at(60_000, Event::Timer), [Command::SetTimer(Some(ms(61_900)))]);
    assert_eq!(terminated(&desk.at(60_010, result(0, 0, 1))), [0_u64; 0]);
    assert_eq!(desk.points(), 100_000);
    let words: Vec<_> = desk.coordinator.log().entries().map(|entry| entry.what.to_string()).collect();
    assert_eq!(words[1], "nothing was heard for 59.9 s: deadlines are moved");
    assert_eq!(desk.coordinator.snapshot(ms(60_010)).running_time, ms(110));
    // A timer that is late by no more than a quarter of a second is no jump.
    desk.at(62_150, Event::Timer);
    assert_eq!(desk.coordinator.log().written(), 2);
    desk.at(70_000, Event::Timer);
    assert_eq!(desk.coordinator.log().written(), 3);
}

#[test]
fn a_frozen_page_waits_for_nothing() {
    let (mut desk, _) = Desk::running(config(1, 1, 0));
    assert_eq!(desk.at(500, Event::Frozen), [Command::SetTimer(None)]);
    assert_eq!(desk.at(700, Event::Frozen), []);
    assert_eq!(desk.at(40_000, Event::Timer), []);
    // A result heard meanwhile counts, and the next lease gets all its time.
    desk.at(50_000, result(0, 0, 1));
    assert_eq!(desk.points(), 100_000);
    assert_eq!(desk.at(100_500, Event::Thawed), [Command::SetTimer(Some(ms(102_500)))]);
    let words = desk.coordinator.log().entries().next_back().unwrap().what.to_string();
    assert_eq!(words, "the page was frozen for 100.0 s: deadlines are moved");
    assert_eq!(desk.coordinator.snapshot(ms(100_500)).running_time, ms(500));
    // What only a user can do means that the page is not frozen.
    desk.at(101_000, Event::Frozen);
    let commands = desk.at(200_000, Event::SetBatch(BatchSize::Auto));
    assert_eq!(commands, [Command::SetTimer(Some(ms(201_500)))]);
}

#[test]
fn a_clock_that_goes_back_stands_still() {
    let (mut desk, _) = Desk::running(config(1, 1, 0));
    desk.at(1_000, result(0, 0, 1));
    desk.at(900, result(0, 1, 1));
    assert_eq!(desk.timer, Some(ms(3_000)));
    assert_eq!(desk.coordinator.snapshot(ms(0)).running_time, ms(1_000));
}

#[test]
fn finish_closes_the_gaps_and_start_goes_beyond() {
    let (mut desk, _) = Desk::running(config(2, 1, 0));
    desk.result(1, 1, 1);
    let commands = desk.tell(Event::Finish);
    assert_eq!(commands, []);
    assert_eq!(leases(&desk.result(1, 3, 1)), []);
    desk.result(1, 4, 1);
    desk.result(0, 0, 1);
    assert_eq!(desk.status(), Status::Running);
    let commands = desk.result(0, 2, 1);
    assert_eq!(terminated(&commands), [0, 1]);
    assert_eq!((desk.status(), desk.points()), (Status::Finished, 500_000));
    assert_eq!(desk.tell(Event::Finish), []);
    assert_eq!(desk.tell(Event::Pause), []);
    // Without a target there is always more.
    let commands = desk.tell(Event::Start);
    assert_eq!(spawned(&commands), [2, 3]);
    assert_eq!(desk.status(), Status::Running);
    assert_eq!(leases(&desk.ready(2)), [(2, 5, 5, 6), (2, 6, 6, 7)]);
}

#[test]
fn finish_after_a_pause_runs_only_if_there_are_gaps() {
    for (lease, gaps) in [(0, false), (1, true)] {
        let (mut desk, _) = Desk::running(config(2, 1, 0));
        desk.result(lease, lease, 1);
        desk.tell(Event::Pause);
        desk.now = ms(200);
        desk.tell(Event::Timer);
        assert_eq!(desk.status(), Status::Paused);
        assert_eq!(desk.coordinator.snapshot(desk.now).has_gaps, gaps);
        desk.tell(Event::Finish);
        assert_eq!(desk.status(), if gaps { Status::Running } else { Status::Finished });
    }
    let mut desk = Desk::opened(config(2, 1, 0));
    assert_eq!(desk.tell(Event::Finish), []);
    assert_eq!(desk.status(), Status::Idle);
}

#[test]
fn a_target_may_change_at_any_time() {
    let (mut desk, _) = Desk::running(config(1, 2, 4));
    desk.tell(Event::SetTarget(Target::from_blocks(3)));
    desk.result(0, 0, 2);
    // The run is past it: it ends with what is out.
    assert_eq!(desk.status(), Status::Running);
    desk.result(0, 1, 2);
    assert_eq!((desk.status(), desk.points()), (Status::Finished, 400_000));
    assert_eq!(desk.tell(Event::Start), []);
    assert_eq!(desk.status(), Status::Finished);
    assert_eq!(desk.tell(Event::SetTarget(Target::from_blocks(5))), []);
    assert_eq!(desk.status(), Status::Finished);
    let commands = desk.tell(Event::Start);
    assert_eq!(leases(&desk.ready_all(&commands)), [(1, 2, 4, 5)]);
}

#[test]
fn reset_forgets_the_run_and_keeps_only_fresh_workers() {
    let (mut desk, _) = Desk::running(config(2, 1, 3));
    desk.result(0, 0, 1);
    let mut other = config(3, 5, 0);
    other.seed = Seed(7);
    let commands = desk.tell(Event::Reset(other));
    assert_eq!((terminated(&commands), spawned(&commands)), (vec![0, 1], vec![2, 3, 4]));
    let snapshot = desk.coordinator.snapshot(desk.now);
    assert_eq!((snapshot.status, snapshot.tally, snapshot.config), (Status::Idle, Tally::default(), other));
    assert!(snapshot.slots.iter().all(|slot| slot.points == 0));
    desk.ready_all(&commands);
    desk.tell(Event::Inject { slot: SlotIndex(1), fault: Fault::Hang });
    assert_eq!(terminated(&desk.tell(Event::Reset(other))), [3]);
    let commands = desk.tell(Event::Start);
    assert_eq!(leases(&commands)[0], (2, 3, 0, 5));
}

#[test]
fn pause_replaces_used_idle_workers_and_start_during_the_grace_goes_on() {
    let (mut desk, _) = Desk::running(config(2, 1, 3));
    desk.result(1, 1, 1);
    let commands = desk.tell(Event::Pause);
    assert_eq!((terminated(&commands), spawned(&commands)), (vec![1], vec![2]));
    assert_eq!(desk.status(), Status::Pausing);
    assert_eq!(desk.tell(Event::Pause), []);
    let commands = desk.tell(Event::Start);
    assert_eq!(commands.len(), 1, "{commands:?}");
    assert_eq!(desk.status(), Status::Running);
    desk.result(0, 0, 1);
    desk.result(0, 2, 1);
    assert_eq!(desk.status(), Status::Finished);
}

#[test]
fn a_run_is_taken_up_paused_and_goes_on_where_it_was() {
    let (mut desk, _) = Desk::running(config(2, 1, 6));
    desk.now = ms(1_500);
    desk.result(1, 1, 1);
    desk.result(9, 1, 1);
    let checkpoint = desk.coordinator.checkpoint(ms(2_000));
    assert_eq!(checkpoint.done(), [BlockRange::new(1, 2).unwrap()]);
    let mut other = Desk::new(config(1, 9, 0));
    other.tell(Event::Restore(checkpoint));
    assert_eq!(other.status(), Status::Paused);
    let snapshot = other.coordinator.snapshot(other.now);
    assert_eq!((snapshot.tally.points, snapshot.running_time), (100_000, ms(2_000)));
    assert_eq!((snapshot.stale_results, snapshot.config.workers.get()), (1, 2));
    let commands = other.tell(Event::Start);
    assert_eq!(leases(&other.ready_all(&commands)), [(0, 0, 0, 1), (0, 1, 2, 3), (1, 2, 3, 4), (1, 3, 4, 5)]);
    let words = other.coordinator.log().entries().next().unwrap().what.to_string();
    assert_eq!(words, "the run is taken up again at 100,000 points");

    let empty = Desk::new(config(1, 1, 0)).coordinator.checkpoint(ms(0));
    other.tell(Event::Restore(empty));
    assert_eq!(other.status(), Status::Idle);
}

#[test]
fn a_finished_run_is_taken_up_finished() {
    let (mut desk, _) = Desk::running(config(1, 1, 1));
    desk.result(0, 0, 1);
    let checkpoint = desk.coordinator.checkpoint(desk.now);
    let mut other = Desk::opened(config(4, 9, 0));
    let commands = other.tell(Event::Restore(checkpoint));
    assert_eq!((other.status(), terminated(&commands).len()), (Status::Finished, 4));
}

#[test]
fn an_automatic_batch_grows_and_a_replacement_starts_with_its_size() {
    let mut config = config(1, 1, 0);
    config.batch = BatchSize::Auto;
    let (mut desk, commands) = Desk::running(config);
    assert_eq!(leases(&commands), [(0, 0, 0, 1), (0, 1, 1, 2)]);
    // Eight times the last, then 50 ms' worth.
    desk.now = ms(1);
    assert_eq!(leases(&desk.result(0, 0, 1)), [(0, 2, 2, 10)]);
    desk.now = ms(2);
    assert_eq!(leases(&desk.result(0, 1, 1)), [(0, 3, 10, 18)]);
    let dead = Event::Failed { worker: WorkerId(0), reason: String::new() };
    let commands = desk.tell(dead);
    assert_eq!(leases(&desk.ready_all(&commands)), [(1, 4, 2, 10), (1, 5, 10, 18)]);
    // A slot that has none takes the pace of another.
    let commands = desk.tell(Event::SetWorkers(WorkerCount::nearest(2)));
    assert_eq!(leases(&desk.ready_all(&commands)), [(2, 6, 18, 26), (2, 7, 26, 34)]);
}

#[test]
fn the_timeline_tells_what_a_slot_did() {
    let mut desk = Desk::new(config(1, 1, 0));
    desk.tell(Event::Open);
    desk.now = ms(10);
    desk.ready(0);
    desk.at(20, Event::Start);
    // Of 30 ms, 1 ms was counting.
    desk.at(50, result(0, 0, 1));
    desk.at(60, Event::Failed { worker: WorkerId(0), reason: String::new() });
    let cells = desk.coordinator.timeline(ms(65), SlotIndex(0));
    let cell = Cell { starting_us: 15_000, waiting_us: 39_000, computing_us: 11_000, dead_us: 0 };
    assert_eq!(cells, [cell]);
    desk.tell(Event::Failed { worker: WorkerId(1), reason: String::new() });
    let cells = desk.coordinator.timeline(ms(70), SlotIndex(0));
    assert_eq!(cells[0].dead_us, 10_000);
    assert_eq!(desk.coordinator.timeline(ms(70), SlotIndex(1)), []);
}

#[test]
fn only_ranges_that_are_not_done_are_remembered() {
    let (mut desk, _) = Desk::running(config(2, 1, 0));
    assert_eq!(desk.coordinator.remembered_ranges(), 4);
    // The dead worker's two ranges are to do, and the first of them is suspected.
    desk.tell(Event::Failed { worker: WorkerId(0), reason: String::new() });
    assert_eq!(desk.coordinator.remembered_ranges(), 5);
    desk.result(1, 1, 1);
    assert_eq!(desk.coordinator.remembered_ranges(), 4, "one done, another out again");
    desk.result(1, 3, 1);
    // Block 0 is done and no longer suspected.
    desk.result(1, 4, 1);
    assert_eq!(desk.coordinator.remembered_ranges(), 2);
}

#[test]
fn a_result_makes_the_next_replacement_immediate_again() {
    let (mut desk, _) = Desk::running(config(1, 1, 0));
    for worker in 0..20 {
        let dead = Event::Failed { worker: WorkerId(worker), reason: String::new() };
        let commands = desk.tell(dead);
        assert_eq!(spawned(&commands), [worker + 1]);
        let leases = leases(&desk.ready(worker + 1));
        desk.result(worker + 1, leases[0].1, 1);
    }
    assert_eq!(desk.status(), Status::Running);
}

#[test]
fn start_changes_nothing_where_there_is_nothing_to_start() {
    let (mut desk, _) = Desk::running(config(1, 1, 2));
    let written = |desk: &Desk| desk.coordinator.log().written();
    let before = written(&desk);
    desk.at(1_000, result(0, 0, 1));
    assert_eq!(desk.at(1_500, Event::Start), []);
    assert_eq!(written(&desk), before);
    assert!((desk.coordinator.snapshot(desk.now).points_per_second - 100_000.0).abs() < 1e-6);
    desk.result(0, 1, 1);
    let before = written(&desk);
    assert_eq!(desk.tell(Event::Start), []);
    assert_eq!((desk.status(), written(&desk)), (Status::Finished, before));
}

#[test]
fn every_slot_has_its_rate_also_one_that_came_later() {
    let (mut desk, _) = Desk::running(config(1, 1, 0));
    desk.at(1_000, result(0, 0, 1));
    desk.tell(Event::SetWorkers(WorkerCount::nearest(2)));
    let rates = |desk: &Desk| {
        let slots = desk.coordinator.snapshot(desk.now).slots;
        slots.into_iter().map(|slot| slot.points_per_second.round()).collect::<Vec<_>>()
    };
    assert_eq!(rates(&desk), [100_000.0, 0.0]);
    desk.ready(1);
    desk.at(1_500, result(1, 3, 1));
    assert_eq!(rates(&desk), [100_000.0, 200_000.0]);
    desk.tell(Event::Pause);
    assert_eq!(rates(&desk), [0.0, 0.0]);
    assert!(desk.coordinator.snapshot(desk.now).points_per_second.abs() < 1e-9);
}

#[test]
fn all_points_of_a_batch_may_lie_inside() {
    let (mut desk, _) = Desk::running(config(1, 1, 0));
    let tally = Tally { points: 100_000, inside: 100_000 };
    let message = FromWorker::Tally { lease: 0, tally, compute_us: 1 };
    desk.tell(Event::Message { worker: WorkerId(0), message });
    let snapshot = desk.coordinator.snapshot(desk.now);
    assert_eq!((snapshot.tally, snapshot.restarts, snapshot.slots[0].points), (tally, 0, 100_000));
}

#[test]
fn only_a_worker_that_was_too_slow_earns_its_successor_more_time() {
    let (mut desk, _) = Desk::running(config(1, 1, 0));
    desk.tell(Event::Failed { worker: WorkerId(0), reason: String::new() });
    desk.ready(1);
    assert_eq!(desk.timer, Some(ms(2_000)));
    // Nor does one that hung because it was asked to.
    desk.tell(Event::Inject { slot: SlotIndex(0), fault: Fault::Hang });
    desk.fire();
    desk.fire();
    desk.fire();
    let before = desk.now;
    desk.ready(2);
    assert_eq!(desk.timer, Some(before + ms(2_000)));
}
