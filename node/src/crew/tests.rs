use std::time::Duration;

use dartboard_core::coordinator::death::Cause;
use dartboard_core::coordinator::log::LogEvent;
use dartboard_core::coordinator::{Fault, SlotIndex};
use dartboard_core::run::config::{BatchPoints, BatchSize, Chaos, LiveSetting, Target, WorkerCount};
use dartboard_points::kernel;

use super::*;

const SEED: Seed = Seed(42);

/// Of small batches, so that there are many.
fn config(blocks: u64) -> Config {
    let batch = BatchSize::Fixed(BatchPoints::nearest(5));
    Config { target: Target::from_blocks(blocks), ..Config::new(SEED, WorkerCount::nearest(3), batch) }
}

fn range(first: u64, end: u64) -> BlockRange {
    BlockRange::new(first, end).unwrap()
}

/// Counts until the run is over.
fn count(crew: &mut Crew) -> Tally {
    let patience = crew.now() + Duration::from_secs(60);
    crew.run_until(patience);
    let progress = crew.coordinator().progress();
    assert!(progress.finished, "{progress:?}");
    progress.tally
}

fn deaths(crew: &Crew) -> usize {
    crew.coordinator().log().entries().filter(|entry| matches!(entry.what, LogEvent::Died(_))).count()
}

#[test]
fn a_run_has_the_tally_of_one_loop() {
    let mut crew = Crew::new(config(500));
    crew.tell(Event::Start);
    assert_eq!(count(&mut crew), kernel::tally(SEED, range(0, 500)));
    assert_eq!(deaths(&crew), 0);
}

// Fails with: a range that is counted from the run's first block, a batch of the range before that counts for the next one.
#[test]
fn ranges_have_the_tallies_of_one_loop_also_after_one_that_was_given_up() {
    let mut crew = Crew::new(config(1));
    crew.count_range(SEED, range(1_000, 200_000));
    crew.run_until(crew.now() + Duration::from_millis(5));
    for (seed, first, end) in [(7, 100, 200), (7, 200, 203), (8, 0, 50)] {
        crew.count_range(Seed(seed), range(first, end));
        assert_eq!(count(&mut crew), kernel::tally(Seed(seed), range(first, end)));
    }
}

/// Does something to a worker that is ready.
fn inject(crew: &mut Crew, slot: u32, fault: Fault) {
    let all = crew.coordinator().config().workers.get();
    while crew.coordinator().progress().ready_workers < all {
        crew.run_until(crew.now() + Duration::from_millis(1));
    }
    crew.tell(Event::Inject { slot: SlotIndex(slot), fault });
}

// Fails with: a hung thread that is waited for for ever, a killed one whose batches are lost.
#[test]
fn whatever_dies_the_tally_is_that_of_one_loop() {
    let mut crew = Crew::new(config(20_000));
    crew.tell(Event::Start);
    inject(&mut crew, 1, Fault::Hang);
    inject(&mut crew, 2, Fault::Kill);
    crew.tell(Event::Set(LiveSetting::Chaos(Chaos::parse("0.001").unwrap())));
    assert_eq!(count(&mut crew), kernel::tally(SEED, range(0, 20_000)));
    assert!(deaths(&crew) >= 2, "{}", deaths(&crew));
}

// Fails with: a panic that nobody hears of until the batch is late.
#[test]
fn a_panic_is_told_in_its_own_words() {
    let mut crew = Crew::new(Config { workers: WorkerCount::MIN, ..config(10) });
    inject(&mut crew, 0, Fault::Crash);
    crew.tell(Event::Start);
    count(&mut crew);
    let crash = LogEvent::Died(Cause::Panicked("a crash was asked for".to_owned()));
    assert!(crew.coordinator().log().entries().any(|entry| entry.what == crash));
}

#[test]
fn a_waker_wakes_it_at_once_and_later_nobody() {
    let mut crew = Crew::new(config(1));
    let waker = crew.waker();
    waker.wake();
    let begun = crew.now();
    crew.run_until(begun + Duration::from_secs(30));
    assert!(crew.now() - begun < Duration::from_secs(10));
    drop(crew);
    waker.wake();
}

#[test]
fn a_kernel_that_no_thread_has_ends_the_run_in_words() {
    let mut crew = Crew::new(Config { kernel: Some(Kernel::MathRandom), ..config(50) });
    crew.tell(Event::Start);
    crew.run_until(crew.now() + Duration::from_secs(30));
    let failure = crew.coordinator().progress().failure;
    assert!(failure.as_ref().is_some_and(|why| why.contains("math_random")), "{failure:?}");
}
