//! Crews with a GPU: whatever adapter is here.

use std::time::Duration;

use dartboard_core::coordinator::log::LogEvent;
use dartboard_core::coordinator::snapshot::SlotView;
use dartboard_core::coordinator::{Event, Fault, SlotIndex};
use dartboard_core::run::config::{self, BatchPoints, BatchSize, Config, Target, WorkerCount};
use dartboard_points::kernel;
use dartboard_points::tally::{BlockRange, Seed, Tally};

use super::super::adapter::tests::or_left_out;
use super::super::adapter::{Gpu as Adapter, GpuError};
use super::super::batches::Batches;
use super::super::batches::tests::with_defect;
use super::super::{Gpu, GpuProblem};
use crate::crew::Crew;

const SEED: Seed = Seed(42);
const BLOCKS: u64 = 30_000;

/// A crew whose GPU counts beside one thread, or alone.
fn crew(setting: config::Gpu) -> Option<Crew> {
    Some(with(opened(setting)?, BatchSize::Auto))
}

fn opened(setting: config::Gpu) -> Option<Gpu> {
    match Gpu::open(setting, true) {
        // Why is of no account: it is left out, or it fails.
        Err(GpuProblem::Unusable(reason)) => {
            or_left_out(Adapter::open(true).and(Err(GpuError::Silent { name: reason })))
        }
        gpu => Some(gpu.expect("it was built in")),
    }
}

fn with(gpu: Gpu, batch: BatchSize) -> Crew {
    let config = Config {
        gpu: gpu.setting(),
        target: Target::from_blocks(BLOCKS),
        ..Config::new(SEED, WorkerCount::MIN, batch)
    };
    Crew::with_gpu(config, Some(gpu))
}

fn range(first: u64, end: u64) -> BlockRange {
    BlockRange::new(first, end).expect("some blocks")
}

/// Counts until the run is over.
fn count(crew: &mut Crew) -> Tally {
    crew.run_until(crew.now() + Duration::from_secs(60));
    let progress = crew.coordinator().progress();
    assert!(progress.finished, "{progress:?}, {:?}", crew.miscount());
    progress.tally
}

fn slot(crew: &Crew) -> SlotView {
    let slots = crew.coordinator().snapshot(crew.now()).slots;
    slots.into_iter().find(|slot| slot.slot == SlotIndex::GPU).expect("it has a GPU's slot")
}

#[test]
fn beside_a_thread_or_alone_the_tally_is_that_of_one_loop() {
    for setting in [config::Gpu::Beside, config::Gpu::Alone] {
        let Some(mut crew) = crew(setting) else { return };
        crew.tell(Event::Start);
        assert_eq!(count(&mut crew), kernel::tally(SEED, range(0, BLOCKS)));
        let points = slot(&crew).points;
        assert!(points > 0, "the GPU has counted nothing");
        assert_eq!(points == BLOCKS * 100_000, setting == config::Gpu::Alone);
    }
}

#[test]
fn ranges_have_the_tallies_of_one_loop_also_after_one_that_was_given_up() {
    let Some(mut crew) = crew(config::Gpu::Beside) else { return };
    crew.count_range(SEED, range(1_000, 200_000));
    crew.run_until(crew.now() + Duration::from_millis(50));
    for (seed, first, end) in [(7, 100, 20_000), (7, 200, 203), (8, 0, 5_000)] {
        crew.count_range(Seed(seed), range(first, end));
        assert_eq!(count(&mut crew), kernel::tally(Seed(seed), range(first, end)));
    }
}

// Fails with: a GPU that is not opened again, batches that are lost with it.
#[test]
fn whatever_becomes_of_the_gpus_worker_the_tally_is_that_of_one_loop() {
    let Some(mut crew) = crew(config::Gpu::Beside) else { return };
    for _ in 0..3 {
        crew.tell(Event::Inject { slot: SlotIndex::GPU, fault: Fault::Crash });
        crew.run_until(crew.now() + Duration::from_millis(100));
    }
    crew.tell(Event::Start);
    assert_eq!(count(&mut crew), kernel::tally(SEED, range(0, BLOCKS)));
    let deaths =
        crew.coordinator().log().entries().filter(|entry| matches!(entry.what, LogEvent::Died(_))).count();
    assert!((1..=3).contains(&deaths), "{deaths}");
    assert_eq!(crew.miscount(), None);
}

#[test]
fn its_worker_tells_its_name_and_the_counts_of_parts() {
    let Some(mut crew) = crew(config::Gpu::Alone) else { return };
    crew.tell(Event::Start);
    count(&mut crew);
    let adapter = Adapter::open(true).expect("an adapter");
    assert_eq!(slot(&crew).adapter.as_deref(), Some(adapter.name()));
}

/// One that is right until the self-check is over, and wrong in each block from the 10,000th on.
// Fails with: wrong counts that stay in the total, or a run that ends with its GPU.
#[test]
fn what_a_gpu_counted_that_begins_to_miscount_is_counted_again_without_it() {
    let defect = "inside[index] = select(0u, 1u, block.y == 0u && block.x >= 10000u && block.x < 90000000u) + counted.x";
    let Some(adapter) = with_defect("inside[index] = counted.x", defect) else { return };
    let name = adapter.name().to_owned();
    let opened = Batches::with(adapter).expect("the self-check is right");
    let gpu = Gpu { setting: config::Gpu::Alone, opened: Some(opened), name: name.clone(), software: true };
    // Batches that are wrong are so in each of their blocks.
    let mut crew = with(gpu, BatchSize::Fixed(BatchPoints::nearest(2_000)));
    crew.tell(Event::Start);
    crew.run_until(crew.now() + Duration::from_secs(60));
    let said = crew.miscount().map(str::to_owned).expect("it is found");
    assert!(said.contains(&name) && said.contains("counted can be trusted"), "{said}");
    assert_eq!(
        crew.coordinator().progress().tally,
        kernel::tally(SEED, range(0, 10_000)),
        "the wrong batch is not in it"
    );
    crew.count_again();
    assert_eq!(count(&mut crew), kernel::tally(SEED, range(0, BLOCKS)));
}
