//! A GPU beside workers, with everything wrong with it that can be: whatever it does, the run ends with the tally of an
//! undisturbed one.
//!
//! Workers here count at their pace: 5 × 10⁹ points a second on the processor, a hundred times that on the GPU; so batches
//! are as large as they are with a real one.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use dartboard_core::coordinator::counted::SAMPLE_CAPACITY;
use dartboard_core::coordinator::death::Cause;
use dartboard_core::coordinator::log::LogEvent;
use dartboard_core::coordinator::snapshot::{RunStatus, SlotStateView, Snapshot};
use dartboard_core::coordinator::{Command, Coordinator, Event, SlotIndex, SlotKind, WorkerId};
use dartboard_core::recount::{End, RecountCommand, RecountEvent, Verification};
use dartboard_core::run::config::{BatchSize, Config, Gpu, LiveSetting, Target, WorkerCount};
use dartboard_core::supervision::Heard;
use dartboard_core::time::Instant;
use dartboard_points::kernel::Kernel;
use dartboard_points::protocol::{Announcement, FromWorker, ToWorker};
use dartboard_points::tally::{BlockRange, Seed, Tally};

use crate::BUILD;
use crate::long::stand_in;

const WORKERS: u32 = 8;
const SEED: Seed = Seed(42);
/// Points a second of a worker on the processor.
const WORKERS_PACE: f64 = 5e9;
/// How many times faster the GPU is.
const GPU_FACTOR: f64 = 100.0;
/// How long a worker takes to be ready.
const START: Duration = Duration::from_millis(50);

/// What the GPU's worker does with a batch.
enum Answer {
    /// It tells this.
    Tells(FromWorker),
    /// It dies of it.
    Dies,
}

/// The GPU of a world: what it does with the n-th batch (from 0) that it is given.
type Nature = fn(u64, u64, BlockRange) -> Answer;

/// A batch counted right, with the counts of its parts.
fn right(lease: u64, blocks: BlockRange) -> FromWorker {
    let of = u32::try_from(blocks.blocks().min(100)).expect("at most 100");
    let parts =
        (0..of).filter_map(|index| blocks.part(index, of)).map(|part| stand_in(part).inside).collect();
    FromWorker::Tally { lease, tally: stand_in(blocks), parts, compute_us: 1 }
}

fn sound(_: u64, lease: u64, blocks: BlockRange) -> Answer {
    Answer::Tells(right(lease, blocks))
}

struct Worker {
    kind: SlotKind,
    /// When it is done with starting or its first lease; none: never.
    due: Option<Instant>,
    is_ready: bool,
    leases: VecDeque<(u64, BlockRange)>,
}

/// A page with a GPU.
struct Lab {
    now: Instant,
    coordinator: Coordinator,
    workers: BTreeMap<WorkerId, Worker>,
    timer: Option<Instant>,
    nature: Nature,
    /// What the GPU's workers say of themselves; none: nothing.
    announces: Option<FromWorker>,
    /// Batches that the GPU was given to count.
    gpu_batches: u64,
    /// The largest batches of the processor and of the GPU, in blocks.
    largest: [u64; 2],
    /// The most points that were out at a GPU when it died.
    lost: u64,
    most_ranges: usize,
}

impl Lab {
    /// A run of `blocks` blocks with a GPU of this nature.
    fn new(blocks: u64, nature: Nature) -> Self {
        let config = Config {
            target: Target::from_blocks(blocks),
            gpu: Gpu::Beside,
            ..Config::new(SEED, WorkerCount::nearest(WORKERS), BatchSize::Auto)
        };
        Self {
            now: Instant::after_origin(Duration::from_secs(1)),
            coordinator: Coordinator::new(config, BUILD.to_owned()),
            workers: BTreeMap::new(),
            timer: None,
            nature,
            announces: Some(FromWorker::Ready(Announcement::of_gpu(BUILD, "simulated"))),
            gpu_batches: 0,
            largest: [0; 2],
            lost: 0,
            most_ranges: 0,
        }
    }

    fn tell(&mut self, event: Event) {
        for command in self.coordinator.handle(self.now, event) {
            match command {
                Command::Spawn { worker, slot } => {
                    let kind = slot.kind();
                    let silent = kind == SlotKind::Gpu && self.announces.is_none();
                    let due = (!silent).then_some(self.now + START);
                    self.workers
                        .insert(worker, Worker { kind, due, is_ready: false, leases: VecDeque::new() });
                }
                Command::Post { worker, message: ToWorker::Compute { lease, blocks, .. } } => {
                    let now = self.now;
                    let worker = self.workers.get_mut(&worker).expect("a living worker");
                    let largest = &mut self.largest[worker.kind as usize];
                    *largest = blocks.blocks().max(*largest);
                    worker.leases.push_back((lease, blocks));
                    if worker.due.is_none() {
                        worker.begin(now);
                    }
                }
                Command::Terminate { worker } => {
                    self.workers.remove(&worker).expect("it was not ended before");
                }
                Command::SetTimer(at) => self.timer = at,
                Command::Post { .. } | Command::KillSilently { .. } => unreachable!("no fault is asked for"),
            }
        }
        self.most_ranges = self.most_ranges.max(self.coordinator.remembered_ranges());
    }

    /// Lets the next thing happen; false if nothing will.
    fn step(&mut self) -> bool {
        let due = self.workers.iter().filter_map(|(id, worker)| Some((worker.due?, Some(*id))));
        let next = due.chain(self.timer.map(|at| (at, None))).min();
        let Some((at, worker)) = next else { return false };
        self.now = self.now.max(at);
        let Some(id) = worker else {
            self.timer = None;
            self.tell(Event::Timer);
            return true;
        };
        let worker = self.workers.get_mut(&id).expect("a living worker");
        worker.due = None;
        let answer = if worker.is_ready {
            let (lease, blocks) = worker.leases.pop_front().expect("it was busy with one");
            let out = blocks.points() + worker.leases.iter().map(|lease| lease.1.points()).sum::<u64>();
            worker.begin(self.now);
            let answer = if worker.kind == SlotKind::Gpu {
                self.gpu_batches += 1;
                (self.nature)(self.gpu_batches - 1, lease, blocks)
            } else {
                Answer::Tells(FromWorker::tally(lease, stand_in(blocks), 1))
            };
            if matches!(answer, Answer::Dies) {
                self.lost = self.lost.max(out);
            }
            answer
        } else {
            worker.is_ready = true;
            Answer::Tells(match worker.kind {
                SlotKind::Processor => FromWorker::Ready(Announcement::new(BUILD, Kernel::Tree)),
                SlotKind::Gpu => self.announces.clone().expect("it would not be due"),
            })
        };
        match answer {
            Answer::Tells(message) => self.tell(Event::Message { worker: id, message }),
            Answer::Dies => self.tell(Event::Failed { worker: id, reason: "device lost".to_owned() }),
        }
        true
    }

    /// Runs until nothing more happens. With workers that are sound the run never fails, and its total is exact.
    fn run_out(&mut self) -> Snapshot {
        self.tell(Event::Open);
        self.tell(Event::Start);
        self.go_on()
    }

    fn go_on(&mut self) -> Snapshot {
        while self.step() {
            assert!(!matches!(self.coordinator.status(), RunStatus::Failed(_)), "{:?}", self.said());
        }
        let end = self.coordinator.snapshot(self.now);
        assert_eq!(end.status, RunStatus::Finished, "{:?}", self.said());
        assert!(self.workers.is_empty() && !end.has_gaps);
        assert!(self.most_ranges <= 4 * (WORKERS as usize + 1), "{} ranges", self.most_ranges);
        assert!(end.sample.kept().len() <= SAMPLE_CAPACITY);
        end
    }

    fn said(&self) -> Vec<String> {
        self.coordinator.log().entries().map(|entry| entry.what.to_string()).collect()
    }

    /// How often a worker died of what `is` says.
    fn deaths(&self, is: fn(&Cause) -> bool) -> usize {
        let died = |what: &LogEvent| matches!(what, LogEvent::Died(cause) if is(cause));
        self.coordinator.log().entries().filter(|entry| died(&entry.what)).count()
    }
}

impl Worker {
    /// Begins with its first lease, if it has any.
    fn begin(&mut self, now: Instant) {
        let pace = match self.kind {
            SlotKind::Processor => WORKERS_PACE,
            SlotKind::Gpu => WORKERS_PACE * GPU_FACTOR,
        };
        let takes = |points: u64| Duration::from_secs_f64(points as f64 / pace);
        self.due = self.leases.front().map(|(_, blocks)| now + takes(blocks.points()));
    }
}

fn undisturbed(blocks: u64) -> Tally {
    stand_in(BlockRange::new(0, blocks).expect("some blocks"))
}

fn gpu_of(end: &Snapshot) -> &dartboard_core::coordinator::snapshot::SlotView {
    end.slots.iter().find(|slot| slot.slot == SlotIndex::GPU).expect("the GPU's slot")
}

// Fails with: a GPU that waits for small batches, or workers that are given a GPU's and keep the run waiting.
#[test]
fn a_gpu_a_hundred_times_faster_counts_nearly_all_and_workers_keep_their_size() {
    const BLOCKS: u64 = 200_000_000;
    let mut lab = Lab::new(BLOCKS, sound);
    lab.tell(Event::Open);
    lab.tell(Event::Start);
    for _ in 0..2_000 {
        lab.step();
    }
    // One that comes later begins as all did.
    lab.tell(Event::Set(LiveSetting::Workers(WorkerCount::nearest(WORKERS + 1))));
    let end = lab.go_on();
    assert_eq!(end.tally, undisturbed(BLOCKS));
    assert_eq!((end.restarts, end.stale_results), (0, 0));
    // 100 ms of a worker are 5,000 blocks, of the GPU 500,000.
    assert!((4_800..=5_200).contains(&lab.largest[0]), "{:?}", lab.largest);
    assert!((480_000..=520_000).contains(&lab.largest[1]), "{:?}", lab.largest);
    let share = gpu_of(&end).points as f64 / end.tally.points as f64;
    assert!(share > 0.9, "{share}");
    let spent = end.running_time.as_secs_f64();
    let pace = WORKERS_PACE * (GPU_FACTOR + f64::from(WORKERS));
    let least = end.tally.points as f64 / pace;
    assert!(spent < 1.1 * least, "{spent} s instead of {least} s: somebody waited");
}

// Fails with: blocks lost or counted twice with a GPU that dies, or accused: three times it takes the same ones with it.
#[test]
fn a_gpu_that_dies_with_fifty_billion_points_out_loses_none_of_them() {
    const BLOCKS: u64 = 20_000_000;
    let nature = |batch, lease, blocks: BlockRange| match batch {
        6..9 | 14 => Answer::Dies,
        _ => Answer::Tells(right(lease, blocks)),
    };
    let mut lab = Lab::new(BLOCKS, nature);
    let end = lab.run_out();
    assert_eq!(end.tally, undisturbed(BLOCKS));
    assert!(lab.lost >= 50_000_000_000, "{} points were out", lab.lost);
    assert_eq!((lab.deaths(|cause| matches!(cause, Cause::Errored(_))), end.restarts), (4, 4));
    assert!(gpu_of(&end).points > end.tally.points / 2, "it counts on");
}

// Fails with: a GPU that is started for ever, a run that it stops, or blocks that it has taken with it.
#[test]
fn a_gpu_that_dies_at_every_batch_is_given_up_and_the_workers_count_all() {
    const BLOCKS: u64 = 2_000_000;
    let mut lab = Lab::new(BLOCKS, |_, _, _| Answer::Dies);
    let end = lab.run_out();
    assert_eq!(end.tally, undisturbed(BLOCKS));
    assert_eq!((lab.gpu_batches, lab.deaths(|cause| matches!(cause, Cause::Errored(_)))), (5, 5));
    assert_eq!(gpu_of(&end).points, 0);
    assert!(matches!(gpu_of(&end).state, SlotStateView::GivenUp { .. }));
}

// Fails with: a run that waits for a GPU, or a GPU that is not waited for as long as it takes.
#[test]
fn a_gpu_that_is_never_ready_is_waited_for_thirty_seconds_five_times() {
    const BLOCKS: u64 = 80_000_000;
    let mut lab = Lab::new(BLOCKS, sound);
    lab.announces = None;
    let end = lab.run_out();
    assert_eq!(end.tally, undisturbed(BLOCKS));
    let waits: Vec<_> = lab.said().into_iter().filter(|said| said.contains("did not start")).collect();
    assert_eq!(waits, ["the worker did not start within 30.3 s"; 5]);
    let spent = end.running_time.as_secs_f64();
    let alone = end.tally.points as f64 / (WORKERS_PACE * f64::from(WORKERS));
    assert!(spent < 1.02 * alone, "{spent} s instead of {alone} s");
}

#[test]
fn where_there_is_no_gpu_it_is_asked_for_once_and_the_workers_count_all() {
    const BLOCKS: u64 = 1_000_000;
    let mut lab = Lab::new(BLOCKS, sound);
    let why = "this browser has no WebGPU".to_owned();
    lab.announces = Some(FromWorker::NoGpu { text: why.clone() });
    let end = lab.run_out();
    assert_eq!((end.tally, end.restarts), (undisturbed(BLOCKS), 0));
    assert_eq!(gpu_of(&end).state, SlotStateView::GivenUp { last: Cause::NoGpu(why) });
}

// Fails with: a wrong tally that stays in the total once it is known that the GPU miscounts, or workers' counts doubled.
#[test]
fn a_gpu_that_told_a_wrong_tally_is_found_out_and_what_it_counted_is_counted_again() {
    const BLOCKS: u64 = 20_000_000;
    let nature = |batch, lease, blocks: BlockRange| match (batch, right(lease, blocks)) {
        (5, FromWorker::Tally { tally, mut parts, .. }) => {
            // One point, and the parts with it: nothing that can be seen.
            parts[0] += 1;
            let tally = Tally { inside: tally.inside + 1, ..tally };
            Answer::Tells(FromWorker::Tally { lease, tally, parts, compute_us: 1 })
        }
        (9, _) => Answer::Tells(FromWorker::Miscounted { text: format!("in block {}", blocks.first()) }),
        (_, right) => Answer::Tells(right),
    };
    // Not before the run is over, and while it goes on.
    for at_once in [false, true] {
        let mut lab = Lab::new(BLOCKS, nature);
        lab.tell(Event::Open);
        lab.tell(Event::Start);
        let mut doubted = 0;
        while lab.step() {
            let snapshot = lab.coordinator.snapshot(lab.now);
            if snapshot.points_in_doubt > 0 && doubted == 0 {
                doubted = snapshot.points_in_doubt;
                assert_eq!(doubted, gpu_of(&snapshot).points, "all that it counted");
                if at_once {
                    lab.tell(Event::CountAgain);
                }
            }
        }
        if !at_once {
            let end = lab.coordinator.snapshot(lab.now);
            let wrong = Tally { inside: end.tally.inside - 1, ..end.tally };
            assert_eq!((end.status, wrong), (RunStatus::Finished, undisturbed(BLOCKS)), "told, and marked");
            assert_eq!(end.points_in_doubt, doubted);
            lab.tell(Event::CountAgain);
        }
        let end = lab.go_on();
        assert_eq!((end.tally, end.points_in_doubt), (undisturbed(BLOCKS), 0));
        assert_eq!((lab.gpu_batches, end.config.gpu), (10, Gpu::Off), "nobody asks it again");
        assert!(doubted > 0);
    }
}

// Fails with: a tally that counts although its parts say otherwise, so that a recount of them means nothing.
#[test]
fn a_gpu_whose_parts_do_not_add_up_counts_nothing() {
    const BLOCKS: u64 = 2_000_000;
    let wrong: [Nature; 4] = [
        |_, lease, blocks| match right(lease, blocks) {
            FromWorker::Tally { tally, mut parts, .. } => {
                parts[0] += 1;
                Answer::Tells(FromWorker::Tally { lease, tally, parts, compute_us: 1 })
            }
            other => Answer::Tells(other),
        },
        |_, lease, blocks| match right(lease, blocks) {
            FromWorker::Tally { tally, mut parts, .. } => {
                parts.truncate(50);
                Answer::Tells(FromWorker::Tally { lease, tally, parts, compute_us: 1 })
            }
            other => Answer::Tells(other),
        },
        |_, lease, blocks| {
            let tally = stand_in(blocks);
            let parts = [tally.inside].into_iter().chain([0; 100]).collect();
            Answer::Tells(FromWorker::Tally { lease, tally, parts, compute_us: 1 })
        },
        // All inside of one part, which has no room for them.
        |_, lease, blocks| {
            let tally = stand_in(blocks);
            Answer::Tells(FromWorker::Tally { lease, tally, parts: vec![0, tally.inside], compute_us: 1 })
        },
    ];
    for nature in wrong {
        let mut lab = Lab::new(BLOCKS, nature);
        let end = lab.run_out();
        assert_eq!(end.tally, undisturbed(BLOCKS));
        assert_eq!((lab.deaths(|cause| matches!(cause, Cause::Malformed(_))), gpu_of(&end).points), (5, 0));
    }
}

// Fails with: a recount that takes a GPU's batches whole, or holds a part against another's count.
#[test]
fn count_again_takes_a_part_of_each_of_the_gpus_batches_and_finds_them_right() {
    const BLOCKS: u64 = 100_000_000;
    let mut lab = Lab::new(BLOCKS, sound);
    let end = lab.run_out();
    let kept = end.sample.kept();
    let long = kept.iter().filter(|counted| counted.slot == SlotIndex::GPU).count();
    assert!(long > 3, "{long} batches of the GPU in the sample");
    let mut verification = Verification::new(BUILD.to_owned(), SEED, end.sample.seen(), kept.to_vec(), 1);
    let heard = |message| RecountEvent::Heard(Heard::Said(message));
    let ready = heard(FromWorker::Ready(Announcement::new(BUILD, Kernel::Tree)));
    let mut command = verification.handle(Duration::ZERO, ready);
    while let Some(RecountCommand::Post(ToWorker::Compute { lease, blocks, .. })) = command {
        assert!(blocks.blocks() <= 5_201, "{blocks}");
        let answer = heard(FromWorker::tally(lease, stand_in(blocks), 1));
        command = verification.handle(Duration::ZERO, answer);
    }
    let report = verification.report();
    assert_eq!((report.batches, report.in_part), (kept.len(), long));
    assert_eq!((report.findings.as_slice(), &report.end), ([].as_slice(), &Some(End::Complete)));
}
