//! Runs as long as a week of counting and longer, up to the last block whose points fit a `u64`: totals are exact and
//! memory is bounded.
//!
//! Workers here answer in turn and without delay, some by dying; so a million batches take seconds.

use std::collections::VecDeque;
use std::time::Duration;

use dartboard_core::coordinator::counted::SAMPLE_CAPACITY;
use dartboard_core::coordinator::log::LOG_CAPACITY;
use dartboard_core::coordinator::snapshot::{RunStatus, Snapshot};
use dartboard_core::coordinator::timeline::CELLS;
use dartboard_core::coordinator::{Command, Coordinator, Event, SlotIndex, WorkerId};
use dartboard_core::run::checkpoint::{Checkpoint, WrittenRun, sealed};
use dartboard_core::run::config::{BatchPoints, BatchSize, Config, LiveSetting, Target, WorkerCount};
use dartboard_core::time::Instant;
use dartboard_points::kernel::Kernel;
use dartboard_points::protocol::{Announcement, FromWorker, ToWorker};
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed, Tally};

use crate::BUILD;

const WORKERS: u32 = 8;
/// The time from one answer to the next.
const PACE: Duration = Duration::from_millis(40);

/// A stand-in for the kernel that takes no time for any number of blocks: what it says of them adds up to what it
/// says of all together.
pub(crate) fn stand_in(blocks: BlockRange) -> Tally {
    let inside_before = |block: u64| {
        let points = u128::from(block) * u128::from(BLOCK_POINTS);
        u64::try_from(points * 785_398_163_397 / 1_000_000_000_000).expect("fewer than points")
    };
    Tally { points: blocks.points(), inside: inside_before(blocks.end()) - inside_before(blocks.first()) }
}

fn config(target: Option<Target>) -> Config {
    Config {
        target,
        ..Config::new(Seed(42), WorkerCount::nearest(WORKERS), BatchSize::Fixed(BatchPoints::nearest(10_000)))
    }
}

/// A page whose workers answer in turn.
struct LongRun {
    now: Instant,
    coordinator: Coordinator,
    /// What living workers have yet to say; none to a batch: it dies of that one.
    answers: VecDeque<(WorkerId, Option<FromWorker>)>,
    timer: Option<Instant>,
    /// Every so many batches one is a worker's last.
    deadly: Option<u64>,
    batches: u64,
    deaths: u64,
}

impl LongRun {
    fn new(config: Config, deadly: Option<u64>) -> Self {
        let coordinator = Coordinator::new(config, BUILD.to_owned());
        let now = Instant::after_origin(Duration::from_secs(1));
        Self { now, coordinator, answers: VecDeque::new(), timer: None, deadly, batches: 0, deaths: 0 }
    }

    fn tell(&mut self, event: Event) {
        for command in self.coordinator.handle(self.now, event) {
            match command {
                Command::Spawn { worker, .. } => {
                    let ready = FromWorker::Ready(Announcement::new(BUILD, Kernel::Tree));
                    self.answers.push_back((worker, Some(ready)));
                }
                Command::Post { worker, message: ToWorker::Compute { lease, blocks, .. } } => {
                    self.batches += 1;
                    let dies = self.deadly.is_some_and(|every| self.batches.is_multiple_of(every));
                    let tally = FromWorker::tally(lease, stand_in(blocks), 39_000);
                    self.answers.push_back((worker, (!dies).then_some(tally)));
                }
                Command::Terminate { worker } => self.answers.retain(|(from, _)| *from != worker),
                Command::SetTimer(at) => self.timer = at,
                Command::Post { .. } | Command::KillSilently { .. } => unreachable!("no fault is asked for"),
            }
        }
    }

    /// Lets the next thing happen; false if nothing will.
    fn step(&mut self) -> bool {
        let next = self.now + PACE;
        if let Some(at) = self.timer.filter(|&at| at <= next || self.answers.is_empty()) {
            self.now = self.now.max(at);
            self.tell(Event::Timer);
            return true;
        }
        let Some((worker, answer)) = self.answers.pop_front() else { return false };
        self.now = next;
        if let Some(message) = answer {
            self.tell(Event::Message { worker, message });
        } else {
            self.deaths += 1;
            self.tell(Event::Failed { worker, reason: "unreachable".to_owned() });
        }
        true
    }

    /// Runs until nothing more happens, and returns the end.
    fn run_out(mut self) -> (Snapshot, Self) {
        let mut steps = 0_u64;
        while self.step() {
            steps += 1;
            if steps.is_multiple_of(10_000) {
                self.check(&self.snapshot());
            }
        }
        let end = self.snapshot();
        self.check(&end);
        (end, self)
    }

    fn snapshot(&self) -> Snapshot {
        self.coordinator.snapshot(self.now)
    }

    /// Bounded memory, and figures that make sense.
    fn check(&self, snapshot: &Snapshot) {
        assert!(snapshot.trace.marks().len() < 480);
        assert!(snapshot.log.entries().len() <= LOG_CAPACITY);
        assert!(snapshot.sample.kept().len() <= SAMPLE_CAPACITY);
        assert!(self.coordinator.remembered_ranges() <= 3 * 2 * WORKERS as usize);
        for slot in 0..WORKERS {
            assert!(self.coordinator.timeline(self.now, SlotIndex(slot)).len() <= CELLS);
        }
        let saved = self.coordinator.checkpoint(self.now).encode();
        assert!(saved.len() < 2_000, "{saved}");
        let by_slot: u64 = snapshot.slots.iter().map(|slot| slot.points).sum();
        assert!(by_slot <= snapshot.tally.points);
        let rate = snapshot.points_per_second;
        assert!((0.0..1e12).contains(&rate), "{rate} points a second");
    }
}

/// A checkpoint of a run of which the blocks up to `end` are counted.
fn counted_up_to(end: u64) -> Checkpoint {
    let tally = stand_in(BlockRange::new(0, end).expect("some blocks"));
    let Tally { points, inside } = tally;
    let max = u64::MAX;
    let body = format!(
        "version=2&seed=42&workers={WORKERS}&batch=1000000000&chaos=0&points={points}&inside={inside}&done=0-{end}\
         &restarts={max}&stale={max}&ran_ms={max}"
    );
    WrittenRun::parse(&sealed(&body)).expect("as a page writes it").current().expect("of this stream").clone()
}

// Fails with: counts kept in less than 64 bits; a batch lost or counted twice in a million; anything that grows.
#[test]
fn a_run_of_a_quadrillion_points_with_a_thousand_deaths_is_exact_in_bounded_memory() {
    let target = Target::from_blocks(10_000_000_000).expect("within all blocks");
    let mut run = LongRun::new(config(Some(target)), Some(1_000));
    run.tell(Event::Open);
    run.tell(Event::Start);
    let (end, run) = run.run_out();
    assert_eq!(end.status, RunStatus::Finished);
    assert_eq!(end.tally, stand_in(BlockRange::new(0, target.blocks()).expect("some blocks")));
    assert_eq!(end.tally.points, 1_000_000_000_000_000);
    assert_eq!((end.restarts, end.sample.seen()), (run.deaths, 1_000_000));
    assert!(run.deaths >= 1_000, "{} deaths", run.deaths);
    let spent = run.now.since_origin().as_secs_f64();
    assert!(spent > 40_000.0 && end.running_time.as_secs_f64() > 40_000.0, "{spent} s");
}

// Fails with: a count that wraps, or a run that goes on, fails or hangs after the last block whose points fit a u64.
#[test]
fn a_run_ends_at_the_last_block_whose_points_can_be_counted() {
    let last = BlockRange::MAX_BLOCKS;
    for target in [None, Some(Target::MAX)] {
        let mut run = LongRun::new(config(None), Some(7));
        run.tell(Event::Open);
        run.tell(Event::Restore(counted_up_to(last - 123_456)));
        run.tell(Event::Set(LiveSetting::Target(target)));
        run.tell(Event::Start);
        let (end, mut run) = run.run_out();
        assert_eq!(end.status, RunStatus::Finished);
        assert_eq!(end.tally, stand_in(BlockRange::new(0, last).expect("some blocks")));
        assert_eq!(end.tally.points, 18_446_744_073_709_500_000);
        assert_eq!((end.counted_end, end.has_gaps), (last, false));
        // Counts of what went wrong stop at the greatest number instead of beginning again at 0.
        assert!(run.deaths > 0);
        assert_eq!(end.restarts, u64::MAX);
        // There is nothing to go on with.
        run.tell(Event::Start);
        assert!(!run.step());
        assert_eq!(run.snapshot().status, RunStatus::Finished);
        let saved = run.coordinator.checkpoint(run.now);
        let read = WrittenRun::parse(&saved.encode()).expect("it is read back");
        assert!(read.current().is_some_and(|read| read.counts_the_same(&saved)));
    }
}

// Fails with: counts that pass through an f64, which has no odd numbers beyond 2⁵³.
#[test]
fn counts_beyond_2_to_the_53_are_exact_to_the_last_point() {
    // Of points and of points inside.
    let from = (1 << 54) / BLOCK_POINTS;
    let target = Target::from_blocks(from + 101);
    let mut run = LongRun::new(config(None), None);
    run.tell(Event::Open);
    run.tell(Event::Restore(counted_up_to(from)));
    run.tell(Event::Set(LiveSetting::Batch(BatchSize::Fixed(BatchPoints::MIN))));
    run.tell(Event::Set(LiveSetting::Target(target)));
    run.tell(Event::Start);
    let (mut odd, mut last) = (0, 0);
    while run.step() {
        let tally = run.snapshot().tally;
        if tally.points != last {
            let counted = tally.points / BLOCK_POINTS;
            assert_eq!(tally, stand_in(BlockRange::new(0, counted).expect("some blocks")), "in order");
            odd += tally.inside % 2;
        }
        last = tally.points;
    }
    assert_eq!(run.snapshot().status, RunStatus::Finished);
    assert!(odd > 20, "{odd} odd counts among 101");
}
