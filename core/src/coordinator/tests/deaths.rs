//! What becomes of workers that die, and of their blocks.

use super::*;

#[test]
fn a_panic_is_replaced_at_once_and_its_leases_go_first() {
    let (mut desk, _) = Desk::running(config(2, 1, 0));
    let text = "attempt to add with overflow".to_owned();
    let panicked = FromWorker::Panicked { text: text.clone() };
    let commands = desk.at(500, Event::Message { worker: WorkerId(0), message: panicked });
    assert_eq!((terminated(&commands), spawned(&commands)), (vec![0], vec![2]));
    assert_eq!(leases(&commands), []);
    desk.now = at(600);
    assert_eq!(leases(&desk.ready(2)), [(2, 4, 0, 1), (2, 5, 2, 3)]);
    desk.at(620, result(2, 4, 1));
    let entry = desk.coordinator.log().entries().next_back().unwrap().clone();
    assert_eq!(entry.what, LogEvent::Died(Cause::Panicked(text)));
    assert_eq!(
        (entry.slot, entry.worker, entry.lease),
        (Some(SlotIndex(0)), Some(WorkerId(0)), Some(LeaseId(0)))
    );
    assert_eq!((entry.requeued_blocks, entry.at, entry.recovered_after), (2, at(500), Some(ms(120))));
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
    let tally = |points, inside| message(FromWorker::tally(0, Tally { points, inside }, 1));
    let text = String::new;
    let impossible =
        |points, inside| Cause::ImpossibleTally { tally: Tally { points, inside }, expected: 100_000 };
    for (event, cause) in [
        (tally(200_000, 1), impossible(200_000, 1)),
        (tally(0, 0), impossible(0, 0)),
        (tally(100_000, 100_001), impossible(100_000, 100_001)),
        (message(FromWorker::Ready(Announcement::new(BUILD, Kernel::Tree))), Cause::ReadyTwice),
        (message(FromWorker::Panicked { text: text() }), Cause::Panicked(text())),
        (message(FromWorker::Errored { text: text() }), Cause::Errored(text())),
        (message(FromWorker::StartFailed { text: text() }), Cause::StartFailed(text())),
        (message(FromWorker::Rejected { text: text() }), Cause::Rejected(text())),
        (Event::Malformed { worker: WorkerId(0), reason: text() }, Cause::Malformed(text())),
        (Event::Failed { worker: WorkerId(0), reason: text() }, Cause::Errored(text())),
    ] {
        let (mut desk, _) = Desk::running(config(1, 1, 0));
        let commands = desk.tell(event);
        assert_eq!((terminated(&commands), spawned(&commands)), (vec![0], vec![1]), "{cause:?}");
        let died = desk.coordinator.log().entries().next_back().unwrap().what.clone();
        assert_eq!(died, LogEvent::Died(cause));
        assert_eq!(desk.points(), 0);
    }
}

#[test]
fn a_worker_of_another_build_protocol_or_kernel_is_not_tried_again() {
    let right = Announcement::new(BUILD, Kernel::Tree);
    for (announced, said) in [
        (Announcement { protocol: right.protocol + 1, ..right.clone() }, "version 5 of the protocol"),
        (Announcement::new("old", Kernel::Tree), "of build “old” and the page of build “build-1”"),
        (Announcement::new(BUILD, Kernel::MathRandom), "by the kernel “math_random”"),
    ] {
        let message = FromWorker::Ready(announced);
        let mut desk = Desk::new(config(2, 1, 0));
        desk.tell(Event::Open);
        let commands = desk.tell(Event::Message { worker: WorkerId(0), message: message.clone() });
        assert_eq!((terminated(&commands), spawned(&commands)), (vec![0], vec![]));
        assert_eq!(desk.status(), RunStatus::Idle);
        desk.ready(1);
        // Start tries it once more.
        assert_eq!(spawned(&desk.tell(Event::Start)), [2]);
        desk.tell(Event::Message { worker: WorkerId(2), message: message.clone() });
        assert_eq!(desk.status().word(), "degraded");
        assert!(desk.status().trouble().unwrap().starts_with("1 of 2 workers cannot be kept alive"));
        let mut desk = Desk::new(config(1, 1, 0));
        desk.tell(Event::Open);
        desk.tell(Event::Message { worker: WorkerId(0), message });
        let RunStatus::Failed(failure) = desk.status() else { panic!("{:?}", desk.status()) };
        assert_eq!(desk.coordinator.progress().failure, Some(failure.to_string()));
        assert!(failure.offers_reload());
        assert!(failure.to_string().contains(said), "{failure}");
        assert!(failure.to_string().ends_with("reload the page"), "{failure}");
        let commands = desk.tell(Event::Retry);
        assert_eq!(spawned(&commands), [1]);
        assert_eq!(desk.status(), RunStatus::Idle);
    }
}

#[test]
fn slots_whose_workers_never_start_are_given_up_and_retry_tries_them_again() {
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
    assert_eq!((snapshot.status, snapshot.restarts), (RunStatus::Idle, 5));
    let words = desk.coordinator.log().entries().next_back().unwrap().what.to_string();
    assert_eq!(words, "not started again: its workers keep dying");
    assert_eq!(desk.coordinator.log().entries().next_back().unwrap().slot, Some(SlotIndex(1)));

    // Without the other slot nothing is left.
    desk.tell(Event::Set(LiveSetting::Workers(WorkerCount::nearest(1))));
    for _ in 0..6 {
        let worker = desk.coordinator.next_worker - 1;
        let worker = if worker == 6 { 0 } else { worker };
        commands = desk.tell(Event::Failed { worker: WorkerId(worker), reason: String::new() });
        if spawned(&commands).is_empty() && desk.timer.is_some() {
            desk.fire();
        }
    }
    let RunStatus::Failed(failure) = desk.status() else { panic!("{:?}", desk.status()) };
    assert_eq!(
        failure.to_string(),
        "no worker can be kept alive: the worker's program could not be loaded or started"
    );
    // The host may have another build by now.
    assert!(failure.offers_reload());
    assert_eq!(spawned(&desk.tell(Event::Retry)).len(), 1);
    assert_eq!(desk.status(), RunStatus::Idle);
}

#[test]
fn a_hung_worker_is_found_by_its_deadline_and_its_blocks_are_done_by_another() {
    let (mut desk, _) = Desk::running(config(1, 1, 2));
    assert_eq!(desk.timer, Some(at(2_000)));
    assert_eq!(desk.fire(), [Command::SetTimer(Some(at(2_250)))]);
    let commands = desk.fire();
    assert_eq!((terminated(&commands), spawned(&commands)), (vec![0], vec![1]));
    // The next one is given twice as long.
    desk.ready(1);
    assert_eq!(desk.timer, Some(at(2_250 + 4_000)));
    desk.result(1, 2, 1);
    assert_eq!(desk.timer, Some(at(2_250 + 2_000)));
    desk.result(1, 3, 1);
    assert_eq!(desk.status(), RunStatus::Finished);
    let entries: Vec<_> = desk.coordinator.log().entries().map(|entry| entry.what.to_string()).collect();
    assert_eq!(
        entries,
        ["the run is running", "the worker did not answer within 2.3 s", "the run is finished"]
    );
}

#[test]
fn a_worker_that_never_starts_is_replaced() {
    let mut desk = Desk::new(config(3, 1, 0));
    assert_eq!(desk.coordinator.snapshot(at(0)).slots.len(), 3);
    desk.tell(Event::Open);
    assert_eq!(desk.timer, Some(at(10_750)));
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
    let RunStatus::Failed(failure) = desk.status() else { panic!("{:?}", desk.status()) };
    assert_eq!(
        failure.to_string(),
        "every worker given the blocks 0..4 of seed 42 died; the last time the worker stopped with an error: \
         unreachable"
    );
    assert!(matches!(&failure, Failure::Lethal { .. }) && !failure.offers_reload());
    assert_eq!(desk.coordinator.snapshot(desk.now).workers_alive, 0);
    let commands = desk.tell(Event::Retry);
    assert_eq!(spawned(&commands), [3]);
    assert_eq!(desk.status(), RunStatus::Running);
}

#[test]
fn deliberate_faults_never_use_a_slot_or_a_batch_up() {
    let mut config = config(1, 1, 0);
    config.chaos = Chaos::parse("1").unwrap();
    let (mut desk, mut commands) = Desk::running(config);
    for worker in 0..20 {
        let probabilities = commands.iter().filter_map(|command| match command {
            Command::Post { message: ToWorker::Compute { chaos, .. }, .. } => Some(*chaos),
            _ => None,
        });
        assert_eq!(probabilities.collect::<Vec<_>>(), [Probability::ALWAYS; 2]);
        let message = FromWorker::Panicked { text: "chaos".to_owned() };
        commands = desk.tell(Event::Message { worker: WorkerId(worker), message });
        if spawned(&commands).is_empty() {
            desk.fire();
        }
        commands = desk.ready(worker + 1);
    }
    assert_eq!(desk.status(), RunStatus::Running);
    // But only a panic is chaos.
    for worker in 20..23 {
        let hidden = Event::Malformed { worker: WorkerId(worker), reason: String::new() };
        desk.tell(hidden);
        if desk.status() == RunStatus::Running {
            desk.fire();
            desk.ready(worker + 1);
        }
    }
    assert!(matches!(desk.status(), RunStatus::Failed(Failure::Lethal { .. })));
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
        ["you pressed Kill; the coordinator was not told", "you pressed Crash", "you pressed Hang"]
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
fn a_result_makes_the_next_replacement_immediate_again() {
    let (mut desk, _) = Desk::running(config(1, 1, 0));
    for worker in 0..20 {
        let dead = Event::Failed { worker: WorkerId(worker), reason: String::new() };
        let commands = desk.tell(dead);
        assert_eq!(spawned(&commands), [worker + 1]);
        let leases = leases(&desk.ready(worker + 1));
        desk.result(worker + 1, leases[0].1, 1);
    }
    assert_eq!(desk.status(), RunStatus::Running);
}

#[test]
fn only_a_worker_that_was_too_slow_earns_its_successor_more_time() {
    let (mut desk, _) = Desk::running(config(1, 1, 0));
    desk.tell(Event::Failed { worker: WorkerId(0), reason: String::new() });
    desk.ready(1);
    assert_eq!(desk.timer, Some(at(2_000)));
    // Nor does one that hung because it was asked to.
    desk.tell(Event::Inject { slot: SlotIndex(0), fault: Fault::Hang });
    desk.fire();
    desk.fire();
    desk.fire();
    let before = desk.now;
    desk.ready(2);
    assert_eq!(desk.timer, Some(before + ms(2_000)));
}

fn without_replacement(workers: u32, target_blocks: u64) -> Config {
    Config { after_death: AfterDeath::GoOn, ..config(workers, 1, target_blocks) }
}

fn crash(worker: u64) -> Event {
    Event::Failed { worker: WorkerId(worker), reason: "unreachable".to_owned() }
}

// Fails with: a dead worker that is replaced though the user wants none, whose blocks are counted by others unasked, or are
// lost for good.
#[test]
fn without_replacement_the_blocks_of_the_dead_are_missing_until_the_gaps_are_finished() {
    let (mut desk, _) = Desk::running(without_replacement(2, 6));
    let commands = desk.tell(crash(0));
    assert_eq!((terminated(&commands), spawned(&commands), leases(&commands)), (vec![0], vec![], vec![]));
    let snapshot = desk.coordinator.snapshot(desk.now);
    assert!(matches!(snapshot.status, RunStatus::Degraded { given_up: 1, wanted: 2, .. }));
    assert_eq!((snapshot.missing_points, snapshot.workers_alive, snapshot.restarts), (200_000, 1, 0));
    let said: Vec<_> =
        desk.coordinator.log().entries().rev().take(2).map(|entry| entry.what.to_string()).collect();
    assert_eq!(
        said,
        ["not replaced; what it was counting is missing", "the worker stopped with an error: unreachable"]
    );
    // The other one counts its own blocks and all new ones, and the run does not end.
    assert_eq!(leases(&desk.result(1, 1, 1)), [(1, 4, 4, 5)]);
    assert_eq!(leases(&desk.result(1, 3, 1)), [(1, 5, 5, 6)]);
    desk.result(1, 4, 1);
    assert_eq!(leases(&desk.result(1, 5, 1)), []);
    assert!(matches!(desk.status(), RunStatus::Degraded { .. }));
    assert_eq!(desk.points(), 400_000);
    assert_eq!(leases(&desk.tell(Event::Finish)), [(1, 6, 0, 1), (1, 7, 2, 3)]);
    desk.result(1, 6, 1);
    desk.result(1, 7, 1);
    assert_eq!((desk.status(), desk.points()), (RunStatus::Finished, 600_000));
}

// Fails with: a run that waits for ever with nobody left, or new workers that leave gaps behind them.
#[test]
fn without_replacement_the_run_ends_with_its_last_worker_and_new_ones_count_what_is_missing() {
    let (mut desk, _) = Desk::running(without_replacement(2, 0));
    desk.tell(crash(0));
    desk.tell(crash(1));
    let RunStatus::Failed(failure) = desk.status() else { panic!("{:?}", desk.status()) };
    assert_eq!(
        failure.to_string(),
        "all workers are dead, and dead workers are not replaced: the worker stopped with an error: unreachable"
    );
    assert_eq!(desk.coordinator.snapshot(desk.now).missing_points, 400_000);
    assert_eq!(spawned(&desk.tell(Event::Retry)), [2, 3]);
    assert_eq!(desk.coordinator.snapshot(desk.now).missing_points, 0);
    assert_eq!(leases(&desk.ready(2)), [(2, 4, 0, 1), (2, 5, 1, 2)]);
}

#[test]
fn who_wants_dead_workers_replaced_after_all_gets_new_ones_at_once() {
    let (mut desk, _) = Desk::running(without_replacement(2, 0));
    desk.tell(crash(0));
    let commands = desk.tell(Event::Set(LiveSetting::AfterDeath(AfterDeath::Replace)));
    assert_eq!(spawned(&commands), [2]);
    assert_eq!(desk.status(), RunStatus::Running);
    assert_eq!(leases(&desk.ready(2)), [(2, 4, 0, 1), (2, 5, 2, 3)]);
}
