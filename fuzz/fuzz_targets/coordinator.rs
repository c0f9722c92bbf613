//! A run resumed from any checkpoint that can be read, with workers that say anything: what is counted and what is
//! saved always agree, no count falls, memory stays bounded, and commands are for workers that live.
#![no_main]

use std::collections::BTreeMap;
use std::time::Duration;

use arbitrary::Arbitrary;
use dartboard_core::coordinator::log::LOG_CAPACITY;
use dartboard_core::coordinator::snapshot::Snapshot;
use dartboard_core::coordinator::{Command, Coordinator, Event, Fault, SlotIndex, SlotKind, WorkerId};
use dartboard_core::run::checkpoint::{Checkpoint, WrittenRun, sealed};
use dartboard_core::run::config::{
    AfterDeath, BatchPoints, BatchSize, Chaos, Config, Gpu, LiveSetting, Target, WorkerCount,
};
use dartboard_core::time::Instant;
use dartboard_fuzz::assert_short;
use dartboard_points::kernel::Kernel;
use dartboard_points::protocol::{Announcement, FromWorker, ToWorker};
use dartboard_points::tally::{BLOCK_POINTS, BlockRange, Seed, Tally};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Story<'a> {
    saved: SavedParts,
    steps: Vec<(u16, Step<'a>)>,
}

/// A checkpoint whose parts agree.
#[derive(Arbitrary, Debug)]
struct SavedParts {
    workers: u8,
    batch_blocks: Option<u16>,
    target_blocks: Option<u64>,
    /// Blocks missing and blocks counted, by turns; the last range may reach to the end of all blocks.
    ranges: Vec<(u64, u64)>,
    inside: u64,
    restarts: u64,
    stale: u64,
    ran_ms: u64,
}

#[derive(Arbitrary, Debug)]
enum Step<'a> {
    Start,
    Pause,
    Finish,
    Retry,
    PointByPoint(bool),
    Replace(bool),
    Restore,
    Workers(u8),
    Batch(Option<u16>),
    Target(Option<u64>),
    Chaos(u32),
    Crash(u8),
    Hang(u8),
    Kill(u8),
    /// What a worker should say next, `inside` being a share of its batch in 256ths.
    Proper {
        worker: u8,
        inside: u8,
        compute_us: u64,
    },
    Ready {
        worker: u8,
        protocol: u64,
        build: &'a str,
        kernel: &'a str,
    },
    Tally {
        worker: u8,
        lease: u8,
        points: u64,
        inside: u64,
        compute_us: u64,
    },
    Text {
        worker: u8,
        text: &'a str,
    },
    Failed {
        worker: u8,
        reason: &'a str,
    },
    Timer,
    Frozen,
    Thawed,
    /// Much time passes.
    Seconds(u32),
    Gpu(u8),
    /// The GPU has miscounted, or another worker says so.
    Miscounted(u8),
    CountAgain,
}

const BUILD: &str = "fuzzed";
/// Ranges of a saved run here, so that what is saved of it later is within what is read.
const MOST_RANGES: usize = 64;
const MOST_WORKERS: usize = WorkerCount::MAX.get() as usize + 1;

fn batch(blocks: Option<u16>) -> BatchSize {
    blocks.map_or(BatchSize::Auto, |blocks| BatchSize::Fixed(BatchPoints::nearest(u64::from(blocks))))
}

fn target(blocks: Option<u64>) -> Option<Target> {
    blocks.and_then(|blocks| Target::from_blocks(blocks % (Target::MAX.blocks() + 1)))
}

fn checkpoint(saved: &SavedParts) -> Checkpoint {
    let (mut end, mut points, mut done) = (0, 0, Vec::new());
    for (index, &(missing, counted)) in saved.ranges.iter().take(MOST_RANGES).enumerate() {
        let room = BlockRange::MAX_BLOCKS - end;
        if room < 2 {
            break;
        }
        let first = end + if index == 0 { missing % room } else { 1 + missing % (room - 1) };
        end = first + 1 + counted % (BlockRange::MAX_BLOCKS - first);
        points += (end - first) * BLOCK_POINTS;
        done.push(format!("{first}-{end}"));
    }
    let target =
        target(saved.target_blocks).map_or(String::new(), |target| format!("&target={}", target.points()));
    let text = format!(
        "version=2&seed=7&workers={}&batch={}{target}&chaos=0&points={points}&inside={}&done={}&restarts={}&stale={}&ran_ms={}",
        WorkerCount::nearest(u32::from(saved.workers)).get(),
        batch(saved.batch_blocks),
        if points == 0 { 0 } else { saved.inside % points },
        done.join("."),
        saved.restarts,
        saved.stale,
        saved.ran_ms,
    );
    let run = WrittenRun::parse(&sealed(&text)).unwrap_or_else(|error| panic!("{error}: {text}"));
    run.current().expect("of this stream").clone()
}

/// What is known of a worker from the commands alone.
struct Worker {
    kind: SlotKind,
    ready: bool,
    leases: Vec<(u64, BlockRange)>,
}

struct FuzzedPage {
    now: Instant,
    coordinator: Coordinator,
    workers: BTreeMap<WorkerId, Worker>,
    shown: Snapshot,
}

impl FuzzedPage {
    fn worker(&self, number: u8) -> WorkerId {
        let living = self.workers.keys().nth(usize::from(number) % self.workers.len().max(1));
        // One that never was.
        living.copied().unwrap_or(WorkerId(u64::MAX))
    }

    fn tell(&mut self, event: Event) {
        let forgets = matches!(event, Event::Restore(_) | Event::CountAgain);
        for command in self.coordinator.handle(self.now, event) {
            match command {
                Command::Spawn { worker, slot } => {
                    let known = Worker { kind: slot.kind(), ready: false, leases: Vec::new() };
                    assert!(self.workers.insert(worker, known).is_none());
                    assert!(self.workers.len() <= MOST_WORKERS * 2);
                }
                Command::Post { worker, message } => {
                    let known = self.workers.get_mut(&worker).expect("only a living worker is posted to");
                    if let ToWorker::Compute { lease, blocks, .. } = message {
                        assert!(known.ready && blocks.end() <= BlockRange::MAX_BLOCKS);
                        known.leases.push((lease, blocks));
                        assert!(known.leases.len() <= 2);
                    }
                }
                Command::Terminate { worker } => {
                    assert!(self.workers.remove(&worker).is_some(), "only a living worker is terminated");
                }
                Command::KillSilently { worker } => assert!(self.workers.contains_key(&worker)),
                Command::SetTimer(at) => assert!(at.is_none_or(|at| at > self.now), "{at:?} is past"),
            }
        }
        let snapshot = self.coordinator.snapshot(self.now);
        if !forgets {
            let (before, after) = (&self.shown, &snapshot);
            assert!(before.tally.points <= after.tally.points && before.tally.inside <= after.tally.inside);
            assert!(before.restarts <= after.restarts && before.stale_results <= after.stale_results);
            assert!(before.running_time <= after.running_time);
        }
        assert!(snapshot.tally.inside <= snapshot.tally.points);
        assert!(snapshot.points_in_doubt <= snapshot.tally.points);
        assert!(snapshot.points_per_second >= 0.0 && snapshot.points_per_second.is_finite());
        assert!(snapshot.trace.marks().len() < 480 && snapshot.log.entries().len() <= LOG_CAPACITY);
        assert!(self.coordinator.remembered_ranges() <= MOST_RANGES + 4 * MOST_WORKERS + 8);
        let checkpoint = self.coordinator.checkpoint(self.now);
        let read = WrittenRun::parse(&checkpoint.encode()).expect("what is saved can be read");
        let read = read.current().expect("of this stream");
        assert!(read.counts_the_same(&checkpoint), "{checkpoint:?}");
        assert_eq!(read.tally(), snapshot.tally);
        self.shown = snapshot;
    }

    fn said(&mut self, worker: WorkerId, message: FromWorker) {
        match (&message, self.workers.get_mut(&worker)) {
            (FromWorker::Ready { .. }, Some(known)) => known.ready = true,
            (FromWorker::Tally { lease, .. }, Some(known))
                if known.leases.first().is_some_and(|head| head.0 == *lease) =>
            {
                known.leases.remove(0);
            }
            _ => {}
        }
        self.tell(Event::Message { worker, message });
    }

    fn step(&mut self, step: Step, saved: &Checkpoint) {
        let slot = |number: u8| SlotIndex(u32::from(number));
        match step {
            Step::Start => self.tell(Event::Start),
            Step::Pause => self.tell(Event::Pause),
            Step::Finish => self.tell(Event::Finish),
            Step::Retry => self.tell(Event::Retry),
            Step::PointByPoint(asked) => {
                self.tell(Event::Set(LiveSetting::Kernel(asked.then_some(Kernel::Reference))));
            }
            Step::Replace(replaced) => {
                let after_death = if replaced { AfterDeath::Replace } else { AfterDeath::GoOn };
                self.tell(Event::Set(LiveSetting::AfterDeath(after_death)));
            }
            Step::Restore => self.tell(Event::Restore(saved.clone())),
            Step::Workers(count) => {
                self.tell(Event::Set(LiveSetting::Workers(WorkerCount::nearest(u32::from(count)))))
            }
            Step::Batch(blocks) => self.tell(Event::Set(LiveSetting::Batch(batch(blocks)))),
            Step::Target(blocks) => self.tell(Event::Set(LiveSetting::Target(target(blocks)))),
            Step::Chaos(parts) => {
                let chaos = Chaos::parse(&format!("0.{:09}", parts % 1_000_000_000)).expect("in range");
                self.tell(Event::Set(LiveSetting::Chaos(chaos)));
            }
            Step::Crash(number) => self.tell(Event::Inject { slot: slot(number), fault: Fault::Crash }),
            Step::Hang(number) => self.tell(Event::Inject { slot: slot(number), fault: Fault::Hang }),
            Step::Kill(number) => self.tell(Event::Inject { slot: slot(number), fault: Fault::Kill }),
            Step::Proper { worker, inside, compute_us } => {
                let worker = self.worker(worker);
                let Some(known) = self.workers.get(&worker) else { return };
                let message = match known.leases.first() {
                    Some(&(lease, blocks)) => {
                        let inside = blocks.points() / 256 * u64::from(inside);
                        let tally = Tally { points: blocks.points(), inside };
                        FromWorker::tally(lease, tally, compute_us)
                    }
                    None if known.ready => return,
                    None => FromWorker::Ready(match known.kind {
                        SlotKind::Processor => Announcement::new(BUILD, Kernel::Tree),
                        SlotKind::Gpu => Announcement::of_gpu(BUILD, ""),
                    }),
                };
                self.said(worker, message);
            }
            Step::Ready { worker, protocol, build, kernel } => {
                let (build, kernel) = (build.to_owned(), kernel.to_owned());
                let message = FromWorker::Ready(Announcement { protocol, build, kernel });
                self.said(self.worker(worker), message);
            }
            Step::Tally { worker, lease, points, inside, compute_us } => {
                let tally = Tally { points, inside };
                self.said(self.worker(worker), FromWorker::tally(u64::from(lease), tally, compute_us));
            }
            Step::Text { worker, text } => match FromWorker::parse(text) {
                Ok(message) => self.said(self.worker(worker), message),
                Err(error) => {
                    self.tell(Event::Malformed { worker: self.worker(worker), reason: error.to_string() });
                }
            },
            Step::Failed { worker, reason } => {
                self.tell(Event::Failed { worker: self.worker(worker), reason: reason.to_owned() });
            }
            Step::Timer => self.tell(Event::Timer),
            Step::Frozen => self.tell(Event::Frozen),
            Step::Thawed => self.tell(Event::Thawed),
            Step::Gpu(number) => {
                let gpu = [Gpu::Off, Gpu::Beside, Gpu::Alone][usize::from(number % 3)];
                self.tell(Event::Set(LiveSetting::Gpu(gpu)));
            }
            Step::Miscounted(worker) => {
                let message = FromWorker::Miscounted { text: "in block 0".to_owned() };
                self.said(self.worker(worker), message);
            }
            Step::CountAgain => self.tell(Event::CountAgain),
            Step::Seconds(seconds) => self.now += Duration::from_secs(u64::from(seconds)),
        }
    }
}

fuzz_target!(|story: Story| {
    let saved = checkpoint(&story.saved);
    let config = Config::new(Seed(1), WorkerCount::MIN, BatchSize::Auto);
    let coordinator = Coordinator::new(config, BUILD.to_owned());
    let shown = coordinator.snapshot(Instant::ORIGIN);
    let mut page = FuzzedPage { now: Instant::ORIGIN, coordinator, workers: BTreeMap::new(), shown };
    page.tell(Event::Open);
    page.tell(Event::Restore(saved.clone()));
    for (ms, step) in story.steps.into_iter().take(300) {
        page.now += Duration::from_millis(u64::from(ms));
        page.step(step, &saved);
    }
    if let Some(trouble) = page.shown.status.trouble() {
        assert_short(&trouble, 10_000);
    }
});
